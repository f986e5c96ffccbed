//! The tokens of a text. What is JSON and what is not is tested where messages are read, in `protocol`.

extern crate std;
use super::*;
use std::string::String;
use std::vec;
use std::vec::Vec;

const NAME: Token<'_> = Token::Name(Raw::KEPT);
const TEXT: Token<'_> = Token::Text(Raw::KEPT);
const NUMBER: Token<'_> = Token::Number(Raw::KEPT);

/// A token, wherever its text is.
fn kind(token: Token<'_>) -> Token<'static> {
    match token {
        Token::Name(_) => NAME,
        Token::Text(_) => TEXT,
        Token::Number(_) => NUMBER,
        Token::More => Token::More,
        Token::Invalid => Token::Invalid,
        Token::Object => Token::Object,
        Token::Array => Token::Array,
        Token::End => Token::End,
        Token::Word => Token::Word,
        Token::SkippedObject => Token::SkippedObject,
        Token::SkippedArray => Token::SkippedArray,
    }
}

/// Every token down to a depth, with its text, read in pieces of this size.
fn tokens(text: &[u8], depth: usize, piece: usize) -> Vec<(Token<'static>, String)> {
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
                    let text = if let Token::Name(raw) | Token::Text(raw) | Token::Number(raw) = token {
                        let text = scanner.text(raw).unwrap_or(b"?");
                        String::from_utf8(text.to_vec()).unwrap()
                    } else {
                        String::new()
                    };
                    found.push((kind(token), text));
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
        match scanner.next(&mut input) {
            Token::More => break,
            token => found.push((kind(token), &text[scanner.start()..scanner.position()])),
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
