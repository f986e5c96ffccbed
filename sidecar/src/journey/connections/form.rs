//! What a request to the connections page asks for.

use protocol::encoding::b64url_decode;
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
}

/// What the page says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// One connection ended.
    One,
    /// All of them ended.
    All,
    /// Nothing: it had ended before.
    Nothing,
}

/// What a button of the page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Ends one connection.
    End(GrantId),
    /// Asks whether to end all of them.
    AskEndAll,
    /// Ends all of them.
    EndAll,
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
        Ok(Self::Page { from, done })
    }
}

impl Done {
    /// The name in the query.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::All => "all",
            Self::Nothing => "none",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::One, Self::All, Self::Nothing].into_iter().find(|done| done.name() == name)
    }
}

impl Action {
    /// Reads the form; `None` if it has no such action.
    pub(super) fn read(form: &Form) -> Result<Option<Self>, TooLong> {
        limits::ALL.check(form)?;
        let grant = || b64url_decode(form.get("grant")?).ok()?.try_into().ok().map(GrantId);
        Ok(match form.get("action") {
            Some("end") => grant().map(Self::End),
            Some("end_all") => Some(Self::AskEndAll),
            Some("end_all_confirmed") => Some(Self::EndAll),
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
            Self::SignOut => "sign_out",
        }
    }

    /// What the form token is about: the action, and the grant that it ends.
    pub(super) fn fingerprint(self) -> String {
        match self {
            Self::End(grant) => format!("{} {grant}", self.name()),
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
            Action::SignOut,
        ];
        let mut tokens = std::collections::BTreeSet::new();
        for action in actions {
            let id = if let Action::End(id) = action { id.to_string() } else { String::new() };
            let read = Action::read(&form(&format!("action={}&grant={id}", action.name())));
            assert_eq!(read, Ok(Some(action)));
            assert!(tokens.insert(action.fingerprint()));
        }
        for text in ["", "action=", "action=end", "action=end&grant=x", "action=delete"] {
            assert_eq!(Action::read(&form(text)), Ok(None), "{text}");
        }
        assert!(Action::read(&form(&format!("action={}", "x".repeat(33)))).is_err());
    }
}
