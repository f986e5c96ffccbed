//! Compares the reader of JSON-RPC messages with `serde_json`.

use protocol::limits::policy::{MESSAGES, NAME};
use protocol::resource::message::{MessageError, MessageReader, Name};
use protocol::resource::policy::{Operations, PublicMethods, RuleSet, Rules};
use serde::de::IgnoredAny;
use serde_json::Value;

/// A method with the names that decide.
type Found = (String, Vec<String>);

fn utf_8(text: &[u8]) -> String {
    String::from_utf8(text.to_vec()).expect("what is found is UTF-8")
}

fn read(body: &[u8], size: impl Fn(usize) -> usize) -> Result<Vec<Found>, MessageError> {
    let (mut reader, mut found, mut rest, mut number) = (MessageReader::new(), Vec::new(), body, 0);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(size(number).clamp(1, rest.len()));
        (rest, number) = (after, number + 1);
        reader.read(piece, &mut |message| {
            let name = |name: &Name<'_>| match *name {
                Name::Name(text) | Name::Uri(text) | Name::OfPrompt(text) | Name::OfResource(text) => {
                    utf_8(text)
                }
            };
            let names: Vec<String> = message.names.iter().flatten().map(name).collect();
            assert!(message.method.len() <= NAME.most && names.iter().all(|name| name.len() <= NAME.most));
            found.push((utf_8(message.method), names));
            Ok(())
        })?;
    }
    reader.finish()?;
    Ok(found)
}

/// What `serde_json` finds in a message: the method and the names, as the reader would find them.
fn expected(message: &Value) -> Option<Found> {
    let method = message.get("method")?.as_str()?.to_owned();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let params = message.get("params").filter(|params| params.is_object()).cloned().unwrap_or_default();
    let of_ref = params.get("ref").filter(|value| value.is_object()).cloned().unwrap_or_default();
    let names = match method.as_str() {
        "tools/call" | "prompts/get" => vec![text(&params, "name")],
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => vec![text(&params, "uri")],
        "completion/complete" => vec![text(&of_ref, "name"), text(&of_ref, "uri")],
        _ => vec![text(&params, "name"), text(&params, "uri")],
    };
    Some((method, names.into_iter().flatten().collect()))
}

/// Whatever the reader accepts, `serde_json` accepts as one document with the same methods and names; the sizes of the
/// pieces make no difference; and no request with a rule is permitted to a caller that satisfies none.
pub(crate) fn message(data: &[u8]) {
    let whole = read(data, |_| data.len());
    let seed = usize::from(data.first().copied().unwrap_or_default());
    assert_eq!(read(data, |_| 1), whole, "byte by byte");
    assert_eq!(read(data, |number| (number * 7 + seed) % 23), whole, "in pieces");
    let Ok(found) = whole else { return };
    let text = std::str::from_utf8(data).expect("what is accepted is UTF-8");
    serde_json::from_str::<IgnoredAny>(text).expect("what is accepted is one JSON text");
    // `serde_json` keeps no half of a surrogate pair and no number beyond its range; those do not decide.
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let messages = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        assert!(messages.len() <= MESSAGES.most);
        let messages: Vec<Found> = messages.iter().filter_map(expected).collect();
        assert_eq!(found, messages);
    }
    let rules = Rules::parse(&["*:*=admin".to_owned()]).expect("a rule");
    let public = PublicMethods::default();
    let mut operations = Operations::new(&rules, &public, RuleSet::NONE);
    if operations.read(data).is_ok()
        && let Ok(needs) = operations.finish(true)
    {
        assert_eq!(needs.require(RuleSet::NONE).is_ok(), found.is_empty(), "a rule is about every request");
    }
}

pub(crate) fn message_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_page","arguments":{"a":[1,-2.5e3,true,null,"x\u00e9\ud83d\ude00"]}}}"#,
        r#"[{"method":"prompts/get","params":{"name":"p"}},{"result":{},"id":2},{"method":"resources/read","params":{"uri":"file:///a"}}]"#,
        r#"{"params":{"ref":{"type":"ref/prompt","name":"p","uri":"u:"},"argument":{"name":"x"}},"method":"completion/complete"}"#,
        r#"{"method":"ping","Method":"tools/call","params":[{"name":"x"}]}"#,
        "{\"m\\u0065thod\":\"tools\\/call\",\"params\":{\"n\\u0061me\":\"délété 日本 😀\"}}",
        // Special bytes around the places where 16 and 64 bytes are compared at once.
        r#"{"method":"ping","x":"0123456789abcde\"0123456789abcdef0123456789abcdef0123456789abcd\u00e90123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123é"}"#,
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec()
}

/// The changed text.
fn changed(edits: &protocol::resource::lists::Edits, text: &[u8]) -> Vec<u8> {
    let mut changed = Vec::new();
    let written: Result<(), ()> = edits.write(text, &mut |piece| {
        changed.extend_from_slice(piece);
        Ok(())
    });
    assert_eq!(written, Ok(()));
    changed
}

/// Cutting a response never fails in another way than by refusing it, keeps JSON, and cuts nothing twice.
pub(crate) fn list(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let rules = std::rc::Rc::new(Rules::parse(&["delete_*=admin".to_owned()]).expect("a rule"));
    let (none, public) = (Rules::default(), PublicMethods::default());
    let mut operations = Operations::new(&none, &public, RuleSet::NONE);
    operations.read(br#"{"method":"tools/list"}"#).expect("a message");
    let asked = operations.finish(true).expect("a message").lists();
    let filter = protocol::resource::lists::ListFilter::new(&rules, RuleSet::NONE, asked).expect("a filter");
    let content_type: &[u8] = if kind % 2 == 0 { b"application/json" } else { b"text/event-stream" };
    let cut = |body: &[u8]| {
        let response = protocol::resource::lists::ListResponse {
            status: 200,
            content_type,
            content_encoding: b"",
            body: Some(body),
        };
        let edits = filter.cut(response).ok()?;
        let after = changed(&edits, body);
        assert_eq!(edits.length(body), after.len());
        Some(after)
    };
    let Some(after) = cut(body) else { return };
    assert_eq!(cut(&after).as_ref(), Some(&after), "what is cut once is not cut again");
    if kind % 2 == 0
        && let (Ok(before), Ok(after)) =
            (serde_json::from_slice::<Value>(body), serde_json::from_slice::<Value>(&after))
    {
        let tools = |value: &Value| value["result"]["tools"].as_array().map(Vec::len);
        assert!(tools(&after) <= tools(&before));
        let names = after["result"]["tools"].as_array().cloned().unwrap_or_default();
        assert!(
            names.iter().all(|tool| tool["name"].as_str().is_some_and(|name| !name.starts_with("delete_")))
        );
    }
}

pub(crate) fn list_seeds() -> Vec<Vec<u8>> {
    [
        "0{\"id\":1,\"result\":{\"tools\":[{\"name\":\"delete_a\"},{\"name\":\"b\"},{\"name\":\"delete_c\"}],\"cacheScope\":\"public\"}}",
        "0[{\"result\":{\"tools\":[ {\"name\":\"a\"} , {\"name\":\"delete_b\"} ]}},{\"error\":{}}]",
        "1id: 1\nretry: 2\nevent: message\ndata: {\"result\":{\"tools\":[{\"name\":\"delete_a\"}]}}\n\n: ping\r\n\r\ndata:{}\r\r",
        "1data: {\"result\":{\"tools\":[{\"name\":\ndata: \"delete_a\"},{\"name\":\"b\"}]}}\n\n",
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec()
}
