//! The tokens of a text. What is JSON and what is not is tested where messages are read, in `protocol`.

extern crate std;
use super::*;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// Every token down to a depth, with its text, read in pieces of this size.
fn tokens(text: &[u8], depth: usize, piece: usize) -> Vec<(Token, String)> {
    let mut scanner = Scanner::new();
    scanner.look_to(depth);
    scanner.keep(true);
    let mut found = Vec::new();
    for mut piece in text.chunks(piece) {
        loop {
            match scanner.next(&mut piece) {
                Token::More => break,
                Token::Invalid => {
                    found.push((Token::Invalid, String::new()));
                    return found;
                }
                token => {
                    let has_text = matches!(token, Token::Name | Token::Text | Token::Number);
                    let text = scanner.text().unwrap_or(b"?");
                    let text =
                        if has_text { String::from_utf8(text.to_vec()).unwrap() } else { String::new() };
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
            token(Token::Name, "c"),
            token(Token::Text, "d"),
            token(Token::Name, "e"),
            token(Token::Number, "-1.5"),
            token(Token::Name, "f"),
            token(Token::Word, ""),
            token(Token::End, ""),
        ];
        let shallow = [
            vec![token(Token::Object, ""), token(Token::Name, "a"), token(Token::SkippedObject, "")],
            rest.to_vec(),
        ]
        .concat();
        assert_eq!(names(1), shallow, "{piece}");
        let middle = [
            vec![
                token(Token::Object, ""),
                token(Token::Name, "a"),
                token(Token::Object, ""),
                token(Token::Name, "b"),
                token(Token::SkippedArray, ""),
                token(Token::End, ""),
            ],
            rest.to_vec(),
        ]
        .concat();
        assert_eq!(names(2), middle, "{piece}");
        assert!(names(3).contains(&token(Token::Text, "x")));
    }
}

#[test]
fn positions_are_those_of_values() {
    let text = br#" [ {"a":1} , "xyz", [2] ]"#;
    let mut scanner = Scanner::new();
    let mut input = &text[..];
    let mut found = Vec::new();
    loop {
        match scanner.next(&mut input) {
            Token::More => break,
            token => found.push((token, &text[scanner.start()..scanner.position()])),
        }
    }
    assert_eq!(found[0].0, Token::Array);
    assert_eq!(found[1], (Token::SkippedObject, &br#"{"a":1}"#[..]));
    assert_eq!(found[2], (Token::Text, &br#""xyz""#[..]));
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
                let is_read =
                    found.first().is_some_and(|(token, _)| *token == Token::Text) && found.len() == 1;
                assert_eq!(is_read, is_plain, "{at} of {length}: {byte}");
            }
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
            assert_eq!(found, [(Token::Text, String::from(expected))]);
        }
    }
}
