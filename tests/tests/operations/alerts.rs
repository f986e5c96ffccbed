//! Alerts fire in a real Prometheus because of real events, and Prometheus can evaluate each rule.

use e2e::runtime::run;
use e2e::wait;

use crate::known;
use crate::world::{World, after_the_traffic};

#[test]
fn alerts_fire_because_of_what_happened_and_no_other_does() {
    run(async {
        let world = after_the_traffic().await;
        // The alerts that must fire, each with a label and its value.
        let expected = [
            ("MCPBouncerBareRouter", "job", "mcpbouncer"),
            ("MCPBouncerContextRefused", "reason", "context_missing"),
            ("MCPBouncerOperationsProbed", "job", "mcpbouncer"),
            ("MCPBouncerTokenReused", "reason", "refresh_reused"),
        ];
        for (name, label, value) in expected {
            let alert = world.prometheus.fires(name).await;
            assert_eq!(alert["labels"][label], value, "{alert}");
            for note in ["summary", "description", "runbook_url"] {
                let text = alert["annotations"][note].as_str().unwrap_or_default();
                assert!(
                    !text.is_empty() && !text.contains("<error") && !text.contains("<no value"),
                    "{alert}"
                );
            }
        }
        // Alerts with a `for`, whose time is left out here, may fire for a moment on a busy machine.
        let at_once = known::alerts().into_iter().filter(|alert| alert.rule.get("for").is_none());
        let at_once: Vec<String> = at_once.map(|alert| alert.name).collect();
        for alert in world.prometheus.firing().await {
            let name = alert["labels"]["alertname"].as_str().expect("a name");
            let is_expected = expected.iter().any(|(expected, ..)| name == *expected);
            assert!(
                is_expected || !at_once.iter().any(|other| other == name),
                "nothing is wrong, but: {alert}"
            );
        }
    });
}

#[test]
fn prometheus_evaluates_every_rule_without_an_error() {
    run(async {
        let world = after_the_traffic().await;
        let known = known::alerts().len() + known::recorded().len();
        wait::until("every rule was evaluated", async || {
            let data = world.prometheus.api("rules", &[]).await.expect("the rules");
            let groups = data["groups"].as_array().expect("groups");
            let rules = groups.iter().flat_map(|group| group["rules"].as_array().expect("rules"));
            let evaluated: Vec<_> = rules.filter(|rule| rule["health"] != "unknown").collect();
            for rule in &evaluated {
                assert_eq!(rule["health"], "ok", "{rule}");
            }
            (evaluated.len() == known).then_some(())
        })
        .await;
    });
}

#[test]
fn a_stopped_sidecar_is_down() {
    run(async {
        let mut world = World::start().await;
        wait::until("the sidecar is up", async || {
            let up = world.prometheus.query("up == 1").await.expect("a query");
            (!up.is_empty()).then_some(())
        })
        .await;
        world.stack.sidecar.stop().await;
        world.prometheus.fires("MCPBouncerDown").await;
        world.stack.sidecar.resume().await;
    });
}
