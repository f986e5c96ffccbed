//! Checks the protected routers, which lead to MCP servers: whether a middleware breaks what the plugin or the MCP
//! server does, and whether one before the plugin sets `Access-Control-Allow-Origin`.

use super::map::{Map, Router, Step};
use super::routers::LOGINS;
use super::trailers;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::text::quoted;
use crate::doctor::value::at;

/// The kinds of middlewares that change the path.
const PATHS: [&str; 5] = ["stripprefix", "stripprefixregex", "addprefix", "replacepath", "replacepathregex"];

/// Checks the middlewares of every protected router.
pub(super) fn check(map: &Map, ledger: &mut Ledger) {
    for router in map.protected() {
        let any = |wanted: &dyn Fn(&Step) -> bool| router.steps.iter().find(|step| wanted(step));
        let rows = [
            (Check::PathKept, router.before_plugin().find(|step| PATHS.contains(&step.kind.as_str()))),
            (Check::Compression, any(&compresses_streams)),
            (Check::SecondLogin, any(&|step| LOGINS.contains(&step.kind.as_str()))),
        ];
        for (check, step) in rows {
            if let Some(step) = step {
                ledger.found(check, has(router, step));
            }
        }
        if let Some(step) = any(&|step| step.kind == "buffering") {
            let row = Check::Buffering.row();
            let is_needed = trailers::are_kept_back_by_buffering(map, router);
            let remedy = if is_needed { trailers::BUFFERING_REMEDY } else { row.remedy };
            ledger.found_with(Check::Buffering, row.severity, has(router, step), remedy);
        }
        let forged = router.steps.iter().find_map(|step| identity_header(step).map(|name| (step, name)));
        if let Some((step, name)) = forged {
            let sentence = format!(
                "Router {} has the middleware {}, which sets {}.",
                router.name,
                step.name,
                quoted(name)
            );
            ledger.found(Check::IdentityHeaders, sentence);
        }
        // If Traefik does not know one of the router's middlewares, nobody can tell what it would set. The check
        // `router-enabled` reports it, so this check reports nothing about such a router.
        let is_known = router.steps.iter().all(|step| !step.kind.is_empty());
        ledger.judge(Check::CorsMiddleware, !is_known || router.before_plugin().any(allows_pages), || {
            format!("Router {} sets no Access-Control-Allow-Origin before the plugin.", router.name)
        });
    }
    for check in [
        Check::PathKept,
        Check::Buffering,
        Check::Compression,
        Check::SecondLogin,
        Check::IdentityHeaders,
        Check::CorsMiddleware,
    ] {
        ledger.fine(check);
    }
}

fn has(router: &Router, step: &Step) -> String {
    format!("Router {} has the middleware {} ({}).", router.name, step.name, step.kind)
}

/// Whether the middleware compresses responses and does not leave out event streams.
fn compresses_streams(step: &Step) -> bool {
    let has_stream = |list: &str| {
        let list = at(&step.options, &format!("/compress/{list}")).as_array();
        list.map(|types| {
            types.iter().any(|kind| kind.as_str().is_some_and(|kind| kind.contains("event-stream")))
        })
    };
    step.kind == "compress"
        && has_stream("excludedContentTypes") != Some(true)
        && has_stream("includedContentTypes") != Some(false)
}

/// Returns a request header that the middleware must not set: `Authorization`, which only clients may set, or a header
/// that begins with `X-Mcp`, which only the plugin may set. Returns `None` if the middleware sets no such header.
/// Other spellings count too, because servers may take `X_Mcp_Sub` for `X-Mcp-Sub`.
fn identity_header(step: &Step) -> Option<&str> {
    let set = at(&step.options, "/headers/customRequestHeaders").as_object()?;
    let names = set.iter().filter(|(_, value)| value.as_str() != Some("")).map(|(name, _)| name.as_str());
    names.into_iter().find(|name| {
        let folded: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let folded = folded.to_ascii_lowercase();
        folded == "authorization" || folded.starts_with("xmcp")
    })
}

/// Whether the middleware has a setting for `Access-Control-Allow-Origin`, the header that lets pages of other origins
/// read responses. Which origins it allows makes no difference.
fn allows_pages(step: &Step) -> bool {
    let headers = at(&step.options, "/headers");
    let set = at(headers, "/customResponseHeaders").as_object();
    let is_set = set
        .is_some_and(|set| set.keys().any(|name| name.eq_ignore_ascii_case("access-control-allow-origin")));
    is_set
        || at(headers, "/accessControlAllowOriginList").is_array()
        || at(headers, "/accessControlAllowOriginListRegex").is_array()
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

    #[test]
    fn headers_of_identity_are_known_in_every_spelling() {
        for (name, value, is_identity) in [
            ("X-Mcp-Sub", "admin", true),
            ("x_mcp_scopes", "all", true),
            ("X-MCPB-Context", "v1.x", true),
            ("Authorization", "Bearer x", true),
            // An empty value removes the header.
            ("Authorization", "", false),
            ("X-Forwarded-Proto", "https", false),
        ] {
            let set = json!({ "headers": { "customRequestHeaders": { name: value } } });
            assert_eq!(identity_header(&step("headers", set)).is_some(), is_identity, "{name}: {value}");
        }
    }
}
