//! Tests how many guesses an attacker gets in an hour, and that guesses lock nobody out.

use super::counters::FREE;
use super::throttle::*;
use super::{Asker, DeviceId};
use protocol::time::UnixTime;

const T0: UnixTime = UnixTime::new(1_000_000);
const ANN: Target<'_> = Target { name: "ann", exists: true };

/// Returns a browser that is not known; each number is another browser.
fn fresh(number: u64, address: &str) -> Asker {
    let mut browser = [0; 32];
    browser[..8].copy_from_slice(&number.to_be_bytes());
    Asker { address: Some(address.parse().unwrap()), browser, device: None }
}

fn known(device: u8, address: &str) -> Asker {
    Asker { device: Some(DeviceId([device; 8])), ..fresh(u64::MAX - u64::from(device), address) }
}

/// Returns how many times an attacker can guess one user's password in the hours from `T0` on. The attacker tries once
/// a second from each of these addresses, each time with a new browser.
fn guesses(throttle: &Throttle, addresses: &[String], hours: u64) -> u64 {
    let (mut admitted, mut number) = (0, 0);
    for second in 0..hours * 3_600 {
        for address in addresses {
            number += 1;
            admitted += u64::from(throttle.begin(ANN, &fresh(number, address), T0.plus(second)).is_ok());
        }
    }
    admitted
}

#[test]
fn an_attacker_has_so_many_guesses_in_an_hour() {
    let one = vec!["192.0.2.1".to_owned()];
    let network: Vec<String> = (0..12).map(|n| format!("192.0.2.{n}")).collect();
    let v6: Vec<String> = (0..12).map(|n| format!("2001:db8:1:{n}::1")).collect();
    let many: Vec<String> = (0..20).map(|n| format!("10.0.{n}.1")).collect();
    for (addresses, first_hour, two_hours) in
        [(&one, 70, 130), (&network, 150, 270), (&v6, 150, 270), (&many, 190, 350)]
    {
        let first = guesses(&Throttle::default(), addresses, 1);
        assert!(
            (first_hour - 2..=first_hour).contains(&first),
            "{first} of {first_hour}: {}",
            addresses.len()
        );
        let two = guesses(&Throttle::default(), addresses, 2);
        assert!(two <= two_hours, "{two} of {two_hours}");
    }
}

#[test]
fn a_network_where_the_user_signed_in_adds_what_is_its_own() {
    let throttle = Throttle::default();
    let home = fresh(0, "203.0.113.7");
    let charge = throttle.begin(ANN, &home, T0).unwrap();
    throttle.succeeded(ANN, &home, charge);
    let many: Vec<String> = (0..20).map(|n| format!("10.0.{n}.1")).collect();
    assert!(guesses(&throttle, &many, 1) <= 190);
    // In the user's own network, the user can guess as if nothing had happened elsewhere.
    for n in 0..FREE {
        assert_eq!(throttle.begin(ANN, &fresh(n.into(), "203.0.113.9"), T0.plus(3_000)), Ok(Charge::Usual));
    }
}

#[test]
fn a_known_browser_signs_in_wherever_the_attacker_is() {
    let throttle = Throttle::default();
    let here = ["192.0.2.1".to_owned()];
    guesses(&throttle, &here, 1);
    let now = T0.plus(3_599);
    let mine = known(1, "192.0.2.1");
    let charge = throttle.begin(ANN, &mine, now).unwrap();
    assert_eq!(charge, Charge::Device(DeviceId([1; 8])));
    throttle.succeeded(ANN, &mine, charge);
    // Only this browser's own mistakes slow it down, and their number is limited too.
    let mut admitted = 0;
    for second in 0..3_600 {
        admitted += u32::from(
            throttle.begin(ANN, &mine, now.plus(second)).is_ok_and(|charge| charge != Charge::Reserve),
        );
    }
    assert!(
        (PER_DEVICE_AND_HOUR..=PER_DEVICE_AND_HOUR + PER_SOURCE_AND_HOUR).contains(&admitted),
        "{admitted}"
    );
    assert!(throttle.begin(ANN, &known(2, "192.0.2.1"), now).is_ok(), "another one of hers");
}

/// A new counter must not displace the oldest one: an attacker with the cookies of many known browsers could then guess
/// without limit.
#[test]
fn many_known_browsers_taken_in_turn_get_no_more_than_their_counters_allow() {
    let most = u32::try_from(KNOWN).unwrap();
    for (throttle, per_device) in
        [(Throttle::default(), PER_DEVICE_AND_HOUR), (Throttle::of(Limits::CODES), CODES_PER_DEVICE_AND_HOUR)]
    {
        let mut admitted = 0;
        for second in 0..3_600 {
            for device in 0..40 {
                let charge = throttle.begin(ANN, &known(device, "192.0.2.1"), T0.plus(second));
                admitted += u32::from(matches!(charge, Ok(Charge::Device(_))));
            }
        }
        assert_eq!(admitted, most * per_device);
        // A right guess makes room for another browser, and so does time.
        let (first, next) = (known(0, "192.0.2.1"), known(39, "192.0.2.1"));
        let now = T0.plus(3_599);
        assert!(!matches!(throttle.begin(ANN, &next, now), Ok(Charge::Device(_))));
        throttle.succeeded(ANN, &first, Charge::Device(DeviceId([0; 8])));
        assert_eq!(throttle.begin(ANN, &next, now), Ok(Charge::Device(DeviceId([39; 8]))));
        let later = T0.plus(9_000);
        assert!((1..39).all(|device| {
            let asker = known(device, "192.0.2.1");
            let charge = throttle.begin(ANN, &asker, later).unwrap();
            throttle.succeeded(ANN, &asker, charge);
            charge == Charge::Device(DeviceId([device; 8]))
        }));
    }
}

#[test]
fn a_fresh_browser_has_its_own_tries_where_another_used_up_the_address() {
    let throttle = Throttle::default();
    let attacker = fresh(1, "192.0.2.1");
    let mut last = Ok(Charge::Usual);
    for second in 0..3_000 {
        last = throttle.begin(ANN, &attacker, T0.plus(second));
    }
    assert!(last.is_err());
    for n in 0..BROWSER_RESERVE.burst {
        let mine = fresh(2, "192.0.2.1");
        assert_eq!(throttle.begin(ANN, &mine, T0.plus(3_000)), Ok(Charge::Reserve), "{n}");
    }
    assert!(throttle.begin(ANN, &fresh(2, "192.0.2.1"), T0.plus(3_000)).is_err());
    assert_eq!(
        throttle.begin(ANN, &fresh(2, "192.0.2.99"), T0.plus(3_000)),
        Ok(Charge::Usual),
        "a neighbour"
    );
}

#[test]
fn nobody_is_told_to_wait_longer_than_two_minutes_and_then_it_is_over() {
    for addresses in [1, 12] {
        let throttle = Throttle::default();
        let all: Vec<String> = (0..addresses).map(|n| format!("192.0.2.{n}")).collect();
        guesses(&throttle, &all, 1);
        let now = T0.plus(3_599);
        let wait = throttle.begin(ANN, &fresh(9_999_999, "192.0.2.0"), now).unwrap_err();
        assert!((1..=LONGEST_WAIT_SECS).contains(&wait), "{wait}");
        assert!(throttle.begin(ANN, &fresh(9_999_999, "192.0.2.0"), now.plus(wait)).is_ok());
    }
    // A browser that has used up its own guesses waits just as long.
    let throttle = Throttle::default();
    let mine = fresh(1, "192.0.2.1");
    for second in 0..3_500 {
        if let Err(wait) = throttle.begin(ANN, &mine, T0.plus(second)) {
            assert!((1..=LONGEST_WAIT_SECS).contains(&wait), "{wait}");
        }
    }
}

#[test]
fn a_right_password_is_no_failure_and_starts_the_delay_afresh() {
    let throttle = Throttle::default();
    let mine = fresh(1, "192.0.2.1");
    for _ in 0..500 {
        let charge = throttle.begin(ANN, &mine, T0).unwrap();
        throttle.succeeded(ANN, &mine, charge);
    }
    for _ in 0..FREE - 1 {
        throttle.begin(ANN, &mine, T0).unwrap();
    }
    let charge = throttle.begin(ANN, &mine, T0).unwrap();
    throttle.succeeded(ANN, &mine, charge);
    for _ in 0..FREE {
        assert_eq!(throttle.begin(ANN, &mine, T0), Ok(Charge::Usual));
    }
    assert_eq!(throttle.begin(ANN, &mine, T0), Err(1));
    // The guesses of the hour stay counted, because an attacker may share the address.
    let throttle = Throttle::default();
    let mut admitted = 0;
    for n in 0..3_600 {
        let now = T0.plus(n);
        let charge = throttle.begin(ANN, &fresh(0, "192.0.2.9"), now).unwrap_or(Charge::Reserve);
        throttle.succeeded(ANN, &fresh(0, "192.0.2.9"), charge);
        admitted += u32::from(throttle.begin(ANN, &fresh(n + 1, "192.0.2.9"), now) == Ok(Charge::Usual));
    }
    assert!(admitted <= PER_SOURCE_AND_HOUR, "{admitted}");
}

#[test]
fn made_up_names_push_out_nothing_of_a_user() {
    let throttle = Throttle::default();
    let attacker = fresh(1, "192.0.2.1");
    for _ in 0..FREE {
        throttle.begin(ANN, &attacker, T0).unwrap();
    }
    for n in 0..10_000_u64 {
        let name = format!("made-up-{n}");
        let target = Target { name: &name, exists: false };
        assert!(throttle.begin(target, &attacker, T0.plus(1)).is_ok());
    }
    assert_eq!(throttle.begin(ANN, &attacker, T0), Err(1));
    assert!(throttle.remembered().1 <= 2_000);
    let nobody = Target { name: "nobody", exists: false };
    for _ in 0..FREE {
        throttle.begin(nobody, &attacker, T0).unwrap();
    }
    assert_eq!(throttle.begin(nobody, &attacker, T0), Err(1), "and such a name is slowed down alike");
}

#[test]
fn memory_is_bounded_by_what_an_hour_admits() {
    let throttle = Throttle::default();
    for n in 0..40_000_u64 {
        let address = format!("2001:db8:{:x}:{:x}::1", n % 4_096, n / 4_096);
        let _ = throttle.begin(ANN, &known((n % 251) as u8, &address), T0.plus(n / 10));
        let _ = throttle.begin(ANN, &fresh(n, &address), T0.plus(n / 10));
    }
    let entries = throttle.remembered().0;
    assert!(entries < 1_000, "{entries}");
}
