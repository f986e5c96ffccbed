//! Compares our reader of JSON with `serde_json`'s: on JSON of all kinds, and on such texts with one change.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use protocol::json::{Json, Object};
use serde_json::Value;

// The seed is fixed and nothing is written, so a run is the same everywhere, wasm included.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x4a53_4f4e),
        ..ProptestConfig::default()
    }
}

/// A value of one type for both readers. Of a number that is not whole it only says that.
fn ours(json: &Json<'_>) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Whole(number) => number.to_string(),
        Json::Number(_) => "#".to_owned(),
        Json::Text(text) => format!("{text:?}"),
        Json::List(list) => list.iter().map(ours).collect::<Vec<_>>().join(","),
        Json::Object(object) => members(object),
    }
}

fn members(object: &Object<'_>) -> String {
    let mut members: Vec<String> =
        object.members().map(|(name, value)| format!("{name:?}:({})", ours(value))).collect();
    members.sort();
    members.join(",")
}

fn theirs(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.as_u64().map_or_else(|| "#".to_owned(), |whole| whole.to_string()),
        Value::String(text) => format!("{text:?}"),
        Value::Array(list) => list.iter().map(theirs).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name:?}:({})", theirs(value))).collect();
            members.sort();
            members.join(",")
        }
    }
}

/// Names so long that no change of one byte makes two of them equal.
fn name() -> impl Strategy<Value = String> {
    "[a-z]{12}"
}

/// A number as it may be written.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?",
    ]
}

/// A text as it may be written, escapes and all.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ !#-\\[\\]-~]{0,8}",
        1 => "[\u{80}-\u{2fff}\u{1f300}-\u{1f5ff}]{1,3}",
        1 => Just("\\\"\\\\\\/\\b\\f\\n\\r\\t".to_owned()),
        1 => any::<char>().prop_map(|c| {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
        }),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn object() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number(),
        text(),
    ];
    let value = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(" ,\t"))),
            prop::collection::vec((name(), inner), 0..4).prop_map(written),
        ]
    });
    prop::collection::vec((name(), value), 0..5).prop_map(written)
}

fn written(members: Vec<(String, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("\"{name}\" :\n{value}")).collect();
    format!(" {{{}\r}} ", members.join(", "))
}

fn compare(json: &[u8]) -> Result<(), TestCaseError> {
    let usual = serde_json::from_slice::<Value>(json);
    match (Object::parse(json), usual) {
        (Ok(object), Ok(value)) => prop_assert_eq!(members(&object), theirs(&value)),
        // A number of any size is read; one that does not fit has no value.
        (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{error}"),
        (Err(_), Ok(value)) => prop_assert!(!value.is_object(), "{}", String::from_utf8_lossy(json)),
        (Err(_), Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn json_is_read_as_others_read_it(json in object()) {
        prop_assert!(Object::parse(json.as_bytes()).is_ok(), "{json}");
        compare(json.as_bytes())?;
    }

    #[test]
    fn almost_json_is_refused_exactly_where_serde_json_refuses_it(
        json in object(), at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3,
        usual in prop::sample::select(&b"{}[]\",:\\u0019.eE+-tfn \n"[..]),
    ) {
        let mut bytes = json.into_bytes();
        let at = at.index(bytes.len());
        match how {
            0 => drop(bytes.remove(at)),
            1 => bytes[at] = byte,
            _ => bytes.insert(at, usual),
        }
        compare(&bytes)?;
    }

    /// A fraction is cut off, after the exponent is applied.
    #[test]
    fn numbers_mean_what_stands_before_the_point(
        whole in 0_u64..1 << 53, fraction in "[0-9]{0,8}", places in 0..12_usize,
    ) {
        let point = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
        let zeros = "0".repeat(places);
        for text in [
            format!("{whole}{point}"),
            format!("{whole}{point}e0"),
            format!("{whole}{zeros}{point}e-{places}"),
            format!("0.{zeros}{whole}{fraction}E{}", places + whole.to_string().len()),
        ] {
            let json = format!("{{\"n\":{text}}}");
            let object = Object::parse(json.as_bytes()).unwrap();
            prop_assert_eq!(object.whole("n"), Ok(Some(whole)), "{}", text);
        }
    }
}

#[test]
fn numbers_beyond_64_bits_have_no_whole_part() {
    for (text, whole) in [
        ("0e999999999999", Some(0)),
        ("0.0e-5", Some(0)),
        ("5e-999999999999", Some(0)),
        ("1e15", Some(1_000_000_000_000_000)),
        ("1e999999999999", None),
        ("1e16", None),
        ("9007199254740992.0", None),
        ("-1", None),
        ("-0.5", None),
        ("1e400", None),
        ("123456789012345678901234567890", None),
    ] {
        let json = format!("{{\"n\":{text}}}");
        let object = Object::parse(json.as_bytes()).unwrap();
        assert_eq!(object.whole("n").ok().flatten(), whole, "{text}");
    }
    for bad in ["01", "1.", ".1", "1e", "1e+", "+1", "-", "0x1", "1_0", "NaN", "Infinity", "--1", "1.e1"] {
        assert!(Object::parse(format!("{{\"n\":{bad}}}").as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn lone_surrogates_and_control_characters_are_refused() {
    let read = |text: &str| {
        let json = format!("{{\"t\":\"{text}\"}}");
        Object::parse(json.as_bytes()).ok().map(|object| object.text("t").unwrap().unwrap().to_owned())
    };
    assert_eq!(read("\\ud83d\\ude00\\u00e9"), Some("\u{1f600}\u{e9}".to_owned()));
    for bad in [
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\ud83d",
        "\\ud83dx",
        "\\ud83d\\ue000",
        "\\ud83d\\u0041",
        "\\ud83d\\n",
        "\\u12",
        "\\u+123",
        "\\u123g",
        "\\x",
        "\\",
        "a\nb",
        "a\tb",
        "\u{0}",
        "a\"b",
    ] {
        assert_eq!(read(bad), None, "{bad:?}");
    }
}
