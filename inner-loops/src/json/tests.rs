//! The tokens of a text. What is JSON and what is not is tested where messages are read, in `protocol`.

extern crate std;
use super::*;
use std::string::String;
use std::vec;
use std::vec::Vec;

use Token::{Name as NAME, Number as NUMBER, Text as TEXT};

/// Every token down to a depth, with its text, read in pieces of this size.
fn tokens(text: &[u8], depth: usize, piece: usize) -> Vec<(Token, String)> {
    let mut scanner = Scanner::new();
    scanner.look_to(depth);
    scanner.keep(true);
    let mut found = Vec::new();
    for mut piece in text.chunks(piece) {
        loop {
            let (token, raw) = scanner.next(&mut piece);
            match token {
                Token::More => break,
                Token::Invalid => {
                    found.push((Token::Invalid, String::new()));
                    return found;
                }
                token => {
                    let text = if matches!(token, NAME | TEXT | NUMBER) {
                        let text = scanner.text(raw).unwrap_or(b"?");
                        String::from_utf8(text.to_vec()).unwrap()
                    } else {
                        String::new()
                    };
                    found.push((token, text));
                }
            }
        }
    }
    assert_eq!(scanner.position(), text.len());
    found
}

#[test]
fn what_is_deeper_is_one_token() {
    let text = br#"{"a":{"b":[1,"x"]},"c":"d","e":-1.5,"f":null}"#;
    for piece in 1..=text.len() {
        let names = |depth| tokens(text, depth, piece);
        let token = |token, text: &str| (token, String::from(text));
        let rest = [
            token(NAME, "c"),
            token(TEXT, "d"),
            token(NAME, "e"),
            token(NUMBER, "-1.5"),
            token(NAME, "f"),
            token(Token::Word, ""),
            token(Token::End, ""),
        ];
        let shallow = [
            vec![token(Token::Object, ""), token(NAME, "a"), token(Token::SkippedObject, "")],
            rest.to_vec(),
        ]
        .concat();
        assert_eq!(names(1), shallow, "{piece}");
        let middle = [
            vec![
                token(Token::Object, ""),
                token(NAME, "a"),
                token(Token::Object, ""),
                token(NAME, "b"),
                token(Token::SkippedArray, ""),
                token(Token::End, ""),
            ],
            rest.to_vec(),
        ]
        .concat();
        assert_eq!(names(2), middle, "{piece}");
        assert!(names(3).contains(&token(TEXT, "x")));
    }
}

#[test]
fn positions_are_those_of_values() {
    let text = br#" [ {"a":1} , "xyz", [2] ]"#;
    let mut scanner = Scanner::new();
    let mut input = &text[..];
    let mut found = Vec::new();
    loop {
        match scanner.next(&mut input).0 {
            Token::More => break,
            token => found.push((token, &text[scanner.start()..scanner.position()])),
        }
    }
    assert_eq!(found[0].0, Token::Array);
    assert_eq!(found[1], (Token::SkippedObject, &br#"{"a":1}"#[..]));
    assert_eq!(found[2], (TEXT, &br#""xyz""#[..]));
    assert_eq!(found[3], (Token::SkippedArray, &b"[2]"[..]));
    assert!(scanner.is_complete());
}

#[test]
fn every_special_byte_ends_a_run_of_plain_ones_at_every_position() {
    for length in 0..40 {
        for at in 0..length {
            for byte in 0..=255_u8 {
                let mut text = vec![b'x'; length];
                text[at] = byte;
                let body = [b"\"", &text[..], b"\""].concat();
                let found = tokens(&body, 1, body.len());
                let is_plain = (b' '..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
                let is_read = found.first().is_some_and(|(token, _)| *token == TEXT) && found.len() == 1;
                assert_eq!(is_read, is_plain, "{at} of {length}: {byte}");
            }
        }
    }
}

/// Sixteen bytes are compared at once, then 64.
#[test]
fn a_special_byte_is_found_around_every_block_and_group() {
    let near = |edge: usize| edge.saturating_sub(1)..edge + 2;
    for length in [16, 32, 64, 80, 128, 144, 192].into_iter().flat_map(near) {
        for at in [0, 16, 32, 64, 80, 128, 144].into_iter().flat_map(near).filter(|at| *at < length) {
            for byte in *b"\0\x1f !\"#[\\]~\x7f\x80\xc2\xff" {
                let mut text = vec![b'x'; length];
                text[at] = byte;
                let body = [b"\"", &text[..], b"\"]"].concat();
                let found = tokens(&body, 1, body.len());
                // Without the special byte the bracket is the first that is wrong.
                let is_read = found.first().is_some_and(|(token, _)| *token == TEXT);
                let is_plain = (b' '..0x80).contains(&byte) && byte != b'"' && byte != b'\\';
                let is_end = byte == b'"' && found.first().map(|(_, text)| text.len()) == Some(at);
                assert_eq!(is_read, is_plain || is_end, "{at} of {length}: {byte}");
            }
        }
    }
}

/// Runs of plain bytes between escapes, wherever a block, a group or the piece ends.
#[test]
fn escapes_are_read_around_every_block_and_group() {
    for (escape, means) in
        [("\\n", "\n"), ("\\\\", "\\"), ("\\u00e9", "é"), ("\\ud83d\\ude00", "😀"), ("é", "é")]
    {
        for run in [0, 1, 14, 15, 16, 17, 47, 48, 49, 63, 64, 65, 66, 127, 128, 129] {
            let plain = "p".repeat(run);
            let text = ["\"", &plain, escape, &plain, escape, escape, &plain, "\""].concat();
            let expected = [&plain, means, &plain, means, means, &plain].concat();
            for piece in [1, 5, 16, 64, 65, text.len()] {
                let found = tokens(text.as_bytes(), 1, piece);
                assert_eq!(found, [(TEXT, expected.clone())], "{text} in pieces of {piece}");
            }
        }
    }
}

#[test]
fn numbers_and_words_are_read_across_pieces() {
    let text = br"[0,-0,17,-1.25,1e5,1E+5,2.5e-10,true,false,null,123456789012345678901234567890]";
    let texts = text[1..text.len() - 1].split(|byte| *byte == b',').map(|text| str::from_utf8(text).unwrap());
    for piece in 1..=text.len() {
        let found = tokens(text, 1, piece);
        let values = texts.clone().map(|text| match text.as_bytes()[0] {
            b't' | b'f' | b'n' => (Token::Word, String::new()),
            _ => (NUMBER, String::from(text)),
        });
        let begin = [(Token::Array, String::new())];
        let expected: Vec<_> = begin.into_iter().chain(values).chain([(Token::End, String::new())]).collect();
        assert_eq!(found, expected, "{piece}");
    }
    for bad in [
        "[tru]", "[truE]", "[nulll]", "[fals", "[01]", "[-]", "[1.]", "[1.e5]", "[1e]", "[1e+]", "[--1]",
        "[1.2.3]", "[+1]",
    ] {
        for piece in 1..=bad.len() {
            let found = tokens(bad.as_bytes(), 1, piece);
            let is_invalid = found.last() == Some(&(Token::Invalid, String::new()));
            assert_eq!(is_invalid, bad.ends_with(']'), "{bad} in pieces of {piece}");
        }
    }
}

#[test]
fn a_long_text_is_read_and_not_kept() {
    for length in [Scanner::LONGEST, Scanner::LONGEST + 1, 5000] {
        let body = [b"\"", &vec![b'y'; length][..], b"\""].concat();
        for piece in [7, 1000, 6000] {
            let found = tokens(&body, 1, piece);
            let expected = if length > Scanner::LONGEST {
                "?"
            } else {
                core::str::from_utf8(&body[1..=length]).unwrap()
            };
            assert_eq!(found, [(TEXT, String::from(expected))]);
        }
    }
}

/// Whether a text in pieces of this size is one complete value.
fn is_json(text: &[u8], piece: usize) -> bool {
    let mut scanner = Scanner::new();
    let is_read = |piece| scanner.read(piece, &mut |_, _, _| true) == Token::More;
    text.chunks(piece).all(is_read) && scanner.is_complete()
}

/// The kinds of more than 64 open objects and arrays are in two numbers.
#[test]
fn every_object_and_array_ends_with_its_own_bracket() {
    for depth in [1, 2, 63, 64, 65, 66, 100, DEPTH] {
        for rule in [2, 3, 5, 64, 65, usize::MAX] {
            let is_object = |level: usize| level.is_multiple_of(rule);
            let mut text = Vec::new();
            for level in 0..depth {
                text.extend_from_slice(if is_object(level) { b"{\"a\":" } else { b"[" });
            }
            text.push(b'1');
            let closing = text.len();
            text.extend((0..depth).rev().map(|level| if is_object(level) { b'}' } else { b']' }));
            assert!(is_json(&text, 7) && is_json(&text, text.len()), "{depth} {rule}");
            for at in closing..text.len() {
                let mut other = text.clone();
                other[at] = if text[at] == b'}' { b']' } else { b'}' };
                assert!(!is_json(&other, other.len()), "{depth} {rule} {at}");
            }
            assert!(depth < DEPTH || !is_json(&[b"[", &text[..], b"]"].concat(), text.len()));
        }
    }
}

#[test]
fn what_was_closed_leaves_no_trace_for_what_opens_later() {
    // Down from 100 to 10 and up again, with other kinds.
    let [one, other] = ["{\"a\":".repeat(90), "}".repeat(90)];
    let [down, up] = ["[".repeat(100), "]".repeat(90)];
    let text = [&*down, "1", &up, ",", &one, "1", &other, "]]]]]]]]]]"].concat();
    assert!(is_json(text.as_bytes(), 7) && is_json(text.as_bytes(), text.len()));
    let wrong = text.replacen("}]", "]]", 1);
    assert!(!is_json(wrong.as_bytes(), wrong.len()));
}
