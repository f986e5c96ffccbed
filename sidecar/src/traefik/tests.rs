//! Tests plans and configurations for what an API says, and polls of a real listener.

mod polls;

use std::collections::BTreeSet;

use protocol::resource::options::PluginEnvironment;
use serde_json::{Value, json};

use super::configuration::{Sidecar, configuration};
use super::plan::plan;
use super::planned::{Plan, Rules};
use super::view::View;
use crate::config::Config;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn view(routers: &Value, middlewares: &Value) -> View {
    View {
        version: "3.7.15".to_owned(),
        routers: serde_json::from_value(routers.clone()).unwrap(),
        middlewares: serde_json::from_value(middlewares.clone()).unwrap(),
        services: Vec::new(),
    }
}

fn planned(view: &View, block: bool) -> Plan {
    let config = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", KEY)]).unwrap();
    let anchor = config.keys.anchor();
    let (key, trust_anchor) = (anchor.plugin_key().to_text(), anchor.trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &trust_anchor };
    plan(view, Rules { plugin: "mcpbouncer", environment, block })
}

fn written(view: &View, block: bool) -> Value {
    let sidecar = Sidecar {
        host: "mcpbouncer",
        port: 8080,
        plugin: "mcpbouncer",
        revocation_file: Some("/mcpbouncer/revoked"),
        personal_days: Some(90),
        client_ip_depth: 2,
    };
    serde_json::to_value(configuration(view, &planned(view, block), &sidecar)).unwrap()
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    plan.problems.iter().map(|problem| problem.reason().code()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Returns a router as Traefik's API shows it.
fn router(name: &str, rule: &str, middlewares: &[&str]) -> Value {
    let (short, provider) = name.split_once('@').unwrap();
    json!({
        "name": name, "provider": provider, "rule": rule, "service": short, "middlewares": middlewares,
        "entryPoints": ["websecure"], "priority": rule.len(), "status": "enabled",
    })
}

fn tenant(name: &str, options: &Value) -> Value {
    let (_, provider) = name.split_once('@').unwrap();
    json!({"name": name, "provider": provider, "type": "mcpbouncer", "plugin": {"mcpbouncer": options}})
}

fn one_label(rule: &str) -> View {
    view(&json!([router("wiki@docker", rule, &["mcp-auth@http"])]), &json!([]))
}

#[test]
fn one_label_makes_an_oauth_router() {
    let mut routers = json!([router("wiki@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"])]);
    routers[0]["tls"] = json!({"certResolver": "le", "options": "strict"});
    let http = written(&view(&routers, &json!([])), false)["http"].clone();
    let oauth = &http["routers"]["mcpb-oauth-wiki-docker"];
    assert_eq!(
        oauth["rule"],
        r"Host(`wiki.example.com`) && (PathPrefix(`/oauth/`) || PathRegexp(`^/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(/.*)?\z`))"
    );
    assert_eq!(oauth["entryPoints"], json!(["websecure"]));
    assert_eq!(oauth["tls"], json!({"certResolver": "le", "options": "strict@docker"}));
    assert_eq!(oauth["middlewares"], json!(["mcpb-route", "mcpb-tenant"]));
    assert_eq!(oauth["service"], "mcpbouncer");
    assert!(oauth["priority"].as_i64().unwrap() > routers[0]["priority"].as_i64().unwrap());
    assert_eq!(http["services"]["mcpbouncer"]["loadBalancer"]["servers"][0]["url"], "http://mcpbouncer:8080");
    assert_eq!(http["middlewares"]["mcp-auth"]["chain"]["middlewares"], json!(["mcpb-cors", "mcpb-tenant"]));
    assert_eq!(
        http["middlewares"]["mcpb-tenant"]["plugin"]["mcpbouncer"],
        json!({
            "pathPrefix": "",
            "revocationFile": "/mcpbouncer/revoked",
            "personalTokens": 90,
            "clientIPDepth": 2,
        })
    );
}

#[test]
fn without_servers_the_middlewares_are_there_for_the_first_one() {
    let http = written(&view(&json!([]), &json!([])), false)["http"].clone();
    assert_eq!(http.get("routers"), None);
    assert!(http["middlewares"]["mcp-auth"].is_object());
}

#[test]
fn a_path_tenant_is_told_to_the_plugin() {
    let view = one_label("(Host(`a.example`) || Host(`B.example`)) && PathPrefix(`/wiki`)");
    let plan = planned(&view, false);
    assert_eq!(plan.paths, BTreeSet::from(["a.example/wiki".to_owned(), "b.example/wiki".to_owned()]));
    let http = written(&view, false)["http"].clone();
    let options = &http["middlewares"]["mcpb-tenant"]["plugin"]["mcpbouncer"];
    assert_eq!(options["paths"], json!(["a.example/wiki", "b.example/wiki"]));
    assert!(
        http["routers"]["mcpb-oauth-wiki-docker"]["rule"]
            .as_str()
            .unwrap()
            .contains("PathPrefix(`/wiki/oauth/`)")
    );
}

#[test]
fn the_originals_labels_are_enough() {
    let middlewares = json!([
        tenant("wiki-mcp@docker", &json!({"resource": "wiki", "providerIssuer": "local", "pathPrefix": ""})),
        {"name": "all@docker", "provider": "docker", "type": "chain", "chain": {"middlewares": ["wiki-mcp"]}},
    ]);
    for named in ["wiki-mcp", "wiki-mcp@docker", "all", "all@docker"] {
        let routers = json!([router("wiki@docker", "Host(`wiki.example.com`)", &[named])]);
        let http = written(&view(&routers, &middlewares), false)["http"].clone();
        let oauth = &http["routers"]["mcpb-oauth-wiki-docker"];
        assert_eq!(oauth["middlewares"], json!(["mcpb-route", "wiki-mcp@docker"]), "{named}");
    }
}

#[test]
fn an_oauth_router_written_by_hand_stays() {
    let middlewares = json!([
        tenant("wiki-mcp@docker", &json!({"resource": "wiki", "providerIssuer": "local", "pathPrefix": ""})),
        tenant("mcpb-route@docker", &json!({"role": "route"})),
    ]);
    let routers = json!([
        router("wiki@docker", "Host(`wiki.example.com`)", &["wiki-mcp"]),
        router(
            "wiki-oauth@docker",
            "Host(`wiki.example.com`) && PathPrefix(`/oauth/`)",
            &["mcpb-route", "wiki-mcp"]
        ),
    ]);
    let plan = planned(&view(&routers, &middlewares), false);
    assert!(plan.oauth.is_empty() && plan.problems.is_empty(), "{plan:?}");
    // The same holds before Traefik has loaded the sidecar's own middleware.
    let routers = routers.to_string().replace("\"mcpb-route\"", "\"mcpb-route@http\"");
    let plan = planned(&view(&serde_json::from_str(&routers).unwrap(), &middlewares), false);
    assert!(plan.oauth.is_empty() && plan.problems.is_empty(), "{plan:?}");
}

#[test]
fn what_cannot_be_served_is_closed_and_named() {
    for (rule, kind) in [
        ("Host(`a.example`", "rule_unreadable"),
        ("Host(`a.example`, `b.example`)", "rule_unreadable"),
        ("HostRegexp(`.*`)", "rule_hosts"),
        ("PathPrefix(`/wiki`)", "rule_hosts"),
        ("!Host(`a.example`)", "rule_hosts"),
        ("Host(`a.example`) || HostRegexp(`b`)", "rule_hosts"),
        ("Host(`a.example`) && (PathPrefix(`/a`) || PathPrefix(`/b`))", "rule_path"),
        ("Host(`a.example`) && PathRegexp(`^/a`)", "rule_path"),
        ("Host(`a.example`) && !PathPrefix(`/a`)", "rule_path"),
    ] {
        let plan = planned(&one_label(rule), false);
        assert_eq!(kinds(&plan), [kind], "{rule}");
        assert!(plan.oauth.is_empty() && plan.paths.is_empty(), "{rule}");
    }
    let mut routers = json!([router("wiki@docker", "Host(`a.example`)", &["mcp-auth@http"])]);
    routers[0]["ruleSyntax"] = json!("v2");
    let plan = planned(&view(&routers, &json!([])), false);
    assert_eq!((kinds(&plan), plan.oauth.len()), (vec!["rule_syntax_v2"], 0));
}

#[test]
fn nobody_logs_in_where_two_tenants_claim_one_issuer() {
    let middlewares = json!([tenant(
        "evil@docker",
        &json!({"pathPrefix": "", "providerIssuer": "https://evil.example", "clientID": "c"})
    )]);
    let routers = json!([
        router("wiki@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"]),
        router("evil@docker", "Host(`wiki.example.com`) && PathPrefix(`/`)", &["evil"]),
        router("docs@docker", "Host(`docs.example.com`)", &["mcp-auth@http"]),
    ]);
    let plan = planned(&view(&routers, &middlewares), false);
    assert_eq!(kinds(&plan), ["two_tenants"]);
    assert_eq!(plan.oauth.keys().collect::<Vec<_>>(), ["docs@docker"]);
    // The same tenant at two entry points is one tenant.
    let twice = json!([
        router("wiki@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"]),
        router("wiki-http@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"]),
    ]);
    let plan = planned(&view(&twice, &json!([])), false);
    assert!(plan.problems.is_empty() && plan.oauth.len() == 2, "{plan:?}");
}

#[test]
fn a_router_past_the_plugin_is_found_and_blocked() {
    let mut routers = json!([
        router("wiki@docker", "Host(`wiki.example.com`) && PathPrefix(`/mcp`)", &["mcp-auth@http"]),
        router("open@docker", "Host(`wiki.example.com`)", &[]),
        router("http@docker", "Host(`wiki.example.com`)", &["https"]),
        router("other@docker", "Host(`other.example.com`)", &[]),
    ]);
    routers[1]["service"] = json!("wiki@docker");
    routers[2]["service"] = json!("wiki");
    let redirect = json!([{"name": "https@docker", "provider": "docker", "type": "redirectscheme", "redirectScheme": {"scheme": "https"}}]);
    let view = view(&routers, &redirect);
    let plan = planned(&view, false);
    assert_eq!((kinds(&plan), plan.blocked.len()), (vec!["bare_router"], 0));
    assert!(plan.problems.first().unwrap().to_string().contains("open@docker"), "{plan:?}");
    let http = written(&view, true)["http"].clone();
    let block = &http["routers"]["mcpb-block-open-docker"];
    assert_eq!(block["rule"], "Host(`wiki.example.com`)");
    assert_eq!(block["middlewares"], json!(["mcpb-deny"]));
    // The priority of the blocking router is above the open router's and below the protected router's.
    let priority = block["priority"].as_i64().unwrap();
    assert_eq!(priority, routers[1]["priority"].as_i64().unwrap() + 1);
    assert!(priority < routers[0]["priority"].as_i64().unwrap());
    assert!(http["middlewares"]["mcpb-deny"].is_object());
}

/// The services have other names, but lead to the same servers.
#[test]
fn a_router_past_the_plugin_is_found_by_its_servers() {
    let routers = json!([
        router("wiki@docker", "Host(`wiki.example.com`)", &["mcp-auth@http"]),
        router("open@kubernetesgateway", "Host(`open.example.com`)", &[]),
    ]);
    let balancer = |urls: &[&str]| {
        let servers: Vec<Value> = urls.iter().map(|url| json!({"url": url})).collect();
        json!({"loadBalancer": {"servers": servers}})
    };
    let named = |name: &str, kind: Value| {
        let mut service = json!({"name": name, "provider": name.split_once('@').unwrap().1});
        service.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        service
    };
    let leaf = ["leaf@kubernetesgateway", "http://10.0.0.7"];
    let ways = [
        (balancer(&["http://10.0.0.8:80", "http://10.0.0.7:80/a"]), true),
        (json!({"weighted": {"services": [{"name": "none"}, {"name": "leaf", "weight": 1}]}}), true),
        (json!({"highestRandomWeight": {"services": [{"name": leaf[0]}]}}), true),
        (json!({"mirroring": {"service": "none", "mirrors": [{"name": "leaf", "percent": 1}]}}), true),
        (json!({"mirroring": {"service": "leaf", "mirrors": null}}), true),
        (json!({"failover": {"service": "none", "fallback": "leaf"}}), true),
        (json!({"weighted": {"services": [{"name": "open"}, {"name": "none"}]}}), false),
        (balancer(&["http://10.0.0.7:81", "https://10.0.0.7", "http://10.0.0.8:80", "nonsense"]), false),
        (json!({"loadBalancer": {"servers": null}}), false),
        (json!({}), false),
    ];
    for (way, found) in ways {
        let mut view = view(&routers, &json!([]));
        let services = json!([
            named("wiki@docker", balancer(&["http://10.0.0.7:80"])),
            named(leaf[0], balancer(&[leaf[1]])),
            named("open@kubernetesgateway", way.clone()),
        ]);
        view.services = serde_json::from_value(services).unwrap();
        let plan = planned(&view, true);
        let expected: &[&str] = if found { &["bare_router_blocked"] } else { &[] };
        assert_eq!(kinds(&plan), expected, "{way}");
        assert_eq!(plan.blocked.contains_key("open@kubernetesgateway"), found, "{way}");
    }
}

#[test]
fn the_next_poll_finds_its_own_routers_and_says_the_same() {
    let before = one_label("Host(`wiki.example.com`) && PathPrefix(`/wiki`)");
    let first = written(&before, true);
    let mut after = before.clone();
    for (name, router) in first["http"]["routers"].as_object().unwrap() {
        let mut shown = router.clone();
        shown["name"] = json!(format!("{name}@http"));
        shown["provider"] = json!("http");
        after.routers.push(serde_json::from_value(shown).unwrap());
    }
    after.middlewares = serde_json::from_value(json!([
        {"name": "mcp-auth@http", "provider": "http", "type": "chain", "chain": {"middlewares": ["mcpb-cors", "mcpb-tenant"]}},
        tenant("mcpb-tenant@http", &json!({"pathPrefix": "", "paths": ["wiki.example.com/wiki"]})),
        tenant("mcpb-route@http", &json!({"role": "route"})),
    ]))
    .unwrap();
    after.services =
        serde_json::from_value(json!([{"name": "mcpbouncer@http", "provider": "http", "status": "enabled"}]))
            .unwrap();
    assert_eq!(written(&after, true).to_string(), first.to_string());
    // The order of the API's lists does not matter.
    after.routers.reverse();
    assert_eq!(written(&after, true).to_string(), first.to_string());
    assert!(planned(&after, true).problems.is_empty());
}

#[test]
fn a_service_that_the_operator_defined_wins() {
    let mut view = one_label("Host(`wiki.example.com`)");
    view.services = serde_json::from_value(json!([
        {"name": "mcpbouncer@docker", "provider": "docker", "status": "enabled"},
        {"name": "mcpbouncer-two@docker", "provider": "docker", "status": "enabled"},
    ]))
    .unwrap();
    let http = written(&view, false)["http"].clone();
    let router = &http["routers"]["mcpb-oauth-wiki-docker"];
    assert_eq!(router["service"], "mcpbouncer@docker");
    // The operator's service may have several sidecars, so there is a retry.
    assert_eq!(router["middlewares"], json!(["mcpb-route", "mcpb-tenant", "mcpb-retry"]));
    assert_eq!(http["middlewares"]["mcpb-retry"], json!({"retry": {"attempts": 3}}));
    assert_eq!(http.get("services"), None);
}

#[test]
fn mistakes_of_a_middleware_are_named() {
    let plan_of = |routers: Value, middlewares: Value| planned(&view(&routers, &middlewares), false);
    let refused = json!([tenant("own@docker", &json!({"resource": "wiki", "clientID": "c"}))]);
    let routers = json!([router("wiki@docker", "Host(`a.example`)", &["own"])]);
    let plan = plan_of(routers, refused);
    assert_eq!((kinds(&plan), plan.oauth.len()), (vec!["options_refused"], 0));
    let own = json!([tenant("own@docker", &json!({"resource": "wiki", "pathPrefix": "/wiki"}))]);
    let elsewhere = json!([router("wiki@docker", "Host(`a.example`) && PathPrefix(`/docs`)", &["own"])]);
    let plan = plan_of(elsewhere, own.clone());
    assert_eq!((kinds(&plan), plan.oauth.len()), (vec!["path_mismatch"], 0));
    let both = json!([router("wiki@docker", "Host(`a.example`)", &["mcp-auth@http", "own"])]);
    let plan = plan_of(both, own);
    assert_eq!((kinds(&plan), plan.oauth.len()), (vec!["two_middlewares"], 0));
    let header = plan_of(
        json!([router("wiki@docker", "Host(`a.example`) && Header(`X`, `y`)", &["mcp-auth@http"])]),
        json!([]),
    );
    assert_eq!((kinds(&header), header.oauth.len()), (vec!["rule_conditions"], 1));
}

#[test]
fn an_old_traefik_is_named() {
    let mut view = one_label("Host(`a.example`)");
    for (version, old) in
        [("3.6.13", true), ("3.6.14", false), ("v3.5.99", true), ("3.7.0-rc1", false), ("dev", false)]
    {
        version.clone_into(&mut view.version);
        assert_eq!(kinds(&planned(&view, false)) == ["traefik_old"], old, "{version}");
    }
}

/// The metadata of a deeper tenant lie below the host, and the host's tenant must not serve them.
#[test]
fn deeper_tenants_come_first() {
    let routers = json!([
        router("host@docker", "Host(`a.example`)", &["mcp-auth@http"]),
        router("deep@docker", "Host(`a.example`) && PathPrefix(`/a/b`)", &["mcp-auth@http"]),
        router("path@docker", "Host(`a.example`) && PathPrefix(`/a`)", &["mcp-auth@http"]),
    ]);
    let plan = planned(&view(&routers, &json!([])), false);
    let priority = |name: &str| plan.oauth[name].priority;
    assert!(priority("deep@docker") > priority("path@docker"));
    assert!(priority("path@docker") > priority("host@docker"));
}
