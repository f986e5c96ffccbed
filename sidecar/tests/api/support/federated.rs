//! A tenant with a scripted provider, and complete logins through it.

use protocol::context::Endpoint;
use serde_json::Value;

use super::provider::Provider;
use super::{Browser, Reply, Site, World, authorize_pairs, changed};

/// Everything that a login needs.
pub(crate) struct Federated {
    pub(crate) world: World,
    pub(crate) site: Site,
    pub(crate) provider: Provider,
    pub(crate) client: String,
}

impl Federated {
    /// Completes a login with one authorization parameter changed. Returns the response for the client.
    pub(crate) async fn login_with(&self, name: &str, value: Option<&str>) -> Reply {
        self.login_as(changed(changed(authorize_pairs(&self.client), "scope", None), name, value)).await
    }

    /// Completes a login with these authorization parameters. Returns the response for the client.
    pub(crate) async fn login_as(&self, pairs: Vec<(String, String)>) -> Reply {
        let mut browser = Browser::new(&self.world, &self.site);
        let begun = browser.authorize(&pairs).await;
        let page = browser.follow(&begun).await;
        let url = browser.decide(&page, "approve").await.onward();
        browser.get(Endpoint::Callback, &self.provider.sign_in(&url)).await
    }

    pub(crate) async fn login(&self) -> Reply {
        self.login_with("scope", None).await
    }

    pub(crate) async fn enters(&self) -> bool {
        self.login().await.onward_parameter("code").is_some()
    }

    /// Logs in, which must succeed, and returns the token response.
    pub(crate) async fn tokens(&self) -> Reply {
        let done = self.login().await;
        let code = done.onward_parameter("code").unwrap_or_else(|| panic!("{done:?}"));
        self.world.token(&self.site, &self.client, &code).await
    }
}

/// Returns the claims of the access token in a token response.
pub(crate) fn claims_of(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    claims_in(reply.json()["access_token"].as_str().unwrap())
}

/// Returns the claims of an access token.
pub(crate) fn claims_in(token: &str) -> Value {
    let payload = protocol::encoding::b64url_decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// Returns the id of the grant to which an access token belongs.
pub(crate) fn grant_of(token: &str) -> String {
    claims_in(token)["jti"].as_str().unwrap()[..22].to_owned()
}
