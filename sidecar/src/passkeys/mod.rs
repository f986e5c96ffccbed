//! The passkeys of local users (WebAuthn level 3): adds them, and lets users sign in with them instead of the name, the
//! password and the second factor.
//!
//! A passkey belongs to a user at every tenant, like the password. But a browser uses it only at the host at which it
//! was added; this host is stored with the passkey, and compared. User verification is required, so a passkey counts as
//! two factors. Nobody can guess a signature, so attempts have no limit of their own; each request is charged to its
//! address like every request.

mod ceremony;
mod challenge;
mod error;

use std::sync::Arc;

use events::Event;
use protocol::encoding::{b64url_encode, sha256};
use protocol::server::passkey::Presented;
use protocol::uri::Base;
use serde_json::{Value, json};
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::intent::passkeys::{AddPasskey, FindPasskeys, FindPasskeysByHandle, RemovePasskey, UsePasskey};
use store::limits::PASSKEYS_PER_USER;
use store::record::{Hash, Passkey, PasskeysRecord};
use store::{PasskeyAdded, PasskeyUse, StoreError};

use crate::clock::Clock;
use crate::journal::Journal;
pub use ceremony::RelyingParty;
use ceremony::{ALGORITHMS, Assertion, Creation};
pub use challenge::Tag;
use challenge::{LIFETIME_SECS, fresh, open};
pub use error::PasskeyRefused;

/// Adds, checks and removes passkeys.
#[derive(Clone)]
pub struct Passkeys {
    /// Stores the passkeys, and records events about them.
    pub journal: Journal,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes challenges and the handles of users.
    pub entropy: Arc<dyn Entropy>,
    /// Whether users may have passkeys.
    pub allowed: bool,
    /// The name of the operator, which browsers show to users.
    pub name: Option<String>,
}

/// A passkey whose signature is valid. Whether the signature was used before is not yet decided.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The name of the user to whom the passkey belongs.
    pub user: String,
    passkey: Passkey,
    presented: Presented,
}

impl Verified {
    /// Returns the digest of the passkey, which a session that begins with it keeps.
    pub fn digest(&self) -> Hash {
        digest(&self.passkey)
    }

    /// Returns the refusal of a passkey whose counter is not higher than `stored`.
    pub const fn went_back(&self, stored: u32) -> PasskeyRefused {
        PasskeyRefused::WentBack { stored, presented: self.presented.counter }
    }
}

/// The result of adding a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// The passkey was added.
    Done,
    /// The user already has this passkey, because the same form was sent before.
    Before,
    /// The user has the maximum number of passkeys.
    Full,
    /// The passkey was refused.
    Refused(PasskeyRefused),
}

/// Returns the SHA-256 of the credential id, by which sessions refer to a passkey.
pub fn digest(passkey: &Passkey) -> Hash {
    sha256(&passkey.id)
}

/// Returns [`digest`] as base64url text, by which pages and commands refer to a passkey.
pub fn id_text(passkey: &Passkey) -> String {
    b64url_encode(&digest(passkey))
}

impl Passkeys {
    /// Returns the relying party of the tenant at `base`; `None` if the tenant accepts no passkeys.
    pub fn party(&self, base: &Base) -> Option<RelyingParty> {
        RelyingParty::of(base).filter(|_| self.allowed)
    }

    /// Returns the passkeys of this user, at all hosts; `None` if the user has none.
    pub async fn find(&self, user: &str) -> Result<Option<PasskeysRecord>, StoreError> {
        self.journal.store().read(FindPasskeys { user: user.to_owned() }).await
    }

    /// Returns the options with which the script of the sign-in page asks the browser for a passkey, as JSON (WebAuthn
    /// §5.5); `None` if the tenant accepts no passkeys.
    pub fn ask(&self, base: &Base, tag: Tag<'_>) -> Result<Option<String>, EntropyError> {
        let Some(party) = self.party(base) else { return Ok(None) };
        let options = json!({
            "challenge": fresh(&[], tag, &*self.entropy, self.clock.now())?,
            "rpId": party.id(),
            "userVerification": "required",
        });
        Ok(Some(options.to_string()))
    }

    /// Verifies the response that the script of the sign-in page has sent. The inner error is the reason for which the
    /// passkey is refused.
    pub async fn check(
        &self,
        base: &Base,
        response: &str,
        tag: Tag<'_>,
    ) -> Result<Result<Verified, PasskeyRefused>, StoreError> {
        let Some(party) = self.party(base) else { return Ok(Err(PasskeyRefused::Off)) };
        let assertion = match Assertion::parse(response) {
            Ok(assertion) => assertion,
            Err(refused) => return Ok(Err(refused)),
        };
        if open::<0>(&assertion.challenge, tag, self.clock.now()).is_none() {
            return Ok(Err(PasskeyRefused::Challenge));
        }
        let found = self.journal.store().read(FindPasskeysByHandle { handle: assertion.handle }).await?;
        let Some(PasskeysRecord { user, passkeys, .. }) = found else {
            return Ok(Err(PasskeyRefused::Unknown));
        };
        let is_it = |passkey: &Passkey| passkey.id == assertion.id && passkey.rp_id == party.id();
        let Some(passkey) = passkeys.into_iter().find(is_it) else {
            return Ok(Err(PasskeyRefused::Unknown));
        };
        let presented = assertion.verify(&party, &passkey);
        Ok(presented.map(|presented| Verified { user, passkey, presented }))
    }

    /// Uses a passkey whose signature is valid. Each signature is accepted only once.
    pub async fn accept(&self, verified: &Verified) -> Result<PasskeyUse, StoreError> {
        let (user, id) = (verified.user.clone(), verified.passkey.id.clone());
        let using = UsePasskey { user, id, presented: verified.presented, now: self.clock.now() };
        self.journal.store().write(using).await
    }

    /// Returns the options with which the script of the account page asks the browser to make a passkey, as JSON
    /// (WebAuthn §5.4); `None` if the tenant accepts no passkeys. `server` is shown to the user if the operator has no
    /// name.
    pub async fn offer(
        &self,
        base: &Base,
        server: &str,
        (user, display_name): (&str, &str),
        tag: Tag<'_>,
    ) -> Result<Option<String>, OfferError> {
        let Some(party) = self.party(base) else { return Ok(None) };
        let found = self.find(user).await?;
        let handle = match &found {
            Some(found) => found.handle,
            None => random_bytes(&*self.entropy)?,
        };
        let before = state(found.as_ref());
        let tag = |body: &str| tag(&[body, " ", &before].concat());
        let options = json!({
            "challenge": fresh(&handle, &tag, &*self.entropy, self.clock.now())?,
            "rp": { "id": party.id(), "name": self.name.as_deref().unwrap_or(server) },
            "user": { "id": b64url_encode(&handle), "name": user, "displayName": display_name },
            "pubKeyCredParams": ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "excludeCredentials": excluded(found.as_ref(), &party),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
            "timeout": LIFETIME_SECS * 1_000,
        });
        Ok(Some(options.to_string()))
    }

    /// Verifies the response that the script of the account page has sent, and adds the passkey with this name. Records
    /// `event` in the same transaction.
    pub async fn add(
        &self,
        (base, user, name): (&Base, &str, String),
        response: &str,
        tag: Tag<'_>,
        event: Event,
    ) -> Result<Added, StoreError> {
        let refused = |refused| Ok(Added::Refused(refused));
        let Some(party) = self.party(base) else { return refused(PasskeyRefused::Off) };
        let (creation, made) = match Creation::parse(response).and_then(|creation| {
            let made = creation.verify(&party)?;
            Ok((creation, made))
        }) {
            Ok(read) => read,
            Err(error) => return refused(error),
        };
        let found = self.find(user).await?;
        // A user who clicks twice sends the form twice, and sees only the second response.
        if found.iter().flat_map(|found| &found.passkeys).any(|known| known.id == made.id) {
            return Ok(Added::Before);
        }
        let (before, now) = (state(found.as_ref()), self.clock.now());
        let tag = |body: &str| tag(&[body, " ", &before].concat());
        let Some(handle) = open(&creation.challenge, &tag, now) else {
            return refused(PasskeyRefused::Challenge);
        };
        let passkey = Passkey {
            id: made.id,
            key: made.key,
            algorithm: made.algorithm,
            rp_id: party.id().to_owned(),
            name,
            counter: made.counter,
            last: None,
            added: now,
            used: None,
        };
        let add = AddPasskey { user: user.to_owned(), handle, passkey };
        let events = move |added: &PasskeyAdded| {
            (*added == PasskeyAdded::Done).then(|| event.clone()).into_iter().collect()
        };
        Ok(match self.journal.write(add, events).await? {
            PasskeyAdded::Done => Added::Done,
            PasskeyAdded::Exists => Added::Before,
            PasskeyAdded::Full => Added::Full,
            PasskeyAdded::Outdated => Added::Refused(PasskeyRefused::Challenge),
        })
    }

    /// Removes the passkey of this user whose [`id_text`] is `id`, and records `event` in the same transaction. Returns
    /// the passkey; `None` if the user has no such passkey.
    pub async fn remove(&self, user: &str, id: &str, event: Event) -> Result<Option<Passkey>, StoreError> {
        let found = self.find(user).await?;
        let known = found.into_iter().flat_map(|found| found.passkeys).find(|known| id_text(known) == id);
        let Some(known) = known else { return Ok(None) };
        let events = move |removed: &Option<Passkey>| removed.iter().map(|_| event.clone()).collect();
        self.journal.write(RemovePasskey { user: user.to_owned(), id: known.id }, events).await
    }

    /// Whether a user with these passkeys may add another one.
    pub fn has_room(passkeys: &[Passkey]) -> bool {
        passkeys.len() < PASSKEYS_PER_USER
    }
}

/// Why a passkey cannot be offered. The cause is a failure of this server.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system returned no random numbers.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Returns a text that depends on the passkeys of the user. It is a part of the tag, so that only one passkey can be
/// added with a challenge.
fn state(found: Option<&PasskeysRecord>) -> String {
    let ids: Vec<Hash> = found.into_iter().flat_map(|found| &found.passkeys).map(digest).collect();
    b64url_encode(&sha256(&ids.concat()))
}

/// Returns the passkeys of the user at this host, in the form of `excludeCredentials` (WebAuthn §5.4): an authenticator
/// that has one of them makes no second one.
fn excluded(found: Option<&PasskeysRecord>, party: &RelyingParty) -> Vec<Value> {
    let here = found.into_iter().flat_map(|found| &found.passkeys).filter(|known| known.rp_id == party.id());
    here.map(|known| json!({ "type": "public-key", "id": b64url_encode(&known.id) })).collect()
}
