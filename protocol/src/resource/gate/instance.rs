//! The gate of one instance of the plugin: it keeps the instance's options and caches, and decides about each request.

use super::decision::Decision;
use super::keys::Keys;
use super::log::{Level, LogLine};
use super::response::Response;
use super::route_role::vouch;
use super::tenant::Tenant;
use crate::resource::options::{ConfigError, PluginConfig};
use crate::resource::request::RequestView;
use crate::time::UnixTime;

/// Decides about requests; each instance has one gate. In addition to its options it holds only caches and what it read
/// from mounted files. While those files can be read, a new gate makes the same decisions and only takes longer.
pub struct Gate {
    role: Role,
}

enum Role {
    /// The options cannot be used.
    Broken {
        message: String,
        is_logged: bool,
    },
    Route(Keys),
    Tenant(Box<Tenant>),
}

impl Gate {
    /// Creates a gate with these options. If the options are an error, the gate responds to every request with 503.
    pub fn new(config: Result<PluginConfig, ConfigError>) -> Self {
        let role = match config {
            Err(error) => Role::Broken { message: error.to_string(), is_logged: false },
            Ok(PluginConfig::Route(keys)) => Role::Route(Keys::new(keys)),
            Ok(PluginConfig::Tenant(keys, config)) => Role::Tenant(Box::new(Tenant::new(keys, *config))),
        };
        Self { role }
    }

    /// Empties the caches, which only save work. The next decisions are the same but take longer. Tests and the fuzz
    /// target of the gate compare decisions with and without this.
    pub fn forget(&mut self) {
        if let Role::Tenant(tenant) = &mut self.role {
            tenant.forget();
        }
    }

    /// Decides about one request.
    pub fn decide(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Decision {
        let decision = match &mut self.role {
            Role::Broken { message, is_logged } => Err(misconfigured(message, is_logged)),
            Role::Route(keys) => vouch(keys, now, view).map_err(Response::for_every_page),
            Role::Tenant(tenant) => tenant.decide(now, view),
        };
        decision.unwrap_or_else(Decision::Respond)
    }
}

/// The 503 response for wrong options. The line is logged for the first request of an instance only.
fn misconfigured(message: &str, is_logged: &mut bool) -> Response {
    let log = LogLine::new(Level::Error, message.to_owned());
    let mut response = Response::unavailable(30, log).for_every_page();
    if core::mem::replace(is_logged, true) {
        response.log = None;
    }
    response
}
