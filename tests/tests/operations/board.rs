//! The queries of the Grafana dashboard use series that exist.

use e2e::runtime::run;
use e2e::{paths, wait};
use serde_json::Value;

use crate::known;
use crate::world::after_the_traffic;

fn dashboard() -> Value {
    let path = paths::repository().join("deploy/grafana/dashboards/mcpbouncer.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the dashboard")).expect("JSON")
}

/// Returns a query as Grafana sends it if everything is chosen.
fn chosen(expression: &str) -> String {
    let values = [("$instance", ".*"), ("$tenant", ".*"), ("$__rate_interval", "5m"), ("$__range", "5m")];
    let query = values.iter().fold(expression.to_owned(), |text, (name, value)| text.replace(name, value));
    assert!(!query.contains('$'), "what is chosen for {query}?");
    query
}

#[test]
fn every_panel_shows_something_unless_it_says_what_nothing_means() {
    run(async {
        let world = after_the_traffic().await;
        let board = dashboard();
        let panels = board["panels"].as_array().expect("panels");
        let rows = panels.iter().filter(|panel| panel["type"] == "row").count();
        assert_eq!(rows, 9, "rows");
        for panel in panels {
            let title = panel["title"].as_str().expect("a title");
            let may_be_empty = panel["fieldConfig"]["defaults"]["noValue"].is_string();
            for target in panel["targets"].as_array().into_iter().flatten() {
                let query = chosen(target["expr"].as_str().expect("a query"));
                known::assert_known(title, &query);
                wait::until(&format!("{title} has data: {query}"), async || {
                    let samples = world.prometheus.query(&query).await;
                    let samples = samples.unwrap_or_else(|error| panic!("{title}: {query}: {error}"));
                    (!samples.is_empty() || may_be_empty).then_some(())
                })
                .await;
            }
        }
    });
}

#[test]
fn the_variables_have_values() {
    run(async {
        let world = after_the_traffic().await;
        let board = dashboard();
        let mut found = Vec::new();
        for variable in board["templating"]["list"].as_array().expect("variables") {
            let query = variable["query"].as_str().expect("a query");
            let Some(inner) = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'))
            else {
                continue;
            };
            let (series, label) = inner.split_once(", ").expect("a series and a label");
            known::assert_known(query, series);
            wait::until(query, async || {
                let path = format!("label/{label}/values");
                let values = world.prometheus.api(&path, &[("match[]", series)]).await.expect("the values");
                values.as_array().is_some_and(|values| !values.is_empty()).then_some(())
            })
            .await;
            found.push(label.to_owned());
        }
        assert_eq!(found, ["instance", "tenant"]);
    });
}
