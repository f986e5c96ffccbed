//! Checks the connection: name, address, TLS, HTTP/2, clock, and plain http.

use super::{Outside, clock};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::{Answer, Failure, Probe};
use crate::doctor::text::quoted;
use crate::doctor::tls::{DAY, valid_until};

/// A certificate that is valid for fewer days than this is a warning: automatic renewal comes 30 days before the end.
const DAYS: u64 = 14;

/// Sends the first request, without a token, and checks the connection. Returns the response; `None` if there is none.
pub(super) async fn check(outside: &Outside<'_>, ledger: &mut Ledger) -> Option<Answer> {
    let target = outside.target;
    let is_https = target.url().scheme() == "https";
    ledger.judge(Check::TlsUsed, is_https || target.is_loopback(), || {
        format!("{} is public, and its URL begins with http://.", target.host())
    });
    let accept = [("accept", "application/json, text/event-stream")];
    match outside.probe.get(target.url().clone(), &accept).await {
        Ok(answer) => {
            ledger.fine(Check::NameResolves);
            ledger.fine(Check::Reachable);
            if is_https {
                secure(outside, &answer, ledger);
            } else {
                for check in
                    [Check::TlsTrusted, Check::TlsTime, Check::TlsName, Check::TlsExpiry, Check::Http2]
                {
                    ledger.not_checked(check, "the URL begins with http://");
                }
            }
            clock::check(Check::Clock, "The server", answer.header("date"), outside.clock.now(), ledger);
            Some(answer)
        }
        Err(failure) => {
            failed(outside, &failure, ledger);
            None
        }
    }
}

fn failed(outside: &Outside<'_>, failure: &Failure, ledger: &mut Ledger) {
    let host = outside.target.host();
    match failure {
        Failure::Name(detail) => {
            ledger.found(Check::NameResolves, format!("{host} has no address ({detail})."));
        }
        Failure::Tls(fault) if fault.check != Check::Reachable => {
            ledger.fine(Check::NameResolves);
            ledger.fine(Check::Reachable);
            ledger.found(fault.check, format!("The certificate of {host} is refused: {}.", fault.detail));
            for check in [Check::TlsTrusted, Check::TlsTime, Check::TlsName] {
                ledger.not_checked(check, format!("{} failed", fault.check.row().code));
            }
        }
        Failure::Tls(_) | Failure::Connection(_) | Failure::Timeout => {
            ledger.fine(Check::NameResolves);
            let port = outside.target.port();
            ledger.found(Check::Reachable, format!("{host} port {port}: {}.", failure.words()));
        }
    }
}

fn secure(outside: &Outside<'_>, answer: &Answer, ledger: &mut Ledger) {
    for check in [Check::TlsTrusted, Check::TlsTime, Check::TlsName] {
        ledger.fine(check);
    }
    ledger.judge(Check::Http2, answer.is_http2, || "The server answers with HTTP/1.1 alone.".to_owned());
    match answer.certificate.as_deref().and_then(valid_until) {
        Some(end) => {
            let days = end.since(outside.clock.now()) / DAY;
            ledger.judge(Check::TlsExpiry, days >= DAYS, || {
                format!("The certificate of {} expires in {days} days.", outside.target.host())
            });
        }
        None => ledger.not_checked(Check::TlsExpiry, "the certificate cannot be parsed"),
    }
}

/// Checks that plain http at port 80 is redirected to https, or is closed.
pub(super) async fn redirect(outside: &Outside<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    let check = Check::HttpRedirect;
    let target = outside.target;
    if target.url().scheme() != "https" {
        ledger.not_checked(check, "the URL begins with http://");
        return ledger;
    }
    if target.port() != 443 {
        ledger.not_checked(check, "the URL names a port of its own");
        return ledger;
    }
    let plain = target.plain(80, target.url().path());
    let (Some(url), Ok(probe)) = (plain, Probe::new(target.address(80), &[])) else { return ledger };
    match probe.get(url, &[]).await {
        Ok(answer) if (300..400).contains(&answer.status) => {
            let place = answer.header("location");
            ledger.judge(check, place.starts_with("https://"), || {
                format!("Plain http at port 80 is redirected to {}, which is not https.", quoted(place))
            });
        }
        // 404: Traefik listens there, but has no router for the host.
        Ok(answer) => ledger.judge(check, answer.status == 404, || {
            format!("Plain http at port 80 is answered with status {} and not redirected.", answer.status)
        }),
        Err(_) => ledger.fine(check),
    }
    ledger
}
