//! Tests how much memory an instance takes, and what happens when it gets no more.

use wasm_host::{Guest, Outcome};

use crate::world::{ask, bad_tokens, checked, is_sound, plugin, start, state, token};

/// Sends one request; successive numbers give every kind of request in turn.
fn mixed(guest: &mut Guest, number: usize) {
    match number % 8 {
        0 => _ = ask(guest, None),
        1 => _ = ask(guest, Some(&bad_tokens()[number % bad_tokens().len()])),
        2 => {
            // Texts of every length, long ones early, because memory that one request needs once is not growth.
            let long = "y".repeat(number * 37 % 9_000);
            _ = ask(guest, Some(&long));
        }
        3 => {
            guest.state().method = b"OPTIONS".to_vec();
            _ = ask(guest, None);
            guest.state().method = b"POST".to_vec();
        }
        4 => {
            guest.state().uri = format!("/wiki/oauth/token?n={number}").into_bytes();
            _ = ask(guest, None);
            guest.state().uri = b"/wiki/mcp".to_vec();
        }
        5 => {
            let header = |at: usize| (format!("x-{at}-{number}"), vec![b'v'; 100]);
            guest.state().request = (0..number % 300).map(header).collect();
            _ = checked(guest);
        }
        6 => _ = ask(guest, Some(token(1))),
        _ => _ = ask(guest, Some(token(number % 100))),
    }
}

#[test]
fn memory_does_not_grow_over_ten_thousand_requests() {
    let mut guest = start();
    for number in 0..1_000 {
        mixed(&mut guest, number);
    }
    let before = guest.memory();
    for number in 1_000..10_000 {
        mixed(&mut guest, number);
    }
    assert_eq!(guest.memory(), before);
    is_sound(&mut guest);
}

#[test]
fn a_stream_takes_two_pages() {
    let mut guest = start();
    assert_eq!(ask(&mut guest, Some(token(0))), Outcome::Forwarded(0));
    assert_eq!(guest.memory(), 128 * 1024);
}

#[test]
fn memory_that_cannot_grow_fails_one_request() {
    // The guest cannot grow beyond the memory with which an instance starts.
    let mut guest = plugin().start(state(), 128 * 1024);
    let mut trapped = 0;
    for number in 0..2_000 {
        let header = |at: usize| (format!("x-{at}"), vec![b'v'; 20]);
        guest.state().request = (0..5_000 + number).map(header).collect();
        trapped += usize::from(checked(&mut guest) == Outcome::Trapped);
        if number % 100 == 0 {
            is_sound(&mut guest);
        }
    }
    assert!(trapped > 0, "a list of names larger than what is left of memory");
    // The table of a key that is used often does not fit either.
    for number in 0..100 {
        let outcome = ask(&mut guest, Some(token(number)));
        assert!(matches!(outcome, Outcome::Forwarded(0) | Outcome::Trapped));
    }
    assert_eq!(guest.memory(), 128 * 1024);
}
