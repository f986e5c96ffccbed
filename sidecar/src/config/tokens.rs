//! Lifetimes of tokens and signing keys. Durations are in seconds.

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};
use protocol::personal_token::MOST_DAYS;
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
const PERSONAL_TOKENS: Variable = Variable {
    name: "BOUNCER_PERSONAL_TOKENS",
    default: Default::Absent("off"),
    meaning: "the option `personalTokens` of the middleware `mcp-auth` that the sidecar writes for Traefik: for how many days at most users may make personal access tokens, such as `90`. Requires `BOUNCER_SHARE_DIR`",
};
pub(super) const VARIABLES: &[Variable] = &[
    ACCESS_TOKEN_TTL,
    REFRESH_TOKEN_TTL,
    REFRESH_GRACE,
    KEY_ROTATION_DAYS,
    KEY_OVERLAP_HOURS,
    PERSONAL_TOKENS,
];

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
    /// The maximum lifetime, in days, of personal access tokens that users make at the middleware `mcp-auth`; `None`:
    /// users can make none.
    pub personal_days: Option<u16>,
}

impl Tokens {
    pub(super) fn read(source: &mut Source) -> Self {
        Self {
            access_token_ttl_secs: source.or(&ACCESS_TOKEN_TTL, parse::hours),
            refresh_token_ttl_secs: source.or(&REFRESH_TOKEN_TTL, parse::days),
            refresh_grace_secs: source.or(&REFRESH_GRACE, |text| parse::duration(text, 1)),
            key_rotation_secs: source.or(&KEY_ROTATION_DAYS, parse::days),
            key_overlap_secs: source.or(&KEY_OVERLAP_HOURS, parse::hours),
            personal_days: source.optional(&PERSONAL_TOKENS, personal_days),
        }
    }

    /// Appends a problem for each lifetime that is out of range or contradicts another. `is_shared`: whether the plugin
    /// reads the list of revoked grants in the folder that sidecar and Traefik share.
    pub(super) fn check(&self, is_shared: bool, problems: &mut Vec<String>) {
        if self.personal_days.is_some() && !is_shared {
            problems.push(
                "BOUNCER_PERSONAL_TOKENS needs BOUNCER_SHARE_DIR, whose list of revoked grants ends such a token"
                    .into(),
            );
        }
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

fn personal_days(text: &str) -> Result<u16, String> {
    let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.ok_or_else(|| format!("must be a number of days from 1 to {MOST_DAYS}"))
}
