//! Responses before and after.

use super::*;
use crate::limits::policy::{LIST, LIST_EDITS};
use crate::resource::policy::{Lists, Operations, PublicMethods, RuleSet, Rules};
use crate::scope::ScopeSet;
use proptest::prelude::*;
use std::rc::Rc;

const POLICY: [&str; 4] = [
    "delete_*=admin",
    "prompts/get:secret*=read",
    "resources/read:file:///secret/*=files",
    "*_both=admin read",
];

fn lists(methods: &[&str]) -> Lists {
    let (rules, public) = (Rules::default(), PublicMethods::default());
    let mut operations = Operations::new(&rules, &public, RuleSet::NONE);
    let messages: Vec<String> = methods.iter().map(|method| format!(r#"{{"method":"{method}"}}"#)).collect();
    operations.read(format!("[{}]", messages.join(",")).as_bytes()).unwrap();
    operations.finish(true).unwrap().lists()
}

fn filter(scopes: &str, methods: &[&str]) -> Option<ListFilter> {
    let rules = Rc::new(Rules::parse(&POLICY.map(str::to_owned)).unwrap());
    let satisfied = rules.satisfied_by(&ScopeSet::parse(scopes).unwrap());
    ListFilter::new(&rules, satisfied, lists(methods))
}

const ALL: [&str; 4] = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];

/// The changed text.
fn changed(edits: &Edits, text: &[u8]) -> Vec<u8> {
    let mut changed = Vec::new();
    let written: Result<(), ()> = edits.write(text, &mut |piece| {
        changed.extend_from_slice(piece);
        Ok(())
    });
    assert_eq!(written, Ok(()));
    changed
}

fn cut_as(content_type: &str, scopes: &str, body: &str) -> Result<String, NotCut> {
    let response = ListResponse {
        status: 200,
        content_type: content_type.as_bytes(),
        content_encoding: b"",
        body: Some(body.as_bytes()),
    };
    let edits = filter(scopes, &ALL).unwrap().cut(response)?;
    let changed = changed(&edits, body.as_bytes());
    assert_eq!(edits.length(body.as_bytes()), changed.len());
    Ok(String::from_utf8(changed).unwrap())
}

fn cut(scopes: &str, body: &str) -> Result<String, NotCut> {
    cut_as("application/json", scopes, body)
}

#[test]
fn what_may_be_used_stays_with_its_bytes() {
    let list = |entries: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{entries}],"nextCursor":"c"}}}}"#)
    };
    let (get, delete, create) = (
        r#"{ "name" : "get", "x": [1, {"name":"delete_x"}] }"#,
        r#"{"description":"d","name":"delete_page"}"#,
        r#"{"name":"cre\u0061te","inputSchema":{"name":"y"}}"#,
    );
    for (before, after) in [
        (format!("{get},{delete},{create}"), format!("{get},{create}")),
        (format!("{delete},{get},{create}"), format!("{get},{create}")),
        (format!("{get},{create},{delete}"), format!("{get},{create}")),
        (format!("{delete} , {delete} , {get}"), get.to_owned()),
        (format!("{get} , {delete}\n,\t{delete} "), format!("{get} ")),
        (format!("{delete},{get},{delete},{delete},{create},{delete}"), format!("{get},{create}")),
        (delete.to_owned(), String::new()),
        (format!(" {delete} , {delete} "), "  ".to_owned()),
        (String::new(), String::new()),
        (format!("{get},{create}"), format!("{get},{create}")),
        (format!("1,null,\"x\",[],{{}},{get},[{get}]"), get.to_owned()),
        (
            r#"{"name":1},{"name":"get","name":"get"},{"Name":"get"},{"name":"a\ud800"}"#.to_owned(),
            String::new(),
        ),
        (r#"{"name":"d\u0065lete_x"},{"name":"x_both"}"#.to_owned(), String::new()),
        (format!(r#"{{"name":"{}"}}"#, "x".repeat(2000)), String::new()),
    ] {
        assert_eq!(cut("read", &list(&before)), Ok(list(&after)), "{before}");
    }
}

#[test]
fn each_list_is_cut_by_its_rules() {
    let body = r#"{"result":{"prompts":[{"name":"secret_a"},{"name":"delete_x"}],"tools":[{"name":"delete_x"},{"name":"secret_a"}],
        "resources":[{"uri":"file:///open/a","name":"delete_x"},{"uri":"file:///secret/a"}],
        "resourceTemplates":[{"uriTemplate":"file:///secret/{a}"},{"uriTemplate":"file:///{a}"}]}}"#;
    let after = r#"{"result":{"prompts":[{"name":"delete_x"}],"tools":[{"name":"secret_a"}],
        "resources":[{"uri":"file:///open/a","name":"delete_x"}],
        "resourceTemplates":[{"uriTemplate":"file:///{a}"}]}}"#;
    assert_eq!(cut("", body), Ok(after.to_owned()));
    assert_eq!(cut("files", body).unwrap().matches("file:///secret").count(), 2);
    assert!(filter("admin read files", &ALL).is_none(), "nothing is hidden from this caller");
    assert!(filter("", &["logging/setLevel", "ping"]).is_none());
    // Only the lists that were asked for.
    let tools = filter("", &["tools/list"]).unwrap();
    let response = ListResponse {
        status: 200,
        content_type: b"application/json",
        content_encoding: b"",
        body: Some(body.as_bytes()),
    };
    let edits = tools.cut(response).unwrap();
    let changed = changed(&edits, body.as_bytes());
    assert_eq!(
        String::from_utf8(changed).unwrap(),
        body.replace(r#"{"name":"delete_x"},{"name":"secret_a"}]"#, r#"{"name":"secret_a"}]"#)
    );
}

#[test]
fn what_is_left_is_for_this_caller_alone() {
    let body = |scope: &str| {
        format!(r#"{{"result":{{"cacheScope":{scope},"tools":[{{"name":"delete_x"}}],"ttlMs":5}}}}"#)
    };
    let after = r#"{"result":{"cacheScope":"private","tools":[],"ttlMs":5}}"#;
    for scope in ["\"public\"", "\"private\"", "\"pub\\u006cic\"", "1"] {
        assert_eq!(cut("", &body(scope)), Ok(after.to_owned()), "{scope}");
    }
}

#[test]
fn batches_errors_and_other_messages() {
    let body = r#"[{"id":1,"result":{"tools":[{"name":"delete_x"},{"name":"a"}]}},{"id":2,"error":{"tools":[{"name":"delete_x"}]}},{"id":3,"result":{"tools":[{"name":"b"},{"name":"delete_x"}]}}]"#;
    let after = r#"[{"id":1,"result":{"tools":[{"name":"a"}]}},{"id":2,"error":{"tools":[{"name":"delete_x"}]}},{"id":3,"result":{"tools":[{"name":"b"}]}}]"#;
    assert_eq!(cut("", body), Ok(after.to_owned()));
    for same in [
        r#"{"id":1,"error":{"code":-1,"message":"tools"}}"#,
        r#"{"id":1,"result":{}}"#,
        r#"{"id":1,"result":{"content":[{"tools":[{"name":"delete_x"}]}]}}"#,
        r#"{"id":1,"result":{"tools":null}}"#,
        r#"{"id":1,"result":[{"tools":[{"name":"delete_x"}]}]}"#,
        r#"{"id":1,"tools":[{"name":"delete_x"}]}"#,
        r#"{"method":"sampling/createMessage","params":{"tools":[{"name":"delete_x"}]}}"#,
        "[]",
    ] {
        assert_eq!(cut("", same), Ok(same.to_owned()), "{same}");
    }
    assert_eq!(cut("", r#"{"result":{"tools":{"name":"delete_x"}}}"#), Err(NotCut::NotJson));
    for bad in ["{", "x", "{\"result\":{\"tools\":[{\"name\":\"a\"}]}", "{} {}", "\u{feff}{}"] {
        assert_eq!(cut("", bad), Err(NotCut::NotJson), "{bad}");
    }
}

#[test]
fn events_are_cut_and_cannot_be_asked_for_again() {
    let stream = |body: &str| cut_as("text/event-stream; charset=utf-8", "", body);
    let list = r#"{"result":{"tools":[{"name":"delete_x"},{"name":"a"}]}}"#;
    let after = r#"{"result":{"tools":[{"name":"a"}]}}"#;
    for (before, expected) in [
        (format!("event: message\nid: 7\ndata: {list}\n\n"), format!("event: message\n:\ndata: {after}\n\n")),
        (format!("id:7\r\nretry: 5\r\ndata:{list}\r\n\r\n"), format!(":\r\n:\r\ndata:{after}\r\n\r\n")),
        (format!("data: {list}\rid\r\rdata: {list}\r\r"), format!("data: {after}\r:\r\rdata: {after}\r\r")),
        (format!("\u{feff}id: 1\ndata:\n\ndata: {list}"), format!("\u{feff}:\ndata:\n\ndata: {after}")),
        (
            format!(": comment\nid: 1\n\nevent: ping\nid: 2\ndata: 2026\n\ndata: {list}\n\n"),
            format!(": comment\n:\n\nevent: ping\n:\ndata: 2026\n\ndata: {after}\n\n"),
        ),
        (
            "data: {\"result\":{\"tools\":[{\"name\":\ndata: \"delete_x\"},\ndata: {\"name\":\"a\"}]}}\n\n"
                .to_owned(),
            "data: {\"result\":{\"tools\":[{\"name\":\"a\"}]}}\n\n".to_owned(),
        ),
        (
            "data: {\"method\":\"elicitation/create\",\"id\":3}\n\n".to_owned(),
            "data: {\"method\":\"elicitation/create\",\"id\":3}\n\n".to_owned(),
        ),
        (format!("data: [{list},{list}]\n\n"), format!("data: [{after},{after}]\n\n")),
        (String::from("\n\n"), String::from("\n\n")),
    ] {
        assert_eq!(stream(&before), Ok(expected), "{before}");
    }
    for bad in [
        "data: x\n\n".to_owned(),
        format!("data: {list} {list}\n\n"),
        format!("data: {list}\ndata: {list}\n\n"),
        "data: {\"result\":\n\n".to_owned(),
        format!("event: message\ndata: {}\n\n", &list[..list.len() - 1]),
        "data: \"a\ndata: b\"\n\n".to_owned(),
        "data: {\"result\":{\"tools\":[{\"name\":\nid: 5\ndata: \"delete_x\"}]}}\n\n".to_owned(),
    ] {
        assert_eq!(stream(&bad), Err(NotCut::NotJson), "{bad}");
    }
}

#[test]
fn what_cannot_be_cut_is_not_delivered() {
    let filter = filter("", &ALL).unwrap();
    let with = |status, content_type: &'static str, content_encoding: &'static str, body| {
        let (content_type, content_encoding) = (content_type.as_bytes(), content_encoding.as_bytes());
        filter
            .cut(ListResponse { status, content_type, content_encoding, body })
            .map(|edits| edits.is_empty())
    };
    let body = Some(&br#"{"result":{"tools":[{"name":"delete_x"}]}}"#[..]);
    assert_eq!(with(200, "application/json", "identity", body), Ok(false));
    assert_eq!(with(200, "application/json", "gzip", body), Err(NotCut::Encoded));
    assert_eq!(with(200, "application/json", "", None), Err(NotCut::TooLarge));
    assert_eq!(with(200, "text/html", "", body), Err(NotCut::ContentType));
    assert_eq!(with(200, "", "", body), Err(NotCut::ContentType));
    assert_eq!(with(200, "application/json; charset=utf-16", "", body), Err(NotCut::ContentType));
    assert_eq!(with(202, "", "", Some(b"")), Ok(true));
    for status in [204, 302, 400, 404, 500] {
        assert_eq!(with(status, "text/html", "gzip", Some(b"")), Ok(true), "{status}");
    }
    let many = |count: usize| {
        format!(
            r#"{{"result":{{"tools":[{}]}}}}"#,
            r#"{"name":"a"},{"name":"delete_x"},"#.repeat(count) + "1"
        )
    };
    assert!(cut("", &many(LIST_EDITS.most - 1)).is_ok());
    assert_eq!(cut("", &many(LIST_EDITS.most + 1)), Err(NotCut::TooMany));
    assert_eq!(LIST.most, 4 << 20);
}

proptest! {
    /// Compares with `serde_json`: what stays is what a caller may use, and the rest of the message is the same.
    #[test]
    fn like_serde_json(names in prop::collection::vec("(delete_|secret|get)[a-c]{0,2}", 0..8), pretty in any::<bool>()) {
        let entry = |name: &String| serde_json::json!({"description": {"name": "delete_x"}, "name": name, "x": [1, 2]});
        let message = |names: Vec<&String>| {
            serde_json::json!({"id": 1, "result": {"tools": names.into_iter().map(entry).collect::<Vec<_>>(), "after": [{"name": "delete_x"}]}})
        };
        let before = message(names.iter().collect());
        let before = if pretty { serde_json::to_string_pretty(&before).unwrap() } else { before.to_string() };
        let after: serde_json::Value = serde_json::from_str(&cut("", &before).unwrap()).unwrap();
        prop_assert_eq!(after, message(names.iter().filter(|name| !name.starts_with("delete_")).collect()));
    }
}
