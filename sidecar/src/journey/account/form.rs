//! What a request to the account page asks for.

use protocol::form::Form;
use protocol::limits::TooLong;
use protocol::limits::page as limits;
use protocol::secret::Secret;

/// What the page says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// The password was changed.
    Password,
    /// The second factor was turned off.
    TurnedOff,
}

/// What a `GET` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The page, which says what was done before.
    Page(Option<Done>),
    /// How to set up a second factor.
    SetUp,
}

impl Shown {
    /// Reads the query. What is unknown is ignored.
    pub(super) fn read(query: &Form) -> Result<Self, TooLong> {
        limits::ALL.check(query)?;
        if query.get("set_up") == Some(SECOND_FACTOR) {
            return Ok(Self::SetUp);
        }
        let name = query.get("done");
        Ok(Self::Page(Done::ALL.into_iter().find(|done| Some(done.name()) == name)))
    }
}

/// The value of `set_up`.
pub(super) const SECOND_FACTOR: &str = "second_factor";

/// What a button of the page does.
#[derive(Debug)]
pub(super) enum Action {
    /// Changes the password.
    Password(Passwords),
    /// Sets up a second factor.
    Enrol(SetUp),
    /// Turns the second factor off; with this code.
    TurnOff(String),
}

/// What was typed to change the password.
#[derive(Debug)]
pub(super) struct Passwords {
    pub(super) present: Secret<String>,
    pub(super) new: Secret<String>,
    pub(super) repeated: Secret<String>,
    /// Empty if no second factor is set up.
    pub(super) code: String,
}

/// What was typed to set up a second factor.
#[derive(Debug)]
pub(super) struct SetUp {
    pub(super) present: Secret<String>,
    pub(super) code: String,
    pub(super) enrolment: String,
}

impl Done {
    /// Every one.
    const ALL: [Self; 2] = [Self::Password, Self::TurnedOff];

    /// The name in the query.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::TurnedOff => "turned_off",
        }
    }
}

// The names of the actions in forms.
pub(super) const PASSWORD: &str = "password";
pub(super) const ENROL: &str = "enrol";
pub(super) const TURN_OFF: &str = "turn_off";

impl Action {
    /// Reads the form; `None` if it has no such action.
    pub(super) fn read(form: &Form) -> Result<Option<Self>, TooLong> {
        limits::ALL.check(form)?;
        let secret = |name| Secret::new(form.get(name).unwrap_or_default().to_owned());
        Ok(match form.get("action") {
            Some(PASSWORD) => Some(Self::Password(Passwords {
                present: secret("password"),
                new: secret("new_password"),
                repeated: secret("repeated_password"),
                code: form.get("code").unwrap_or_default().to_owned(),
            })),
            Some(ENROL) => Some(Self::Enrol(SetUp {
                present: secret("password"),
                code: form.get("code").unwrap_or_default().to_owned(),
                enrolment: form.get("enrolment").unwrap_or_default().to_owned(),
            })),
            Some(TURN_OFF) => Some(Self::TurnOff(form.get("code").unwrap_or_default().to_owned())),
            _ => None,
        })
    }

    /// The name in the form.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Password(_) => PASSWORD,
            Self::Enrol(_) => ENROL,
            Self::TurnOff(_) => TURN_OFF,
        }
    }
}

/// What the form token of an action is about. The names differ from those of other pages.
pub(super) fn fingerprint(action: &str) -> String {
    ["account ", action].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn queries_are_read() {
        for done in Done::ALL {
            let shown = Shown::read(&form(&format!("done={}", done.name())));
            assert_eq!(shown, Ok(Shown::Page(Some(done))));
        }
        assert_eq!(Shown::read(&form("done=other&set_up=x")), Ok(Shown::Page(None)));
        assert_eq!(Shown::read(&form("set_up=second_factor")), Ok(Shown::SetUp));
        assert!(Shown::read(&form("done=12345678901234567")).is_err());
    }

    #[test]
    fn actions_are_read() {
        let read =
            Action::read(&form("action=password&password=a&new_password=b&repeated_password=c&code=d"));
        let Ok(Some(action)) = read else { panic!("{read:?}") };
        assert_eq!(action.name(), PASSWORD);
        let Action::Password(typed) = action else { panic!("{action:?}") };
        assert_eq!(typed.code, "d");
        let typed = [typed.present, typed.new, typed.repeated].map(|secret| secret.expose().clone());
        assert_eq!(typed, ["a", "b", "c"]);
        let read = Action::read(&form("action=enrol&password=a&code=b&enrolment=c"));
        let Ok(Some(Action::Enrol(typed))) = read else { panic!("{read:?}") };
        assert_eq!([typed.present.expose(), &typed.code, &typed.enrolment], ["a", "b", "c"]);
        let read = Action::read(&form("action=turn_off&code=b"));
        assert!(matches!(&read, Ok(Some(Action::TurnOff(code))) if code == "b"), "{read:?}");
        for text in ["", "action=", "action=end"] {
            assert!(matches!(Action::read(&form(text)), Ok(None)), "{text}");
        }
        let long = "x".repeat(1_025);
        for name in ["password", "new_password", "repeated_password"] {
            assert!(Action::read(&form(&format!("action=password&{name}={long}"))).is_err(), "{name}");
        }
    }
}
