//! The gauges of `/metrics` are derived from the present state, not from past events.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use sidecar::clock::Clock as _;
use sidecar::sweep;
use tower::ServiceExt as _;

use crate::administration::told;
use crate::grants::granted;
use crate::personal::{FIELDS, Here, made, open_form, submit};
use crate::support::{Browser, World};

/// Returns the lines of `/metrics` that begin with this prefix.
async fn lines(world: &World, prefix: &str) -> Vec<String> {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = world.operations.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    text.lines().filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
}

async fn keep_share(world: &World) {
    let share = world.app.share.as_ref().unwrap();
    sweep::keep_share(&world.app.journal, share, &world.app.keys, world.clock.now()).await;
}

fn not_written(share: u8, revocations: u8) -> Vec<String> {
    let series = "bouncer_files_not_written";
    let share = format!("{series}{{reason=\"share_not_written\"}} {share}");
    let mut lines = vec![share, format!("{series}{{reason=\"revocations_not_written\"}} {revocations}")];
    lines.sort();
    lines
}

async fn shown(world: &World) -> Vec<String> {
    let mut lines = lines(world, "bouncer_files_not_written").await;
    lines.sort();
    lines
}

#[tokio::test]
async fn files_that_cannot_be_written_are_shown_until_they_can() {
    let volume = tempfile::tempdir().unwrap();
    let (mounted, away) = (volume.path().join("mounted"), volume.path().join("away"));
    std::fs::create_dir(&mounted).unwrap();
    let world = World::with(&[("BOUNCER_SHARE_DIR", mounted.to_str().unwrap())]);
    assert_eq!(shown(&world).await, not_written(0, 0));
    std::fs::rename(&mounted, &away).unwrap();
    keep_share(&world).await;
    assert_eq!(shown(&world).await, not_written(1, 1));
    std::fs::rename(&away, &mounted).unwrap();
    keep_share(&world).await;
    assert_eq!(shown(&world).await, not_written(0, 0));
}

#[tokio::test]
async fn a_revocation_list_elsewhere_is_shown_alone() {
    let volume = tempfile::tempdir().unwrap();
    let (mounted, away) = (volume.path().join("mounted"), volume.path().join("away"));
    std::fs::create_dir(&mounted).unwrap();
    let list = mounted.join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", list.to_str().unwrap())]);
    let line =
        |value: u8| vec![format!("bouncer_files_not_written{{reason=\"revocations_not_written\"}} {value}")];
    assert_eq!(shown(&world).await, line(0));
    std::fs::rename(&mounted, &away).unwrap();
    world.tell_revocations().await;
    assert_eq!(shown(&world).await, line(1));
    std::fs::rename(&away, &mounted).unwrap();
    world.tell_revocations().await;
    assert_eq!(shown(&world).await, line(0));
}

/// The two values together show whether a rotation is overdue.
#[tokio::test]
async fn the_signing_keys_age_is_shown_with_the_age_at_which_it_is_replaced() {
    let world = World::with(&[("BOUNCER_KEY_ROTATION_DAYS", "7")]);
    world.advance(8 * 86_400);
    assert_eq!(
        lines(&world, "bouncer_signing_key_age_seconds ").await,
        ["bouncer_signing_key_age_seconds 691200"]
    );
    let rotation = lines(&world, "bouncer_signing_key_rotation_seconds ").await;
    assert_eq!(rotation, ["bouncer_signing_key_rotation_seconds 604800"]);
    sweep::tick(&world.app.journal, &world.app.keys, world.app.limits(), world.clock.now()).await;
    assert_eq!(
        lines(&world, "bouncer_signing_key_age_seconds ").await,
        ["bouncer_signing_key_age_seconds 0"]
    );
}

/// The repeated check of access counts the tokens.
#[tokio::test]
async fn personal_access_tokens_in_force_are_shown_for_each_tenant() {
    let here = Here::new();
    let mut docs = here.site.clone();
    docs.base = protocol::uri::Base::parse("https://mcp.example.com/docs").unwrap();
    let recheck = async || {
        sweep::recheck(&here.world.app.journal, &here.world.app.recheck, &*here.world.clock).await;
        lines(&here.world, "bouncer_personal_tokens{").await
    };
    let shown = |path: &str, tokens: u8| {
        let tid = serde_json::to_value(here.site.settings.tid()).unwrap();
        let tenant = format!("https://mcp.example.com/{path} {}", tid.as_str().unwrap());
        format!("bouncer_personal_tokens{{tenant=\"{tenant}\"}} {tokens}")
    };
    granted(&here.world, &here.site).await;
    assert_eq!(recheck().await, Vec::<String>::new(), "a client's grant is none");
    made(&here).await;
    made(&here).await;
    let mut browser = Browser::new(&here.world, &docs);
    let form = open_form(&mut browser).await;
    submit(&mut browser, &form, &FIELDS).await;
    let mut all = recheck().await;
    all.sort();
    assert_eq!(all, [shown("docs", 1), shown("wiki", 2)]);
    told(&here.world, "/admin/grants/end", &json!({"filter": {"tenant": "https://mcp.example.com/wiki"}}))
        .await;
    assert_eq!(recheck().await, [shown("docs", 1)]);
    here.world.advance(30 * 86_400);
    assert_eq!(recheck().await, Vec::<String>::new(), "their time is over");
}

/// A file that another program changed is reported once; it is not a present problem.
#[tokio::test]
async fn a_file_for_traefik_that_somebody_changed_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(&[("BOUNCER_SHARE_DIR", folder.path().to_str().unwrap())]);
    keep_share(&world).await;
    std::fs::write(folder.path().join("keys.json"), "{}").unwrap();
    keep_share(&world).await;
    assert!(world.reasons().contains("share_changed"), "{:?}", world.reasons());
    assert_eq!(shown(&world).await, not_written(0, 0));
}
