//! Strings in bodies. The plugin compares many bytes at once, with instructions that no other build has.

use protocol::resource::message::MessageReader;
use wasm_host::Outcome;

use crate::bodies::{post, start};

/// Whether the reader of another build accepts the body.
fn is_message(body: &[u8]) -> bool {
    let mut reader = MessageReader::new();
    reader.read(body, &mut |_| Ok(())).and_then(|()| reader.finish()).is_ok()
}

/// Bytes that stand for themselves in a string, others, and the ones next to them.
const BYTES: &[u8] = b"\0\x1f !\"#$[\\]^~\x7f\x80\xbf\xc2\xff";

#[test]
fn the_plugin_reads_strings_like_other_builds() {
    let mut guest = start();
    let near = |edge: usize| edge.saturating_sub(1)..edge + 2;
    let (mut accepted, mut refused) = (0, 0);
    // The string begins at each place in a block of 16 bytes, and ends in one piece with the rest or in the next piece.
    for (space, length) in (0..16).zip([16, 64, 128].into_iter().flat_map(near).cycle()).chain([(0, 2_100)]) {
        let edges = [0, 16, 32, 48, 64, 112, 128, 2_026];
        for at in edges.into_iter().flat_map(near).filter(|at| *at < length) {
            for byte in BYTES {
                let mut text = vec![b'x'; length];
                text[at] = *byte;
                let before = [&b" ".repeat(space)[..], br#"{"method":"ping","x":""#].concat();
                let body = [&before, &text[..], br#""}"#].concat();
                let expected = is_message(&body);
                let outcome = post(&mut guest, &body);
                assert_eq!(outcome == Outcome::Forwarded(0), expected, "{byte} at {at} of {length}");
                *if expected { &mut accepted } else { &mut refused } += 1;
            }
        }
    }
    assert!(accepted > 500 && refused > 500, "{accepted} and {refused}");
}

/// Names, numbers, words and escapes, wherever the piece ends that the host fills.
#[test]
fn the_plugin_reads_bodies_across_pieces_like_other_builds() {
    let mut guest = start();
    for rest in [
        r#"{"method":"ping","id":-12.5e+3,"x":[true,false,null,{}],"y":"a\\b\u00e9\ud83d\ude00é日😀"}"#,
        r#"{"method":"tools/call","params":{"name":"get","arguments":{"name":[0,"delete_x"]}},"id":"x"}"#,
        r#"{"method":"ping","params":{"taskId":tru}}"#,
        r#"{"method":"ping","Params":{}}"#,
    ] {
        for before in 2_048 - rest.len()..=2_048 {
            let body = [&b" ".repeat(before)[..], rest.as_bytes()].concat();
            let outcome = post(&mut guest, &body);
            assert_eq!(outcome == Outcome::Forwarded(0), is_message(&body), "{rest} after {before}");
        }
    }
}
