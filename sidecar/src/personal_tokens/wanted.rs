//! The properties of a new personal access token, as its user or an administrator asks for them.

use protocol::limits::page as limits;
use protocol::scope::ScopeSet;

use crate::client_name::clean;

/// The requested name, scopes and lifetime in days of a new personal access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    name: String,
    scopes: ScopeSet,
    days: u16,
}

/// What is wrong with the properties of a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing is left of the name without invisible characters, or the name is too long.
    #[error("the name of a token has 1 to {} bytes and shows something", limits::TOKEN_NAME.most)]
    Name,
    /// The lifetime is not a number of days, or is longer than the tenant or the provider allows.
    #[error("the days of a token are a number that personalTokens allows, and at most 30 with a provider")]
    Days,
    /// The scopes cannot be read.
    #[error("the scopes of a token are malformed")]
    Scopes,
}

impl Wanted {
    /// Reads the properties. Removes invisible characters from the name. Does not compare the lifetime with the
    /// tenant's limit.
    pub fn read(name: &str, scopes: ScopeSet, days: &str) -> Result<Self, Malformed> {
        limits::TOKEN_NAME.check(name.len()).map_err(|_| Malformed::Name)?;
        let name = clean(name);
        if name.is_empty() {
            return Err(Malformed::Name);
        }
        let digits = days.bytes().all(|byte| byte.is_ascii_digit());
        let days = days.parse().ok().filter(|days| digits && *days > 0).ok_or(Malformed::Days)?;
        Ok(Self { name, scopes, days })
    }

    /// Returns the name, as it is shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the scopes.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// Returns the lifetime in days, at least 1.
    pub const fn days(&self) -> u16 {
        self.days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, days: &str) -> Result<(String, u16), Malformed> {
        Wanted::read(name, ScopeSet::new(), days).map(|wanted| (wanted.name, wanted.days))
    }

    #[test]
    fn names_are_plain_and_days_are_numbers() {
        assert_eq!(read(" nightly\u{202e} build ", "90"), Ok(("nightly build".to_owned(), 90)));
        for name in ["", "  ", "\u{200b}\u{202e}", &"x".repeat(201)] {
            assert_eq!(read(name, "1"), Err(Malformed::Name), "{name:?}");
        }
        for days in ["", "0", "-1", "+1", "1.5", "90 ", "65536", "ninety"] {
            assert_eq!(read("a", days), Err(Malformed::Days), "{days:?}");
        }
    }
}
