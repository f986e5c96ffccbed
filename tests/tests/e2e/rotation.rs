//! Changes all keys while clients stay connected: trust anchor and plugin key step by step, then the encryption key.

use std::collections::BTreeMap;

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, Tokens};
use e2e::http::Http;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::traefik::Traefik;
use e2e::wait;

/// A Traefik that keeps its port over restarts, because the port is part of the base URL.
struct Front {
    files: Vec<(&'static str, String)>,
    port: u16,
    traefik: Option<Traefik>,
}

impl Front {
    /// Starts or restarts Traefik with these keys.
    async fn start(&mut self, keys: &Keys) {
        self.traefik = None;
        let configuration =
            deployed::traefik(false, None).replace("127.0.0.1:0", &format!("127.0.0.1:{}", self.port));
        let traefik = Traefik::start(keys, &configuration, &self.files).await;
        self.port = traefik.port();
        self.traefik = Some(traefik);
        let url = format!("http://localhost:{}/mcp", self.port);
        wait::until("the plugin asks for a token", async || {
            let answer = reqwest::get(&url).await.ok()?;
            (answer.status() == 401).then_some(())
        })
        .await;
    }
}

pub(crate) fn lines(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Sends an MCP request, refreshes, and sends another request with the new token.
pub(crate) async fn works_and_refreshes(tenant: &Flow, held: &mut Tokens) {
    tenant.call(&held.access).await.expect(200);
    let answer = tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
    *held = Tokens::of(held.client_id.clone(), &answer);
    tenant.call(&held.access).await.expect(200);
}

#[test]
fn clients_stay_connected_while_all_keys_are_changed() {
    run(async {
        let mut keys = Keys::generate().await;
        let mut sidecar = Sidecar::start(&keys, &[ALICE], &[]).await;
        let server = Backend::start().await;
        let files = vec![
            ("sidecar.yml", deployed::sidecar(&sidecar.url())),
            ("wiki.yml", deployed::host_tenant("localhost", &Tenant::local("wiki", &server.url()))),
        ];
        let mut front = Front { files, port: 0, traefik: None };
        front.start(&keys).await;
        let http = Http::new(front.port);
        let tenant = Flow::new(&http, &format!("http://localhost:{}", front.port));
        let mut held = tenant.tokens("stays", Person::user(ALICE)).await;
        let first = held.access.clone();
        works_and_refreshes(&tenant, &mut held).await;

        // Traefik gets the next key in addition to the current one.
        let next = lines(&sidecar.command(&["keys", "--next"]).await);
        keys.plugin_key.clone_from(&next["BOUNCER_PLUGIN_KEY"]);
        keys.trust_anchor.clone_from(&next["BOUNCER_TRUST_ANCHOR"]);
        front.start(&keys).await;
        works_and_refreshes(&tenant, &mut held).await;

        // The sidecar signs with the new seed, and still opens contexts that were sealed with the old one.
        sidecar.stop().await;
        sidecar.set("BOUNCER_ANCHOR_SEED", &next["BOUNCER_ANCHOR_SEED"]);
        sidecar.set("BOUNCER_ANCHOR_SEEDS_PREVIOUS", &next["BOUNCER_ANCHOR_SEEDS_PREVIOUS"]);
        sidecar.resume().await;
        works_and_refreshes(&tenant, &mut held).await;
        tenant.call(&first).await.expect(200);

        // Traefik seals with the new key.
        let both = lines(&sidecar.command(&["keys"]).await);
        keys.plugin_key.clone_from(&both["BOUNCER_PLUGIN_KEY"]);
        front.start(&keys).await;
        works_and_refreshes(&tenant, &mut held).await;

        // The old key is removed from both. Tokens that it certified are refused; those of the new key are accepted.
        sidecar.stop().await;
        sidecar.unset("BOUNCER_ANCHOR_SEEDS_PREVIOUS");
        sidecar.resume().await;
        works_and_refreshes(&tenant, &mut held).await;
        let new = lines(&sidecar.command(&["keys"]).await);
        keys.plugin_key.clone_from(&new["BOUNCER_PLUGIN_KEY"]);
        keys.trust_anchor.clone_from(&new["BOUNCER_TRUST_ANCHOR"]);
        assert!(!keys.trust_anchor.contains(','));
        front.start(&keys).await;
        tenant.call(&first).await.expect(401);
        works_and_refreshes(&tenant, &mut held).await;

        // The encryption key changes: the store is sealed again, and Traefik is not affected.
        let other = Keys::generate().await;
        sidecar.stop().await;
        sidecar.set("BOUNCER_ENCRYPTION_KEYS_PREVIOUS", &keys.encryption_key);
        sidecar.set("BOUNCER_ENCRYPTION_KEY", &other.encryption_key);
        assert!(
            sidecar
                .command(&["rekey"])
                .await
                .contains("values are now encrypted with BOUNCER_ENCRYPTION_KEY")
        );
        sidecar.unset("BOUNCER_ENCRYPTION_KEYS_PREVIOUS");
        sidecar.resume().await;
        works_and_refreshes(&tenant, &mut held).await;
    });
}
