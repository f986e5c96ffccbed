//! The rules of Traefik's routers, and the rule and paths of a tenant's OAuth router.

mod oauth_paths;
pub mod rule;

pub use oauth_paths::OAuthPaths;
