//! A scripted OAuth client, for requests that no real client would send.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::browser::{Browser, Outcome, Person};
use crate::http::{Answer, Http};

/// The redirect URI of every client in the tests. Nothing listens there.
pub const REDIRECT: &str = "http://127.0.0.1:1/callback";
/// The PKCE verifier of every login in the tests.
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-length";

/// A tenant as a client sees it: its base, such as `http://localhost:8080/docs`.
#[derive(Clone)]
pub struct Flow {
    /// The HTTP client that sends the requests.
    pub http: Http,
    /// The tenant's base.
    pub base: String,
}

/// The tokens that a client has after a login.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The client to which they were issued.
    pub client_id: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Flow {
    /// Returns the tenant whose base is `base`.
    pub fn new(http: &Http, base: &str) -> Self {
        Self { http: http.clone(), base: base.to_owned() }
    }

    /// The tenant's MCP URL.
    pub fn mcp(&self) -> String {
        format!("{}/mcp", self.base)
    }

    /// Returns the URL of one of the tenant's OAuth endpoints: `register`, `token`, …
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/oauth/{name}", self.base)
    }

    /// Registers a public client and returns its id.
    pub async fn register(&self, name: &str) -> String {
        let metadata = json!({
            "client_name": name,
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        let answer = self.http.post_json(&self.endpoint("register"), &[], &metadata).await.expect(201);
        answer.json()["client_id"].as_str().expect("a client id").to_owned()
    }

    /// Returns the authorization URL that a client would open. `more` replaces parameters of the same name.
    pub fn authorize_url(&self, client_id: &str, more: &[(&str, &str)]) -> String {
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER));
        let resource = self.mcp();
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
            ("state", "the-state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", &resource),
        ];
        parameters.retain(|(name, _)| more.iter().all(|(own, _)| own != name));
        parameters.extend_from_slice(more);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}?{query}", self.endpoint("authorize"))
    }

    /// Completes a login of `person` in a new browser.
    pub async fn log_in(&self, client_id: &str, person: Person<'_>) -> Outcome {
        Browser::new(&self.http).log_in(&self.authorize_url(client_id, &[]), person).await
    }

    /// Returns the page on which the login of a refused user ends.
    pub async fn page_of(&self, person: Person<'_>) -> Answer {
        let client = self.register("of a page").await;
        let mut browser = Browser::new(&self.http);
        browser.stays = true;
        match browser.log_in(&self.authorize_url(&client, &[]), person).await {
            Outcome::Page(page) => page,
            Outcome::Callback(url) => panic!("{} was sent to the client: {url}", person.name),
        }
    }

    /// Logs in and returns the authorization code.
    pub async fn code(&self, client_id: &str, person: Person<'_>) -> String {
        let outcome = self.log_in(client_id, person).await;
        outcome.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}"))
    }

    /// Redeems a code.
    pub async fn redeem(&self, client_id: &str, code: &str) -> Answer {
        self.redeem_for(client_id, code, &self.mcp()).await
    }

    /// Redeems a code with a `resource` parameter.
    pub async fn redeem_for(&self, client_id: &str, code: &str, resource: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("resource", resource),
        ];
        self.http.post_form(&self.endpoint("token"), &[], &fields).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client_id: &str, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", token)];
        self.http.post_form(&self.endpoint("token"), &[], &fields).await
    }

    /// Registers a client, logs in and redeems the code.
    pub async fn tokens(&self, name: &str, person: Person<'_>) -> Tokens {
        let client_id = self.register(name).await;
        let code = self.code(&client_id, person).await;
        let answer = self.redeem(&client_id, &code).await.expect(200);
        Tokens::of(client_id, &answer)
    }

    /// Sends a request with an access token to the MCP server.
    pub async fn call(&self, access: &str) -> Answer {
        self.call_at(&self.mcp(), access, &[]).await
    }

    /// Like [`Self::call`], for any URL and with additional headers.
    pub async fn call_at(&self, url: &str, access: &str, more: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {access}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend_from_slice(more);
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
        self.http.post_json(url, &headers, &request).await
    }
}

impl Tokens {
    /// Reads the tokens in a response of the token endpoint.
    pub fn of(client_id: String, answer: &Answer) -> Self {
        let value = answer.json();
        let text =
            |name: &str| value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}")).to_owned();
        Self { client_id, access: text("access_token"), refresh: text("refresh_token") }
    }
}

/// Returns the claims of an access token, without verifying it.
pub fn claims(access: &str) -> serde_json::Value {
    let payload = access.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).expect("base64url")).expect("JSON")
}
