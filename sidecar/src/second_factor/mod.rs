//! The second factor of local users: codes of an authenticator app (RFC 6238), and recovery codes for whoever has lost it.
//!
//! A user has at most one, at every tenant. [`protocol::server::second_factor`] decides when one is due and what is accepted;
//! guesses are limited like those of passwords, only more strictly, because a code has six digits.

mod enrolment;
mod qr;
mod totp;
mod typed;

use std::sync::Arc;

use events::Event;
use protocol::server::second_factor::{Demand, Due, Presented, SecondFactorProof, due};
use store::crypto::{Place, SealError, Sealer};
use store::entropy::{Entropy, EntropyError};
use store::intent::second_factors::{
    EnrolSecondFactor, FindSecondFactor, RemoveSecondFactor, UseSecondFactor,
};
use store::record::{Hash, SecondFactorRecord};
use store::{SecondFactorUse, StoreError};

use crate::clock::Clock;
use crate::journal::Journal;
use crate::users::{Asker, Users};
use enrolment::Enrolment;
pub use qr::Qr;
use totp::TotpSecret;
use typed::{Typed, hashes, recovery_codes};

/// Checks, sets up and removes second factors.
#[derive(Clone)]
pub struct SecondFactors {
    /// Holds them, and records what happens.
    pub journal: Journal,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Makes secrets.
    pub entropy: Arc<dyn Entropy>,
    /// Encrypts secrets.
    pub sealer: Sealer,
    /// Limits guesses.
    pub users: Users,
    /// Who needs one.
    pub demand: Demand,
    /// The operator's name, which authenticators show.
    pub issuer: Option<String>,
}

/// Why a second factor cannot be checked or changed: this server is at fault.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret cannot be encrypted or decrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Why a code is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefused {
    /// It is wrong, or was used before.
    #[error("the code is wrong or was used before")]
    Wrong,
    /// Too many wrong codes; this one was not checked.
    #[error("too many wrong codes, wait {secs} s")]
    Wait {
        /// Seconds to wait.
        secs: u64,
    },
}

/// How a code was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was that of the authenticator.
    Totp,
    /// It was a recovery code; so many are left.
    Recovery(usize),
}

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It was right.
    Right(SecondFactorProof, How),
    /// It was the last one that was right: the user may have sent the form twice.
    Repeated,
    /// It was refused.
    Refused(CodeRefused),
}

/// The recovery codes of a user. They cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCodes(Vec<String>);

/// A second factor that a user can set up.
#[derive(Clone)]
pub struct Offer {
    /// What people type into an authenticator.
    pub key: String,
    /// What authenticators on the same device open.
    pub address: String,
    /// The same for those on another device.
    pub qr: Option<Qr>,
    /// What the form carries until the user confirms it.
    pub sealed: String,
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[recovery codes]")
    }
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[a second factor to set up]")
    }
}

impl RecoveryCodes {
    /// The codes, as the page shows them.
    pub fn expose(&self) -> &[String] {
        &self.0
    }
}

/// What became of setting one up.
#[derive(Clone, Debug)]
pub enum Enrolled {
    /// The user has it now, with these recovery codes.
    Done(SecondFactorProof, RecoveryCodes),
    /// It was set up before by the same form, with these recovery codes.
    Before(RecoveryCodes),
    /// The code is not that of the new secret.
    Wrong,
    /// The form is too old, or the user has another second factor by now.
    Outdated,
}

impl SecondFactors {
    /// What is due after the password of this user.
    pub async fn due(&self, user: &str) -> Result<Due, StoreError> {
        Ok(due(self.demand, user, self.find(user).await?.is_some()))
    }

    /// The second factor of this user.
    pub async fn find(&self, user: &str) -> Result<Option<SecondFactorRecord>, StoreError> {
        self.journal.store().read(FindSecondFactor { user: user.to_owned() }).await
    }

    /// Checks a code of this user. It counts as a guess before it is compared.
    pub async fn check(&self, user: &str, code: &str, asker: &Asker) -> Result<Checked, SecondFactorError> {
        let now = self.clock.now();
        let Some(record) = self.find(user).await? else { return Ok(Checked::Refused(CodeRefused::Wrong)) };
        let guess = match self.users.begin_code(user, asker, now) {
            Ok(guess) => guess,
            Err(secs) => return Ok(Checked::Refused(CodeRefused::Wait { secs })),
        };
        let presented = match Typed::read(code) {
            None => None,
            Some(Typed::Recovery(code)) => Some(Presented::Recovery(code)),
            Some(Typed::Totp(code)) => self.open(&record)?.step_of(&code, now).map(Presented::Step),
        };
        let Some(presented) = presented else { return Ok(Checked::Refused(CodeRefused::Wrong)) };
        let using = UseSecondFactor { user: user.to_owned(), secret: record.secret, presented };
        Ok(match self.journal.store().write(using).await? {
            SecondFactorUse::Accepted { proof, recovery_left } => {
                self.users.code_was_right(&guess);
                let how = match presented {
                    Presented::Step(_) => How::Totp,
                    Presented::Recovery(_) => How::Recovery(recovery_left),
                };
                Checked::Right(proof, how)
            }
            SecondFactorUse::Repeated => {
                self.users.forgive_code(&guess);
                Checked::Repeated
            }
            SecondFactorUse::Refused => Checked::Refused(CodeRefused::Wrong),
        })
    }

    /// Makes a second factor that this user can set up in this login or session. `host` is shown if the operator has no name.
    pub fn offer(&self, of: &Hash, user: &str, host: &str) -> Result<Offer, SecondFactorError> {
        let secret = TotpSecret::fresh(&*self.entropy)?;
        self.offered(&Enrolment::new(secret, user.to_owned(), self.clock.now()), of, host)
    }

    /// The same one again, for the form that carries it, which ends when it would have; another one if the form is too old.
    pub fn offer_again(
        &self,
        sealed: &str,
        of: &Hash,
        user: &str,
        host: &str,
    ) -> Result<Offer, SecondFactorError> {
        match Enrolment::open(sealed, &self.sealer, of, user, self.clock.now()) {
            Some(before) => self.offered(&before, of, host),
            None => self.offer(of, user, host),
        }
    }

    fn offered(&self, enrolment: &Enrolment, of: &Hash, host: &str) -> Result<Offer, SecondFactorError> {
        let Enrolment { secret, user, .. } = enrolment;
        let address = secret.address(self.issuer.as_deref().unwrap_or(host), user);
        let sealed = enrolment.seal(&self.sealer, of)?;
        Ok(Offer { key: secret.text(), qr: Qr::of(&address), address, sealed })
    }

    /// Sets up what was offered in this login or session, if the code is one of it. `event` is recorded with it.
    pub async fn enrol(
        &self,
        (of, user): (&Hash, &str),
        sealed: &str,
        code: &str,
        event: Event,
    ) -> Result<Enrolled, SecondFactorError> {
        let now = self.clock.now();
        let Some(Enrolment { secret, .. }) = Enrolment::open(sealed, &self.sealer, of, user, now) else {
            return Ok(Enrolled::Outdated);
        };
        let step = match Typed::read(code) {
            Some(Typed::Totp(code)) => secret.step_of(&code, now),
            Some(Typed::Recovery(_)) | None => None,
        };
        let Some(step) = step else { return Ok(Enrolled::Wrong) };
        let codes = recovery_codes(&self.sealer, &secret);
        let record = SecondFactorRecord {
            user: user.to_owned(),
            secret: self.sealer.seal(&Place::second_factor(user), secret.expose())?,
            last_step: step,
            recovery: hashes(&codes),
            last_recovery: None,
            enrolled: now,
        };
        let events = move |done: &Option<SecondFactorProof>| done.iter().map(|_| event.clone()).collect();
        if let Some(proof) = self.journal.write(EnrolSecondFactor { record }, events).await? {
            return Ok(Enrolled::Done(proof, RecoveryCodes(codes)));
        }
        // A user who clicks twice sends the form twice, and sees the second response only.
        let same = match self.find(user).await? {
            Some(found) if found.last_step == step => self.open(&found)?.expose() == secret.expose(),
            Some(_) | None => false,
        };
        Ok(if same { Enrolled::Before(RecoveryCodes(codes)) } else { Enrolled::Outdated })
    }

    /// Removes the second factor of this user; `true` if there was one. `event` is recorded with it.
    pub async fn remove(&self, user: &str, event: Event) -> Result<bool, StoreError> {
        let events = move |removed: &bool| removed.then(|| event.clone()).into_iter().collect();
        self.journal.write(RemoveSecondFactor { user: user.to_owned() }, events).await
    }

    fn open(&self, record: &SecondFactorRecord) -> Result<TotpSecret, SealError> {
        let plain = self.sealer.open(&Place::second_factor(&record.user), &record.secret)?;
        TotpSecret::of(plain.expose()).ok_or(SealError::Contents)
    }
}
