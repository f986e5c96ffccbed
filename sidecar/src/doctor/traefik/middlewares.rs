//! Other middlewares of protected routers that break what the plugin or the MCP server does.

use super::map::{Map, Step};
use super::routers::LOGINS;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;

/// The middlewares that change the path.
const PATHS: [&str; 5] = ["stripprefix", "stripprefixregex", "addprefix", "replacepath", "replacepathregex"];

/// Judges the middlewares of every protected router.
pub(super) fn check(map: &Map, ledger: &mut Ledger) {
    for router in map.protected() {
        let any = |wanted: &dyn Fn(&Step) -> bool| router.steps.iter().find(|step| wanted(step));
        let rows = [
            (Check::PathKept, router.before_plugin().find(|step| PATHS.contains(&step.kind.as_str()))),
            (Check::Buffering, any(&|step| step.kind == "buffering")),
            (Check::Compression, any(&compresses_streams)),
            (Check::SecondLogin, any(&|step| LOGINS.contains(&step.kind.as_str()))),
        ];
        for (check, step) in rows {
            if let Some(step) = step {
                ledger.found(
                    check,
                    format!("Router {} has the middleware {} ({}).", router.name, step.name, step.kind),
                );
            }
        }
        // What Traefik does not know is reported elsewhere.
        let is_known = router.steps.iter().all(|step| !step.kind.is_empty());
        ledger.judge(Check::CorsMiddleware, !is_known || router.before_plugin().any(allows_pages), || {
            format!("Router {} sets no Access-Control-Allow-Origin before the plugin.", router.name)
        });
    }
    for check in
        [Check::PathKept, Check::Buffering, Check::Compression, Check::SecondLogin, Check::CorsMiddleware]
    {
        ledger.fine(check);
    }
}

/// Whether it is a compressing middleware that does not leave out event streams.
fn compresses_streams(step: &Step) -> bool {
    let has_stream = |list: &str| {
        let list = step.options["compress"][list].as_array();
        list.map(|types| {
            types.iter().any(|kind| kind.as_str().is_some_and(|kind| kind.contains("event-stream")))
        })
    };
    step.kind == "compress"
        && has_stream("excludedContentTypes") != Some(true)
        && has_stream("includedContentTypes") != Some(false)
}

/// Whether it lets pages of other origins read responses.
fn allows_pages(step: &Step) -> bool {
    let headers = &step.options["headers"];
    let set = headers["customResponseHeaders"].as_object();
    let is_set = set
        .is_some_and(|set| set.keys().any(|name| name.eq_ignore_ascii_case("access-control-allow-origin")));
    is_set
        || headers["accessControlAllowOriginList"].is_array()
        || headers["accessControlAllowOriginListRegex"].is_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn step(kind: &str, options: Value) -> Step {
        Step { name: "x@file".to_owned(), kind: kind.to_owned(), role: None, options }
    }

    #[test]
    fn compression_that_leaves_streams_alone_is_fine() {
        for (options, compresses) in [
            (json!({}), true),
            (json!({ "minResponseBodyBytes": 10 }), true),
            (json!({ "excludedContentTypes": ["text/event-stream"] }), false),
            (json!({ "excludedContentTypes": ["image/png"] }), true),
            (json!({ "includedContentTypes": ["application/json"] }), false),
            (json!({ "includedContentTypes": ["text/event-stream"] }), true),
        ] {
            let step = step("compress", json!({ "compress": options.clone() }));
            assert_eq!(compresses_streams(&step), compresses, "{options}");
        }
        assert!(!compresses_streams(&step("headers", json!({}))));
    }
}
