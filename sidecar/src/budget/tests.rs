//! Tests which callers still get through while a hostile network sends requests at its full rate.

use std::net::{IpAddr, Ipv6Addr};

use protocol::tenant::{Tenant, TenantId};
use protocol::time::UnixTime;
use protocol::uri::Base;
use store::limits::LOGINS_IN_ALL;

use super::*;

const NOW: UnixTime = UnixTime::new(1_800_000_000);
const REGISTER: u32 = 600;
/// The resources that are stored or fetched for unauthenticated callers.
const BOUNDED: [Resource; 4] =
    [Resource::Registration, Resource::Login, Resource::Assertion, Resource::Fetch];

fn budgets() -> Budgets {
    Budgets::new([7; 16], Rate { count: REGISTER, window_secs: 3_600 })
}

fn tenant(name: &str) -> Tenant {
    let base = Base::parse(&format!("https://{name}.example")).unwrap();
    Tenant { base, id: TenantId::derive(name, "local", "", &[]) }
}

/// Returns an address in the /64 number `subnet` of the /48 number `network`.
fn v6(network: u16, subnet: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, network, subnet, 0, 0, 0, 1).into()
}

/// Returns how many of these charges succeed before the first is refused, and the error of that one.
fn until_refused(mut charge: impl FnMut() -> Result<(), Exhausted>) -> (u32, Exhausted) {
    for taken in 0.. {
        if let Err(exhausted) = charge() {
            return (taken, exhausted);
        }
    }
    unreachable!()
}

#[test]
fn one_network_cannot_use_up_a_tenant_however_many_addresses_it_has() {
    let wiki = tenant("wiki");
    for resource in BOUNDED {
        let budgets = budgets();
        let limits = resource.limits(REGISTER);
        let mut subnet = 0;
        let (taken, exhausted) = until_refused(|| {
            subnet += 1;
            budgets.charge(resource, Asker { tenant: &wiki, address: Some(v6(1, subnet)) }, NOW)
        });
        assert_eq!((taken, exhausted.payer), (limits.network, "this network"), "{resource:?}");
        let honest = Asker { tenant: &wiki, address: Some([192, 0, 2, 7].into()) };
        for _ in 0..limits.subscriber.min(100) {
            assert_eq!(budgets.charge(resource, honest, NOW), Ok(()), "{resource:?}");
        }
        for shared in limits.shared.unwrap() {
            assert!(limits.network * 2 <= shared.tenant && shared.tenant * 2 <= shared.all, "{resource:?}");
        }
    }
}

#[test]
fn many_networks_use_up_what_strangers_have_at_one_tenant_and_nothing_else() {
    let (wiki, docs) = (tenant("wiki"), tenant("docs"));
    for resource in BOUNDED {
        let budgets = budgets();
        let home = Asker { tenant: &wiki, address: Some([198, 51, 100, 9].into()) };
        budgets.welcome(home, NOW);
        let mut network = 0;
        let (_, exhausted) = until_refused(|| {
            network += 1;
            budgets.charge(resource, Asker { tenant: &wiki, address: Some(v6(network, 0)) }, NOW)
        });
        assert_eq!(exhausted.payer, "strangers at this tenant", "{resource:?}");
        let neighbour = Asker { address: Some([198, 51, 100, 200].into()), ..home };
        for known in [home, neighbour] {
            assert_eq!(budgets.charge(resource, known, NOW), Ok(()), "{resource:?}: somebody signed in here");
        }
        let elsewhere = Asker { tenant: &docs, address: Some(v6(9_999, 0)) };
        assert_eq!(budgets.charge(resource, elsewhere, NOW), Ok(()), "{resource:?}: another tenant");
        let stranger = Asker { tenant: &wiki, ..elsewhere };
        assert!(budgets.charge(resource, stranger, NOW).is_err(), "{resource:?}");
        let unknown_there = Asker { tenant: &docs, ..home };
        assert!(!budgets.known.is(budgets.known_key(unknown_there), NOW), "known at one tenant only");
    }
}

#[test]
fn there_is_a_bound_in_all() {
    let budgets = budgets();
    let tenants: Vec<Tenant> = (0..10).map(|n| tenant(&format!("t{n}"))).collect();
    let mut n = 0_u16;
    let (taken, exhausted) = until_refused(|| {
        n += 1;
        let tenant = &tenants[usize::from(n) % tenants.len()];
        budgets.charge(Resource::Fetch, Asker { tenant, address: Some(v6(n, 0)) }, NOW)
    });
    assert_eq!((taken, exhausted.payer), (300, "strangers"));
}

/// The maximum number of stored logins at a rate: those of ten minutes plus the initial burst.
#[test]
fn the_logins_of_all_rates_together_fit_into_the_store() {
    let limits = Resource::Login.limits(REGISTER);
    let alive = |count: u32| u64::from(count) * 11;
    let [strangers, known] = limits.shared.unwrap();
    assert!(alive(strangers.all) + alive(known.all) < LOGINS_IN_ALL);
    assert!(alive(limits.network) * 12 < LOGINS_IN_ALL);
}

/// 60,000 /64 of one /48, and 60,000 IPv4 networks: a caller that was refused before is still refused.
#[test]
fn a_flood_of_addresses_resets_nobody() {
    let budgets = budgets();
    let wiki = tenant("wiki");
    let charge = |address| budgets.charge(Resource::Request, Asker { tenant: &wiki, address }, NOW);
    let loud = Some([203, 0, 113, 5].into());
    until_refused(|| charge(loud));
    let mut refused = 0;
    for n in 0..60_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        refused += u32::from(charge(Some([10 + a, b, c, 1].into())).is_err());
        refused += u32::from(
            charge(Some(v6(2, u16::try_from(n).unwrap()))).is_err_and(|e| e.payer != "this network"),
        );
    }
    assert_eq!(refused, 0, "nobody else is refused");
    assert!(charge(loud).is_err());
}

#[test]
fn what_is_charged_beside_it_is_charged_with_it_or_not_at_all() {
    let budgets = budgets();
    let wiki = tenant("wiki");
    let host = Extra { what: "this host", key: "client.example", count: 2 };
    let from = |network| {
        let asker = Asker { tenant: &wiki, address: Some(v6(network, 0)) };
        budgets.charge_with(Resource::Fetch, asker, &[host], NOW)
    };
    assert_eq!([from(1), from(2)], [Ok(()), Ok(())]);
    for _ in 0..20 {
        assert_eq!(from(3).unwrap_err().payer, "this host");
    }
    let asker = Asker { tenant: &wiki, address: Some(v6(3, 0)) };
    assert_eq!(
        budgets.charge(Resource::Fetch, asker, NOW),
        Ok(()),
        "it paid nothing for what it did not get"
    );
    let known = Extra { what: "this client", ..host };
    assert_eq!(budgets.charge_only(Resource::Fetch, &[known], NOW), Ok(()), "a limit of its own");
    assert_eq!(known.count, 2);
}
