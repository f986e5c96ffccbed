//! Decides which step the key ring needs, from values alone. The keys of each purpose take their steps independently.

use protocol::jose::key_certificate::KeyPurpose;
use protocol::personal_token::{DAY_SECS, MOST_SECS};
use protocol::time::{CLOCK_SKEW, UnixTime};
use store::record::{SigningKeyRecord, SigningKeyState};

/// How long other replicas may still sign with a key after one replica has replaced it, in seconds. It is longer than
/// several ticks of the background task.
const REPLICA_LAG_SECS: u64 = 600;

/// How long a key signs personal access tokens, in seconds. After that the key stays published for a year, because its
/// tokens live so long; so it should not be replaced more often.
const PERSONAL_ROTATION_SECS: u64 = 90 * DAY_SECS;
/// If there are at least this many keys for personal access tokens, an administrator's rotation does not replace them.
/// Each replaced key stays published for a year, and a key set has at most 64 keys.
const MOST_PERSONAL_KEYS: usize = 24;

/// The times in a key's life, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    /// How long a key signs before it is replaced (`BOUNCER_KEY_ROTATION_DAYS`).
    pub rotation_secs: u64,
    /// How long a key may sign beyond that if no other key replaces it, and the minimum time for which it stays
    /// published after it was replaced (`BOUNCER_KEY_OVERLAP_HOURS`).
    pub overlap_secs: u64,
    /// The lifetime of an access token (`BOUNCER_ACCESS_TOKEN_TTL`).
    pub token_secs: u64,
}

impl KeyTimes {
    /// Returns the times of keys with this purpose.
    pub(super) const fn of(self, purpose: KeyPurpose) -> Self {
        match purpose {
            KeyPurpose::AccessTokens => self,
            KeyPurpose::PersonalTokens => {
                Self { rotation_secs: PERSONAL_ROTATION_SECS, token_secs: MOST_SECS, ..self }
            }
        }
    }

    /// Returns the state of a key that starts to sign at `now`.
    const fn active(&self, now: UnixTime) -> SigningKeyState {
        let rotate_at = now.plus(self.rotation_secs);
        SigningKeyState::Active { since: now, rotate_at, sign_until: rotate_at.plus(self.overlap_secs) }
    }

    /// Returns how long a retiring key stays published: until the last token that any replica signed with it has
    /// expired.
    fn retiring_secs(&self) -> u64 {
        self.overlap_secs.max(self.token_secs.saturating_add(CLOCK_SKEW).saturating_add(REPLICA_LAG_SECS))
    }
}

/// One step of the ring, applied in one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Adds an active key and a next key to a ring without an active key.
    Begin,
    /// Makes the next key active and the active key retiring, and adds a new next key.
    Rotate,
    /// Adds a missing next key. No step leads to a ring without one, so this step repairs a damaged ring.
    Replenish,
    /// Removes retiring keys whose last token has expired.
    Remove,
}

impl Step {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Rotate => "rotate",
            Self::Replenish => "replenish",
            Self::Remove => "remove",
        }
    }

    /// Returns how many new keys [`Self::apply`] needs.
    pub(super) const fn new_keys(self) -> usize {
        match self {
            Self::Begin => 2,
            Self::Rotate | Self::Replenish => 1,
            Self::Remove => 0,
        }
    }

    /// Returns the ring after the keys of this purpose took this step. `fresh` contains the new keys of this purpose,
    /// in state `Next`.
    pub(super) fn apply(
        self,
        mut keys: Vec<SigningKeyRecord>,
        mut fresh: Vec<SigningKeyRecord>,
        (purpose, times): (KeyPurpose, &KeyTimes),
        now: UnixTime,
    ) -> Vec<SigningKeyRecord> {
        let times = times.of(purpose);
        match self {
            Self::Begin => {
                if let Some(first) = fresh.first_mut() {
                    first.state = times.active(now);
                }
            }
            Self::Rotate => {
                let mut taken_over = false;
                for key in keys.iter_mut().filter(|key| key.purpose == purpose) {
                    key.state = match key.state {
                        SigningKeyState::Next if !taken_over => {
                            taken_over = true;
                            times.active(now)
                        }
                        SigningKeyState::Next => SigningKeyState::Next,
                        SigningKeyState::Active { since, sign_until, .. } => SigningKeyState::Retiring {
                            since,
                            sign_until,
                            gone_at: now.plus(times.retiring_secs()),
                        },
                        retiring @ SigningKeyState::Retiring { .. } => retiring,
                    };
                }
            }
            Self::Replenish => {}
            Self::Remove => keys.retain(|key| key.purpose != purpose || !is_gone(key, now)),
        }
        keys.extend(fresh);
        keys
    }
}

/// Whether there should be keys for personal access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Personal {
    /// Only if the ring already has such keys.
    AsBefore,
    /// Yes, because one is needed now.
    Wanted,
}

/// Returns the step that is due at `now` and the purpose of the keys that take it; `None` if no step is due. After a
/// few steps none is due.
pub(super) fn due(
    keys: &[SigningKeyRecord],
    times: &KeyTimes,
    personal: Personal,
    now: UnixTime,
) -> Option<(KeyPurpose, Step)> {
    let of = |purpose| {
        let theirs: Vec<&SigningKeyRecord> = keys.iter().filter(|key| key.purpose == purpose).collect();
        let needed =
            purpose == KeyPurpose::AccessTokens || personal == Personal::Wanted || !theirs.is_empty();
        let step = if needed { due_of(&theirs, &times.of(purpose), now) } else { None };
        step.map(|step| (purpose, step))
    };
    of(KeyPurpose::AccessTokens).or_else(|| of(KeyPurpose::PersonalTokens))
}

/// Returns the purposes whose active keys an administrator's rotation replaces.
pub(super) fn rotating(keys: &[SigningKeyRecord]) -> Vec<KeyPurpose> {
    let personal = keys.iter().filter(|key| key.purpose == KeyPurpose::PersonalTokens).count();
    let both = (1..MOST_PERSONAL_KEYS).contains(&personal);
    let all = [KeyPurpose::AccessTokens, KeyPurpose::PersonalTokens];
    all.into_iter().take(if both { 2 } else { 1 }).collect()
}

fn due_of(keys: &[&SigningKeyRecord], times: &KeyTimes, now: UnixTime) -> Option<Step> {
    let active = keys.iter().find_map(|key| match key.state {
        SigningKeyState::Active { since, rotate_at, .. } => Some((since, rotate_at)),
        SigningKeyState::Next | SigningKeyState::Retiring { .. } => None,
    });
    let Some((since, rotate_at)) = active else { return Some(Step::Begin) };
    if !keys.iter().any(|key| matches!(key.state, SigningKeyState::Next)) {
        return Some(Step::Replenish);
    }
    // A shorter rotation period applies to the active key at once, a longer one only to the next key, because the
    // certificate of the active key ends at a fixed time (`sign_until`). If the clock was wrong when the active key
    // began to sign, `since` may be in the future; such a key would sign tokens that nobody accepts.
    let rotate_at = rotate_at.min(since.plus(times.rotation_secs));
    if now >= rotate_at || now.plus(CLOCK_SKEW) < since {
        return Some(Step::Rotate);
    }
    keys.iter().any(|key| is_gone(key, now)).then_some(Step::Remove)
}

fn is_gone(key: &SigningKeyRecord, now: UnixTime) -> bool {
    matches!(key.state, SigningKeyState::Retiring { gone_at, .. } if now >= gone_at)
}
