//! Tests calls that trap: the host uses the instance again as the trap left it.

use wasm_host::{Lie, Outcome, Plugin};

use crate::world::{MEMORY, ask, bad_tokens, is_sound, lie_at, plugin, start, state, token, wasm};

#[test]
fn every_request_after_a_thousand_traps_is_decided_right() {
    let mut guest = start();
    let (mut trapped, mut seed) = (0, 1_u32);
    let mut memory = 0;
    for round in 0.. {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (at, kind) = ((seed >> 16) as usize % 14, (seed >> 8) as usize % 4);
        lie_at(&mut guest, at, Lie::Trap);
        let asked = match kind {
            0 => None,
            1 => Some(bad_tokens()[round % bad_tokens().len()].as_str()),
            _ => Some(token(round % 100)),
        };
        trapped += usize::from(ask(&mut guest, asked) == Outcome::Trapped);
        is_sound(&mut guest);
        if round == 100 {
            memory = guest.memory();
        }
        if trapped == 1_000 {
            break;
        }
    }
    assert_eq!(guest.memory(), memory, "nothing of what a trap leaves is kept");
}

#[test]
fn a_trap_during_a_response_leaves_nothing_behind() {
    let mut guest = start();
    for at in 0..6 {
        assert_eq!(ask(&mut guest, Some(token(1))), Outcome::Forwarded(0));
        // The context value 1 belongs to a request whose response is buffered, although this request's response is not.
        lie_at(&mut guest, at, Lie::Trap);
        let _came_to_its_end = guest.response(1, at % 2 == 0);
        is_sound(&mut guest);
    }
}

#[test]
fn a_stack_that_is_too_small_traps_and_recovers() {
    let wasm = wasm();
    let mut outcomes = Vec::new();
    for stack in [2 << 10, 8 << 10, 32 << 10] {
        let small = Plugin::compile(&wasm, stack);
        let mut guest = small.start(state(), MEMORY);
        for round in 0..20 {
            for asked in [Some(token(round)), Some(bad_tokens()[0].as_str()), None] {
                let outcome = ask(&mut guest, asked);
                assert!(asked == Some(token(round)) || !matches!(outcome, Outcome::Forwarded(_)));
                outcomes.push(outcome);
            }
        }
    }
    assert!(outcomes.contains(&Outcome::Trapped), "some stack was too small");
    is_sound(&mut plugin().start(state(), MEMORY));
}
