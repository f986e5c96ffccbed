//! The settings of the export of traces: where spans are sent, and which requests are traced.

use std::collections::HashMap;

use protocol::secret::Secret;
use url::Url;

/// The settings of the export, from the variables `OTEL_*`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL to which spans are posted.
    pub endpoint: Url,
    /// Headers of these requests, such as credentials; names and values are valid in HTTP.
    pub headers: Vec<(String, Secret<String>)>,
    /// The name of this service, if the operator chose one.
    pub service: Option<String>,
    /// Which requests are traced.
    pub sampling: Sampling,
}

/// Which requests are traced (`OTEL_TRACES_SAMPLER`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Whether a request whose caller sent a trace is traced if and only if the caller's span is sampled.
    pub follows_caller: bool,
    /// The share of all other requests that are traced, from 0 to 1.
    pub ratio: f64,
}

impl Settings {
    pub(super) fn headers(&self) -> HashMap<String, String> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.expose().clone())).collect()
    }
}
