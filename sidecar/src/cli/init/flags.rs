//! The arguments of `mcpbouncer init`.

use std::path::PathBuf;

/// The answers on the command line. They are text, because they are parsed in the same way as an answer that is typed.
#[derive(Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub(in crate::cli) struct Flags {
    /// The folder to write to; it is made if it does not exist
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// Public host name of the MCP server: localhost, or a name such as mcp.example.com
    #[arg(long, value_name = "HOST")]
    pub domain: Option<String>,
    /// TLS: acme (Traefik gets certificates from Let's Encrypt), external (a proxy in front of Traefik), or none (this
    /// machine only)
    #[arg(long, value_name = "acme|external|none")]
    pub tls: Option<String>,
    /// With --tls acme: the email address for Let's Encrypt
    #[arg(long, value_name = "EMAIL")]
    pub acme_email: Option<String>,
    /// With --tls external: the proxy's addresses as Traefik sees them, such as 10.0.0.0/8
    #[arg(long, value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,
    /// The address of this machine on which Traefik listens [default: 127.0.0.1; with --tls acme all]
    #[arg(long)]
    pub address: Option<String>,
    /// The port on which Traefik listens [default: 80]
    #[arg(long)]
    pub port: Option<String>,
    /// Where users log in: local, or the issuer of an OpenID Connect provider
    #[arg(long, value_name = "local|ISSUER")]
    pub provider: Option<String>,
    /// Client ID registered at the provider
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// File with that client's secret in its first line, or - for stdin
    #[arg(long, value_name = "FILE", conflicts_with = "public_client")]
    pub client_secret_file: Option<PathBuf>,
    /// The client at the provider has no secret
    #[arg(long)]
    pub public_client: bool,
    /// The provider is in a private network: it may use http and private addresses
    #[arg(long)]
    pub internal_provider: bool,
    /// Subjects or verified email addresses that may log in, comma-separated; * admits everybody
    #[arg(long, value_name = "USERS")]
    pub allowed_users: Option<String>,
    /// Domains of verified email addresses that may log in, comma-separated
    #[arg(long, value_name = "DOMAINS")]
    pub allowed_email_domains: Option<String>,
    /// Groups whose members may log in, comma-separated
    #[arg(long, value_name = "GROUPS")]
    pub allowed_groups: Option<String>,
    /// Ids of Entra ID directories whose users may log in, comma-separated
    #[arg(long, value_name = "IDS")]
    pub allowed_tenants: Option<String>,
    /// Ask nothing: take the default of every question that no argument answers
    #[arg(long)]
    pub yes: bool,
    /// Replace files that differ; the previous ones are kept as FILE.bak
    #[arg(long)]
    pub force: bool,
}
