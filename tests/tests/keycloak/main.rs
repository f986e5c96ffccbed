//! The whole system with Keycloak as identity provider, which the commands of its guide set up, and with the guide's
//! options. `make test-providers` runs these tests.

mod logins;
mod tenant;
mod upstream_token;
