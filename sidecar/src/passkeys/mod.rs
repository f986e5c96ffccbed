//! The passkeys of local users (WebAuthn level 3): adding one, and signing in with one in the place of name, password and second
//! factor.
//!
//! A passkey belongs to a user at every tenant, like the password, but a browser uses it only at the host where it was added, which
//! is stored with it and compared. User verification is required, so it stands for two factors. There is nothing to guess, so
//! attempts have no limit of their own: each request is charged to its address, as every request is.

mod ceremony;
mod challenge;

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

/// Adds, checks and removes passkeys.
#[derive(Clone)]
pub struct Passkeys {
    /// Holds them, and records what happens.
    pub journal: Journal,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes challenges and handles.
    pub entropy: Arc<dyn Entropy>,
    /// Whether users may have passkeys.
    pub allowed: bool,
    /// The operator's name, which browsers show.
    pub name: Option<String>,
}

/// Why a passkey is refused. The page does not say which; the reason is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// There are none here.
    #[error("passkeys are off, or the host is an address")]
    Off,
    /// It is not what an authenticator sends.
    #[error("the response is malformed")]
    Malformed,
    /// It was made for another page, or too long ago, or was used.
    #[error("the challenge is not that of this page, or it is too old")]
    Challenge,
    /// No user has it, or it was added at another host.
    #[error("no user has this passkey at this host")]
    Unknown,
    /// A check of the ceremony failed.
    #[error("{0}")]
    Unverified(String),
    /// Its algorithm was not offered.
    #[error("algorithm {0} was not offered")]
    Algorithm(i32),
    /// The signature counter went back.
    #[error(
        "the signature counter went from {stored} to {presented}: somebody may have a copy of the passkey"
    )]
    WentBack {
        /// What it was before.
        stored: u32,
        /// What it is now.
        presented: u32,
    },
}

/// A passkey whose signature is right. Whether it was used before is not decided yet.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Whose it is.
    pub user: String,
    passkey: Passkey,
    presented: Presented,
}

impl Verified {
    /// What a session that began with it remembers.
    pub fn digest(&self) -> Hash {
        digest(&self.passkey)
    }

    /// Why it is refused, if its counter went back.
    pub const fn went_back(&self, stored: u32) -> PasskeyRefused {
        PasskeyRefused::WentBack { stored, presented: self.presented.counter }
    }
}

/// What became of adding a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// The user has it now.
    Done,
    /// The same form has added it before.
    Before,
    /// The user has the maximum number.
    Full,
    /// It was refused.
    Refused(PasskeyRefused),
}

/// The SHA-256 of the credential id, by which sessions and pages refer to a passkey.
pub fn digest(passkey: &Passkey) -> Hash {
    sha256(&passkey.id)
}

/// The same as text.
pub fn id_text(passkey: &Passkey) -> String {
    b64url_encode(&digest(passkey))
}

impl Passkeys {
    /// Whose passkeys a tenant accepts; `None` if it accepts none.
    pub fn party(&self, base: &Base) -> Option<RelyingParty> {
        RelyingParty::of(base).filter(|_| self.allowed)
    }

    /// The passkeys of this user, at all hosts.
    pub async fn find(&self, user: &str) -> Result<Option<PasskeysRecord>, StoreError> {
        self.journal.store().read(FindPasskeys { user: user.to_owned() }).await
    }

    /// What the script of the sign-in page asks the browser for, as JSON (WebAuthn §5.5); `None` if there are no passkeys here.
    pub fn ask(&self, base: &Base, tag: Tag<'_>) -> Result<Option<String>, EntropyError> {
        let Some(party) = self.party(base) else { return Ok(None) };
        let options = json!({
            "challenge": fresh(&[], tag, &*self.entropy, self.clock.now())?,
            "rpId": party.id(),
            "userVerification": "required",
            "timeout": LIFETIME_SECS * 1_000,
        });
        Ok(Some(options.to_string()))
    }

    /// Checks what the script of the sign-in page has sent.
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

    /// Uses a passkey whose signature is right: it is accepted once.
    pub async fn accept(&self, verified: &Verified) -> Result<PasskeyUse, StoreError> {
        let (user, id) = (verified.user.clone(), verified.passkey.id.clone());
        let using = UsePasskey { user, id, presented: verified.presented, now: self.clock.now() };
        self.journal.store().write(using).await
    }

    /// What the script of the account page asks the browser to make, as JSON (WebAuthn §5.4); `None` if there are no passkeys
    /// here. `server` is shown if the operator has no name.
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

    /// Adds what the script of the account page has sent, under this name. `event` is recorded with it.
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
        // A user who clicks twice sends the form twice, and sees the second response only.
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

    /// Removes the passkey of this user that pages refer to by `id`; `None` if the user has no such passkey. `event` is recorded
    /// with it.
    pub async fn remove(&self, user: &str, id: &str, event: Event) -> Result<Option<Passkey>, StoreError> {
        let found = self.find(user).await?;
        let known = found.into_iter().flat_map(|found| found.passkeys).find(|known| id_text(known) == id);
        let Some(known) = known else { return Ok(None) };
        let events = move |removed: &Option<Passkey>| removed.iter().map(|_| event.clone()).collect();
        self.journal.write(RemovePasskey { user: user.to_owned(), id: known.id }, events).await
    }

    /// Whether the user may add another one.
    pub fn has_room(passkeys: &[Passkey]) -> bool {
        passkeys.len() < PASSKEYS_PER_USER
    }
}

/// Why a passkey cannot be offered: this server is at fault.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A text that changes with the user's passkeys, so that a challenge adds only one.
fn state(found: Option<&PasskeysRecord>) -> String {
    let ids: Vec<Hash> = found.into_iter().flat_map(|found| &found.passkeys).map(digest).collect();
    b64url_encode(&sha256(&ids.concat()))
}

/// The passkeys at this host, so that an authenticator that has one of them makes no second one.
fn excluded(found: Option<&PasskeysRecord>, party: &RelyingParty) -> Vec<Value> {
    let here = found.into_iter().flat_map(|found| &found.passkeys).filter(|known| known.rp_id == party.id());
    here.map(|known| json!({ "type": "public-key", "id": b64url_encode(&known.id) })).collect()
}
