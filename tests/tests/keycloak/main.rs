//! The whole system with Keycloak as identity provider, set up by the commands of its guide and used with the guide's
//! options. Run by `make test-providers`.

mod logins;
mod tenant;
mod upstream_token;
