//! Decides which step the ring needs, from values alone.

use protocol::time::{CLOCK_SKEW, UnixTime};
use store::record::{SigningKeyRecord, SigningKeyState};

/// How long other replicas may still sign with a key after one replica has replaced it, in seconds; several sweep
/// ticks.
const REPLICA_LAG_SECS: u64 = 600;

/// The times in a key's life, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    /// How long a key signs (`BOUNCER_KEY_ROTATION_DAYS`).
    pub rotation_secs: u64,
    /// How long it may sign beyond that if no other key replaces it, and the minimum time it stays published afterwards
    /// (`BOUNCER_KEY_OVERLAP_HOURS`).
    pub overlap_secs: u64,
    /// The lifetime of an access token (`BOUNCER_ACCESS_TOKEN_TTL`).
    pub token_secs: u64,
}

impl KeyTimes {
    /// The state of a key that starts to sign at `now`.
    const fn active(&self, now: UnixTime) -> SigningKeyState {
        let rotate_at = now.plus(self.rotation_secs);
        SigningKeyState::Active { since: now, rotate_at, sign_until: rotate_at.plus(self.overlap_secs) }
    }

    /// How long a retiring key stays published: until the last token that any replica signed with it has expired.
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
    /// Adds a missing next key. No step can lead to this; it repairs a damaged ring.
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

    /// How many new keys [`Self::apply`] needs.
    pub(super) const fn new_keys(self) -> usize {
        match self {
            Self::Begin => 2,
            Self::Rotate | Self::Replenish => 1,
            Self::Remove => 0,
        }
    }

    /// The ring after this step. `fresh` contains new keys in state `Next`.
    pub(super) fn apply(
        self,
        mut keys: Vec<SigningKeyRecord>,
        mut fresh: Vec<SigningKeyRecord>,
        times: &KeyTimes,
        now: UnixTime,
    ) -> Vec<SigningKeyRecord> {
        match self {
            Self::Begin => {
                if let Some(first) = fresh.first_mut() {
                    first.state = times.active(now);
                }
            }
            Self::Rotate => {
                let mut taken_over = false;
                for key in &mut keys {
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
            Self::Remove => keys.retain(|key| !is_gone(key, now)),
        }
        keys.extend(fresh);
        keys
    }
}

/// The step that is due at `now`, if any. After a few steps none is due.
pub(super) fn due(keys: &[SigningKeyRecord], times: &KeyTimes, now: UnixTime) -> Option<Step> {
    let active = keys.iter().find_map(|key| match key.state {
        SigningKeyState::Active { since, rotate_at, .. } => Some((since, rotate_at)),
        SigningKeyState::Next | SigningKeyState::Retiring { .. } => None,
    });
    let Some((since, rotate_at)) = active else { return Some(Step::Begin) };
    if !keys.iter().any(|key| matches!(key.state, SigningKeyState::Next)) {
        return Some(Step::Replenish);
    }
    // A shorter rotation period applies to the current key at once, a longer one only to the next key, because the
    // certificate's `sign_until` is fixed. A key whose time starts in the future (the clock was wrong when it became
    // active) would sign tokens that nobody accepts.
    let rotate_at = rotate_at.min(since.plus(times.rotation_secs));
    if now >= rotate_at || now.plus(CLOCK_SKEW) < since {
        return Some(Step::Rotate);
    }
    keys.iter().any(|key| is_gone(key, now)).then_some(Step::Remove)
}

fn is_gone(key: &SigningKeyRecord, now: UnixTime) -> bool {
    matches!(key.state, SigningKeyState::Retiring { gone_at, .. } if now >= gone_at)
}
