//! The names of the deciding members: those on which a decision about a message depends.

use super::error::MessageError;
use inner_loops::Like;

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

/// The members of a message. The members that every request has stand first.
pub(super) const OF_MESSAGE: &[(&str, Member)] = &[
    ("method", Member::Method),
    ("params", Member::Params),
    ("jsonrpc", Member::JsonRpc),
    ("id", Member::Id),
    ("result", Member::Result),
    ("error", Member::Error),
];

/// The members of a message's parameters.
pub(super) const OF_PARAMS: &[(&str, Member)] =
    &[("name", Member::Name), ("uri", Member::Uri), ("ref", Member::Ref), ("taskId", Member::TaskId)];

/// The members of the reference in the parameters of `completion/complete`.
pub(super) const OF_REF: &[(&str, Member)] = &[("name", Member::Name), ("uri", Member::Uri)];

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
pub(super) fn find(
    name: &[u8],
    members: &'static [(&'static str, Member)],
) -> Result<Option<(&'static str, Member)>, MessageError> {
    for (known, member) in members {
        match inner_loops::like(name, known.as_bytes()) {
            Like::Other => {}
            Like::Case => return Err(MessageError::Case(known)),
            Like::Same => return Ok(Some((known, *member))),
        }
    }
    Ok(None)
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
            assert_eq!(find(name.as_bytes(), OF_MESSAGE), Err(MessageError::Case(known)), "{name}");
        }
        for name in ["methods", "metho", "", "i", "idd", "name", "méthod", "method\u{0}", "s", "ſ"] {
            assert_eq!(find(name.as_bytes(), OF_MESSAGE), Ok(None), "{name}");
        }
        for name in ["taskid", "tas\u{212a}Id", "TAS\u{212a}ıD"] {
            assert_eq!(find(name.as_bytes(), OF_PARAMS), Err(MessageError::Case("taskId")), "{name}");
        }
        for name in ["tas\u{212b}Id", "tas\u{212a}"] {
            assert_eq!(find(name.as_bytes(), OF_PARAMS), Ok(None), "{name}");
        }
        assert_eq!(find("urı".as_bytes(), OF_REF), Err(MessageError::Case("uri")));
        for (known, member) in [OF_MESSAGE, OF_PARAMS, OF_REF].concat() {
            assert!(known.bytes().all(|byte| byte.is_ascii_alphabetic()), "{known}");
            let found = [OF_MESSAGE, OF_PARAMS, OF_REF].map(|members| find(known.as_bytes(), members));
            assert!(found.contains(&Ok(Some((known, member)))), "{known}");
        }
    }
}
