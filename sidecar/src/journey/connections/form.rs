//! What a request to the connections page asks for, read from its query or form.

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::form::Form;
use protocol::limits::TooLong;
use protocol::limits::page as limits;
use store::record::GrantId;

/// What a `GET` request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The list of connections.
    Page {
        /// How many of the newest connections are left out.
        from: usize,
        /// What an earlier request did.
        done: Option<Done>,
    },
    /// All connections and tokens as a file.
    Download,
    /// The list of personal access tokens.
    Tokens {
        /// How many of the newest tokens are left out.
        from: usize,
        /// What an earlier request did.
        done: Option<Done>,
    },
    /// The form for a new personal access token.
    NewToken,
}

/// What an earlier request did, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It ended one connection.
    One,
    /// It ended all connections.
    All,
    /// It ended one personal access token.
    Token,
    /// It ended nothing, because the connection or token had ended before.
    Nothing,
}

/// A random value that makes each form for a new token unique: if the form is sent twice, it makes one token.
pub(super) type Once = [u8; 16];

/// What a button of the pages does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Ends one connection.
    End(GrantId),
    /// Asks the user whether to end all connections.
    AskEndAll,
    /// Ends all connections.
    EndAll,
    /// Ends one personal access token.
    EndToken(GrantId),
    /// Creates a personal access token, with the form that has this value.
    CreateToken(Once),
    /// Ends the session.
    SignOut,
}

impl Shown {
    /// Reads the query. Malformed values are ignored. Fails if a value is too long.
    pub(super) fn read(query: &Form) -> Result<Self, TooLong> {
        limits::ALL.check(query)?;
        if query.get("download") == Some("json") {
            return Ok(Self::Download);
        }
        let done = query.get("done").and_then(Done::parse);
        let from = query.get("from").and_then(|from| from.parse().ok()).unwrap_or_default();
        Ok(match query.get("view") {
            Some("tokens") => Self::Tokens { from, done },
            Some("new-token") => Self::NewToken,
            _ => Self::Page { from, done },
        })
    }
}

impl Done {
    /// Returns the name of this value in the query.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::All => "all",
            Self::Token => "token",
            Self::Nothing => "none",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::One, Self::All, Self::Token, Self::Nothing].into_iter().find(|done| done.name() == name)
    }
}

impl Action {
    /// Reads the form; `None` if it has no known action, or if an id that the action needs is missing or malformed.
    pub(super) fn read(form: &Form) -> Result<Option<Self>, TooLong> {
        limits::ALL.check(form)?;
        let bytes = |name| b64url_decode(form.get(name)?).ok()?.try_into().ok();
        let grant = || bytes("grant").map(GrantId);
        Ok(match form.get("action") {
            Some("end") => grant().map(Self::End),
            Some("end_all") => Some(Self::AskEndAll),
            Some("end_all_confirmed") => Some(Self::EndAll),
            Some("end_token") => grant().map(Self::EndToken),
            Some("create_token") => bytes("once").map(Self::CreateToken),
            Some("sign_out") => Some(Self::SignOut),
            _ => None,
        })
    }

    /// Returns the name of this action in the form.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::End(_) => "end",
            Self::AskEndAll => "end_all",
            Self::EndAll => "end_all_confirmed",
            Self::EndToken(_) => "end_token",
            Self::CreateToken(_) => "create_token",
            Self::SignOut => "sign_out",
        }
    }

    /// Returns what the form token is about: the action, and the grant or the form to which it applies.
    pub(super) fn fingerprint(self) -> String {
        match self {
            Self::End(grant) | Self::EndToken(grant) => format!("{} {grant}", self.name()),
            Self::CreateToken(once) => format!("{} {}", self.name(), b64url_encode(&once)),
            Self::AskEndAll | Self::EndAll | Self::SignOut => self.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn queries_are_read() {
        let page = |from, done| Shown::Page { from, done };
        for (query, shown) in [
            ("", page(0, None)),
            ("from=20&done=one", page(20, Some(Done::One))),
            ("from=-1&done=other", page(0, None)),
            ("download=xml", page(0, None)),
            ("download=json&from=20", Shown::Download),
            ("view=tokens&from=8&done=token", Shown::Tokens { from: 8, done: Some(Done::Token) }),
            ("view=new-token", Shown::NewToken),
            ("view=other", page(0, None)),
        ] {
            assert_eq!(Shown::read(&form(query)), Ok(shown), "{query}");
        }
        assert!(Shown::read(&form("from=10000")).is_err());
    }

    #[test]
    fn every_action_is_read_from_its_name_and_has_a_token_of_its_own() {
        let grant = GrantId([7; 16]);
        let actions = [
            Action::End(grant),
            Action::End(GrantId([8; 16])),
            Action::AskEndAll,
            Action::EndAll,
            Action::EndToken(grant),
            Action::CreateToken([1; 16]),
            Action::CreateToken([2; 16]),
            Action::SignOut,
        ];
        let mut tokens = std::collections::BTreeSet::new();
        for action in actions {
            let (mut id, mut once) = (String::new(), String::new());
            match action {
                Action::End(grant) | Action::EndToken(grant) => id = grant.to_string(),
                Action::CreateToken(own) => once = b64url_encode(&own),
                _ => {}
            }
            let read = Action::read(&form(&format!("action={}&grant={id}&once={once}", action.name())));
            assert_eq!(read, Ok(Some(action)));
            assert!(tokens.insert(action.fingerprint()));
        }
        for text in [
            "",
            "action=",
            "action=end",
            "action=end&grant=x",
            "action=end_token",
            "action=create_token",
            "action=create_token&once=x",
            "action=delete",
        ] {
            assert_eq!(Action::read(&form(text)), Ok(None), "{text}");
        }
        assert!(Action::read(&form(&format!("action={}", "x".repeat(33)))).is_err());
    }
}
