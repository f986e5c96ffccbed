//! Enterprise-managed authorization: assertions of the tenant's provider about a user (ID-JAG), and every misuse of
//! them.

use std::collections::BTreeSet;

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use protocol::settings::{AccessRules, UserRule};
use protocol::text::TextSet;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use sidecar::metrics::Snapshot;
use store::intent::sessions::ConnectionsOfUser;

use crate::administration::told;
use crate::federated::to_provider;
use crate::logs::Captured;
use crate::support::federated::claims_of;
use crate::support::machine::{BASE, JWT_BEARER, SECRET, machine, with_basic, world_of};
use crate::support::provider::{Provider, Vice};
use crate::support::signing::{assertion, jwks, public_jwk};
use crate::support::*;

mod own_clients;

const TYPE: &str = "oauth-id-jag+jwt";
const RESOURCE: &str = "https://mcp.example.com/wiki/mcp";

struct Enterprise {
    world: World,
    site: Site,
    provider: Provider,
}

/// Returns an entry of the clients file that may exchange assertions.
fn agent(id: &str) -> Value {
    machine(id, &json!({"grant_types": [JWT_BEARER], "client_name": "Agent"}))
}

impl Enterprise {
    async fn new() -> Self {
        Self::with(&[agent("agent"), agent("other")]).await
    }

    async fn with(entries: &[Value]) -> Self {
        let provider = Provider::start().await;
        let world = world_of(entries, &[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
        let mut site = Site::oidc(BASE, &provider.issuer);
        site.settings.enterprise_managed = true;
        Self { world, site, provider }
    }

    /// Returns valid claims for the client `agent`, with these members changed.
    fn claims(&self, change: &Value) -> Value {
        let now = self.world.clock.now().as_secs();
        let mut claims = json!({
            "iss": self.provider.issuer, "sub": "upstream-alice", "aud": BASE, "client_id": "agent",
            "resource": RESOURCE, "scope": "read", "jti": "1", "iat": now, "exp": now + 300,
            "email": "alice@example.com", "email_verified": true, "groups": ["team"],
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    fn signed(&self, change: &Value) -> String {
        self.provider.assertion(TYPE, &self.claims(change))
    }

    async fn present(&self, assertion: &str, more: &[(&str, &str)]) -> Reply {
        let pairs = [&[("grant_type", JWT_BEARER), ("assertion", assertion)], more].concat();
        with_basic(&self.world, &self.site, ("agent", SECRET), &pairs).await
    }

    /// Asserts that the assertion is refused with this error and reason, and that the response says nothing else.
    async fn refused(&self, assertion: &str, error: &str, reason: &str) {
        let reply = self.present(assertion, &[]).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some(error)), "{reply:?}");
        assert!(self.world.reasons().contains(reason), "{reason}: {:?}", self.world.reasons());
        assert!(reply.json().get("access_token").is_none());
    }
}

#[tokio::test]
async fn an_assertion_of_the_provider_yields_a_token_for_its_user() {
    let enterprise = Enterprise::new().await;
    let log = Captured::start();
    let assertion = enterprise.signed(&json!({}));
    let reply = enterprise.present(&assertion, &[]).await;
    let token = claims_of(&reply);
    let body = reply.json();
    assert_eq!((body["scope"].as_str(), body["expires_in"].as_u64()), (Some("read"), Some(3_600)));
    assert!(body.get("refresh_token").is_none(), "{body}");
    for (name, expected) in [
        ("sub", "upstream-alice"),
        ("client_id", "agent"),
        ("aud", RESOURCE),
        ("scope", "read"),
        ("iss", BASE),
    ] {
        assert_eq!(token[name], expected, "{name}");
    }
    assert!(!log.text().contains(&assertion) && !log.text().contains(assertion.rsplit('.').next().unwrap()));
    // The user is the same as after a login, and sees the connection.
    let Enterprise { world, site, .. } = &enterprise;
    let of = |subject: &str| ConnectionsOfUser {
        tenant: protocol::tenant::Tenant { base: site.base.clone(), id: site.settings.tid() },
        subject: subject.to_owned(),
        skip: 0,
        limit: 9,
        now: world.clock.now(),
    };
    let connections = world.app.store.read(of("upstream-alice")).await.unwrap();
    assert_eq!(connections.items.len(), 1);
    assert_eq!(connections.items[0].grant.client_id, "agent");
    // A later assertion uses the same grant, and an administrator can end it.
    let again =
        enterprise.present(&enterprise.signed(&json!({"jti": "2", "scope": "read write"})), &[]).await;
    assert_eq!(claims_of(&again)["jti"].as_str().unwrap()[..22], token["jti"].as_str().unwrap()[..22]);
    let user = json!({"filter": {"user": "upstream-alice"}});
    assert_eq!(told(world, "/admin/grants/end", &user).await["grants"].as_array().unwrap().len(), 1);
    let again = again.json();
    let token = again["access_token"].as_str().unwrap();
    let introspect = [("client_id", "agent"), ("client_secret", SECRET), ("token", token)];
    let introspected = world.post_form(site, Endpoint::Introspect, &introspect).await;
    assert_eq!(introspected.json(), json!({"active": false}));
    let metrics = world.app.journal.metrics().text(&Snapshot::default());
    assert!(
        metrics.contains(&format!("bouncer_token_issued_total{{grant_type=\"{JWT_BEARER}\"}} 2")),
        "{metrics}"
    );
}

#[tokio::test]
async fn every_accepted_algorithm_of_the_provider_works() {
    for algorithm in ["RS256", "ES256", "EdDSA", "PS512"] {
        let enterprise = Enterprise::new().await;
        enterprise.provider.signs_with(algorithm);
        let typed = json!({"typ": TYPE});
        let signed = assertion(algorithm, &typed, &enterprise.claims(&json!({})));
        assert_eq!(enterprise.present(&signed, &[]).await.status, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn a_tenant_accepts_assertions_only_if_its_option_says_so() {
    let mut enterprise = Enterprise::new().await;
    let advertised = async |enterprise: &Enterprise| {
        enterprise.world.get(&enterprise.site, Endpoint::AuthorizationServerMetadata).await.json()
    };
    let on = advertised(&enterprise).await;
    let profiles = json!(["urn:ietf:params:oauth:grant-profile:id-jag"]);
    assert_eq!(on["authorization_grant_profiles_supported"], profiles);
    assert!(on["grant_types_supported"].as_array().unwrap().contains(&json!(JWT_BEARER)));
    enterprise.site.settings.enterprise_managed = false;
    let off = advertised(&enterprise).await;
    assert!(off.get("authorization_grant_profiles_supported").is_none());
    assert!(!off["grant_types_supported"].as_array().unwrap().contains(&json!(JWT_BEARER)));
    let assertion = enterprise.signed(&json!({}));
    enterprise.refused(&assertion, "unsupported_grant_type", "assertions_off").await;
    // The setting is not part of the tenant's identity.
    enterprise.site.settings.enterprise_managed = true;
    assert_eq!(enterprise.present(&assertion, &[]).await.status, 200);
}

#[tokio::test]
async fn each_wrong_claim_is_refused_with_its_reason() {
    let enterprise = Enterprise::new().await;
    let now = START.as_secs();
    for (change, reason) in [
        (json!({"iss": "https://idp.example"}), "assertion_invalid"),
        (json!({"aud": "https://mcp.example.com/docs"}), "assertion_invalid"),
        (json!({"aud": [BASE, "https://other.example"]}), "assertion_invalid"),
        (json!({"aud": "sidecar"}), "assertion_invalid"),
        (json!({"client_id": "other"}), "assertion_client"),
        (json!({"client_id": null}), "assertion_invalid"),
        (json!({"resource": "https://mcp.example.com/docs"}), "assertion_resource"),
        (json!({"resource": "https://other.example/wiki"}), "assertion_resource"),
        (json!({"resource": null}), "assertion_invalid"),
        (json!({"exp": now - 60}), "assertion_invalid"),
        (json!({"exp": now + 3_601}), "assertion_invalid"),
        (json!({"iat": now + 61}), "assertion_invalid"),
        (json!({"nbf": now + 61}), "assertion_invalid"),
        (json!({"exp": null}), "assertion_invalid"),
        (json!({"iat": null}), "assertion_invalid"),
        (json!({"jti": null}), "assertion_invalid"),
        (json!({"sub": null}), "assertion_invalid"),
        (json!({"sub": ""}), "assertion_invalid"),
        (json!({"sub": "\u{e4}".repeat(100)}), "assertion_invalid"),
        (json!({"sub": 7}), "assertion_invalid"),
    ] {
        enterprise.refused(&enterprise.signed(&change), "invalid_grant", reason).await;
    }
    assert_eq!(
        enterprise.present(&enterprise.signed(&json!({})), &[]).await.status,
        200,
        "none used up the jti"
    );
}

#[tokio::test]
async fn what_is_not_an_assertion_of_the_provider_is_refused() {
    let enterprise = Enterprise::with(&[
        agent("agent"),
        machine(
            "keys",
            &json!({
                "grant_types": ["client_credentials", JWT_BEARER], "client_secret": null,
                "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(),
            }),
        ),
    ])
    .await;
    let claims = enterprise.claims(&json!({}));
    let good = enterprise.signed(&json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let header = |header: Value| protocol::encoding::b64url_encode(header.to_string().as_bytes());
    let mut hmac = [header(json!({"alg": "HS256", "typ": TYPE})), payload.to_owned()].join(".");
    let mac = protocol::secret::hmac_sha256(&public_key_bytes(), hmac.as_bytes());
    hmac = [hmac, protocol::encoding::b64url_encode(&mac)].join(".");
    // An id_token and an access token of the same user and provider, with the same claims.
    let id_token = enterprise.provider.assertion("JWT", &claims);
    let access_token = enterprise.provider.assertion("at+jwt", &claims);
    // An assertion of a client about itself (RFC 7523 §2.2), which the client has signed.
    let of_a_client = assertion("EdDSA", &json!({"typ": TYPE}), &claims);
    for (what, bad) in [
        ("an id_token", id_token),
        ("an access token", access_token),
        ("signed by a client", of_a_client),
        ("a key that the provider does not have", enterprise.provider.forged_assertion(TYPE, &claims)),
        (
            "alg none",
            [header(json!({"alg": "none", "typ": TYPE})), payload.to_owned(), String::new()].join("."),
        ),
        ("HMAC with the public key", hmac),
        (
            "another algorithm",
            [header(json!({"alg": "RS256", "typ": TYPE})), payload.to_owned(), signature.to_owned()]
                .join("."),
        ),
        (
            "crit",
            [
                header(json!({"alg": "EdDSA", "typ": TYPE, "crit": ["x"]})),
                payload.to_owned(),
                signature.to_owned(),
            ]
            .join("."),
        ),
        ("another payload", {
            let other = protocol::encoding::b64url_encode(
                enterprise.claims(&json!({"sub": "root"})).to_string().as_bytes(),
            );
            [message.split_once('.').unwrap().0, &other, signature].join(".")
        }),
        ("no signature", format!("{message}.")),
        ("two parts", message.to_owned()),
        ("nothing", "x".to_owned()),
    ] {
        let reply = enterprise.present(&bad, &[]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str()),
            (400, Some("invalid_grant")),
            "{what}"
        );
    }
    // An assertion about a user does not authenticate a client either.
    let about_user = enterprise.signed(&json!({"iss": "keys", "sub": "keys", "client_id": "keys"}));
    let with_clients_key = assertion(
        "EdDSA",
        &json!({"typ": TYPE}),
        &json!({"iss": "keys", "sub": "keys", "aud": BASE, "jti": "k", "iat": START.as_secs(), "exp": START.as_secs() + 60}),
    );
    for signed in [about_user, with_clients_key] {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", signed.as_str()),
        ];
        let reply = enterprise.world.post_form(&enterprise.site, Endpoint::Token, &pairs).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (401, Some("invalid_client")));
    }
    // An assertion about a user is not accepted as an id_token either.
    let login = enterprise.world.register(&enterprise.site, CALLBACK).await;
    enterprise.provider.misbehave(Vice::Header("typ", json!(TYPE)));
    let mut browser = Browser::new(&enterprise.world, &enterprise.site);
    let url = to_provider(&mut browser, &authorize_pairs(&login)).await;
    let done = browser.get(Endpoint::Callback, &enterprise.provider.sign_in(&url)).await;
    assert_eq!(done.onward_parameter("code"), None);
    enterprise.provider.behave();
    assert_eq!(enterprise.present(&good, &[]).await.status, 200);
}

/// Returns the bytes of a public key of the tests. Somebody might use them as a shared secret.
fn public_key_bytes() -> Vec<u8> {
    protocol::encoding::b64url_decode(public_jwk("EdDSA")["x"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_assertion_is_accepted_once() {
    let enterprise = Enterprise::new().await;
    let long = enterprise.signed(&json!({"exp": START.as_secs() + 3_600}));
    assert_eq!(enterprise.present(&long, &[]).await.status, 200);
    enterprise.refused(&long, "invalid_grant", "assertion_used").await;
    enterprise.world.advance(3_600);
    enterprise.provider.advance(3_600);
    enterprise.refused(&long, "invalid_grant", "assertion_used").await;
    enterprise.world.advance(60);
    enterprise.refused(&long, "invalid_grant", "assertion_invalid").await;
    // Another tenant with the same provider remembers used assertions separately, but an assertion names only one
    // audience.
    let other = Site {
        base: protocol::uri::Base::parse("https://mcp.example.com/docs").unwrap(),
        ..enterprise.site.clone()
    };
    let fresh = enterprise.signed(&json!({"jti": "2"}));
    let pairs = [("grant_type", JWT_BEARER), ("assertion", fresh.as_str())];
    let elsewhere = with_basic(&enterprise.world, &other, ("agent", SECRET), &pairs).await;
    assert_eq!(elsewhere.json()["error"], "invalid_client", "the file lists other bases");
    assert_eq!(enterprise.present(&fresh, &[]).await.status, 200);
}

#[tokio::test]
async fn only_confidential_clients_with_the_grant_type_may_present_one() {
    let enterprise =
        Enterprise::with(&[agent("agent"), machine("ci", &json!({"grant_types": ["client_credentials"]}))])
            .await;
    let Enterprise { world, site, .. } = &enterprise;
    let mut ids = BTreeSet::new();
    let public = world.register(site, CALLBACK).await;
    let assertion = enterprise.signed(&json!({"client_id": public}));
    let pairs =
        [("grant_type", JWT_BEARER), ("assertion", assertion.as_str()), ("client_id", public.as_str())];
    let reply = world.post_form(site, Endpoint::Token, &pairs).await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some("unauthorized_client")));
    ids.insert(public);
    let assertion = enterprise.signed(&json!({"client_id": "ci"}));
    let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
    let reply = with_basic(world, site, ("ci", SECRET), &pairs).await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some("unauthorized_client")));
    // A client that registered itself with credentials and this grant type may do this: the provider decides by its id.
    for (grants, allowed) in
        [(json!(["authorization_code", JWT_BEARER]), true), (json!(["authorization_code"]), false)]
    {
        let metadata = json!({
            "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic", "grant_types": grants,
        });
        let client = world.post_json(site, Endpoint::Register, &metadata).await.json();
        assert_eq!(client["grant_types"], grants);
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        let assertion = enterprise.signed(&json!({"client_id": id, "jti": id}));
        let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        let wrong = with_basic(world, site, (id, "guessed"), &pairs).await;
        assert_eq!(wrong.json()["error"], "invalid_client");
        let reply = with_basic(world, site, (id, secret), &pairs).await;
        assert_eq!(reply.status == 200, allowed, "{reply:?}");
        ids.insert(id.to_owned());
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn the_tenants_rules_decide_about_the_user() {
    let mut enterprise = Enterprise::new().await;
    enterprise.site.settings.access.users =
        UserRule::Only(TextSet::from_iter(["alice@example.com".to_owned()]));
    enterprise.site.settings.access.groups = TextSet::from_iter(["team".to_owned()]);
    assert_eq!(enterprise.present(&enterprise.signed(&json!({})), &[]).await.status, 200);
    for change in [
        json!({"jti": "2", "email": "mallory@example.com"}),
        json!({"jti": "3", "email_verified": false}),
        json!({"jti": "4", "email_verified": null}),
        json!({"jti": "5", "groups": ["others"]}),
        json!({"jti": "6", "groups": null}),
    ] {
        enterprise.refused(&enterprise.signed(&change), "invalid_grant", "user_refused").await;
    }
    // A subject that looks like a client's is encoded.
    enterprise.site.settings.access = AccessRules::default();
    let named =
        enterprise.present(&enterprise.signed(&json!({"jti": "7", "sub": "client:agent"})), &[]).await;
    assert_eq!(claims_of(&named)["sub"], "%63lient:agent");
}

#[tokio::test]
async fn scopes_are_limited_by_provider_request_and_entitlement() {
    let mut enterprise = Enterprise::new().await;
    enterprise.site.settings.scope_map.entry("admin").extend(["root".to_owned()]);
    enterprise.site.settings.required_scopes = ScopeSet::parse("write").unwrap();
    let mut number = 0;
    for (asserted, groups, asked, granted) in [
        (json!("read write"), "team", None, Some("read write")),
        (json!("read"), "team", None, Some("read")),
        (json!("read write"), "team", Some("read"), Some("read")),
        (json!("read admin"), "team", None, Some("read")),
        (json!("read admin"), "root", None, Some("admin read")),
        (Value::Null, "team", None, Some("read write")),
        (Value::Null, "root", Some("admin unheard-of"), Some("admin")),
        (json!("unheard-of"), "team", None, None),
        (json!(""), "team", None, None),
        (json!("read"), "team", Some("write"), None),
        (json!("admin"), "team", None, None),
    ] {
        number += 1;
        let change = json!({"jti": number.to_string(), "scope": asserted, "groups": [groups]});
        let more: Vec<(&str, &str)> = asked.into_iter().map(|scope| ("scope", scope)).collect();
        let reply = enterprise.present(&enterprise.signed(&change), &more).await;
        match granted {
            Some(granted) => assert_eq!(claims_of(&reply)["scope"], granted, "{asserted} {groups} {asked:?}"),
            None => assert_eq!(reply.json()["error"], "invalid_scope", "{asserted} {groups} {asked:?}"),
        }
    }
    assert!(enterprise.world.reasons().contains("assertion_scope"));
}

#[tokio::test]
async fn the_token_is_for_the_asserted_resource_or_a_part_of_it() {
    let enterprise = Enterprise::new().await;
    for (number, (asked, expected)) in [
        (RESOURCE, Ok(RESOURCE)),
        ("https://mcp.example.com/wiki/mcp/a", Ok("https://mcp.example.com/wiki/mcp/a")),
        (BASE, Err("invalid_target")),
        ("https://mcp.example.com/wiki/other", Err("invalid_target")),
        ("https://other.example/wiki/mcp", Err("invalid_target")),
    ]
    .into_iter()
    .enumerate()
    {
        let assertion = enterprise.signed(&json!({"jti": number.to_string()}));
        let reply = enterprise.present(&assertion, &[("resource", asked)]).await;
        match expected {
            Ok(audience) => assert_eq!(claims_of(&reply)["aud"], audience),
            Err(error) => assert_eq!(reply.json()["error"], error, "{asked}"),
        }
    }
}

#[tokio::test]
async fn keys_are_fetched_again_for_an_unknown_key_and_an_outage_is_503() {
    let enterprise = Enterprise::new().await;
    assert_eq!(enterprise.present(&enterprise.signed(&json!({})), &[]).await.status, 200);
    enterprise.provider.rotate();
    let new_key = enterprise.signed(&json!({"jti": "2"}));
    enterprise.world.advance(5);
    assert_eq!(enterprise.present(&new_key, &[]).await.status, 200);
    // Without the keys nothing is decided, and the assertion can be presented again.
    let fresh = Enterprise::new().await;
    fresh.provider.misbehave(Vice::Document("jwks_uri", json!(format!("{}/nowhere", fresh.provider.issuer))));
    let assertion = fresh.signed(&json!({}));
    let reply = fresh.present(&assertion, &[]).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["error"].as_str()),
        (503, Some("temporarily_unavailable"))
    );
    // GitHub signs no assertions.
    let mut github = Enterprise::new().await;
    if let protocol::settings::Provider::Oidc { options, .. } = &mut github.site.settings.provider {
        options.kind = "github".to_owned();
    }
    let reply = github.present(&github.signed(&json!({})), &[]).await;
    assert_eq!(reply.status, 503);
    assert!(github.world.reasons().contains("upstream_misconfigured"));
}
