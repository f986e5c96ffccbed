//! The hardening options that `deploy/traefik/traefik.yml` and `mcpbouncer labels` recommend, on the installed Traefik.
//! One option exists only in newer versions; the test checks that the text names the right version.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Http;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::traefik::{self, Traefik};
use e2e::{wait, wire};

const SLASHES: &str = "# encodedCharacters: { allowEncodedSlash: false }";
const ALIASES: &str = "# aliasHeadersStrategy: delete";
/// The condition on that option in both texts. `sidecar/src/labels` tests the program's text.
const CONDITION: &str =
    "# only for Traefik 3.7.12 and later; older versions do not start with this option:\n";

/// A router without the plugin.
const PLAIN: &str = "http: { routers: { plain: { rule: Host(`plain.localhost`), service: wiki } } }";

/// Returns the example with these options uncommented.
fn with(options: &[&str]) -> String {
    let mut text = deployed::traefik(false, None);
    for option in options {
        assert!(text.contains(option), "the example no longer recommends '{option}'");
        text = text.replace(option, option.trim_start_matches("# "));
    }
    text
}

#[test]
fn options_recommended_for_this_traefik_work_and_others_are_refused() {
    run(async {
        let text = deployed::traefik(false, None);
        assert!(text.contains(&format!("{CONDITION}      {ALIASES}")), "{text}");
        let aliases = traefik::version().await >= (3, 7, 12);
        if !aliases {
            let said = traefik::refusal(&with(&[ALIASES])).await;
            assert!(said.contains("field not found, node: aliasHeadersStrategy"), "{said}");
        }

        let keys = Keys::generate().await;
        let sidecar = Sidecar::start(&keys, &[ALICE], &[]).await;
        let server = Backend::start().await;
        let files = [
            ("sidecar.yml", deployed::sidecar(&sidecar.url())),
            ("wiki.yml", deployed::host_tenant("localhost", &Tenant::local("wiki", &server.url()))),
            ("plain.yml", PLAIN.to_owned()),
        ];
        let configuration = if aliases { with(&[SLASHES, ALIASES]) } else { with(&[SLASHES]) };
        let traefik = Traefik::start(&keys, &configuration, &files).await;
        let port = traefik.port();
        let tenant = Flow::new(&Http::new(port), &format!("http://localhost:{port}"));
        wait::until("the plugin asks for a token", async || {
            (tenant.http.get(&tenant.mcp()).await.status == 401).then_some(())
        })
        .await;

        let access = tenant.tokens("hardened", Person::user(ALICE)).await.access;
        tenant.call(&access).await.expect(200);
        let asked = async |host: &str, path: &str| {
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {access}\r\nX_Other: 1\r\nX.Mcp.Sub: evil\r\nX-Plain: 1\r\nConnection: close\r\n\r\n"
            );
            wire::exchange(port, request.as_bytes()).await.status()
        };
        assert_eq!(asked("localhost", "/mcp%2fx").await, 400);
        // Traefik itself refuses this request: the router has no plugin.
        assert_eq!(asked("plain.localhost", "/a%2fb").await, 400);
        assert_eq!(asked("plain.localhost", "/a/b").await, 200);

        assert_eq!(asked("localhost", "/mcp-aliases").await, 200);
        let request = server.requests_marked("mcp-aliases").pop().expect("the request");
        let values =
            ["x_other", "x.mcp.sub", "x-plain", "x-mcp-sub"].map(|name| request.values(name).join(","));
        let other = if aliases { "" } else { "1" };
        assert_eq!(values, [other, "", "1", "alice"], "{request:?}");
    });
}
