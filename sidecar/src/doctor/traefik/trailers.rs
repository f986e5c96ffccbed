//! Checks for trailers: fields after the body of a request, which some MCP servers take for headers. Before 3.7.13,
//! Traefik forwards trailers if a middleware has read the body (CVE-2026-88004), as the plugin does with some options.

use serde_json::Value;

use super::map::{Map, Role, Router, Step};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::row::Severity;

/// The first version of Traefik that does not forward trailers.
const KEPT_BACK: (u32, u32, u32) = (3, 7, 13);
/// The numbers of a version that is not a number, such as `dev`.
const UNKNOWN: (u32, u32, u32) = (0, 0, 0);

/// The remedy for a buffering middleware that is needed until Traefik is updated.
pub(super) const BUFFERING_REMEDY: &str =
    "update Traefik to 3.7.13 or later, and then remove it: until then it keeps trailers from the MCP server";

/// Checks the protected routers at which the plugin reads bodies of requests.
pub(super) fn check(map: &Map, ledger: &mut Ledger) {
    if map.version == UNKNOWN {
        ledger.not_checked(Check::RequestTrailers, "the version of this Traefik is not a number");
        return;
    }
    for router in map.protected().filter(|router| !has_buffering(router)) {
        if let Some(reads) = reads(map, router) {
            reads.report(map, router, ledger);
        }
    }
    ledger.fine(Check::RequestTrailers);
}

/// Whether this router needs its buffering middleware, because Traefik would forward trailers without it.
pub(super) fn are_kept_back_by_buffering(map: &Map, router: &Router) -> bool {
    has_buffering(router) && reads(map, router).is_some()
}

/// Whether the MCP server gets bodies with a `Content-Length`, which no trailers follow over HTTP/1.1.
fn has_buffering(router: &Router) -> bool {
    router.steps_from_plugin().any(|step| step.kind == "buffering")
}

/// The bodies of requests that the plugin reads at a tenant for which Traefik forwards trailers, and the plugin's
/// step.
enum Reads<'a> {
    /// The bodies of all requests (`toolPolicy`).
    All(&'a Step),
    /// The bodies of requests without a token that have a `Content-Length` (`publicMethods`).
    WithoutToken(&'a Step),
}

/// Returns which bodies the plugin reads for this router; `None` if it reads none, or if this Traefik forwards no
/// trailers.
fn reads<'a>(map: &Map, router: &'a Router) -> Option<Reads<'a>> {
    if map.version == UNKNOWN || map.version >= KEPT_BACK {
        return None;
    }
    let with = |option: &str| {
        let mut tenants = router.steps_from_plugin().filter(|step| step.role == Some(Role::Tenant));
        tenants.find(|step| map.option(step, option).is_some_and(is_given))
    };
    with("toolPolicy").map(Reads::All).or_else(|| with("publicMethods").map(Reads::WithoutToken))
}

/// Whether an option is set to something; an empty list, or one with only empty entries, is not.
fn is_given(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split(',').any(|part| !part.trim().is_empty()),
        Value::Array(parts) => parts.iter().any(is_given),
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

impl Reads<'_> {
    fn report(&self, map: &Map, router: &Router, ledger: &mut Ledger) {
        let row = Check::RequestTrailers.row();
        let (severity, step, option, condition) = match self {
            Self::All(step) => (row.severity, step, "toolPolicy", ""),
            // Over HTTP/1.1, nothing follows a body with a length.
            Self::WithoutToken(step) => {
                (Severity::Advice, step, "publicMethods", " if that server speaks HTTP/2")
            }
        };
        let (major, minor, patch) = map.version;
        let sentence = format!(
            "Traefik {major}.{minor}.{patch} forwards trailers of requests to the MCP server of router {}{condition}, because \
             {} has the option {option}.",
            router.name, step.name
        );
        ledger.found_with(Check::RequestTrailers, severity, sentence, row.remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::super::map::Lists;
    use super::*;
    use crate::doctor::ledger::Outcome;
    use crate::doctor::row::Place;
    use crate::doctor::traefik::middlewares;
    use serde_json::json;

    /// What Traefik 3.7.15 returned for one router with `toolPolicy` and one whose chain has `publicMethods`, but with
    /// this version, these middlewares, and without what does not matter here.
    fn map(version: &str, wiki: &Value, chain: &Value, options: &Value) -> Map {
        let lists = Lists {
            version: json!({"Version": version, "Codename": "langres", "startDate": "2026-11-26T23:34:11.673102227Z"}),
            routers: json!([
                {"entryPoints": ["web"], "middlewares": ["all@file"], "service": "wiki", "rule": "Host(`all.example.com`)",
                 "priority": 23, "status": "enabled", "using": ["web"], "name": "all@file", "provider": "file",
                 "priorityStr": "23"},
                {"entryPoints": ["traefik"], "service": "api@internal", "rule": "PathPrefix(`/api`)", "ruleSyntax": "default",
                 "priority": 9_223_372_036_854_775_806_i64, "status": "enabled", "using": ["traefik"],
                 "name": "api@internal", "provider": "internal", "priorityStr": "9223372036854775806"},
                {"entryPoints": ["web"], "middlewares": wiki, "service": "wiki", "rule": "Host(`wiki.example.com`)",
                 "priority": 24, "status": "enabled", "using": ["web"], "name": "wiki@file", "provider": "file",
                 "priorityStr": "24"},
            ]),
            middlewares: json!([
                {"chain": {"middlewares": chain}, "status": "enabled", "usedBy": ["all@file"], "name": "all@file",
                 "provider": "file", "type": "chain"},
                {"plugin": {"mcpbouncer": {"publicMethods": ["initialize", "notifications/*"]}}, "status": "enabled",
                 "name": "list@file", "provider": "file", "type": "mcpbouncer"},
                {"buffering": {"maxRequestBodyBytes": 1_000_000}, "status": "enabled", "usedBy": ["wiki@file"],
                 "name": "whole@file", "provider": "file", "type": "buffering"},
                {"plugin": {"mcpbouncer": options}, "status": "enabled", "usedBy": ["wiki@file"],
                 "name": "wiki-mcp@file", "provider": "file", "type": "mcpbouncer"},
            ]),
            services: json!([]),
            entry_points: json!([]),
        };
        Map::of(&lists, "mcpbouncer")
    }

    fn policy() -> Value {
        json!({"pathPrefix": "", "providerIssuer": "local", "resource": "wiki", "toolPolicy": "delete_*=wiki:admin"})
    }

    fn outcome(map: &Map, check: Check) -> Outcome {
        let mut ledger = Ledger::default();
        super::check(map, &mut ledger);
        middlewares::check(map, &mut ledger);
        let all = ledger.finish(Place::Traefik);
        all.into_iter().find(|(known, _)| *known == check).unwrap().1
    }

    /// Severity and sentence of each finding.
    fn found(map: &Map) -> Vec<(Severity, String)> {
        match outcome(map, Check::RequestTrailers) {
            Outcome::Found(findings) => {
                findings.into_iter().map(|finding| (finding.severity, finding.sentence)).collect()
            }
            Outcome::Fine => Vec::new(),
            Outcome::NotChecked(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn an_older_traefik_that_forwards_trailers_is_found_at_tenants_whose_bodies_are_read() {
        for (version, is_found) in [
            ("3.6.15", true),
            ("v3.7.0", true),
            ("3.7.12", true),
            ("3.7.13", false),
            ("3.7.15", false),
            ("3.8.0-rc1", false),
            ("4.0.0", false),
        ] {
            let findings = found(&map(version, &json!(["wiki-mcp@file"]), &json!(["list@file"]), &policy()));
            let severities: Vec<Severity> = findings.iter().map(|(severity, _)| *severity).collect();
            let expected: &[Severity] = if is_found { &[Severity::Advice, Severity::Fault] } else { &[] };
            assert_eq!(severities, expected, "{version}: {findings:?}");
        }
        let map = map("3.7.0", &json!(["wiki-mcp@file"]), &json!(["list@file"]), &policy());
        let sentences: Vec<String> = found(&map).into_iter().map(|(_, sentence)| sentence).collect();
        assert_eq!(
            sentences,
            [
                "Traefik 3.7.0 forwards trailers of requests to the MCP server of router all@file if that server speaks \
                 HTTP/2, because list@file has the option publicMethods.",
                "Traefik 3.7.0 forwards trailers of requests to the MCP server of router wiki@file, because wiki-mcp@file has \
                 the option toolPolicy.",
            ]
        );
    }

    #[test]
    fn a_version_that_is_not_a_number_is_not_judged() {
        let map = map("dev", &json!(["wiki-mcp@file"]), &json!(["list@file"]), &policy());
        assert!(matches!(outcome(&map, Check::RequestTrailers), Outcome::NotChecked(_)));
    }

    #[test]
    fn a_buffering_middleware_counts_only_after_the_plugin_and_is_then_needed() {
        let chain = json!(["list@file", "whole@file"]);
        let after = map("3.7.0", &json!(["wiki-mcp@file", "whole@file"]), &chain, &policy());
        assert!(found(&after).is_empty());
        let remedies = |map: &Map| -> Vec<String> {
            match outcome(map, Check::Buffering) {
                Outcome::Found(findings) => findings.into_iter().map(|finding| finding.remedy).collect(),
                Outcome::Fine | Outcome::NotChecked(_) => Vec::new(),
            }
        };
        // The middleware holds streams back, and is therefore reported all the same.
        assert_eq!(remedies(&after), [BUFFERING_REMEDY, BUFFERING_REMEDY]);
        let before = map("3.7.0", &json!(["whole@file", "wiki-mcp@file"]), &chain, &policy());
        assert_eq!(found(&before).len(), 1);
        let usual = Check::Buffering.row().remedy;
        assert_eq!(remedies(&before), [BUFFERING_REMEDY, usual]);
        let newer = map("3.7.13", &json!(["wiki-mcp@file", "whole@file"]), &chain, &policy());
        assert_eq!(remedies(&newer), [usual, usual]);
    }

    #[test]
    fn options_are_known_in_every_form() {
        for (options, is_found) in [
            (json!({"toolPolicy": ["delete_*=wiki:admin"]}), true),
            (json!({"toolpolicy": "delete_*=wiki:admin"}), true),
            (json!({"publicMethods": "initialize"}), true),
            (json!({"publicMethods": ""}), false),
            (json!({"publicMethods": []}), false),
            (json!({"toolPolicy": null}), false),
            (json!({"pathPrefix": ""}), false),
            // The router leads to the sidecar.
            (json!({"role": "route", "toolPolicy": "a=b"}), false),
        ] {
            let map = map("3.7.0", &json!(["wiki-mcp@file"]), &json!([]), &options);
            assert_eq!(!found(&map).is_empty(), is_found, "{options}");
        }
    }
}
