//! Sends encoded spans to the collector with the HTTP library that the sidecar uses for its other calls.

use std::sync::Arc;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{Certificate, Client};
use tokio::runtime::Handle;

use super::counts::Counts;
use super::error::TracesError;
use crate::upstream::http::{build, causes};

/// The maximum number of bytes of a response that are read. They are read only so that the connection can be used
/// again.
const RESPONSE: usize = 64 * 1024;

/// Posts to the collector. The HTTP client limits the time for the whole exchange, as it does for calls to providers.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    /// The runtime for the requests: the SDK calls from its own thread, which runs no tokio runtime.
    runtime: Handle,
    counts: Arc<Counts>,
}

impl Sender {
    pub(super) fn new(authorities: &[Certificate], counts: Arc<Counts>) -> Result<Self, TracesError> {
        let wrong = |error: &dyn std::fmt::Display| TracesError(error.to_string());
        Ok(Self {
            client: build(authorities, |builder| builder).map_err(|error| wrong(&error))?,
            runtime: Handle::try_current().map_err(|error| wrong(&error))?,
            counts,
        })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let sent = self.runtime.spawn(send(self.client.clone(), request)).await?;
        let (status, failure) = match sent {
            Ok(status) if status.is_success() => (status, None),
            Ok(status) => (status, Some(format!("the collector responded with status {}", status.as_u16()))),
            Err(error) => {
                let why = causes(error);
                self.counts.failed(Some(why.clone()));
                return Err(why.into());
            }
        };
        self.counts.failed(failure);
        Ok(Response::builder().status(status.as_u16()).body(Bytes::new())?)
    }
}

async fn send(client: Client, request: reqwest::Request) -> Result<reqwest::StatusCode, reqwest::Error> {
    let mut response = client.execute(request).await?;
    let mut read = 0;
    while let Some(chunk) = response.chunk().await? {
        read += chunk.len();
        if read > RESPONSE {
            break;
        }
    }
    Ok(response.status())
}
