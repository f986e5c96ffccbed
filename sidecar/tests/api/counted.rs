//! Events are counted and appear in the audit, and nothing that a stranger sends creates a time series.

use std::collections::BTreeSet;

use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use serde_json::{Value, json};
use sidecar::metrics::{MOST_TENANTS, Metrics, Snapshot};
use store::AuditLimits;
use store::intent::audit::{AuditFilter, FindAudit, Order};
use store::record::AuditRecord;

/// Returns the lines of `/metrics` that begin with this prefix.
fn lines(world: &World, prefix: &str) -> Vec<String> {
    let text = world.app.journal.metrics().text(&Snapshot::default());
    text.lines().filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
}

/// Returns the value of one time series; 0 if there is none.
fn value(world: &World, series: &str) -> u64 {
    let found = lines(world, &format!("{series} "));
    assert!(found.len() <= 1, "{found:?}");
    found.first().map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

/// Writes the waiting rows of the audit, and returns all rows, oldest first.
pub(crate) async fn audit(world: &World) -> Vec<AuditRecord> {
    let mut writer = world.app.audit.lock().unwrap().take().unwrap();
    writer.flush().await;
    world.app.audit.lock().unwrap().replace(writer);
    let find = FindAudit {
        filter: AuditFilter::default(),
        order: Order::OldestFirst,
        after: None,
        limit: 1_000,
        scan_limit: 10_000,
    };
    world.app.store.read(find).await.unwrap().rows
}

pub(crate) fn kinds(rows: &[AuditRecord]) -> Vec<&str> {
    rows.iter().map(|row| row.kind.as_str()).collect()
}

async fn refresh(world: &World, site: &Site, client: &str, token: &Value) -> Reply {
    let token = token.as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    world.post_form(site, Endpoint::Token, &pairs).await
}

#[tokio::test]
async fn a_login_moves_the_series_of_the_earlier_mcpbouncer() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let client = world.register(&site, CALLBACK).await;
    world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let first = world.token(&site, &client, &code).await.json();
    let second = refresh(&world, &site, &client, &first["refresh_token"]).await.json();
    assert_eq!(refresh(&world, &site, &client, &first["refresh_token"]).await.status, 200);
    assert_eq!(refresh(&world, &site, &client, &second["refresh_token"]).await.status, 200);
    assert_eq!(refresh(&world, &site, &client, &first["refresh_token"]).await.status, 400, "reused");
    assert_eq!(refresh(&world, &site, &client, &json!("mcpbr_unknown")).await.status, 400);
    assert_eq!(world.post_json(&site, Endpoint::Register, &json!({"redirect_uris": []})).await.status, 400);
    for (series, expected) in [
        ("bouncer_token_issued_total{grant_type=\"authorization_code\"}", 1),
        ("bouncer_token_issued_total{grant_type=\"refresh_token\"}", 3),
        ("bouncer_token_refresh_total{result=\"rotated\"}", 2),
        ("bouncer_token_refresh_total{result=\"repeated\"}", 1),
        ("bouncer_token_refresh_total{result=\"reused\"}", 1),
        ("bouncer_token_refresh_total{result=\"refused\"}", 1),
        ("bouncer_dcr_register_total{result=\"created\"}", 1),
        ("bouncer_dcr_register_total{result=\"repeated\"}", 1),
        ("bouncer_dcr_register_total{result=\"refused\"}", 1),
        ("bouncer_auth_failures_total{reason=\"refresh_reused\"}", 1),
        ("bouncer_auth_failures_total{reason=\"refresh_unknown\"}", 1),
        ("bouncer_token_endpoint_duration_seconds_count", 6),
    ] {
        assert_eq!(value(&world, series), expected, "{series}");
    }
    let rows = audit(&world).await;
    let expected = [
        "keys_changed",
        "client_registered",
        "client_registered",
        "sign_in",
        "consent_given",
        "code_issued",
        "token_issued",
        "token_refreshed",
        "token_refreshed",
        "token_refreshed",
        "grant_revoked",
        "request",
        "request",
        "request",
    ];
    assert_eq!(kinds(&rows), expected);
    let issued = &rows[6];
    assert_eq!((issued.client.as_deref(), issued.subject.as_deref()), (Some(&*client), Some("alice")));
    assert!(issued.tenant.as_deref().unwrap().starts_with("https://mcp.example.com/wiki "), "{issued:?}");
    assert_eq!(issued.address.as_deref(), Some("192.0.2.7"));
    let revoked = &rows[10];
    assert_eq!(revoked.reason.as_deref(), Some("refresh_reused"));
    assert!(revoked.grant.is_some() && revoked.grant == issued.grant, "{revoked:?}");
}

/// The values of labels come from fixed sets. If a path, a client or an address were a label, requests from strangers
/// could create any number of time series.
#[tokio::test]
async fn strangers_cannot_make_time_series() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    world.register(&site, CALLBACK).await;
    let flood = async |n: u32| {
        let odd = format!("x{n}\"}}\n{{");
        let request = Request::get(format!("/never/{n}")).body(Body::empty()).unwrap();
        assert_eq!(world.raw(request).await.status, 403);
        let client = ("client_id", odd.as_str());
        world.post_form(&site, Endpoint::Token, &[("grant_type", odd.as_str()), client]).await;
        world.post_form(&site, Endpoint::Revoke, &[client, ("token", odd.as_str())]).await;
        world
            .post_json(&site, Endpoint::Register, &json!({"redirect_uris": [odd], "client_name": odd}))
            .await;
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {n}"));
        world.send(&site, Endpoint::Userinfo, request.body(Body::empty()).unwrap()).await;
    };
    for n in 0..60 {
        flood(n).await;
    }
    let before = lines(&world, "bouncer_").len();
    for n in 60..120 {
        flood(n).await;
    }
    assert_eq!(lines(&world, "bouncer_").len(), before);
}

#[tokio::test]
async fn tenants_beyond_the_maximum_share_their_time_series() {
    let world = World::new();
    for n in 0..MOST_TENANTS + 20 {
        world.register(&Site::local(&format!("https://mcp.example.com/t{n}")), CALLBACK).await;
    }
    let tenants = lines(&world, "bouncer_tenant_events_total{");
    assert_eq!(tenants.len(), MOST_TENANTS + 1);
    let others = tenants.iter().find(|line| line.contains("tenant=\"other\"")).unwrap();
    assert!(others.ends_with(" 20"), "{others}");
}

#[tokio::test]
async fn a_flood_of_refusals_is_counted_but_does_not_fill_the_audit() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    for _ in 0..200 {
        world.post_form(&site, Endpoint::Token, &[("grant_type", "none"), ("client_id", "nobody")]).await;
    }
    let refused = audit(&world).await.iter().filter(|row| row.kind.as_str() == "request").count();
    assert_eq!((refused, value(&world, "bouncer_audit_lost_total{cause=\"flood\"}")), (50, 150));
    assert_eq!(value(&world, "bouncer_auth_failures_total{reason=\"client_unknown\"}"), 200);
    world.advance(1);
    world.post_form(&site, Endpoint::Token, &[("grant_type", "none"), ("client_id", "nobody")]).await;
    assert_eq!(audit(&world).await.iter().filter(|row| row.kind.as_str() == "request").count(), 51);
}

/// The event is in the log, the request succeeds, and a metric counts the lost row.
#[tokio::test]
async fn a_full_audit_stops_no_login() {
    let limits = AuditLimits { rows: 10, unproven_rows: 10, ..AuditLimits::DEFAULT };
    let world = World::configured(&[], |config| config.audit.limits = limits);
    let site = Site::local("https://mcp.example.com/wiki");
    let client = world.register(&site, CALLBACK).await;
    for _ in 0..5 {
        let code = Browser::new(&world, &site).reach_code(&client).await;
        assert_eq!(world.token(&site, &client, &code).await.status, 200);
    }
    assert_eq!(value(&world, "bouncer_token_issued_total{grant_type=\"authorization_code\"}"), 5);
    assert!(value(&world, "bouncer_audit_lost_total{cause=\"full\"}") > 0);
    assert!(audit(&world).await.len() < 20);
}

/// Another program, `tools/test-reasons.sh`, checks that a test causes each reason.
#[test]
fn every_reason_is_counted_by_its_code() {
    let metrics = Metrics::new(START);
    for reason in events::Reason::ALL {
        metrics.count(&events::Event::because(events::Kind::Request, *reason));
    }
    let text = metrics.text(&Snapshot::default());
    let counted = text.lines().filter(|line| line.starts_with("bouncer_auth_failures_total{"));
    let counted: BTreeSet<String> = counted.map(str::to_owned).collect();
    let expected = events::Reason::ALL
        .iter()
        .map(|reason| format!("bouncer_auth_failures_total{{reason=\"{reason}\"}} 1"));
    assert_eq!(counted, expected.collect());
}
