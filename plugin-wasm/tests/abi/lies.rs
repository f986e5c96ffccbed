//! Tests every lie at every call of the host.

use wasm_host::{Lie, Outcome};

use crate::world::{ask, bad_tokens, is_sound, is_sound_or_closed, lie_at, start, token};

/// A number of calls that no request reaches.
const CALLS: usize = 20;

pub(crate) const LIES: &[Lie] = &[
    Lie::Trap,
    Lie::Silent,
    Lie::Half,
    Lie::OneMore,
    Lie::OneLess,
    Lie::Size(0),
    Lie::Size(1),
    Lie::Size(64),
    Lie::Size(2_048),
    Lie::Size(2_049),
    Lie::Size(60_000),
    Lie::Size(0x7fff_ffff),
    Lie::Size(0xffff_ffff),
    Lie::Size(-1),
    Lie::Overwrite(0),
    Lie::Overwrite(10),
    Lie::Overwrite(2_048),
    Lie::Overwrite(2_049),
    Lie::Overwrite(100_000),
    Lie::Count(0),
    Lie::Count(1),
    Lie::Count(2),
    Lie::Count(1_000_000),
    Lie::Count(-1),
    Lie::Instead(b""),
    Lie::Instead(b"\0"),
    Lie::Instead(b"\0\0"),
    Lie::Instead(b"\xff\xfe\0"),
    Lie::Instead(b"/oauth/token\0"),
    Lie::Instead(b"Bearer x\0Bearer y\0"),
];

#[test]
fn no_lie_at_any_call_forwards_a_request_without_a_token() {
    let mut forwarded = 0;
    for at in 0..CALLS {
        for lie in LIES {
            // The lie comes in the first request of an instance, and in a request that is like the previous one.
            for primed in [false, true] {
                for asked in [Some(token(1)), Some(bad_tokens()[1].as_str()), None] {
                    let mut guest = start();
                    if primed {
                        assert_eq!(ask(&mut guest, Some(token(0))), Outcome::Forwarded(0));
                        assert_eq!(ask(&mut guest, Some(token(1))), Outcome::Forwarded(0));
                    }
                    lie_at(&mut guest, at, *lie);
                    let outcome = ask(&mut guest, asked);
                    let good = asked == Some(token(1));
                    assert!(good || !matches!(outcome, Outcome::Forwarded(_)), "{lie:?} at {at}: {asked:?}");
                    forwarded += usize::from(matches!(outcome, Outcome::Forwarded(_)));
                    let called = guest.state().calls.get(at).map_or("", |(name, _)| name);
                    if called == "get_config" || called.starts_with("environ") {
                        is_sound_or_closed(&mut guest);
                    } else {
                        is_sound(&mut guest);
                    }
                }
            }
        }
    }
    assert!(forwarded > 100, "lies that make no difference let users pass: {forwarded}");
}

#[test]
fn a_value_that_never_fits_gives_503() {
    for said in [2_049, 60_000, 70_000, 0x7fff_ffff] {
        let mut guest = start();
        guest.state().liar = Some(Box::new(move |name, _| {
            (name.starts_with("get_") && name != "get_config").then_some(Lie::Size(said))
        }));
        assert!(!matches!(ask(&mut guest, Some(token(0))), Outcome::Forwarded(_)), "{said}");
        is_sound(&mut guest);
    }
}

#[test]
fn values_of_earlier_requests_are_not_shown_again() {
    let mut guest = start();
    // A host that reports more bytes of the last token than it writes.
    for lie in [Lie::Silent, Lie::Half, Lie::OneMore] {
        for number in 0..20 {
            assert_eq!(ask(&mut guest, Some(token(number))), Outcome::Forwarded(0));
            guest.state().liar = Some(Box::new(move |name, number| {
                (name == "get_header_values" && number > 4).then_some(lie)
            }));
            let outcome = ask(&mut guest, Some(token(number)));
            assert!(!matches!(outcome, Outcome::Forwarded(_)), "{lie:?}");
            guest.state().liar = None;
        }
    }
    is_sound(&mut guest);
}
