//! GitHub's access token for the MCP server (`upstreamToken`): that of an OAuth app has no end and no refresh token, that of a
//! GitHub App has both.

use super::{GitHub, at_github};
use crate::profiles::of_kind;
use crate::standing::Granted;
use crate::support::*;
use crate::upstream_token::{held, refreshed, wanting};

const HOUR: u64 = 3_600;

/// A grant of a user of GitHub, and the token response.
async fn granted(github: &GitHub) -> (Granted, Reply) {
    let issuer = github.start().await;
    let settings =
        [("BOUNCER_INTERNAL_ISSUERS", issuer.as_str()), ("BOUNCER_STRICT_UPSTREAM_REFRESH", "false")];
    let world = World::with(&settings);
    let site = wanting(of_kind("github", &issuer, "openid read"));
    let client = world.register(&site, CALLBACK).await;
    let code = at_github(&world, &site, &client).await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    (Granted::of(world, site, client, &reply), reply)
}

/// How often GitHub was asked for tokens.
fn asked(github: &GitHub) -> usize {
    github.ways().asked.len()
}

#[tokio::test]
async fn a_token_without_an_end_is_used_for_an_hour_and_then_asked_about() {
    let github = GitHub::default();
    let (mut granted, reply) = granted(&github).await;
    assert_eq!(held(&granted, &reply), ("gho_access".to_owned(), HOUR));
    for _ in 0..3 {
        granted.world.advance(HOUR);
        assert_eq!(refreshed(&mut granted).await, ("gho_access".to_owned(), HOUR));
    }
    assert_eq!(asked(&github), 1, "no other token was issued");
    // Its user has revoked it at GitHub.
    granted.world.advance(HOUR);
    github.ways().revoked = true;
    granted.refused().await;
    github.ways().revoked = false;
    granted.refused().await;
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_in_time() {
    let github = GitHub::default();
    github.ways().app_tokens = Some(0);
    let (mut granted, reply) = granted(&github).await;
    assert_eq!(held(&granted, &reply), ("ghu_access_1".to_owned(), HOUR));
    for (hours, token) in [(7, "ghu_access_1"), (1, "ghu_access_2"), (7, "ghu_access_2"), (1, "ghu_access_3")]
    {
        granted.world.advance(hours * HOUR);
        assert_eq!(refreshed(&mut granted).await, (token.to_owned(), HOUR), "{hours}");
    }
    assert_eq!(asked(&github), 3);
}

/// GitHub has no revocation endpoint (RFC 7009).
#[tokio::test]
async fn when_the_grant_ends_github_is_not_asked() {
    let github = GitHub::default();
    let (granted, _) = granted(&github).await;
    let pairs = [("token", granted.token.as_str()), ("client_id", granted.client.as_str())];
    let endpoint = protocol::context::Endpoint::Revoke;
    assert_eq!(granted.world.post_form(&granted.site, endpoint, &pairs).await.status, 200);
    granted.world.app.upstream_revocations.flush().await;
    assert_eq!(asked(&github), 1);
    assert!(!granted.world.reasons().contains("upstream_not_revoked"), "{:?}", granted.world.reasons());
}
