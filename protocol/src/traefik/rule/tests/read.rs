//! Tests which rules are read, how they are written again, and which rules are refused, where and why.

use crate::traefik::rule::{MAX_DEPTH, MAX_LENGTH, PathPrefix, PrefixError, Problem, Rule};

/// The rule as it is written after it was read.
fn written(rule: &str) -> String {
    Rule::parse(rule).unwrap_or_else(|error| panic!("{rule}: {error}")).to_string()
}

fn refused(rule: &str) -> (usize, Problem) {
    let error = Rule::parse(rule).map(|rule| rule.to_string()).expect_err(rule);
    (error.position(), error.problem().clone())
}

#[test]
fn a_rule_is_written_as_traefik_documents_it() {
    let table = [
        ("Host(`a`)", "Host(`a`)"),
        ("host(\"A.example\")", "Host(`a.example`)"),
        ("HOST(`a`)&&PATHPREFIX(`/x`)", "Host(`a`) && PathPrefix(`/x`)"),
        ("Clientip(`10.0.0.0/08`)", "ClientIP(`10.0.0.0/8`)"),
        ("CLIENTIP(`2001:DB8:0::1`)", "ClientIP(`2001:db8::1`)"),
        ("Method(`post`)", "Method(`POST`)"),
        ("Header(`X-A`,`b`,)", "Header(`X-A`, `b`)"),
        ("Query(`a`) || Query(`a`, `b`)", "Query(`a`) || Query(`a`, `b`)"),
        ("QueryRegexp(`a`)&&QueryRegexp(`a`,`^b`)", "QueryRegexp(`a`) && QueryRegexp(`a`, `^b`)"),
        ("HeaderRegexp(`a`, `^b$`)", "HeaderRegexp(`a`, `^b$`)"),
        ("HostRegexp(`^[a-z]{2,3}\\.\\p{Greek}$`)", "HostRegexp(`^[a-z]{2,3}\\.\\p{Greek}$`)"),
        ("Host(`a`...)", "Host(`a`)"),
        ("Host(`a`...,)", "Host(`a`)"),
        ("(((Host(`a`))))", "Host(`a`)"),
        ("Host(`a`) || Host(`b`) && Path(`/c`)", "Host(`a`) || Host(`b`) && Path(`/c`)"),
        ("(Host(`a`) || Host(`b`)) && Path(`/c`)", "(Host(`a`) || Host(`b`)) && Path(`/c`)"),
        ("Host(`a`) && (Path(`/b`) && Path(`/c`))", "Host(`a`) && Path(`/b`) && Path(`/c`)"),
        ("!Host(`a`)", "!Host(`a`)"),
        ("!!Host(`a`)", "Host(`a`)"),
        ("! ! ! Host(`a`)", "!Host(`a`)"),
        ("!(Host(`a`) && !Path(`/b`))", "!Host(`a`) || Path(`/b`)"),
        ("!(Host(`a`) || Path(`/b`)) && Path(`/c`)", "!Host(`a`) && !Path(`/b`) && Path(`/c`)"),
        ("!(Host(`a`) && Host(`b`)) && Path(`/c`)", "(!Host(`a`) || !Host(`b`)) && Path(`/c`)"),
        ("Host(`a`) &&\n  Path(`/b`) ||\n(\nHost(\n`c`,\n)) \n\n", "Host(`a`) && Path(`/b`) || Host(`c`)"),
        ("Host(`a`) /* && */ && /* x\n */ Path(`/b`) // the end", "Host(`a`) && Path(`/b`)"),
        ("\u{feff}\t Host(`a`)\r\n", "Host(`a`)"),
    ];
    for (rule, expected) in table {
        assert_eq!(written(rule), expected, "{rule}");
        assert_eq!(written(expected), expected, "{rule}");
    }
}

#[test]
fn texts_are_those_of_go() {
    let table = [
        ("PathRegexp(`a\\d\"\r\n`)", "PathRegexp(\"a\\\\d\\\"\\u000a\")"),
        (
            r#"PathRegexp("\a\b\f\n\r\t\v\\\"")"#,
            r#"PathRegexp("\u0007\u0008\u000c\u000a\u000d\u0009\u000b\\\"")"#,
        ),
        (r#"Path("/\x41\101\u0041\U00000041")"#, "Path(`/AAAA`)"),
        (r#"Path("/caf\xc3\xa9é")"#, "Path(`/caféé`)"),
        ("Path(\"/a`b\")", "Path(\"/a`b\")"),
        ("Path(`/a\"b\\`)", "Path(`/a\"b\\`)"),
        ("Path(\"/\\x00\\ufeff\")", "Path(\"/\\u0000\\ufeff\")"),
        ("Path(\"/a//b/*\")", "Path(`/a//b/*`)"),
    ];
    for (rule, expected) in table {
        assert_eq!(written(rule), expected, "{rule}");
        assert_eq!(written(expected), expected, "{rule}");
    }
}

#[test]
fn errors_name_the_place_and_the_change() {
    use Problem as P;
    let count = |name, takes, has| P::Count { name, takes, has };
    let header = "two values: the header's name and its value";
    let query = "one or two values: the parameter's name and its value";
    let table = [
        ("", 1, P::Empty),
        (" // nothing", 12, P::Empty),
        ("Host(`a`) Host(`b`)", 11, P::NoOperator("Host".into())),
        ("Host(`a`))", 10, P::NoOperator("`)`".into())),
        ("Host(`a`) &&", 13, P::NoMatcher("the end of the rule".into())),
        ("(Host(`a`)", 11, P::NotClosed("the end of the rule".into())),
        ("()", 2, P::NoMatcher("`)`".into())),
        ("`a`", 1, P::NoMatcher("a text".into())),
        ("Host(`a`)\n&& Path(`/b`)", 10, P::LineEnd),
        ("(Host(`a`)\n)", 11, P::LineEnd),
        ("Host(`a`\n)", 9, P::LineEnd),
        ("Host(`a`) /*\n*/ && Path(`/b`)", 11, P::LineEnd),
        ("Host", 5, P::NoValues("Host".into())),
        ("Host\n(`a`)", 5, P::NoValues("Host".into())),
        ("(Host)(`a`)", 6, P::NoValues("Host".into())),
        ("Host(a)", 6, P::NoText("a".into())),
        ("Host(Host(`a`))", 6, P::NoText("Host".into())),
        ("Host(,)", 6, P::NoText("`,`".into())),
        ("Host(`a` `b`)", 10, P::NoComma("a text".into())),
        ("Host(`a`..., `b`)", 14, P::NoComma("a text".into())),
        ("Host(`a)", 6, P::UnclosedText),
        ("Host(\"a)", 6, P::UnclosedText),
        ("Host(\"a\n\")", 8, P::LineInText),
        ("Host(`a`) /* x", 11, P::UnclosedComment),
        ("Host('a')", 6, P::SingleQuote),
        (r#"Host("a\.b")"#, 8, P::Escape),
        (r#"Host("a\'b")"#, 8, P::Escape),
        (r#"Host("a\x4")"#, 8, P::Escape),
        (r#"Host("\400")"#, 7, P::Escape),
        (r#"Host("é\ud800")"#, 8, P::Escape),
        (r#"Path("/\xff")"#, 6, P::NotUtf8),
        ("Host(`a\0`)", 8, P::ForbiddenCharacter),
        ("Host(`é\u{feff}`)", 8, P::ForbiddenCharacter),
        ("Host(`a`) & Path(`/b`)", 11, P::Character('&')),
        ("Host(`a`) | Path(`/b`)", 11, P::Character('|')),
        ("Host(`a`) == Path(`/b`)", 11, P::Character('=')),
        ("Host(`a`) != Path(`/b`)", 11, P::NoOperator("`!`".into())),
        ("!=Host(`a`)", 2, P::Character('=')),
        ("Host(`a`);", 10, P::Character(';')),
        ("Hots(`a`)", 1, P::UnknownMatcher("Hots".into())),
        ("hOST(`a`)", 1, P::MatcherCase { written: "hOST".into(), name: "Host" }),
        ("pathPrefix(`/a`)", 1, P::MatcherCase { written: "pathPrefix".into(), name: "PathPrefix" }),
        ("Host(`a`) && Headers(`a`, `b`)", 14, P::V2Matcher { written: "Headers".into(), instead: "Header" }),
        (
            "HeadersRegexp(`a`, `b`)",
            1,
            P::V2Matcher { written: "HeadersRegexp".into(), instead: "HeaderRegexp" },
        ),
        ("HostHeader(`a`)", 1, P::V2Matcher { written: "HostHeader".into(), instead: "Host" }),
        ("Host(`a`, `b`)", 1, P::V2Values("Host")),
        ("PathPrefix(`/a`, `/b`)", 1, P::V2Values("PathPrefix")),
        ("Method(`GET`, `POST`)", 1, P::V2Values("Method")),
        ("ClientIP(`10.0.0.1`, `::1`)", 1, P::V2Values("ClientIP")),
        ("Host(`a`, `b`, `c`)", 1, P::V2Values("Host")),
        ("HostRegexp(`{sub:[a-z]+}.example.com`)", 1, P::V2Pattern("HostRegexp")),
        ("Path(`/users/{id:[0-9]+}`)", 1, P::V2Pattern("PathRegexp")),
        ("PathPrefix(`/{name}`)", 1, P::V2Pattern("PathRegexp")),
        ("HostSNI(`a`)", 1, P::TcpMatcher("HostSNI".into())),
        ("ALPN(`h2`)", 1, P::TcpMatcher("ALPN".into())),
        ("Host()", 1, count("Host", "one value", 0)),
        ("Header(`a`)", 1, count("Header", header, 1)),
        ("Header(`a`, `b`, `c`)", 1, count("Header", header, 3)),
        ("QueryRegexp(`a`, `b`, `c`)", 1, count("QueryRegexp", query, 3)),
        ("Host(``)", 1, P::EmptyValue("Host")),
        ("Query(`a`, ``)", 1, P::EmptyValue("Query")),
        ("Path(`a`)", 1, P::NoSlash("Path")),
        ("Host(`a`) && !PathPrefix(`a/`)", 15, P::NoSlash("PathPrefix")),
        ("Host(`bücher.example`)", 1, P::NotAscii("Host")),
        ("HostRegexp(`ü`)", 1, P::NotAscii("HostRegexp")),
        ("ClientIP(`localhost`)", 1, P::NotAnAddress),
        ("ClientIP(`10.0.0.0/33`)", 1, P::NotAnAddress),
    ];
    for (rule, position, problem) in table {
        assert_eq!(refused(rule), (position, problem), "{rule:?}");
    }
}

#[test]
fn length_and_depth_are_limited() {
    let rule = |length: usize| format!("Host(`{}`)", "a".repeat(length - "Host(``)".len()));
    assert_eq!(written(&rule(MAX_LENGTH)).len(), MAX_LENGTH);
    assert_eq!(refused(&rule(MAX_LENGTH + 1)), (1, Problem::TooLong));

    let nested = |depth: usize| ["(".repeat(depth), "Host(`a`)".into(), ")".repeat(depth)].concat();
    assert_eq!(written(&nested(MAX_DEPTH)), "Host(`a`)");
    assert_eq!(refused(&nested(MAX_DEPTH + 1)), (MAX_DEPTH + 1, Problem::TooDeep));
    // Neither a chain of operators nor a chain of negations counts as nesting.
    let chain = format!("{}Host(`a`)", "Host(`a`) && ".repeat(5000));
    assert_eq!(written(&chain), chain);
    assert_eq!(written(&["!".repeat(60_001), "Host(`a`)".into()].concat()), "!Host(`a`)");
}

#[test]
fn what_cannot_be_the_path_of_a_base_is_refused() {
    for good in ["", "/wiki", "/a/b.c", "/~a@b:c"] {
        assert_eq!(PathPrefix::parse(good).unwrap().as_str(), good);
    }
    assert_eq!(PathPrefix::parse("/wiki/").unwrap().as_str(), "/wiki");
    assert!(PathPrefix::parse("/").unwrap().is_host_only());
    for bad in [
        "wiki", "//", "/a//b", "/a//", "/a b", "/a%20b", "/a/../b", "/a/.", "/..;x/b", "/a?b", "/a#b",
        "/a\\b", "/é", "/a`b", "@other/", ":1/",
    ] {
        assert!(PathPrefix::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_paths_that_are_compared_are_limited() {
    let any = |count: usize| {
        let paths: Vec<String> = (1..count).map(|number| format!("Path(`/a/{number}`)")).collect();
        format!("(PathPrefix(`/a/`) || {})", paths.join(" || "))
    };
    let prefix = |rule: String| Rule::parse(&rule).unwrap().prefix();
    assert_eq!(prefix(any(256)), PathPrefix::parse("/a"));
    assert_eq!(prefix(any(257)), Err(PrefixError::TooMany));
    // Of two groups joined by `&&`, the common paths are counted, not the pairs.
    assert_eq!(prefix(format!("{} && {}", any(256), any(256))), PathPrefix::parse("/a"));
}
