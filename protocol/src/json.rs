//! JSON objects that other parties wrote, read into values of a few kinds.
//!
//! One reader reads them all, because readers derived for each type would be half of the plugin's code. It is strict: a
//! repeated name is an error, as RFC 7515 §4 and RFC 7519 §4 require of JOSE headers and claims, and so is deeper
//! nesting than anything here needs, because the plugin's stack is small.

mod read;
mod value;

pub use value::{Json, NotAnObject, Object, WrongKind};

#[cfg(test)]
mod tests {
    use super::read::{MAX_DEPTH, MAX_MEMBERS};
    use super::*;

    fn parse(json: &str) -> Result<Object<'_>, NotAnObject> {
        Object::parse(json.as_bytes())
    }

    #[test]
    fn every_kind_is_read() {
        let json = r#"{"t":"a\"b","n":1,"f":1.5,"m":-1,"l":["x","y"],"o":{"k":null},"b":true,"z":null}"#;
        let object = parse(json).unwrap();
        assert_eq!(object.text("t"), Ok(Some("a\"b")));
        assert_eq!((object.text("z"), object.text("absent")), (Ok(None), Ok(None)));
        assert_eq!((object.whole("n"), object.whole("f")), (Ok(Some(1)), Ok(Some(1))));
        assert_eq!(object.texts("l"), Ok(vec!["x", "y"]));
        assert_eq!((object.texts("t"), object.texts("z")), (Ok(vec!["a\"b"]), Ok(vec![])));
        assert!(matches!(object.get("o"), Some(Json::Object(inner)) if inner.get("k") == Some(&Json::Null)));
        assert_eq!(object.members().count(), 8);
    }

    #[test]
    fn a_member_of_the_wrong_kind_is_an_error() {
        let object = parse(r#"{"t":"a","m":-1,"h":1e300,"l":[1],"b":true}"#).unwrap();
        assert_eq!((object.text("m"), object.text("l")), (Err(WrongKind), Err(WrongKind)));
        for name in ["t", "m", "h", "l", "b"] {
            assert_eq!(object.whole(name), Err(WrongKind), "{name}");
        }
        assert_eq!((object.texts("l"), object.texts("b")), (Err(WrongKind), Err(WrongKind)));
    }

    #[test]
    fn malformed_and_ambiguous_texts_are_refused() {
        for bad in ["", "[]", "1", "{}x", "{", r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":1,}"#] {
            assert_eq!(parse(bad), Err(NotAnObject), "{bad}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xff\"}"), Err(NotAnObject));
        let twice = [r#"{"a":1,"\u0061":2}"#].concat();
        assert_eq!(parse(&twice), Err(NotAnObject));
    }

    #[test]
    fn depth_and_width_are_bounded() {
        let nested = |depth: usize| [&"{\"a\":".repeat(depth), "1", &"}".repeat(depth)].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(NotAnObject));
        assert_eq!(parse(&["{\"a\":", &"[".repeat(10_000)].concat()), Err(NotAnObject));
        let text = ["{\"a\":\"\\\"", &"[".repeat(10_000), "\"}"].concat();
        assert!(parse(&text).is_ok(), "a text is not nested, whatever it holds");
        assert_eq!(parse(&["{\"a\":\"\\\\\",\"b\":", &nested(MAX_DEPTH), "}"].concat()), Err(NotAnObject));
        let wide = |count: usize| {
            let members: Vec<String> = (0..count).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(&wide(MAX_MEMBERS)).is_ok());
        assert_eq!(parse(&wide(MAX_MEMBERS + 1)), Err(NotAnObject));
    }
}
