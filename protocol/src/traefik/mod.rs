//! What Traefik's routers say: their rules, and the rule of a tenant's OAuth router.

mod oauth_paths;
pub mod rule;

pub use oauth_paths::OAuthPaths;
