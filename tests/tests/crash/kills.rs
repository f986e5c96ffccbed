//! Kills the sidecar and `rekey` with SIGKILL at random moments under load.

use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB, Keys};
use e2e::stack::{Plan, Stack};
use tokio::task::JoinSet;

use crate::audited::tells_of_every_token;
use crate::life::{Answers, Code, Grant, Redeemed, begin_logins, register};

/// The number of times that the sidecar is killed.
const LIVES: usize = 200;
/// The number of grants that are used in every run.
const BUSY: usize = 6;
/// The number of runs of the sidecar after which `rekey` is killed, too.
const REKEY_EVERY: usize = 8;

/// Pseudo-random numbers, which are the same in every test run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Everything that clients have received.
#[derive(Default)]
struct Given {
    busy: Vec<Grant>,
    resting: Vec<Grant>,
    redeemed: Vec<Code>,
    clients: Vec<String>,
    kids: BTreeSet<String>,
}

fn kid(access: &str) -> String {
    let head = Base64UrlUnpadded::decode_vec(access.split('.').next().expect("a JWT")).expect("base64url");
    let head: serde_json::Value = serde_json::from_slice(&head).expect("JSON");
    head["kid"].as_str().expect("a kid").to_owned()
}

pub(crate) async fn stack() -> (Stack, Backend) {
    let server = Backend::start().await;
    let plan = Plan {
        users: vec![ALICE, BOB],
        files: vec![("wiki.yml", deployed::host_tenant("localhost", &Tenant::local("wiki", &server.url())))],
        sidecar: vec![("BOUNCER_REGISTER_RATE_LIMIT", "1000000".to_owned())],
        ..Plan::default()
    };
    let stack = Stack::start(plan).await;
    stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
    (stack, server)
}

#[test]
fn issued_tokens_codes_and_clients_survive_two_hundred_kills() {
    run(async {
        let (mut stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        // Makes the anchor independent of the encryption key, which changes below.
        let seed = stack.sidecar.command(&["keys", "--seed"]).await;
        stack.sidecar.set("BOUNCER_ANCHOR_SEED", seed.trim().split_once("=").expect("a seed").1);
        let mut chance = Chance(0x2545_f491_4f6c_dd1d);
        let mut given = Given::default();
        let mut key = stack.keys.encryption_key.clone();
        let (mut outcomes, mut rekeyed) = ([0; 3], 0);
        for life in 1..=LIVES {
            let client_id = tenant.register(&format!("client of life {life}")).await;
            // A user may have at most 128 grants, so the grants are divided between two users.
            let user = if life % 2 == 0 { ALICE } else { BOB };
            let code = Code {
                code: tenant.code(&client_id, Person::user(user)).await,
                client_id: client_id.clone(),
            };
            let redeemed = live_and_die(&mut stack, &tenant, &mut given, &code, life, &mut chance).await;
            if life % REKEY_EVERY == 0 {
                key = kill_rekey(&mut stack, &key, &mut rekeyed, &mut chance).await;
            }
            stack.sidecar.resume().await;
            let redeemed = match redeemed {
                Redeemed::Unknown => {
                    outcomes[0] += 1;
                    code.redeem(&tenant).await
                }
                known => known,
            };
            match redeemed {
                Redeemed::Yes(tokens) => {
                    outcomes[1] += 1;
                    given.busy.push(Grant::new(tokens));
                    given.redeemed.push(code);
                }
                Redeemed::Spent => outcomes[2] += 1,
                Redeemed::Unknown => panic!("no response although the sidecar is running"),
            }
            everything_holds(&tenant, &mut given, life).await;
            if given.busy.len() > BUSY {
                let rests = given.busy.remove(chance.below(BUSY));
                given.resting.push(rests);
            }
        }
        println!(
            "codes: no response {}, tokens {}, redeemed without a response {}",
            outcomes[0], outcomes[1], outcomes[2]
        );
        assert!(outcomes.iter().all(|count| *count > 0), "not every outcome occurred: {outcomes:?}");
        println!("rekey: {} killed, of them {rekeyed} after their end", LIVES / REKEY_EVERY);
        the_end(&mut stack, &tenant, given).await;
    });
}

/// Puts load on all endpoints at once, and kills the program after a random number of responses.
async fn live_and_die(
    stack: &mut Stack,
    tenant: &Flow,
    given: &mut Given,
    code: &Code,
    life: usize,
    chance: &mut Chance,
) -> Redeemed {
    let answers = Answers::default();
    let mut busy = JoinSet::new();
    for grant in given.busy.drain(..) {
        busy.spawn(grant.go_on(tenant.clone(), answers.clone()));
    }
    let registering = tokio::spawn(register(tenant.clone(), life, answers.clone()));
    let beginning = tokio::spawn(begin_logins(tenant.clone(), code.client_id.clone(), answers.clone()));
    let end = 5 + chance.below(60);
    // Redeems the code close to the end, so that the kill often interrupts the redemption.
    let redeem_at = end.saturating_sub(chance.below(24));
    let redeeming = tokio::spawn({
        let (tenant, code, answers) = (tenant.clone(), code.clone(), answers.clone());
        async move {
            answers.reach(redeem_at).await;
            code.redeem(&tenant).await
        }
    });
    answers.reach(end).await;
    for _ in 0..chance.below(2_000) {
        tokio::task::yield_now().await;
    }
    stack.sidecar.kill();
    given.busy = busy.join_all().await;
    beginning.await.expect("logins");
    given.clients = registering.await.expect("registrations");
    redeeming.await.expect("a redemption")
}

/// Changes the encryption key with a `rekey` that is killed. Returns the new key.
async fn kill_rekey(stack: &mut Stack, old: &str, done: &mut usize, chance: &mut Chance) -> String {
    let new = Keys::generate().await.encryption_key;
    // Records that an earlier killed `rekey` did not reach are sealed with the previous key, so a complete `rekey` runs
    // first.
    stack.sidecar.command(&["rekey"]).await;
    stack.sidecar.set("BOUNCER_ENCRYPTION_KEYS_PREVIOUS", old);
    stack.sidecar.set("BOUNCER_ENCRYPTION_KEY", &new);
    let mut rekey = stack.sidecar.begin(&["rekey"]);
    for _ in 0..chance.below(600_000) {
        tokio::task::yield_now().await;
    }
    rekey.stop();
    *done += usize::from(!rekey.stdout().is_empty());
    new
}

/// Asserts that everything in the responses of the previous run is still valid.
async fn everything_holds(tenant: &Flow, given: &mut Given, life: usize) {
    for grant in &mut given.busy {
        tenant.call(&grant.tokens.access).await.expect(200);
        grant.still_works(tenant).await;
        given.kids.extend(grant.access.iter().rev().take(3).map(|access| kid(access)));
    }
    for client_id in given.clients.iter().rev().take(3) {
        let answer = tenant.http.get(&tenant.authorize_url(client_id, &[])).await;
        assert!(answer.status.is_redirection(), "life {life}: a client is lost: {answer:?}");
    }
    let keys = tenant.http.get(&tenant.endpoint("jwks.json")).await.expect(200).json();
    let shown: Vec<&str> =
        keys["keys"].as_array().expect("keys").iter().filter_map(|key| key["kid"].as_str()).collect();
    for kid in &given.kids {
        assert!(shown.contains(&kid.as_str()), "life {life}: {kid} is lost, there are {shown:?}");
    }
}

/// Checks once more everything that was ever issued, and that no code works twice.
async fn the_end(stack: &mut Stack, tenant: &Flow, given: Given) {
    stack.sidecar.stop().await;
    stack.sidecar.command(&["rekey"]).await;
    stack.sidecar.unset("BOUNCER_ENCRYPTION_KEYS_PREVIOUS");
    stack.sidecar.resume().await;
    let mut tokens = Vec::new();
    for mut grant in given.busy.into_iter().chain(given.resting) {
        grant.still_works(tenant).await;
        for access in &grant.access {
            tenant.call(access).await.expect(200);
        }
        tokens.append(&mut grant.access);
    }
    tells_of_every_token(&stack.sidecar, &tokens).await;
    for code in &given.redeemed {
        assert!(matches!(code.redeem(tenant).await, Redeemed::Spent), "a code was redeemed twice");
    }
    println!(
        "{LIVES} kills, {} access tokens, {} codes, {} signing keys",
        tokens.len(),
        given.redeemed.len(),
        given.kids.len()
    );
}
