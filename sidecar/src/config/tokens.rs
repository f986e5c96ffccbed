//! Lifetimes of tokens and signing keys. Durations are in seconds.

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use store::limits::LONGEST_TOKEN_SECS;

const ACCESS_TOKEN_TTL: Variable = Variable {
    name: "BOUNCER_ACCESS_TOKEN_TTL",
    default: Default::Number("1", "hours"),
    meaning: "lifetime of an access token",
};
const REFRESH_TOKEN_TTL: Variable = Variable {
    name: "BOUNCER_REFRESH_TOKEN_TTL",
    default: Default::Number("30", "days"),
    meaning: "how long a grant lives without being used; it ends after twelve times this time in any case",
};
const REFRESH_GRACE: Variable = Variable {
    name: "BOUNCER_REFRESH_GRACE",
    default: Default::Number("60", "seconds"),
    meaning: "how long a refresh token that has been used still yields the same successor",
};
const KEY_ROTATION_DAYS: Variable = Variable {
    name: "BOUNCER_KEY_ROTATION_DAYS",
    default: Default::Number("30", "days"),
    meaning: "how long a key is used to sign",
};
const KEY_OVERLAP_HOURS: Variable = Variable {
    name: "BOUNCER_KEY_OVERLAP_HOURS",
    default: Default::Number("24", "hours"),
    meaning: "how long two signing keys overlap at a rotation",
};
pub(super) const VARIABLES: &[Variable] =
    &[ACCESS_TOKEN_TTL, REFRESH_TOKEN_TTL, REFRESH_GRACE, KEY_ROTATION_DAYS, KEY_OVERLAP_HOURS];

/// The settings of this section.
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    /// The lifetime of an access token.
    pub access_token_ttl_secs: u64,
    /// How long a grant lives without being used.
    pub refresh_token_ttl_secs: u64,
    /// How long a refresh token that has been used still yields the same successor.
    pub refresh_grace_secs: u64,
    /// How long a signing key is used to sign.
    pub key_rotation_secs: u64,
    /// How long two signing keys overlap at a rotation.
    pub key_overlap_secs: u64,
}

impl Tokens {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            access_token_ttl_secs: source.or(&ACCESS_TOKEN_TTL, parse::hours),
            refresh_token_ttl_secs: source.or(&REFRESH_TOKEN_TTL, parse::days),
            refresh_grace_secs: source.or(&REFRESH_GRACE, |text| parse::duration(text, 1)),
            key_rotation_secs: source.or(&KEY_ROTATION_DAYS, parse::days),
            key_overlap_secs: source.or(&KEY_OVERLAP_HOURS, parse::hours),
        }
    }

    /// Appends a problem for each lifetime that is out of range or contradicts another.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if self.access_token_ttl_secs == 0 || self.access_token_ttl_secs > LONGEST_TOKEN_SECS {
            problems.push("BOUNCER_ACCESS_TOKEN_TTL must be between one second and 24 hours".into());
        }
        if self.refresh_token_ttl_secs < self.access_token_ttl_secs {
            problems
                .push("BOUNCER_REFRESH_TOKEN_TTL must not be shorter than BOUNCER_ACCESS_TOKEN_TTL".into());
        }
        if self.refresh_grace_secs > 600 {
            problems.push("BOUNCER_REFRESH_GRACE must be at most 600 seconds".into());
        }
        if self.key_rotation_secs < 3600 {
            problems.push("BOUNCER_KEY_ROTATION_DAYS must be at least one hour (write it as 1h)".into());
        }
        if self.key_overlap_secs < self.access_token_ttl_secs {
            problems.push(
                "BOUNCER_KEY_OVERLAP_HOURS must not be shorter than BOUNCER_ACCESS_TOKEN_TTL: a token must not outlive its key"
                    .into(),
            );
        }
    }
}
