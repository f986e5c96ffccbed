//! Translates a provider's URLs between the origin that browsers use and the origin that the sidecar uses. The two
//! differ if `providerInternalURL` is set; then a URL in the metadata may have either origin.

use url::Url;

use super::error::UpstreamError;
use super::http::{Endpoint, HttpClient};
use super::registration::Registration;

/// The URLs of one provider.
pub(super) struct Reach<'a> {
    http: &'a HttpClient,
    issuer: &'a str,
    /// The issuer's URL and the internal origin; `None` if `providerInternalURL` is not set.
    moved: Option<(Url, Url)>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(http: &'a HttpClient, at: &'a Registration) -> Result<Self, UpstreamError> {
        let url = |text: &str| {
            Url::parse(text).map_err(|_| UpstreamError::Misconfigured(format!("not a URL: {text}")))
        };
        let moved = match &at.internal_origin {
            None => None,
            Some(origin) => Some((url(&at.issuer)?, url(origin)?)),
        };
        Ok(Self { http, issuer: &at.issuer, moved })
    }

    /// Returns the endpoint that the sidecar calls for this URL. If there is an internal origin, it replaces the
    /// issuer's origin; the operator must have listed it.
    pub(super) fn called(&self, address: &str) -> Result<Endpoint, UpstreamError> {
        let Some((outer, inner)) = &self.moved else { return self.http.judge(self.issuer, address) };
        match Url::parse(address) {
            Ok(url) if url.origin() == outer.origin() || url.origin() == inner.origin() => {
                self.http.judge_listed(self.issuer, at(inner, &url).as_str())
            }
            // A URL with a third origin is checked like any other URL.
            Ok(_) | Err(_) => self.http.judge(self.issuer, address),
        }
    }

    /// Returns the URL to which the browser is sent; it has the issuer's own origin. The URL is checked although the
    /// sidecar does not call it, because browsers must not be sent to an http URL that the operator has not allowed
    /// either.
    pub(super) fn shown(&self, address: &str) -> Result<String, UpstreamError> {
        let moved = match (&self.moved, Url::parse(address)) {
            (Some((outer, inner)), Ok(url)) if url.origin() == inner.origin() => Some(at(outer, &url)),
            _ => None,
        };
        let address = moved.as_ref().map_or(address, Url::as_str);
        Ok(self.http.judge(self.issuer, address)?.as_str().to_owned())
    }
}

/// Returns the URL `address` with the origin `origin`.
fn at(origin: &Url, address: &Url) -> Url {
    let mut moved = origin.clone();
    moved.set_path(address.path());
    moved.set_query(address.query());
    moved
}

#[cfg(test)]
mod tests {
    use super::super::internal_origin::internal_origin;
    use super::*;
    use crate::upstream::Profile;
    use protocol::settings::{Provider, ProviderOptions};
    use std::collections::BTreeSet;

    const ISSUER: &str = "https://idp.example.com/realms/a";

    fn registration(internal: Option<&str>) -> Registration {
        Registration {
            issuer: ISSUER.to_owned(),
            client_id: "c".to_owned(),
            client_secret: None,
            profile: Profile::Oidc,
            authorize_params: Vec::new(),
            auth_method: None,
            internal_origin: internal.map(str::to_owned),
            groups_claim: String::new(),
            needed: crate::upstream::NeededClaims::default(),
            shown: crate::upstream::NeededClaims::default(),
            passes_token_on: false,
        }
    }

    fn listed(issuers: &[&str]) -> HttpClient {
        let issuers: BTreeSet<String> = issuers.iter().map(|issuer| (*issuer).to_owned()).collect();
        HttpClient::new(&issuers, &[], None).unwrap()
    }

    #[test]
    fn the_option_is_an_origin_or_the_issuers_path_at_one() {
        let read =
            |option: &str| internal_origin(option, "https://idp/realms/a").map_err(|error| error.to_string());
        assert_eq!(read(""), Ok(None));
        for (option, origin) in [
            ("http://Keycloak:8080/", "http://keycloak:8080"),
            ("https://10.0.0.5/realms/a", "https://10.0.0.5"),
        ] {
            assert_eq!(read(option), Ok(Some(origin.to_owned())), "{option}");
        }
        for bad in ["idp:8080", "http://idp/other", "http://idp/realms", "ftp://idp", "http://u:p@idp"] {
            assert!(read(bad).unwrap_err().contains("providerInternalURL"), "{bad}");
        }
    }

    /// A server at one address of an issuer must not be able to impersonate the provider for everyone who uses another
    /// address.
    #[test]
    fn what_is_learnt_at_one_address_counts_for_that_address_alone() {
        let addresses = [None, Some("http://keycloak:8080"), Some("http://keycloak:9090")];
        let keys: BTreeSet<String> = addresses.map(|inner| registration(inner).address_key()).into();
        assert_eq!(keys.len(), 3, "{keys:?}");
    }

    #[test]
    fn github_has_one_address() {
        let at = |issuer: &str| {
            let options = ProviderOptions { internal_url: "http://inner:1".to_owned(), ..Default::default() };
            let (issuer, client_id) = (issuer.to_owned(), "c".to_owned());
            Registration::at(&Provider::Oidc { issuer, client_id, client_secret: None, options })
        };
        assert!(at(ISSUER).is_ok());
        let error = at("https://github.com").unwrap_err().to_string();
        assert!(error.contains("providerInternalURL") && error.contains("GitHub"), "{error}");
    }

    #[test]
    fn we_go_to_one_origin_and_the_browser_to_the_other() {
        let http = listed(&[ISSUER, "http://keycloak:8080"]);
        let at = registration(Some("http://keycloak:8080"));
        let reach = Reach::of(&http, &at).unwrap();
        for address in
            ["https://idp.example.com/realms/a/token?x=1", "http://keycloak:8080/realms/a/token?x=1"]
        {
            assert_eq!(
                reach.called(address).unwrap().as_str(),
                "http://keycloak:8080/realms/a/token?x=1",
                "{address}"
            );
            assert_eq!(
                reach.shown(address).unwrap(),
                "https://idp.example.com/realms/a/token?x=1",
                "{address}"
            );
        }
        // A URL with a third origin is not changed, and is checked as usual.
        assert_eq!(reach.called("https://cdn.example/jwks").unwrap().as_str(), "https://cdn.example/jwks");
        assert!(reach.called("http://10.0.0.1/jwks").is_err() && reach.called("nonsense").is_err());
        assert!(reach.shown("http://other:1/authorize").is_err() && reach.shown("javascript:x").is_err());
    }

    #[test]
    fn an_inner_address_needs_the_operators_word_even_where_it_is_public() {
        let own = registration(None);
        for (issuers, inner) in [
            (vec![], "http://keycloak:8080"),
            (vec![ISSUER], "http://keycloak:8080"),
            (vec!["http://keycloak:8080"], "http://keycloak:8080"),
            (vec![], "https://evil.example"),
            (vec![ISSUER], "https://evil.example"),
            (vec!["https://evil.example"], "https://evil.example"),
        ] {
            let http = listed(&issuers);
            let at = registration(Some(inner));
            let called = Reach::of(&http, &at).unwrap().called("https://idp.example.com/realms/a/token");
            let error = called.map(|_| ()).unwrap_err().to_string();
            assert!(
                error.contains("BOUNCER_INTERNAL_ISSUERS") && error.contains(inner),
                "{issuers:?}: {error}"
            );
            assert!(Reach::of(&http, &own).unwrap().called("https://idp.example.com/realms/a/token").is_ok());
        }
    }
}
