//! Tests that a proof is accepted only for the request for which it was made.

use std::sync::Arc;

use protocol::secret::Secret;
use protocol::time::UnixTime;
use store::crypto::Sealer;
use store::entropy::SeededEntropy;

use super::proof::Claim;
use super::*;

const NOW: UnixTime = UnixTime::new(1_800_000_000);

fn sealer(current: u8, previous: &[u8]) -> Sealer {
    let previous: Vec<_> = previous.iter().map(|byte| Secret::new([*byte; 32])).collect();
    Sealer::new(&Secret::new([current; 32]), &previous, Arc::new(SeededEntropy::new(1)))
}

fn run(n: u64) -> Instance {
    Instance::draw(&SeededEntropy::new(n)).unwrap()
}

fn proof(sealer: &Sealer, subject: Subject<'_>) -> String {
    let actor = Actor::parse("ann@here").unwrap();
    make(sealer, &SeededEntropy::new(5), subject, &actor, b"{}", NOW).unwrap()
}

#[test]
fn a_proof_is_for_one_method_path_and_instance() {
    let own = sealer(1, &[]);
    let subject = Subject { instance: run(1), method: "POST", target: "/admin/status" };
    let made = proof(&own, subject);
    let claim = Claim::verified(&own, &made, subject).unwrap();
    assert_eq!((claim.at, claim.actor.as_str()), (NOW, "ann@here"));
    for other in [
        Subject { instance: run(2), ..subject },
        Subject { method: "PUT", ..subject },
        Subject { target: "/admin/status?a=b", ..subject },
        // The same bytes, divided between method and path in another place.
        Subject { method: "POST/", target: "admin/status", ..subject },
    ] {
        assert!(Claim::verified(&own, &made, other).is_none(), "{other:?}");
    }
}

#[test]
fn a_proof_needs_the_encryption_key_or_a_previous_one() {
    let subject = Subject { instance: run(1), method: "POST", target: "/admin/status" };
    let made = proof(&sealer(1, &[]), subject);
    assert!(Claim::verified(&sealer(2, &[]), &made, subject).is_none());
    assert!(Claim::verified(&sealer(2, &[1]), &made, subject).is_some());
}

/// If any character of a proof is changed, the proof is not valid.
#[test]
fn no_part_of_a_proof_can_be_changed() {
    let own = sealer(1, &[]);
    let subject = Subject { instance: run(1), method: "POST", target: "/admin/status" };
    let made = proof(&own, subject);
    for at in 0..made.len() {
        let mut changed = made.clone().into_bytes();
        changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(Claim::verified(&own, &changed, subject).is_none(), "{at}: {changed}");
    }
    for other in
        ["", "MCPBouncer ", "Bearer x", &made[..made.len() - 1], &format!("{made}.a"), &format!("{made}=")]
    {
        assert!(Claim::verified(&own, other, subject).is_none(), "{other}");
    }
}

#[test]
fn actors_are_short_and_without_control_characters() {
    assert_eq!(Actor::parse("Ann Ü").unwrap().as_str(), "Ann Ü");
    let long = "x".repeat(LONGEST_ACTOR + 1);
    for text in ["", "a\nb", "\u{1b}[2J", "\u{85}", &long] {
        assert_eq!(Actor::parse(text), Err(BadActor), "{text:?}");
    }
    assert_eq!(Instance::parse(&run(3).to_string()), Some(run(3)));
    assert_eq!(Instance::parse("x"), None);
}
