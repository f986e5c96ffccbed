//! Many tokens, and many requests at once.

use e2e::browser::Person;
use e2e::flow::{Flow, Tokens};
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};

use super::place::{Odd, Place, subject};
use super::{LONGEST_TARGET, LONGEST_VALUE, filler, host, sizes, steps};

/// The number of tokens of each of two users. The table of an instance of the plugin initially has room for 64 tokens,
/// and is moved when it grows.
const TOKENS: usize = 40;

/// Gets [`TOKENS`] different tokens of one user.
async fn tokens(tenant: &Flow, person: Person<'static>) -> Vec<String> {
    let mut held = tenant.tokens("tokens", person).await;
    let mut all = vec![held.access.clone()];
    while all.len() < TOKENS {
        let answer = tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
        held = Tokens::of(held.client_id, &answer);
        all.push(held.access.clone());
    }
    all
}

#[test]
fn each_of_many_tokens_is_always_forwarded_with_its_own_subject() {
    run(async {
        let sizes = sizes().await;
        let tenant = Flow::new(&sizes.stack.http, &sizes.stack.at(&host("tokens")));
        sizes.stack.ready(&[tenant.mcp()]).await;
        let (alices, bobs) =
            tokio::join!(tokens(&tenant, Person::user(ALICE)), tokens(&tenant, Person::user(BOB)));
        let turns: Vec<&String> = alices.iter().zip(&bobs).flat_map(|(alice, bob)| [alice, bob]).collect();
        let mut distinct = turns.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 2 * TOKENS);
        assert_ne!(subject(&alices[0]), subject(&bobs[0]));
        let mut wrong = Vec::new();
        // The tokens are used in turn, again, backwards, and then a few of them repeatedly.
        let backwards = turns.iter().rev();
        let few = turns.iter().take(9).cycle().take(45);
        for (number, token) in turns.iter().chain(&turns).chain(backwards).chain(few).enumerate() {
            let marker = format!("a token's turn {number}");
            let answer = tenant.call_at(&tenant.mcp(), token, &[("x-marker", &marker)]).await;
            let reached = sizes.backend.take_with_marker(&marker);
            let told: Vec<_> = reached.iter().flat_map(|request| request.values("x-mcp-sub")).collect();
            if answer.status != 200 || told != [subject(token)] {
                wrong.push(format!("{number}: {}, {told:?}: {}", answer.status, answer.body));
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Sends the requests of one connection. Sizes and places of the unusual value change in turn.
async fn share(place: &mut Place, worker: usize) {
    let sizes: Vec<usize> = steps().collect();
    for turn in 0..25 {
        // Each connection starts with another size.
        let size = sizes[(worker * 11 + turn * 37) % sizes.len()];
        let value = filler(size);
        let call = |target: &str| Odd::call("at once", size, target);
        // A header that the plugin does not use is forwarded at any size.
        let (name, longest) =
            [("Cookie", LONGEST_VALUE), ("Origin", LONGEST_VALUE), ("X-Long", usize::MAX)][turn % 3];
        match turn % 5 {
            0 => {
                place.check(call("/mcp").bearing(&value), &[400, 401]).await;
            }
            1 => {
                let target = format!("/mcp?{}", &value[..size - "/mcp?".len()]);
                let odd = call(&target).bearing(&place.token);
                let reached = place.check_call(odd, size <= LONGEST_TARGET).await;
                if reached.is_some_and(|request| request.start != format!("POST {target} HTTP/1.1")) {
                    place.wrong(format!("{size} bytes of another query"));
                }
            }
            _ => {
                let odd = call("/mcp").bearing(&place.token).with(name, &value);
                let reached = place.check_call(odd, size <= longest).await;
                if reached.is_some_and(|request| request.values(name) != [value.as_str()]) {
                    place.wrong(format!("{size} bytes of another {name}"));
                }
            }
        }
    }
}

/// Each of eight connections sends 25 requests of unusual size and 25 ordinary ones.
#[test]
fn concurrent_requests_of_all_sizes_are_forwarded_with_their_senders_subjects() {
    run(async {
        let mut workers = Vec::new();
        for worker in 0..8 {
            let user = if worker % 2 == 0 { ALICE } else { BOB };
            let mut place = Place::of("parallel", user).await.numbered(worker);
            workers.push(tokio::spawn(async move {
                share(&mut place, worker).await;
                place.end();
            }));
        }
        for worker in workers {
            worker.await.expect("nothing wrong");
        }
    });
}
