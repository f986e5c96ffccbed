//! Tests invalid options and environments.

use wasm_host::Outcome;

use crate::world::{MEMORY, TENANT, ask, bad_tokens, is_sound, plugin, state, token};

#[test]
fn wrong_options_give_503_to_everybody() {
    let deep = ["{\"resource\":", &"[".repeat(50_000)].concat();
    let long = format!("{{\"resource\":\"{}\"}}", "x".repeat(60_000));
    let huge = format!("{{\"resource\":\"{}\"}}", "x".repeat(100_000));
    for config in [
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{}",
        "\0",
        "\u{fffd}",
        &deep,
        &long,
        &huge,
        &TENANT.replace("wiki", ""),
        &TENANT.replace("resource", "resorce"),
        &TENANT.replace("\"local\"", "[\"local\"]"),
        &TENANT.replace('}', r#","resource":"other"}"#),
    ] {
        let mut state = state();
        state.config = config.as_bytes().to_vec();
        let mut guest = plugin().start(state, MEMORY);
        for asked in [Some(token(1)), Some(bad_tokens()[0].as_str()), None] {
            assert_eq!(ask(&mut guest, asked), Outcome::Stopped, "{config:.40}");
            assert!(matches!(guest.state().status, 400 | 503), "{config:.40}: {}", guest.state().status);
        }
    }
}

#[test]
fn options_are_read_once_and_again_after_a_trap() {
    let mut guest = plugin().start(state(), MEMORY);
    is_sound(&mut guest);
    guest.state().config = b"[]".to_vec();
    guest.state().environment.clear();
    is_sound(&mut guest);
    crate::world::lie_at(&mut guest, 3, wasm_host::Lie::Trap);
    assert_eq!(ask(&mut guest, Some(token(1))), Outcome::Trapped);
    guest.state().liar = None;
    assert_eq!((ask(&mut guest, Some(token(1))), guest.state().status), (Outcome::Stopped, 503));
}

#[test]
fn missing_or_other_keys_in_the_environment_forward_nothing() {
    for change in 0..4 {
        let mut state = state();
        match change {
            0 => state.environment.clear(),
            1 => state.environment[0].1 = "?".to_owned(),
            2 => state.environment[1].1 = String::new(),
            _ => state.environment.extend((0..5_000).map(|at| (format!("N{at}"), "v".repeat(20)))),
        }
        let mut guest = plugin().start(state, MEMORY);
        assert_eq!(
            (ask(&mut guest, Some(token(1))), guest.state().status),
            (Outcome::Stopped, 503),
            "{change}"
        );
    }
}
