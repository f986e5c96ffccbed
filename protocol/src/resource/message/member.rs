//! The names of the deciding members: those on which a decision about a message depends.

use super::error::MessageError;
use inner_loops::names::{self, Found, Known};

/// A member that decides, or that distinguishes requests from responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Member {
    JsonRpc,
    Id,
    Method,
    Params,
    Result,
    Error,
    Name,
    Uri,
    Ref,
    TaskId,
}

/// The deciding members of one kind of object.
pub(super) struct Members {
    names: &'static [Known],
    members: &'static [Member],
}

/// The members of a message. The members that every request has stand first.
pub(super) const OF_MESSAGE: Members = Members {
    names: &[
        Known::new("method"),
        Known::new("params"),
        Known::new("jsonrpc"),
        Known::new("id"),
        Known::new("result"),
        Known::new("error"),
    ],
    members: &[Member::Method, Member::Params, Member::JsonRpc, Member::Id, Member::Result, Member::Error],
};

/// The members of a message's parameters.
pub(super) const OF_PARAMS: Members = Members {
    names: &[Known::new("name"), Known::new("uri"), Known::new("ref"), Known::new("taskId")],
    members: &[Member::Name, Member::Uri, Member::Ref, Member::TaskId],
};

/// The members of the reference in the parameters of `completion/complete`.
pub(super) const OF_REF: Members =
    Members { names: &[Known::new("name"), Known::new("uri")], members: &[Member::Name, Member::Uri] };

/// Which members of an object have been read.
#[derive(Clone, Copy, Default)]
pub(super) struct Had(u16);

impl Had {
    /// Notes a member. Returns whether it is the first of its name.
    pub(super) const fn is_first(&mut self, member: Member) -> bool {
        let before = self.0;
        self.0 |= 1 << member as u16;
        before != self.0
    }

    pub(super) const fn has(self, member: Member) -> bool {
        self.0 & (1 << member as u16) != 0
    }
}

/// Returns the member with this name, if it is one of `members`. Fails if the name differs from one of them only in
/// case, because some parsers ignore case.
pub(super) fn find(name: &[u8], members: &Members) -> Result<Option<(&'static str, Member)>, MessageError> {
    let known = |place: u8| members.names.get(usize::from(place)).map(Known::name).unwrap_or_default();
    match names::find(name, members.names) {
        Found::None => Ok(None),
        Found::Case(place) => Err(MessageError::Case(known(place))),
        Found::Same(place) => {
            let member = members.members.get(usize::from(place));
            Ok(member.map(|member| (known(place), *member)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(find(name.as_bytes(), &OF_MESSAGE), Err(MessageError::Case(known)), "{name}");
        }
        for name in ["methods", "metho", "", "i", "idd", "name", "méthod", "method\u{0}", "s", "ſ"] {
            assert_eq!(find(name.as_bytes(), &OF_MESSAGE), Ok(None), "{name}");
        }
        for name in ["taskid", "tas\u{212a}Id", "TAS\u{212a}ıD"] {
            assert_eq!(find(name.as_bytes(), &OF_PARAMS), Err(MessageError::Case("taskId")), "{name}");
        }
        for name in ["tas\u{212b}Id", "tas\u{212a}"] {
            assert_eq!(find(name.as_bytes(), &OF_PARAMS), Ok(None), "{name}");
        }
        assert_eq!(find("urı".as_bytes(), &OF_REF), Err(MessageError::Case("uri")));
        for members in [OF_MESSAGE, OF_PARAMS, OF_REF] {
            assert_eq!(members.names.len(), members.members.len());
            for (known, member) in members.names.iter().zip(members.members) {
                let found = find(known.name().as_bytes(), &members);
                assert_eq!(found, Ok(Some((known.name(), *member))));
            }
        }
    }
}
