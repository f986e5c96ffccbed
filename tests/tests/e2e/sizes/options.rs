//! Long plugin options: the list of allowed users, which the plugin sends to the sidecar with each OAuth request.

use e2e::browser::{Browser, Outcome, Person};
use e2e::deployed::Tenant;
use e2e::flow::{Flow, Tokens};
use e2e::runtime::run;
use e2e::sidecar::{ALICE, BOB};

use super::place::subject;
use super::{filler, host, name, sizes};

/// A tenant with five hundred allowed users.
pub struct Crowd {
    /// The name of its dynamic file.
    pub file: &'static str,
    /// The length of each address in bytes.
    length: usize,
    /// Whether the list is a comma-separated string, as in labels, or an array, as in files.
    written: fn(&[String]) -> String,
}

/// The second crowd results in contexts of 30 KB, the third in contexts of 80 KB.
pub const CROWDS: [Crowd; 3] = [
    Crowd { file: "crowd.yml", length: 30, written: |users| users.join(", ") },
    Crowd { file: "throng.yml", length: 42, written: |users| format!("[{}]", users.join(", ")) },
    Crowd { file: "multitude.yml", length: 120, written: |users| users.join(",") },
];

impl Crowd {
    /// Returns the tenant, with alice as the last user in the list.
    pub fn tenant(&self, backend: &str) -> Tenant {
        let domain = "@example.com";
        let user = |number: usize| format!("{}{number:03}{domain}", filler(self.length - 3 - domain.len()));
        let users: Vec<String> = (1..500).map(user).chain([format!("{}{domain}", ALICE.name)]).collect();
        Tenant::local(name(self.file), backend).with(&format!("allowedUsers: {}", (self.written)(&users)))
    }
}

#[test]
fn the_last_of_five_hundred_allowed_users_can_log_in() {
    run(async {
        let sizes = sizes().await;
        for crowd in CROWDS {
            let tenant = Flow::new(&sizes.stack.http, &sizes.stack.at(&host(name(crowd.file))));
            sizes.stack.ready(&[tenant.mcp()]).await;
            for document in ["oauth-protected-resource", "oauth-authorization-server"] {
                let url = format!("{}/.well-known/{document}", tenant.base);
                let answer = tenant.http.get(&url).await.expect(200).json();
                assert!(answer["issuer"] == tenant.base || answer["resource"] == tenant.base, "{answer}");
            }
            let mut held = tenant.tokens("crowd", Person::user(ALICE)).await;
            for time in 0..3 {
                let marker = format!("{} {time}", tenant.base);
                let headers = [("x-marker", marker.as_str())];
                tenant.call_at(&tenant.mcp(), &held.access, &headers).await.expect(200);
                let seen = sizes.backend.take_with_marker(&marker).pop().expect("the request");
                assert_eq!(seen.values("x-mcp-sub"), [subject(&held.access)]);
                let answer = tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
                held = Tokens::of(held.client_id, &answer);
            }
            // A user who is not in the list is refused.
            let url = tenant.authorize_url(&held.client_id, &[]);
            match Browser::new(&tenant.http).log_in(&url, Person::user(BOB)).await {
                Outcome::Page(page) => assert!(page.status.is_client_error(), "{page:?}"),
                callback => assert_eq!(callback.parameter("error").as_deref(), Some("access_denied")),
            }
        }
    });
}

/// A crowd whose options exceed 64 KiB. When the plugin reads them, it logs that they are too long, and what to do.
pub const TOO_MANY: Crowd = Crowd { file: "too-many.yml", length: 140, written: |users| users.join(",") };

#[test]
fn options_that_are_too_long_are_named_in_the_log() {
    run(async {
        let sizes = sizes().await;
        let tenant = Flow::new(&sizes.stack.http, &sizes.stack.at(&host(name(TOO_MANY.file))));
        sizes.stack.ready(&[tenant.mcp()]).await;
        for path in ["/mcp", "/oauth/jwks.json"] {
            tenant.http.get(&format!("{}{path}", tenant.base)).await.expect(503);
        }
        let log = sizes.stack.traefik.log();
        assert!(log.contains("options of this middleware are longer than 64 KiB: list groups"), "{log}");
    });
}
