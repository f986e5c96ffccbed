//! Faults of a proxy in front of Traefik.

use axum::http::{HeaderValue, Method, StatusCode, header};
use e2e::runtime::run;
use tokio::sync::OnceCell;

use crate::front::{Front, Own, Wrong};
use crate::report::{Report, from_outside};
use crate::world::Hosts;

/// Returns the installation that all proxies share.
async fn hosts() -> &'static Hosts {
    static HOSTS: OnceCell<Hosts> = OnceCell::const_new();
    HOSTS.get_or_init(|| Hosts::start(&[])).await
}

/// Returns what `doctor` reports through a proxy that does this wrong.
async fn through(wrong: Wrong, path: &str) -> Report {
    let front = Front::start(hosts().await.stack.traefik.port(), wrong).await;
    from_outside(&[&front.at(path)]).await
}

/// Asserts that exactly these checks find something.
fn finds(wrong: Wrong, codes: &[&str]) {
    run(async {
        through(wrong, "/mcp").await.expect(codes);
    });
}

#[test]
fn a_front_that_changes_nothing_has_no_finding() {
    finds(Wrong::default(), &[]);
}

#[test]
fn a_wrong_clock_is_found() {
    let wrong = Wrong {
        response: Some(|_, headers| {
            headers.insert(header::DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        }),
        ..Wrong::default()
    };
    finds(wrong, &["clock"]);
}

#[test]
fn a_changed_host_is_found() {
    finds(Wrong { renames_host: true, ..Wrong::default() }, &["challenge-origin"]);
}

#[test]
fn a_changed_path_is_found() {
    let wrong = Wrong { path: Some(|path| path.replacen("/prefix", "", 1)), ..Wrong::default() };
    run(async {
        let report = through(wrong, "/prefix/mcp").await.expect(&["resource-match"]);
        assert!(report.sentence("resource-match").contains("/prefix/mcp"), "{report:?}");
    });
}

/// One of the documents names another issuer.
#[test]
fn a_rewritten_issuer_is_found() {
    let wrong = Wrong {
        body: Some(|path, body| {
            if path.contains("openid-configuration") {
                body.replace("\"issuer\":\"http://", "\"issuer\":\"http://other.")
            } else {
                body
            }
        }),
        ..Wrong::default()
    };
    finds(wrong, &["issuer-match"]);
}

#[test]
fn an_endpoint_elsewhere_is_found_and_not_called() {
    let wrong = Wrong {
        body: Some(|_, body| {
            body.replace(
                "\"revocation_endpoint\":\"http://localhost",
                "\"revocation_endpoint\":\"http://evil.invalid",
            )
        }),
        ..Wrong::default()
    };
    finds(wrong, &["endpoints"]);
}

/// The page with which a firewall blocks a request.
fn page(status: StatusCode) -> Own {
    Some((status, "text/html", "<html><h1>Blocked</h1></html>".to_owned()))
}

#[test]
fn a_page_in_the_place_of_an_oauth_error_is_found() {
    let wrong = Wrong {
        answer: Some(|_, path, _| if path == "/oauth/token" { page(StatusCode::BAD_REQUEST) } else { None }),
        ..Wrong::default()
    };
    finds(wrong, &["token-endpoint"]);
}

#[test]
fn a_limit_of_the_urls_length_is_found() {
    let wrong = Wrong {
        answer: Some(|_, path, _| if path.len() > 2_000 { page(StatusCode::URI_TOO_LONG) } else { None }),
        ..Wrong::default()
    };
    finds(wrong, &["authorize-page"]);
}

#[test]
fn a_blocked_registration_is_found() {
    let wrong = Wrong {
        answer: Some(|_, path, _| if path == "/oauth/register" { page(StatusCode::FORBIDDEN) } else { None }),
        ..Wrong::default()
    };
    finds(wrong, &["registration"]);
}

#[test]
fn a_refused_delete_is_found() {
    let wrong = Wrong {
        answer: Some(
            |method, _, _| {
                if method == Method::DELETE { page(StatusCode::METHOD_NOT_ALLOWED) } else { None }
            },
        ),
        ..Wrong::default()
    };
    finds(wrong, &["unregistration"]);
}

#[test]
fn cached_metadata_are_found() {
    let wrong = Wrong {
        response: Some(|path, headers| {
            if path.starts_with("/.well-known/") {
                headers.insert("cf-cache-status", HeaderValue::from_static("HIT"));
            }
        }),
        ..Wrong::default()
    };
    finds(wrong, &["metadata-cached"]);
}

#[test]
fn a_second_cors_header_is_found() {
    let wrong = Wrong {
        response: Some(|_, headers| {
            if headers.contains_key(header::WWW_AUTHENTICATE) {
                headers.append(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
        }),
        ..Wrong::default()
    };
    finds(wrong, &["cors-response"]);
}

/// The deletion of the registration needs the header, too.
#[test]
fn a_lost_authorization_header_is_found() {
    let wrong = Wrong {
        request: Some(|headers| {
            headers.remove(header::AUTHORIZATION);
        }),
        ..Wrong::default()
    };
    finds(wrong, &["authorization-reaches", "unregistration"]);
}

#[test]
fn a_lost_origin_header_is_found() {
    let wrong = Wrong {
        request: Some(|headers| {
            headers.remove(header::ORIGIN);
        }),
        ..Wrong::default()
    };
    finds(wrong, &["origin-reaches"]);
}

#[test]
fn decoded_paths_are_found() {
    finds(Wrong { path: Some(|path| path.replace("%2F", "/")), ..Wrong::default() }, &["encoded-slash"]);
}

#[test]
fn a_limit_of_header_sizes_is_found() {
    let wrong = Wrong {
        answer: Some(|_, _, headers| {
            let length = headers.get(header::AUTHORIZATION).map_or(0, HeaderValue::len);
            if length > 4_096 { page(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) } else { None }
        }),
        ..Wrong::default()
    };
    finds(wrong, &["header-size"]);
}

/// Text from servers is shown without control characters, and shortened.
#[test]
fn hostile_text_is_made_printable() {
    let wrong = Wrong {
        body: Some(|path, body| {
            if path.contains("oauth-protected-resource") {
                body.replace("/mcp", &format!("/mcp\\u001b[31m\\u202e{}", "x".repeat(5_000)))
            } else {
                body
            }
        }),
        ..Wrong::default()
    };
    run(async {
        let report = through(wrong, "/mcp").await.expect(&["resource-match"]);
        let sentence = report.sentence("resource-match");
        assert!(!sentence.contains(['\u{1b}', '\u{202e}']) && sentence.len() < 1_000, "{sentence}");
    });
}
