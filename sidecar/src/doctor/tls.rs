//! Certificates: why one is refused, and until when it is valid.

use protocol::time::UnixTime;
use rustls::CertificateError;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::check::Check;
use super::text::quoted;

/// Why a TLS connection is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TlsFault {
    /// The check that fails.
    pub(super) check: Check,
    /// The reason, as the end of a sentence.
    pub(super) detail: String,
}

/// Returns the fault that this error describes; `None` if the error is not about TLS.
pub(super) fn fault(error: &(dyn std::error::Error + 'static)) -> Option<TlsFault> {
    let error = error.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(refused) = error else {
        let detail = format!("no TLS connection can be made ({error})");
        return Some(TlsFault { check: Check::Reachable, detail });
    };
    Some(match refused {
        CertificateError::Expired => of(Check::TlsTime, "it has expired".to_owned()),
        CertificateError::ExpiredContext { time, not_after } => {
            let days = time.as_secs().saturating_sub(not_after.as_secs()) / DAY;
            of(Check::TlsTime, format!("it expired {days} days ago"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            of(Check::TlsTime, "it is not valid yet".to_owned())
        }
        CertificateError::NotValidForName => of(Check::TlsName, "it is for another host".to_owned()),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> =
                presented.iter().take(NAMES).map(|name| quoted(dns_name(name))).collect();
            let names = if names.is_empty() { "no host".to_owned() } else { names.join(", ") };
            of(Check::TlsName, format!("it is for {names}"))
        }
        CertificateError::UnknownIssuer => of(
            Check::TlsTrusted,
            "its authority is not known, or the server leaves out the intermediate certificate".to_owned(),
        ),
        other => of(Check::TlsTrusted, other.to_string()),
    })
}

/// The seconds of a day.
pub(super) const DAY: u64 = 86_400;
/// The maximum number of names of a certificate that are shown.
const NAMES: usize = 5;

const fn of(check: Check, detail: String) -> TlsFault {
    TlsFault { check, detail }
}

/// The name in `DnsName("wiki.example.com")`.
fn dns_name(shown: &str) -> &str {
    shown.split('"').nth(1).unwrap_or(shown)
}

/// Returns the time until which a certificate is valid; `None` if it cannot be parsed.
pub(super) fn valid_until(der: &[u8]) -> Option<UnixTime> {
    let certificate = Certificate::from_der(der).ok()?;
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    Some(UnixTime::new(end.as_secs()))
}
