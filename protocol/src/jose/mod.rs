//! Keys, key certificates and signed tokens (RFC 7515, 7517, 7519, 7638, 8037, 9068).

pub mod anchor;
pub mod key;
pub mod key_certificate;
pub mod token;

use jwt_compact::{Header, UntrustedToken};
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// The header parameters read beside those jwt-compact knows.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
struct Extras {
    kcert: Option<String>,
    jwk: Present,
    x5c: Present,
    crit: Present,
}

/// Whether a header parameter is there, whatever its value.
#[derive(Clone, Copy, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

/// The message is not a compact JWS this product reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwsError {
    /// Not three base64url parts with a JSON header, or longer than allowed.
    #[error("not a compact JWS")]
    Malformed,
    /// The header names a key of its own (`jku`, `x5u`, `x5c`, `jwk`) or demands unknown processing
    /// (`crit`).
    #[error("the header holds jku, x5u, x5c, jwk or crit")]
    ForbiddenHeader,
}

fn parse_jws(text: &str) -> Result<UntrustedToken<'_, Extras>, JwsError> {
    let parsed = UntrustedToken::<'_, Extras>::try_from(text).map_err(|_| JwsError::Malformed)?;
    let Header { key_set_url, certificate_url, other_fields: extras, .. } = parsed.header();
    if key_set_url.is_some() || certificate_url.is_some() || extras.jwk.0 || extras.x5c.0 || extras.crit.0 {
        return Err(JwsError::ForbiddenHeader);
    }
    Ok(parsed)
}

/// A time claim as jwt-compact reads it; negative ones are refused.
fn unix_time(seconds: i64) -> Option<crate::time::UnixTime> {
    u64::try_from(seconds).ok().map(crate::time::UnixTime::new)
}
