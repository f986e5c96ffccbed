//! Faults of identity providers, with a real OpenID provider.

use e2e::deployed::Provider;
use e2e::idp::Idp;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::{Keys, Sidecar};

use crate::report::from_inside;

#[test]
fn each_fault_of_a_provider_is_found() {
    run(async {
        let idp = Idp::start(&["http://localhost/oauth/callback"]).await;
        let Provider::Oidc { issuer, client_id, client_secret } = idp.provider() else {
            panic!("an OpenID provider")
        };
        let mut sidecar = Sidecar::start(
            &Keys::generate().await,
            &[],
            &[
                ("BOUNCER_PROVIDER_ISSUER", &issuer),
                ("BOUNCER_PROVIDER_CLIENT_ID", &client_id),
                ("BOUNCER_PROVIDER_CLIENT_SECRET", &client_secret),
                ("BOUNCER_INTERNAL_ISSUERS", &issuer),
            ],
        )
        .await;
        sidecar.set("BOUNCER_METRICS_ADDR", &sidecar.ops_url().replace("http://", ""));
        from_inside(&mut sidecar, &[]).await.expect(&[]);

        sidecar.set("BOUNCER_PROVIDER_CLIENT_SECRET", "a-secret-of-yesterday");
        let report = from_inside(&mut sidecar, &[]).await.expect(&["provider-secret"]);
        assert!(report.sentence("provider-secret").contains("invalid_client"), "{report:?}");
        assert!(!report.json.to_string().contains("a-secret-of-yesterday"), "a secret is printed");
        sidecar.set("BOUNCER_PROVIDER_CLIENT_SECRET", &client_secret);

        sidecar.unset("BOUNCER_INTERNAL_ISSUERS");
        let report = from_inside(&mut sidecar, &[]).await.expect(&["provider-document"]);
        assert!(report.sentence("provider-document").contains("BOUNCER_INTERNAL_ISSUERS"), "{report:?}");
        sidecar.set("BOUNCER_INTERNAL_ISSUERS", &issuer);
        drop(idp);
        from_inside(&mut sidecar, &[]).await.expect(&["provider-reachable"]);

        // The proxy for outgoing calls leads nowhere, so that no test calls a public provider.
        let closed = Held::any();
        sidecar.set("BOUNCER_PROVIDER_ISSUER", "https://accounts.google.com");
        sidecar.set("BOUNCER_OUTBOUND_PROXY", &format!("http://127.0.0.1:{}", closed.number()));
        let report = from_inside(&mut sidecar, &[]).await.expect(&["provider-reachable", "provider-rule"]);
        assert!(report.sentence("provider-rule").contains("anyone can have an account"), "{report:?}");
        sidecar.set("BOUNCER_ALLOWED_EMAIL_DOMAINS", "example.com");
        from_inside(&mut sidecar, &[]).await.expect(&["provider-reachable"]);
    });
}
