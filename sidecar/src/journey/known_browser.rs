//! Recognizes browsers with which a user has signed in before, by a cookie that lasts half a year (OWASP, "Slow Down
//! Online Guessing Attacks with Device Cookies").
//!
//! A user whose browser has this cookie can sign in with the right password, however many wrong guesses come from the
//! same address. The cookie alone gives no access. It counts only for the users who have signed in with this browser,
//! each at the tenant where they did. The server stores nothing: the cookie is encrypted, is valid for one host, and
//! holds at most [`MOST`] entries.

use axum::http::{HeaderMap, HeaderValue};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use protocol::uri::Base;
use store::crypto::{Place, SealError, Sealed, Sealer};
use store::entropy::{Entropy, EntropyError, random_bytes};

use crate::journey::browser::{self as cookie, is_development};
use crate::users::DeviceId;

/// The maximum number of entries in one cookie. To add one more, the oldest is dropped.
const MOST: usize = 8;
/// How long an entry is valid after a sign-in, in seconds.
const LIFETIME_SECS: u64 = 180 * 86_400;
const ENTRY: usize = 16 + 8 + 8;
const NAME: &str = "__Host-mcpb-known";
const DEVELOPMENT_NAME: &str = "mcpb-dev-known";
/// The maximum length of the cookie value, in characters; a longer one is ignored.
const LONGEST: usize = 1_024;

/// An entry of the cookie: one user at one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// A digest of the tenant and the user.
    who: [u8; 16],
    device: DeviceId,
    /// When the user last signed in.
    at: UnixTime,
}

/// The content of the cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownBrowser(Vec<Entry>);

impl KnownBrowser {
    /// Reads the cookie that the browser sent. If there is none, or if it cannot be decrypted, the result has no
    /// entries.
    pub(super) fn read(headers: &HeaderMap, base: &Base, sealer: &Sealer, now: UnixTime) -> Self {
        let mut values =
            cookie::pairs(headers).filter(|(key, value)| *key == name(base) && value.len() <= LONGEST);
        let blob = values.next().and_then(|(_, value)| b64url_decode(value).ok()).map(Sealed::from_bytes);
        let opened = blob.and_then(|blob| sealer.open(&Place::known_browser(base.host()), &blob).ok());
        let Some(plain) = opened else { return Self::default() };
        let entries = plain.expose().as_chunks::<ENTRY>().0.iter().filter_map(|bytes| {
            let (who, rest) = bytes.split_first_chunk::<16>()?;
            let (device, at) = rest.split_first_chunk::<8>()?;
            let at = UnixTime::new(u64::from_be_bytes(at.try_into().ok()?));
            Some(Entry { who: *who, device: DeviceId(*device), at })
        });
        Self(entries.filter(|entry| now.is_recent(entry.at, LIFETIME_SECS)).take(MOST).collect())
    }

    /// Returns the browser's id for this user; `None` if the user has not signed in with it at this tenant.
    pub(super) fn device(&self, tenant: &Tenant, user: &str) -> Option<DeviceId> {
        self.device_since(tenant, user, UnixTime::new(0))
    }

    /// Like [`Self::device`]; also `None` if the last sign-in was before `since`.
    pub(super) fn device_since(&self, tenant: &Tenant, user: &str, since: UnixTime) -> Option<DeviceId> {
        let who = digest(tenant, user);
        self.0.iter().find(|entry| entry.who == who && entry.at >= since).map(|entry| entry.device)
    }

    /// Adds this user, who has just signed in, at this tenant.
    pub(super) fn remember(
        mut self,
        tenant: &Tenant,
        user: &str,
        entropy: &dyn Entropy,
        now: UnixTime,
    ) -> Result<Self, EntropyError> {
        let device = match self.device(tenant, user) {
            Some(device) => device,
            None => DeviceId(random_bytes(entropy)?),
        };
        let who = digest(tenant, user);
        self.0.retain(|entry| entry.who != who);
        self.0.push(Entry { who, device, at: now });
        while self.0.len() > MOST {
            self.0.remove(0);
        }
        Ok(self)
    }

    /// Returns the `Set-Cookie` value.
    pub(super) fn set_cookie(&self, sealer: &Sealer, base: &Base) -> Result<HeaderValue, SealError> {
        let plain: Vec<u8> = self
            .0
            .iter()
            .flat_map(|entry| [&entry.who[..], &entry.device.0, &entry.at.as_secs().to_be_bytes()].concat())
            .collect();
        let blob = sealer.seal(&Place::known_browser(base.host()), &plain)?;
        let value = b64url_encode(blob.as_bytes());
        Ok(cookie::line(base, name(base), &value, LIFETIME_SECS))
    }
}

fn name(base: &Base) -> &'static str {
    if is_development(base) { DEVELOPMENT_NAME } else { NAME }
}

fn digest(tenant: &Tenant, user: &str) -> [u8; 16] {
    let whole = sha256(&[tenant.key().as_bytes(), &[0], user.as_bytes()].concat());
    whole.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;
    use protocol::secret::Secret;
    use protocol::tenant::TenantId;
    use std::sync::Arc;
    use store::entropy::SeededEntropy;

    const T0: UnixTime = UnixTime::new(1_800_000_000);

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&Secret::new([key; 32]), &[], Arc::new(SeededEntropy::new(7)))
    }

    fn tenant(base: &str) -> Tenant {
        Tenant { base: Base::parse(base).unwrap(), id: TenantId::derive("wiki", "local", "", &[]) }
    }

    fn sent(set: &HeaderValue) -> HeaderMap {
        let pair = set.to_str().unwrap().split_once(';').unwrap().0;
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("a=b; {pair}; c=d")).unwrap())])
    }

    #[test]
    fn a_browser_is_known_for_the_users_who_signed_in_with_it() {
        let here = tenant("https://h.example/wiki");
        let known = KnownBrowser::default().remember(&here, "ann", &SeededEntropy::new(1), T0).unwrap();
        let set = known.set_cookie(&sealer(1), &here.base).unwrap();
        let text = set.to_str().unwrap();
        assert!(text.starts_with("__Host-mcpb-known="), "{text}");
        assert!(text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000; Secure"), "{text}");
        assert!(set.is_sensitive());
        let read = |base: &str, key: u8, now| {
            KnownBrowser::read(&sent(&set), &Base::parse(base).unwrap(), &sealer(key), now)
        };
        let back = read("https://h.example/docs", 1, T0.plus(LIFETIME_SECS - 1));
        assert_eq!(back, known, "the same host");
        let device = back.device(&here, "ann").unwrap();
        assert_eq!(back.device(&here, "Ann"), None);
        assert_eq!(back.device(&tenant("https://h.example/docs"), "ann"), None, "another tenant");
        let again = back.remember(&here, "ann", &SeededEntropy::new(2), T0.plus(9)).unwrap();
        assert_eq!(again.device(&here, "ann"), Some(device), "it stays the same browser");
        let since = |secs| again.device_since(&here, "ann", T0.plus(secs));
        assert_eq!((since(9), since(10)), (Some(device), None), "the last sign-in was at 9");
        for nobody in [
            read("https://else.example", 1, T0),
            read("https://h.example", 2, T0),
            read("https://h.example", 1, T0.plus(LIFETIME_SECS)),
        ] {
            assert_eq!(nobody, KnownBrowser::default());
        }
    }

    #[test]
    fn the_cookie_is_bounded_and_the_oldest_goes() {
        let here = tenant("http://localhost:8080");
        let mut known = KnownBrowser::default();
        for n in 0..=MOST {
            known = known.remember(&here, &format!("user{n}"), &SeededEntropy::new(n as u64), T0).unwrap();
        }
        assert_eq!(known.device(&here, "user0"), None);
        let set = known.set_cookie(&sealer(1), &here.base).unwrap();
        assert!(set.len() < 600 && set.to_str().unwrap().starts_with("mcpb-dev-known="), "{set:?}");
        let back = KnownBrowser::read(&sent(&set), &here.base, &sealer(1), T0);
        assert!((1..=MOST).all(|n| back.device(&here, &format!("user{n}")).is_some()));
    }

    #[test]
    fn what_was_changed_or_made_up_is_no_cookie() {
        let here = tenant("https://h.example");
        let known = KnownBrowser::default().remember(&here, "ann", &SeededEntropy::new(1), T0).unwrap();
        let set = known.set_cookie(&sealer(1), &here.base).unwrap();
        let (name, value) = set.to_str().unwrap().split_once(';').unwrap().0.split_once('=').unwrap();
        let mut bytes = b64url_decode(value).unwrap();
        let mut values = vec![String::new(), "AAAA".to_owned(), "A".repeat(LONGEST + 1), "%".to_owned()];
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            values.push(b64url_encode(&bytes));
            bytes[at] ^= 1;
        }
        for value in values {
            let cookie = HeaderValue::try_from(format!("{name}={value}")).unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
            assert_eq!(KnownBrowser::read(&headers, &here.base, &sealer(1), T0), KnownBrowser::default());
        }
    }
}
