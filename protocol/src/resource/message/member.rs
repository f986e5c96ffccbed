//! The names of the deciding members: those on which a decision about a message depends.

use super::error::MessageError;
use inner_loops::names::{self, Found, Known};

/// A member that decides, or that distinguishes requests from responses. Its number is that of its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Member(u8);

impl Member {
    // Those whose text is kept come first (`is_kept`).
    pub(super) const ID: Self = Self(0);
    pub(super) const METHOD: Self = Self(1);
    pub(super) const NAME: Self = Self(2);
    pub(super) const URI: Self = Self(3);
    pub(super) const TASK_ID: Self = Self(4);
    pub(super) const PARAMS: Self = Self(5);
    pub(super) const REF: Self = Self(6);
    pub(super) const JSON_RPC: Self = Self(7);
    pub(super) const RESULT: Self = Self(8);
    pub(super) const ERROR: Self = Self(9);
    /// Any other member, or none.
    pub(super) const OTHER: Self = Self(Found::NONE.number());

    /// Whether the value is a text that is kept.
    pub(super) const fn is_kept(self) -> bool {
        self.0 <= Self::TASK_ID.0
    }

    /// Whether the value is an object whose members are read.
    pub(super) const fn has_members(self) -> bool {
        matches!(self, Self::PARAMS | Self::REF)
    }

    const fn named(self, name: &'static str) -> Known {
        Known::new(name, self.0)
    }
}

/// The deciding members of a message. Those that every request has stand first.
pub(super) const OF_MESSAGE: [Known; 6] = [
    Member::METHOD.named("method"),
    Member::PARAMS.named("params"),
    Member::JSON_RPC.named("jsonrpc"),
    Member::ID.named("id"),
    Member::RESULT.named("result"),
    Member::ERROR.named("error"),
];

/// The deciding members of a message's parameters.
pub(super) const OF_PARAMS: [Known; 4] = [
    Member::NAME.named("name"),
    Member::URI.named("uri"),
    Member::REF.named("ref"),
    Member::TASK_ID.named("taskId"),
];

/// The deciding members of the reference in the parameters of `completion/complete`.
pub(super) const OF_REF: [Known; 2] = [Member::NAME.named("name"), Member::URI.named("uri")];

/// Which members of an object have been read.
#[derive(Clone, Copy, Default)]
pub(super) struct Had(u16);

impl Had {
    /// Notes a deciding member. Returns whether it is the first of its name.
    pub(super) const fn is_first(&mut self, member: Member) -> bool {
        let before = self.0;
        self.0 |= 1 << member.0;
        before != self.0
    }

    pub(super) const fn has(self, member: Member) -> bool {
        self.0 & (1 << member.0) != 0
    }
}

/// Returns the member with this name, if it is one of `members`. Fails if the name differs from one of them only in
/// case, because some parsers ignore case, or if the object had the member already.
pub(super) fn find(name: &[u8], members: &'static [Known], had: &mut Had) -> Result<Member, MessageError> {
    let found = names::find(name, members);
    let member = Member(found.number());
    if member == Member::OTHER || (!found.is_other_case() && had.is_first(member)) {
        return Ok(member);
    }
    let known = members.iter().find(|known| known.number() == member.0).map_or("", Known::name);
    Err(if found.is_other_case() { MessageError::Case(known) } else { MessageError::Repeated(known) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, members: &'static [Known]) -> Result<Member, MessageError> {
        find(name.as_bytes(), members, &mut Had::default())
    }

    #[test]
    fn a_name_that_differs_in_case_alone_is_refused() {
        for (name, known) in [
            ("Method", "method"),
            ("METHOD", "method"),
            ("paramſ", "params"),
            ("PARAMſ", "params"),
            ("jſonrpc", "jsonrpc"),
            ("reſult", "result"),
            ("ıd", "id"),
            ("İD", "id"),
        ] {
            assert_eq!(of(name, &OF_MESSAGE), Err(MessageError::Case(known)), "{name}");
        }
        for name in ["methods", "metho", "", "i", "idd", "name", "méthod", "method\u{0}", "s", "ſ"] {
            assert_eq!(of(name, &OF_MESSAGE), Ok(Member::OTHER), "{name}");
        }
        for name in ["taskid", "tas\u{212a}Id", "TAS\u{212a}ıD"] {
            assert_eq!(of(name, &OF_PARAMS), Err(MessageError::Case("taskId")), "{name}");
        }
        for name in ["tas\u{212b}Id", "tas\u{212a}"] {
            assert_eq!(of(name, &OF_PARAMS), Ok(Member::OTHER), "{name}");
        }
        assert_eq!(of("urı", &OF_REF), Err(MessageError::Case("uri")));
    }

    #[test]
    fn a_member_is_found_once_in_its_object() {
        for members in [&OF_MESSAGE[..], &OF_PARAMS, &OF_REF] {
            let mut had = Had::default();
            for known in members {
                let found = find(known.name().as_bytes(), members, &mut had);
                assert_eq!(found, Ok(Member(known.number())));
                assert!(had.has(Member(known.number())));
            }
            for known in members {
                let again = find(known.name().as_bytes(), members, &mut had);
                assert_eq!(again, Err(MessageError::Repeated(known.name())));
            }
        }
    }
}
