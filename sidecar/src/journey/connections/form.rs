//! What a request to the connections page asks for.

use protocol::encoding::{b64url_decode, b64url_encode};
use protocol::form::Form;
use protocol::limits::TooLong;
use protocol::limits::page as limits;
use store::record::GrantId;

/// What a `GET` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The page.
    Page {
        /// How many of the newest connections are left out.
        from: usize,
        /// What was done before.
        done: Option<Done>,
    },
    /// All of it as a file.
    Download,
    /// The personal access tokens.
    Tokens {
        /// How many of the newest are left out.
        from: usize,
        /// What was done before.
        done: Option<Done>,
    },
    /// The form for a new personal access token.
    NewToken,
}

/// What the page says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// One connection ended.
    One,
    /// All of them ended.
    All,
    /// One personal access token ended.
    Token,
    /// Nothing: it had ended before.
    Nothing,
}

/// What makes the form for a new token one of its own: sent twice, it makes one token.
pub(super) type Once = [u8; 16];

/// What a button of the page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Ends one connection.
    End(GrantId),
    /// Asks whether to end all of them.
    AskEndAll,
    /// Ends all of them.
    EndAll,
    /// Ends one personal access token.
    EndToken(GrantId),
    /// Makes a personal access token.
    CreateToken(Once),
    /// Ends the session.
    SignOut,
}

impl Shown {
    /// Reads the query. What is malformed is ignored.
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
    /// The name in the query.
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
    /// Reads the form; `None` if it has no such action.
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

    /// The name in the form.
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

    /// What the form token is about: the action, and the grant that it ends.
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
