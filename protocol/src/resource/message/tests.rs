//! Tests bodies that are read in pieces of several sizes.

use super::*;
use crate::limits::policy::{BODY, MESSAGES, NAME};
use proptest::prelude::*;

type Found = (String, Vec<String>);

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn shown(name: Name<'_>) -> String {
    match name {
        Name::Name(bytes) => format!("name {}", text(bytes)),
        Name::Uri(bytes) => format!("uri {}", text(bytes)),
        Name::OfPrompt(bytes) => format!("prompt {}", text(bytes)),
        Name::OfResource(bytes) => format!("resource {}", text(bytes)),
    }
}

fn read_in(piece: usize, body: &[u8]) -> Result<(Vec<Found>, String), MessageError> {
    let mut reader = MessageReader::new();
    let mut found = Vec::new();
    for piece in body.chunks(piece) {
        reader.read(piece, &mut |message| {
            let names = message.names.iter().flatten().map(|name| shown(*name)).collect();
            found.push((text(message.method).to_owned(), names));
            Ok(())
        })?;
    }
    reader.finish()?;
    Ok((found, reader.id()))
}

/// Reads the body in pieces of several sizes, which must make no difference.
fn read(body: impl AsRef<[u8]>) -> Result<(Vec<Found>, String), MessageError> {
    let body = body.as_ref();
    let whole = read_in(body.len().max(1), body);
    for piece in [1, 2, 3, 7, 16, 17] {
        assert_eq!(read_in(piece, body), whole, "in pieces of {piece}: {}", String::from_utf8_lossy(body));
    }
    whole
}

fn one(body: &str) -> (String, Vec<String>, String) {
    let (mut found, id) = read(body).unwrap_or_else(|error| panic!("{body}: {error}"));
    assert_eq!(found.len(), 1, "{body}");
    let (method, names) = found.remove(0);
    (method, names, id)
}

#[test]
fn what_decides_is_found_in_any_order() {
    for (body, method, names, id) in [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"name":"b"}}}"#,
            "tools/call",
            vec!["name a"],
            "1",
        ),
        (
            r#"{"params":{"arguments":{"x":[{"name":"b"}]},"name":"a"},"method":"tools/call","id":"x\"y\\\u0001"}"#,
            "tools/call",
            vec!["name a"],
            r#""x\"y\\\u0001""#,
        ),
        (
            r#" { "method" : "prompts/get" , "params" : { "name" : "p" } , "id" : -1.5e3 } "#,
            "prompts/get",
            vec!["name p"],
            "-1.5e3",
        ),
        (
            r#"{"method":"resources/read","params":{"uri":"file:///a"},"id":null}"#,
            "resources/read",
            vec!["uri file:///a"],
            "null",
        ),
        (
            r#"{"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"x"}}}"#,
            "completion/complete",
            vec!["prompt p"],
            "null",
        ),
        (
            r#"{"method":"completion/complete","params":{"ref":{"uri":"a://{b}","name":"p"}}}"#,
            "completion/complete",
            vec!["prompt p", "resource a://{b}"],
            "null",
        ),
        (r#"{"method":"tools/list"}"#, "tools/list", vec![], "null"),
        (
            r#"{"method":"notifications/initialized","params":[1,{"name":"x"}]}"#,
            "notifications/initialized",
            vec![],
            "null",
        ),
        (
            r#"{"method":"vendor/do","params":{"name":"n","uri":"u"}}"#,
            "vendor/do",
            vec!["name n", "uri u"],
            "null",
        ),
        (r#"{"method":"vendor/do","params":{"name":1,"uri":null}}"#, "vendor/do", vec![], "null"),
        (r#"{"method":"vendor/do","params":"name"}"#, "vendor/do", vec![], "null"),
        (
            "{\"\\u006dethod\":\"tools\\/c\\u0061ll\",\"params\":{\"n\\u0061me\":\"d\\u00E9l\\uD83D\\uDE00\"}}",
            "tools/call",
            vec!["name dél😀"],
            "null",
        ),
        (
            "{\"method\":\"tools/call\",\"params\":{\"name\":\"délété 日本 😀\"}}",
            "tools/call",
            vec!["name délété 日本 😀"],
            "null",
        ),
        // Members that do not decide may be odd.
        (
            "{\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":{\"x\":1,\"x\":\"\\ud800\\u0000\",\"Name\":2}},\"extra\":1,\"extra\":2}",
            "tools/call",
            vec!["name a"],
            "null",
        ),
    ] {
        let (found, found_names, found_id) = one(body);
        assert_eq!(
            (found.as_str(), found_names, found_id.as_str()),
            (method, names.iter().map(|name| (*name).to_owned()).collect(), id),
            "{body}"
        );
    }
}

#[test]
fn batches_and_responses() {
    let (found, id) = read(r#"[{"method":"a","id":1},{"result":{"method":"x"},"id":2},{"error":{},"id":3},{"method":"tools/call","params":{"name":"n"}}]"#).unwrap();
    assert_eq!(found, [("a".to_owned(), vec![]), ("tools/call".to_owned(), vec!["name n".to_owned()])]);
    assert_eq!(id, "null");
    assert_eq!(read(r#"{"result":{},"id":1}"#), Ok((vec![], "1".to_owned())));
    let batch = |count: usize| format!("[{}]", vec![r#"{"method":"a"}"#; count].join(","));
    assert_eq!(read(batch(MESSAGES.most)).map(|(found, _)| found.len()), Ok(MESSAGES.most));
    assert_eq!(read(batch(MESSAGES.most + 1)), Err(MessageError::TooMany));
    assert_eq!(read("[]"), Err(MessageError::Empty));
    for nested in [
        r#"[[{"method":"a"}]]"#,
        r#"[{"method":"a"},1]"#,
        r#"["a"]"#,
        r#"[{"method":"b","params":{"name":1}},[]]"#,
        "[{\"method\":\"a\",\"params\":\"x\"},[{\"method\":\"b\"}]]",
    ] {
        assert_eq!(read(nested), Err(MessageError::NotAMessage), "{nested}");
    }
}

#[test]
fn what_is_not_one_json_text_is_refused() {
    let message = r#"{"method":"a"}"#;
    for bad in [
        "",
        " ",
        "{",
        "{\"method\":\"a\"",
        "{\"method\":\"a\"}}",
        "{\"method\":\"a\"}{\"method\":\"b\"}",
        "{\"method\":\"a\"} x",
        "{\"method\":\"a\",}",
        "{\"method\":\"a\" \"id\":1}",
        "{\"method\" \"a\"}",
        "{method:\"a\"}",
        "{'method':'a'}",
        "{\"method\":\"a\",\"id\":NaN}",
        "{\"method\":\"a\",\"id\":Infinity}",
        "{\"method\":\"a\",\"id\":01}",
        "{\"method\":\"a\",\"id\":+1}",
        "{\"method\":\"a\",\"id\":.5}",
        "{\"method\":\"a\",\"id\":1.}",
        "{\"method\":\"a\",\"id\":1e}",
        "{\"method\":\"a\",\"id\":-}",
        "{\"method\":\"a\",\"id\":0x1}",
        "{\"method\":\"a\",\"id\":tru}",
        "{\"method\":\"a\",\"id\":True}",
        "{\"method\":\"a\",\"x\":[1,]}",
        "{\"method\":\"a\",\"x\":[,1]}",
        "{\"method\":\"a\",\"x\":[1 2]}",
        "{\"method\":\"a\",\"x\":[1}",
        "{\"method\":\"a\",\"x\":{\"y\":1]}",
        "{\"method\":\"a\",\"x\":\"\n\"}",
        "{\"method\":\"a\",\"x\":\"\t\"}",
        "{\"method\":\"a\",\"x\":\"\\x41\"}",
        "{\"method\":\"a\",\"x\":\"\\u12\"}",
        "{\"method\":\"a\",\"x\":\"\\u12g4\"}",
        "{\"method\":\"a\" /* c */}",
        "{\"method\":\"a\"} // c",
        "\u{feff}{\"method\":\"a\"}",
        "{\"method\":\u{a0}\"a\"}",
        "\u{0}{\"method\":\"a\"}",
        "{\"method\":\"a\"}\u{0}",
        "{\"method\":\"a\",,\"id\":1}",
        "nul",
    ] {
        assert_eq!(read(bad), Err(MessageError::NotJson), "{bad}");
    }
    for bad in ["1 ", "\"method\"", "null", "true"] {
        assert_eq!(read(bad), Err(MessageError::NotAMessage), "{bad}");
    }
    assert_eq!(read("1"), Err(MessageError::NotJson));
    for bytes in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\xaf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xe3\x81",
        b"\x80",
        b"\xc3\"",
    ] {
        let body = [&br#"{"method":"a","x":""#[..], bytes, br#""}"#].concat();
        assert_eq!(read(&body), Err(MessageError::NotJson), "{bytes:?}");
    }
    let deep = |depth: usize| format!(r#"{{"method":"a","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(read(deep(127)).is_ok());
    assert_eq!(read(deep(128)), Err(MessageError::NotJson));
    assert_eq!(read(deep(100_000)), Err(MessageError::NotJson));
    assert!(read(message).is_ok());
}

#[test]
fn what_parsers_resolve_differently_is_refused() {
    for (bad, error) in [
        (r#"{"method":"a","method":"b"}"#, MessageError::Repeated("method")),
        (r#"{"method":"a","m\u0065thod":"a"}"#, MessageError::Repeated("method")),
        (r#"{"method":"a","Method":"b"}"#, MessageError::Case("method")),
        (r#"{"METHOD":"b"}"#, MessageError::Case("method")),
        (
            r#"{"method":"tools/call","params":{"name":"a"},"Params":{"name":"b"}}"#,
            MessageError::Case("params"),
        ),
        (
            r#"{"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}"#,
            MessageError::Repeated("params"),
        ),
        (
            r#"{"method":"tools/call","params":{"name":"a"},"param\u017f":{"name":"b"}}"#,
            MessageError::Case("params"),
        ),
        (r#"{"method":"tools/call","params":{"name":"a","name":"a"}}"#, MessageError::Repeated("name")),
        (r#"{"method":"tools/call","params":{"name":"a","NAME":"b"}}"#, MessageError::Case("name")),
        (r#"{"method":"tools/call","params":{"Name":"b"}}"#, MessageError::Case("name")),
        (r#"{"method":"resources/read","params":{"uri":"a:","Uri":"b:"}}"#, MessageError::Case("uri")),
        (r#"{"method":"resources/read","params":{"uri":"a:","ur\u0131":"b:"}}"#, MessageError::Case("uri")),
        (
            r#"{"method":"completion/complete","params":{"ref":{"name":"a","name":"b"}}}"#,
            MessageError::Repeated("name"),
        ),
        (
            r#"{"method":"completion/complete","params":{"ref":{"name":"a"},"REF":{}}}"#,
            MessageError::Case("ref"),
        ),
        (
            r#"{"method":"completion/complete","params":{"ref":{"name":"a"},"ref":{}}}"#,
            MessageError::Repeated("ref"),
        ),
        (r#"{"method":"a","id":1,"id":2}"#, MessageError::Repeated("id")),
        (r#"{"method":"a","jsonrpc":"2.0","JSONRPC":"2.0"}"#, MessageError::Case("jsonrpc")),
        (r#"{"method":"a","result":1}"#, MessageError::NeitherKind),
        (r#"{"method":"a","error":1}"#, MessageError::NeitherKind),
        (r#"{"id":1}"#, MessageError::NeitherKind),
        ("{}", MessageError::NeitherKind),
        (r#"{"method":1}"#, MessageError::Method),
        (r#"{"method":null}"#, MessageError::Method),
        (r#"{"method":["tools/call"]}"#, MessageError::Method),
        (r#"{"method":"Tools/Call","params":{"name":"a"}}"#, MessageError::MethodCase),
        (r#"{"method":"tools/call\u0000","params":{"name":"a"}}"#, MessageError::Character("method")),
        (r#"{"method":"tools/call","params":{"name":"a\u0000"}}"#, MessageError::Character("params.name")),
        (r#"{"method":"tools/call","params":{"name":"a\u0085"}}"#, MessageError::Character("params.name")),
        (r#"{"method":"tools/call","params":{"name":"a\ud800"}}"#, MessageError::Character("params.name")),
        (r#"{"method":"tools/call","params":{"name":"\udc00a"}}"#, MessageError::Character("params.name")),
        (r#"{"method":"tools/call","params":{"name":"\ud83dx"}}"#, MessageError::Character("params.name")),
        (r#"{"method":"tools/call","params":{"name":"\ud83d\n"}}"#, MessageError::Character("params.name")),
        (
            r#"{"method":"tools/call","params":{"name":"\ud83d\ud83d\ude00"}}"#,
            MessageError::Character("params.name"),
        ),
        (r#"{"met\ud800hod":"a"}"#, MessageError::MemberName),
        (r#"{"method":"tools/call"}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":{}}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":{"name":1}}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":{"name":["a"]}}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":{"name":{"a":1}}}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":["a"]}"#, MessageError::Parameter("name")),
        (r#"{"method":"tools/call","params":[{"name":"a"}]}"#, MessageError::Parameter("name")),
        (r#"{"method":"prompts/get","params":{"uri":"a"}}"#, MessageError::Parameter("name")),
        (r#"{"method":"resources/read","params":{"name":"a"}}"#, MessageError::Parameter("uri")),
        (r#"{"method":"resources/subscribe","params":null}"#, MessageError::Parameter("uri")),
        (
            r#"{"method":"completion/complete","params":{"ref":"a","name":"b"}}"#,
            MessageError::Parameter("ref"),
        ),
        (
            r#"{"method":"completion/complete","params":{"ref":[{"name":"b"}]}}"#,
            MessageError::Parameter("ref"),
        ),
    ] {
        assert_eq!(read(bad), Err(error), "{bad}");
    }
}

#[test]
fn deciding_texts_have_a_longest_length() {
    let body = |name: &str| format!(r#"{{"method":"tools/call","params":{{"name":"{name}"}}}}"#);
    let longest = "x".repeat(NAME.most);
    assert_eq!(
        read(body(&longest)).map(|(found, _)| found[0].1.clone()),
        Ok(vec![format!("name {longest}")])
    );
    assert_eq!(read(body(&(longest + "x"))), Err(MessageError::TooLong("params.name")));
    assert_eq!(inner_loops::json::Scanner::LONGEST, NAME.most);
    assert_eq!(inner_loops::json::DEPTH, crate::limits::policy::DEPTH.most);
    let method = format!(r#"{{"method":"{}"}}"#, "m".repeat(NAME.most + 1));
    assert_eq!(read(method), Err(MessageError::TooLong("method")));
    let long_id = format!(r#"{{"method":"a","id":"{}"}}"#, "i".repeat(200));
    assert_eq!(read(long_id).map(|(_, id)| id), Ok("null".to_owned()));
}

#[test]
fn errors_have_the_codes_of_json_rpc() {
    for (error, code) in [
        (MessageError::NotJson, -32700),
        (MessageError::Parameter("name"), -32602),
        (MessageError::TooLong("params.name"), -32602),
        (MessageError::TooLong("method"), -32600),
        (MessageError::Repeated("method"), -32600),
        (MessageError::TooLarge(BODY.most), -32600),
    ] {
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error.status(), if error == MessageError::TooLarge(BODY.most) { 413 } else { 400 });
        // The error text is put into a JSON string as it is.
        assert!(
            error.to_string().bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte))
        );
    }
}

/// Any JSON value, written by `serde_json`.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,20}".prop_map(Into::into),
        ".{0,40}".prop_map(Into::into),
        // Runs of plain bytes of every length around those that are compared at once, between others.
        prop::collection::vec("[ -~]{0,80}[\"\\\\\n\u{0}é日😀]{0,2}", 0..5)
            .prop_map(|runs| runs.concat().into()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,8}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read(arguments in json(), name in "[a-z_]{1,20}", piece in 1_usize..50) {
        let body = serde_json::json!({"method": "tools/call", "params": {"arguments": arguments, "name": name}, "id": 7});
        for text in [body.to_string(), serde_json::to_string_pretty(&body).unwrap()] {
            let read = read_in(piece, text.as_bytes());
            prop_assert_eq!(read, Ok((vec![("tools/call".to_owned(), vec![format!("name {name}")])], "7".to_owned())));
        }
    }

    /// Whatever is accepted, `serde_json` accepts too, and a cut text is never accepted.
    #[test]
    fn a_changed_text_is_accepted_only_if_serde_json_accepts_it(arguments in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let body = serde_json::json!({"method": "tools/call", "params": {"arguments": arguments, "name": "n"}});
        let mut bytes = body.to_string().into_bytes();
        let at = at.index(bytes.len());
        prop_assert!(read_in(16, &bytes[..at]).is_err());
        bytes[at] = byte;
        if read_in(16, &bytes).is_ok() {
            let text = std::str::from_utf8(&bytes).unwrap();
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(), "{}", text);
        }
    }
}
