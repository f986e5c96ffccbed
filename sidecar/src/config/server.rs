//! Settings for listeners, base URLs, the revocation list, Traefik's API and logging.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::uri::Base;

use super::parse::{self, ListenAddress};
use super::source::Source;
use super::variable::{Default, Variable};
use crate::telemetry::LogFormat;
use crate::traefik::Api;

const LISTEN_ADDR: Variable = Variable {
    name: "BOUNCER_LISTEN_ADDR",
    default: Default::Value(":8080"),
    meaning: "address on which Traefik reaches the OAuth endpoints",
};
pub(super) const METRICS_ADDR: Variable = Variable {
    name: "BOUNCER_METRICS_ADDR",
    default: Default::Value(":9090"),
    meaning: "address of `/healthz`, `/readyz`, `/metrics` (how much is stored), `/admin` (for [administration](operations/administration.md) and `mcpbouncer backup`) and `/traefik` (for Traefik's HTTP provider); do not publish it",
};
const ALLOWED_BASES: Variable = Variable {
    name: "BOUNCER_ALLOWED_BASES",
    default: Default::Absent("any"),
    meaning: "base URLs that are served, comma-separated",
};
const REVOCATION_FILE: Variable = Variable {
    name: "BOUNCER_REVOCATION_FILE",
    default: Default::Absent("`revoked` in `BOUNCER_SHARE_DIR`"),
    meaning: "file from which the plugin reads revoked grants. The sidecar checks it every second and writes it again if another program removes or changes it. A revoked grant stays listed until its last access token has expired, even if `BOUNCER_ACCESS_TOKEN_TTL` is lowered meanwhile. The file has room for 2,000 grants, shared among tenants; if a tenant exceeds its share, all access tokens issued there before a certain time are refused once, and clients refresh",
};
const SHARE_DIR: Variable = Variable {
    name: "BOUNCER_SHARE_DIR",
    default: Default::Absent("–"),
    meaning: "a folder that Traefik has mounted too: the sidecar keeps the plugin, `keys.json` and the list of revoked grants there; see [The shared folder](#the-shared-folder)",
};
const TRAEFIK_API: Variable = Variable {
    name: "BOUNCER_TRAEFIK_API",
    default: Default::Absent("port 8080 of whoever polls `/traefik`"),
    meaning: "where Traefik's API is, such as `http://traefik:8080`, or only its port, such as `:9000`, at the address that polls (several Traefiks can poll then); for `GET /traefik` on the operations listener, which makes the sidecar one of Traefik's providers",
};
const PLUGIN_NAME: Variable = Variable {
    name: "BOUNCER_PLUGIN_NAME",
    default: Default::Value("mcpbouncer"),
    meaning: "what Traefik's static configuration calls the plugin (`experimental.localPlugins.<name>`)",
};
const BARE_ROUTERS: Variable = Variable {
    name: "BOUNCER_BARE_ROUTERS",
    default: Default::Value("warn"),
    meaning: "what to do about a router that leads without the plugin to a server that another router protects: `warn` logs it, `block` puts a router above it that answers 403",
};
const CLIENT_IP_DEPTH: Variable = Variable {
    name: "BOUNCER_CLIENT_IP_DEPTH",
    default: Default::Number("0", ""),
    meaning: "as the option `clientIPDepth`, for the middleware `mcp-auth`: which entry of `X-Forwarded-For`, from the right, is the client's address, if proxies stand before Traefik",
};
const LOG_LEVEL: Variable = Variable {
    name: "BOUNCER_LOG_LEVEL",
    default: Default::Value("info"),
    meaning: "`error` `warn` `info` `debug` `trace`",
};
const LOG_FORMAT: Variable = Variable {
    name: "BOUNCER_LOG_FORMAT",
    default: Default::Value("json"),
    meaning: "`json`: each log line is a JSON object; `text`: for people at a terminal. In both, characters that could steer a terminal are escaped, and long values are cut",
};
pub(super) const VARIABLES: &[Variable] = &[
    LISTEN_ADDR,
    METRICS_ADDR,
    ALLOWED_BASES,
    SHARE_DIR,
    REVOCATION_FILE,
    TRAEFIK_API,
    PLUGIN_NAME,
    BARE_ROUTERS,
    CLIENT_IP_DEPTH,
    LOG_LEVEL,
    LOG_FORMAT,
];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address on which Traefik reaches the OAuth endpoints.
    pub listen: ListenAddress,
    /// The address of the operations listener.
    pub ops_listen: ListenAddress,
    /// If set, every other base URL is refused.
    pub allowed_bases: Option<BTreeSet<Base>>,
    /// The folder that Traefik has mounted too.
    pub share_dir: Option<PathBuf>,
    /// The file from which the plugin reads revoked grants; `None` means `revoked` in `share_dir`, if that is set.
    pub revocation_file: Option<PathBuf>,
    /// Where Traefik's API is.
    pub traefik_api: Api,
    /// The plugin's name in Traefik's static configuration.
    pub plugin_name: String,
    /// Whether routers that bypass the plugin are blocked.
    pub block_bare_routers: bool,
    /// Which entry of `X-Forwarded-For`, counted from the right, the middleware `mcp-auth` takes as the client's
    /// address; 0 means that the peer is the client.
    pub client_ip_depth: u32,
    /// The minimum level of log lines that are written.
    pub log_level: tracing::Level,
    /// The form of log lines.
    pub log_format: LogFormat,
}

impl Server {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            listen: source.or(&LISTEN_ADDR, ListenAddress::parse),
            ops_listen: source.or(&METRICS_ADDR, ListenAddress::parse),
            allowed_bases: source.optional(&ALLOWED_BASES, parse::bases),
            share_dir: source.optional(&SHARE_DIR, parse::path),
            revocation_file: source.optional(&REVOCATION_FILE, parse::path),
            traefik_api: source.optional(&TRAEFIK_API, parse::api_address).unwrap_or_default(),
            plugin_name: source
                .optional(&PLUGIN_NAME, parse::plugin_name)
                .unwrap_or_else(|| PLUGIN_NAME.fallback().to_owned()),
            block_bare_routers: source.or(&BARE_ROUTERS, parse::block_bare_routers),
            client_ip_depth: source.or(&CLIENT_IP_DEPTH, parse::depth),
            log_level: source.or(&LOG_LEVEL, parse::log_level),
            log_format: source.or(&LOG_FORMAT, parse::log_format),
        }
    }
}
