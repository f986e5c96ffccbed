//! Rules, and what the messages of a body need.

use super::*;
use crate::limits::policy::{PATTERN, RULES};
use crate::resource::message::MessageError;
use crate::scope::ScopeSet;
use proptest::prelude::*;

fn rules(text: &str) -> Rules {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn parse(text: &str) -> Result<Rules, BadRule> {
    let list: Vec<String> = text.split(',').map(|rule| rule.trim().to_owned()).collect();
    Rules::parse(&list)
}

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

/// The scopes that a method and a name need.
fn needed(rules: &Rules, method: &str, name: &str) -> String {
    rules.scopes_of(rules.matching(method.as_bytes(), name.as_bytes())).to_string()
}

#[test]
fn the_longest_pattern_decides() {
    let rules = rules(
        "*=use, delete_*=admin, delete_draft=write, tools/call:a:b=colon, prompts/get:*=read, *:*=any, \
         resources/read:file:///secret/*=secret top, logging/setLevel:*=log, x_*_y=one, x_a*_y=two, *_zz=three, *a_zz=four, ab_*=five",
    );
    for (method, name, expected) in [
        ("tools/call", "create", "use"),
        ("tools/call", "", "use"),
        ("tools/call", "delete_page", "admin"),
        ("tools/call", "delete_draft", "write"),
        ("tools/call", "delete_draft2", "admin"),
        ("tools/call", "a:b", "colon"),
        ("prompts/get", "delete_page", "read"),
        ("resources/read", "file:///secret/a", "secret top"),
        ("resources/read", "file:///open/a", "any"),
        ("logging/setLevel", "", "log"),
        ("ping", "", "any"),
        // `x_*_y` and `x_a*_y`: the longer one.
        ("tools/call", "x_ab_y", "two"),
        // `*_zz` and `ab_*` have the same length: both.
        ("tools/call", "ab_zz", "five three"),
        ("tools/call", "Delete_page", "use"),
    ] {
        assert_eq!(needed(&rules, method, name), expected, "{method} {name}");
    }
    let few = self::rules("delete_*=admin");
    assert_eq!(needed(&few, "tools/call", "read"), "", "what no rule names needs no more");
    assert_eq!(needed(&few, "prompts/get", "delete_x"), "");
    assert_eq!(needed(&self::rules("resources/*:file:///a=x"), "resources/subscribe", "file:///a"), "x");
    assert_eq!(needed(&self::rules("a=b=x"), "tools/call", "a=b"), "x", "the last = begins the scopes");
}

#[test]
fn a_wrong_rule_is_an_error() {
    for (text, part) in [
        ("delete", "`delete` is not of the form"),
        ("=admin", "is not of the form"),
        ("delete_*=", "is not of the form"),
        (":a=x", "is not of the form"),
        ("tools/call:=x", "is not of the form"),
        ("a=x\"y", "does not end with scopes"),
        ("a=openid", "never granted"),
        ("a=read offline_access", "never granted"),
        ("a=x, tools/call:a=y", "`tools/call:a=y` has the pattern of another rule"),
        ("resources/read:file:///é=x", "two ways"),
        ("*:é=x", "two ways"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(parse("é=x").is_ok());
    let longest = "x".repeat(PATTERN.most);
    assert!(parse(&format!("{longest}=s")).is_ok());
    assert!(matches!(parse(&format!("{longest}x=s")), Err(BadRule { why: WrongRule::TooLong, .. })));
    let many = |count: usize| (0..count).map(|number| format!("t{number}=s")).collect::<Vec<_>>();
    assert!(Rules::parse(&many(RULES.most)).is_ok());
    let too_many = Rules::parse(&many(RULES.most + 1)).unwrap_err();
    assert_eq!(too_many.why, WrongRule::TooMany);
    assert!(too_many.to_string().ends_with(&RULES.most.to_string()), "{too_many}");
}

#[test]
fn a_rule_that_no_uri_in_normal_form_can_match_is_an_error() {
    for name in [
        "FILE:///secret/a",
        "file:///secret/../a",
        "file:///secret/./a*",
        "file:///secret//a*",
        "file://localhost/secret/*",
        "file://localhost*",
        "file:///secret/a b",
        "file:///secret/a b*",
        "file:///secret/%41*",
        "file:///secret/%c3%a9",
        "file:///secret%2Fa*",
        "file:///%",
        "file:secret",
        "HTTP:*",
        "http://h:80/secret*",
        "https://h:443/*",
        "http://H/*",
        "http://h./*",
        "http://u@h/*",
        "http://[::1]/*",
        "http://127.1/*",
        "http://h",
        "wiki://a:b@h/*",
        "wiki://h:08*",
    ] {
        for method in ["resources/read", "resources/subscribe", "resources/*"] {
            let error = Rules::parse(&[format!("{method}:{name}=x")]).unwrap_err();
            assert_eq!(error.why, WrongRule::UriForm, "{method} {name}");
        }
        // Names of tools and prompts need not be URIs.
        assert!(Rules::parse(&[format!("{name}=x")]).is_ok(), "{name}");
    }
}

/// A rule that a URI may match is accepted: each of these URIs, and each beginning of it followed by a star.
#[test]
fn a_rule_that_a_uri_in_normal_form_can_match_is_none() {
    for uri in [
        "file:///secret/a.txt",
        "file:///secret/%20%25%5B%7B%C3%A9",
        "wiki://pages/Home?rev=1#Top",
        "wiki:///Home",
        "wiki://a_b@h:5433/x",
        "urn:isbn:0451450523",
        "a/b",
        "postgres://reader@db:5433/wiki/pages/schema",
        "http://h:8080/a",
        "http://h:81/a?b=//c",
        "https://4a.test/x",
        "https://127.0.0.1:3000/a",
        "ws://h-1.test/a",
        "db://table/{row}",
    ] {
        assert!(Rules::parse(&[format!("resources/read:{uri}=x")]).is_ok(), "{uri}");
        for end in 0..=uri.len() {
            let begin = &uri[..end];
            let rules = Rules::parse(&[format!("resources/read:{begin}*=x")]);
            let rules = rules.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(needed(&rules, "resources/read", uri), "x", "{begin}");
        }
    }
    // A rule with a star before its end is always accepted.
    assert!(Rules::parse(&["resources/read:*://H/*=x".to_owned()]).is_ok());
}

#[test]
fn every_rule_has_its_own_place_in_the_set() {
    let list: Vec<String> = (0..RULES.most).map(|number| format!("t{number}=s{number}")).collect();
    let rules = Rules::parse(&list).unwrap();
    for number in 0..RULES.most {
        let chosen = rules.matching(b"tools/call", format!("t{number}").as_bytes());
        assert_eq!(rules.scopes_of(chosen).to_string(), format!("s{number}"));
        let satisfied = rules.satisfied_by(&set(&format!("s{number}")));
        assert_eq!(satisfied, chosen);
    }
    assert_eq!(rules.scopes().len(), RULES.most);
}

fn public(text: &str) -> PublicMethods {
    let list: Vec<String> = text.split(',').map(|method| method.trim().to_owned()).collect();
    PublicMethods::parse(&list).unwrap()
}

/// What a body needs, and whether a caller with these scopes gets it.
fn decide(rules: &Rules, scopes: &str, body: &str) -> Result<(String, bool), MessageError> {
    let satisfied = rules.satisfied_by(&set(scopes));
    let none = PublicMethods::default();
    let mut operations = Operations::new(rules, &none, satisfied);
    operations.read(body.as_bytes())?;
    let needs = operations.finish(true)?;
    Ok((needs.scopes(rules).to_string(), needs.require(satisfied).is_ok()))
}

#[test]
fn a_batch_needs_what_all_its_messages_need() {
    let rules = rules("delete_*=admin, create_*=write extra, prompts/get:*=read, resources/read:*=files");
    let call = |name: &str| format!(r#"{{"method":"tools/call","params":{{"name":"{name}"}}}}"#);
    for (scopes, body, expected, permitted) in [
        ("", call("get"), "", true),
        ("", call("delete_x"), "admin", false),
        ("admin", call("delete_x"), "admin", true),
        ("write", call("create_x"), "extra write", false),
        ("write extra", call("create_x"), "extra write", true),
        ("admin", format!("[{},{}]", call("delete_x"), call("create_x")), "admin extra write", false),
        (
            "admin write extra",
            format!("[{},{}]", call("delete_x"), call("create_x")),
            "admin extra write",
            true,
        ),
        ("", format!("[{},{}]", call("get"), call("delete_x")), "admin", false),
        ("", r#"{"result":{},"id":1}"#.to_owned(), "", true),
        // What completes the arguments of a prompt or the URI of a resource shows a part of it.
        ("", r#"{"method":"completion/complete","params":{"ref":{"name":"p"}}}"#.to_owned(), "read", false),
        (
            "",
            r#"{"method":"completion/complete","params":{"ref":{"uri":"a://{b}"}}}"#.to_owned(),
            "files",
            false,
        ),
        (
            "",
            r#"{"method":"completion/complete","params":{"ref":{"uri":"a://{b}","name":"p"}}}"#.to_owned(),
            "files read",
            false,
        ),
    ] {
        assert_eq!(decide(&rules, scopes, &body), Ok((expected.to_owned(), permitted)), "{scopes} {body}");
    }
}

#[test]
fn uris_have_to_be_in_normal_form_where_a_rule_is_about_them() {
    let body = r#"{"method":"resources/read","params":{"uri":"file:///open/../secret/a"}}"#;
    let secret = rules("resources/read:file:///secret/*=secret");
    assert_eq!(decide(&secret, "secret", body), Err(MessageError::UriForm));
    assert_eq!(decide(&rules("delete=x"), "", body), Ok((String::new(), true)));
    let complete =
        |uri: &str| format!(r#"{{"method":"completion/complete","params":{{"ref":{{"uri":"{uri}"}}}}}}"#);
    assert_eq!(decide(&secret, "secret", &complete("FILE:///secret/{a}")), Err(MessageError::UriForm));
    // Only what is completed is a template.
    assert_eq!(decide(&secret, "", &complete("file:///secret/{a}")), Ok(("secret".to_owned(), false)));
    let braces = r#"{"method":"resources/read","params":{"uri":"file:///secret/{a}"}}"#;
    assert_eq!(decide(&secret, "secret", braces), Err(MessageError::UriForm));
}

#[test]
fn a_request_without_a_message_needs_nothing_unless_it_must_have_one() {
    let (rules, none) = (rules("*:*=x"), PublicMethods::default());
    let operations = Operations::new(&rules, &none, RuleSet::NONE);
    assert_eq!(operations.finish(false).unwrap().require(RuleSet::NONE), Ok(()));
    assert_eq!(operations.finish(true), Err(MessageError::NotJson));
    let mut begun = Operations::new(&rules, &none, RuleSet::NONE);
    begun.read(b" ").unwrap();
    assert_eq!(begun.finish(false), Err(MessageError::NotJson));
    assert_eq!(Needs::without_rules(&rules), None);
}

#[test]
fn public_are_requests_whose_methods_all_are() {
    let rules = rules("secret_*=x, logging/setLevel:*=y");
    let methods = public("initialize, tools/list, tools/call, notifications/*, logging/setLevel");
    let is_public = |body: &str| {
        let mut operations = Operations::new(&rules, &methods, RuleSet::NONE);
        operations.read(body.as_bytes()).is_ok() && operations.finish_public().is_some()
    };
    for (body, expected) in [
        (r#"{"method":"initialize"}"#, true),
        (r#"{"method":"notifications/initialized"}"#, true),
        (r#"[{"method":"initialize"},{"method":"tools/list"}]"#, true),
        (r#"{"method":"tools/call","params":{"name":"open"}}"#, true),
        (r#"{"method":"tools/call","params":{"name":"secret_a"}}"#, false),
        (r#"{"method":"logging/setLevel"}"#, false),
        (r#"{"method":"initialize "}"#, false),
        (r#"{"method":"prompts/list"}"#, false),
        (r#"[{"method":"initialize"},{"method":"prompts/list"}]"#, false),
        (r#"{"method":"notifications"}"#, false),
        (r#"{"result":{},"id":1}"#, false),
        (r#"[{"result":{},"id":1}]"#, false),
        (r#"[{"method":"notifications/initialized"},{"result":{},"id":1}]"#, false),
        (r#"[{"error":{},"id":1},{"method":"initialize"}]"#, false),
        (r#"{"method":"initialize""#, false),
        ("", false),
        (" ", false),
    ] {
        assert_eq!(is_public(body), expected, "{body}");
    }
}

#[test]
fn public_methods_are_methods() {
    for bad in ["*", "a*b", "**", "a b", "", "é"] {
        assert_eq!(PublicMethods::parse(&[bad.to_owned()]), None, "{bad}");
    }
    assert!(PublicMethods::parse(&[]).unwrap().is_empty());
}

#[test]
fn a_list_is_cut_only_if_something_may_be_hidden() {
    let rules = rules("delete_*=admin, prompts/get:secret=read");
    let asked = |method: &str| {
        let mut lists = Lists::NONE;
        lists.add(method.as_bytes());
        lists
    };
    for (method, scopes, expected) in [
        ("tools/list", "", true),
        ("tools/list", "admin", false),
        ("tools/list", "read", true),
        ("prompts/list", "admin", true),
        ("prompts/list", "read", false),
        ("resources/list", "", false),
        ("resources/templates/list", "", false),
        ("roots/list", "", false),
        ("tools/call", "", false),
    ] {
        let cut = asked(method).cut_for(&rules, rules.satisfied_by(&set(scopes)));
        assert_eq!(!cut.is_empty(), expected, "{method} {scopes}");
    }
}

#[test]
fn the_log_names_method_name_and_rule() {
    let rules = rules("delete_*=admin");
    let none = PublicMethods::default();
    let mut operations = Operations::new(&rules, &none, RuleSet::NONE);
    let body = format!(
        r#"[{{"method":"ping"}},{{"method":"tools/call","params":{{"name":"delete_{}"}}}}]"#,
        "é".repeat(200)
    );
    operations.read(body.as_bytes()).unwrap();
    let line = operations.first_refused();
    assert!(
        line.starts_with("tools/call delete_é")
            && line.ends_with("é needs the scopes of tools/call:delete_*"),
        "{line}"
    );
    assert!(line.len() < 200, "{line}");
}

proptest! {
    /// Compares with each rule alone.
    #[test]
    fn of_many_rules_those_with_the_longest_patterns_decide(
        patterns in prop::collection::btree_set("[abAB!*]{1,4}", 1..40),
        name in "[abAB!]{0,4}",
    ) {
        let list: Vec<String> = patterns.iter().map(|pattern| format!("{pattern}=s")).collect();
        let matches = |rule: &String| {
            let alone = Rules::parse(std::slice::from_ref(rule)).unwrap();
            !alone.matching(b"tools/call", name.as_bytes()).is_empty()
        };
        let longest = list.iter().filter(|rule| matches(rule)).map(String::len).max();
        let expected: Vec<String> = list
            .iter()
            .filter(|rule| Some(rule.len()) == longest && matches(rule))
            .map(|rule| format!("tools/call:{}", rule.trim_end_matches("=s")))
            .collect();
        let all = Rules::parse(&list).unwrap();
        let chosen = all.matching(b"tools/call", name.as_bytes());
        prop_assert_eq!(all.patterns_of(chosen), expected.join(", "));
    }
}
