//! Keycloak behind the whole system, set up by the commands of its guide and used by its options. `make test-providers`.

mod logins;
mod tenant;
