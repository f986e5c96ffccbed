//! Fuzzes the rules of Traefik's routers.

use protocol::traefik::rule::{MAX_LENGTH, PathPrefix, Rule};

/// A parsed rule is unchanged after writing and parsing it again, and so is the OAuth router's rule derived from it,
/// which has the same hosts and no additional obstacle.
pub(crate) fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let rule = match Rule::parse(text) {
        Ok(rule) => rule,
        Err(error) => {
            assert!(error.position() <= text.chars().count() + 1, "{error}");
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let same = |rule: &Rule| {
        let text = rule.to_string();
        // The written rule may be longer than the input, because of blanks and of the exclamation marks of a negated
        // group.
        assert!(text.len() > MAX_LENGTH || Rule::parse(&text).as_ref() == Ok(rule), "{text}");
    };
    same(&rule);
    let prefix = rule.prefix().unwrap_or_default();
    assert_eq!(PathPrefix::parse(prefix.as_str()).as_ref(), Ok(&prefix));
    let oauth = rule.oauth(&prefix);
    same(&oauth);
    assert_eq!(oauth.hosts(), rule.hosts(), "{oauth}");
    assert!(oauth.obstacles().iter().all(|obstacle| rule.obstacles().contains(obstacle)), "{oauth}");
}

pub(crate) fn rule_seeds() -> Vec<Vec<u8>> {
    [
        "Host(`h.test`) && (Path(`/wiki`) || PathPrefix(`/wiki/`))",
        "!(Host(\"a\\u002etest\", ) || hostregexp(`^[a-z]+$`)) && ClientIP(`10.0.0.0/8`) // all\n",
        "PathPrefix(`/wiki`) &&\n!Method(`GET`) && (Header(`a`, `b`) || HeaderRegexp(\"a`\", \"\\x41\\101\\n\"))",
        "Query(`a`) || QueryRegexp(`a`, `b`...) /* or */ || PathRegexp(`^/mcp\\z`)",
        "Host(`a`, `b`) && Path(`/{id:[0-9]+}`)",
    ]
    .map(|rule| rule.as_bytes().to_vec())
    .to_vec()
}
