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
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
}

/// What a `GET` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The page, which says what was done before.
    Page(Option<Done>),
    /// How to set up a second factor.
    SetUp,
    /// How to add a passkey.
    SetUpPasskey,
}

impl Shown {
    /// Reads the query. What is unknown is ignored.
    pub(super) fn read(query: &Form) -> Result<Self, TooLong> {
        limits::ALL.check(query)?;
        match query.get("set_up") {
            Some(SECOND_FACTOR) => return Ok(Self::SetUp),
            Some(PASSKEY) => return Ok(Self::SetUpPasskey),
            _ => {}
        }
        let name = query.get("done");
        Ok(Self::Page(Done::ALL.into_iter().find(|done| Some(done.name()) == name)))
    }
}

// The values of the parameter `set_up`.
pub(super) const SECOND_FACTOR: &str = "second_factor";
pub(super) const PASSKEY: &str = "passkey";

/// What a button of the page does.
#[derive(Debug)]
pub(super) enum Action {
    /// Changes the password.
    Password(Passwords),
    /// Sets up a second factor.
    Enrol(SetUp),
    /// Turns the second factor off; with this code.
    TurnOff(String),
    /// Checks the password of a user who wants to add a passkey.
    ProvePassword(ProvePassword),
    /// Adds a passkey.
    AddPasskey(AddPasskey),
    /// Removes the passkey with this id.
    RemovePasskey(String),
}

/// What was typed to change the password.
#[derive(Debug)]
pub(super) struct Passwords {
    pub(super) present: Secret<String>,
    pub(super) new: Secret<String>,
    pub(super) repeated: Secret<String>,
    /// The code of the second factor; empty if none is set up.
    pub(super) code: String,
}

/// What was typed to set up a second factor.
#[derive(Debug)]
pub(super) struct SetUp {
    pub(super) present: Secret<String>,
    pub(super) code: String,
    pub(super) enrolment: String,
}

/// What the user typed before a passkey is made.
#[derive(Debug)]
pub(super) struct ProvePassword {
    /// The name that the user gives to the passkey.
    pub(super) name: String,
    pub(super) present: Secret<String>,
    /// The code of the second factor; empty if none is set up.
    pub(super) code: String,
}

/// A passkey that the browser has made.
#[derive(Debug)]
pub(super) struct AddPasskey {
    pub(super) name: String,
    /// The browser's response, which the script of the page has sent.
    pub(super) response: String,
}

impl Done {
    /// Every one.
    const ALL: [Self; 4] = [Self::Password, Self::TurnedOff, Self::PasskeyAdded, Self::PasskeyRemoved];

    /// The name in the query.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::TurnedOff => "turned_off",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
        }
    }
}

// The names of the actions in forms.
pub(super) const PASSWORD: &str = "password";
pub(super) const ENROL: &str = "enrol";
pub(super) const TURN_OFF: &str = "turn_off";
pub(super) const PROVE_PASSWORD: &str = "prove_password";
pub(super) const ADD_PASSKEY: &str = "add_passkey";
pub(super) const REMOVE_PASSKEY: &str = "remove_passkey";

impl Action {
    /// Reads the form; `None` if it has no such action.
    pub(super) fn read(form: &Form) -> Result<Option<Self>, TooLong> {
        limits::ALL.check(form)?;
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        let secret = |name| Secret::new(text(name));
        Ok(match form.get("action") {
            Some(PASSWORD) => Some(Self::Password(Passwords {
                present: secret("password"),
                new: secret("new_password"),
                repeated: secret("repeated_password"),
                code: text("code"),
            })),
            Some(ENROL) => Some(Self::Enrol(SetUp {
                present: secret("password"),
                code: text("code"),
                enrolment: text("enrolment"),
            })),
            Some(TURN_OFF) => Some(Self::TurnOff(text("code"))),
            Some(PROVE_PASSWORD) => Some(Self::ProvePassword(ProvePassword {
                name: text("name"),
                present: secret("password"),
                code: text("code"),
            })),
            Some(ADD_PASSKEY) => {
                Some(Self::AddPasskey(AddPasskey { name: text("name"), response: text("passkey") }))
            }
            Some(REMOVE_PASSKEY) => Some(Self::RemovePasskey(text("passkey_id"))),
            _ => None,
        })
    }

    /// The name in the form.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Password(_) => PASSWORD,
            Self::Enrol(_) => ENROL,
            Self::TurnOff(_) => TURN_OFF,
            Self::ProvePassword(_) => PROVE_PASSWORD,
            Self::AddPasskey(_) => ADD_PASSKEY,
            Self::RemovePasskey(_) => REMOVE_PASSKEY,
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
        assert_eq!(Shown::read(&form("set_up=passkey")), Ok(Shown::SetUpPasskey));
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
        let read = Action::read(&form("action=prove_password&name=a&password=b&code=c"));
        let Ok(Some(Action::ProvePassword(typed))) = read else { panic!("{read:?}") };
        assert_eq!([&typed.name, typed.present.expose(), &typed.code], ["a", "b", "c"]);
        let read = Action::read(&form("action=add_passkey&name=a&passkey=b"));
        let Ok(Some(Action::AddPasskey(made))) = read else { panic!("{read:?}") };
        assert_eq!([&made.name, &made.response], ["a", "b"]);
        let read = Action::read(&form("action=remove_passkey&passkey_id=a"));
        assert!(matches!(&read, Ok(Some(Action::RemovePasskey(id))) if id == "a"), "{read:?}");
        for text in ["", "action=", "action=end"] {
            assert!(matches!(Action::read(&form(text)), Ok(None)), "{text}");
        }
        let long = "x".repeat(1_025);
        for name in ["password", "new_password", "repeated_password"] {
            assert!(Action::read(&form(&format!("action=password&{name}={long}"))).is_err(), "{name}");
        }
    }
}
