//! The target of a request: its path and query.

use super::read::text;
use super::response::Response;
use crate::resource::bearer::token_in_query;
use crate::resource::options::TenantConfig;
use crate::resource::request::RequestView;
use crate::resource::route::{Route, RouteOptions, classify};
use crate::uri::{Base, has_risky_path};

/// The URI of a request, parsed and classified.
pub(super) struct Target {
    uri: String,
    /// The length of the path.
    path_end: usize,
    route: Route,
    /// Whether every server reads the path in the same way.
    sound: bool,
    token_in_query: bool,
}

impl Target {
    /// The target of this request.
    pub(super) fn of(
        config: &TenantConfig,
        base: &Base,
        view: &mut dyn RequestView,
    ) -> Result<Self, Response> {
        let uri = text(view.uri()?.to_vec(), "the URI")?;
        let path_end = uri.find('?').unwrap_or(uri.len());
        let mut target = Self { uri, path_end, route: Route::Outside, sound: false, token_in_query: false };
        target.sound = target.path().starts_with('/') && !has_risky_path(target.path());
        target.token_in_query = target.query().is_some_and(token_in_query);
        if target.sound {
            let options =
                RouteOptions { root_metadata: config.root_metadata, exclude_paths: &config.exclude_paths };
            target.route = classify(base, options, target.path(), target.query());
        }
        Ok(target)
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn path(&self) -> &str {
        self.uri.get(..self.path_end).unwrap_or_default()
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.uri.get(self.path_end + 1..)
    }

    pub(super) const fn route(&self) -> &Route {
        &self.route
    }

    /// Whether the target is a page of the authorization server.
    pub(super) const fn is_page(&self) -> bool {
        matches!(&self.route, Route::OAuth(endpoint) if endpoint.is_page())
    }

    pub(super) const fn is_sound(&self) -> bool {
        self.sound
    }

    pub(super) const fn has_token_in_query(&self) -> bool {
        self.token_in_query
    }
}
