//! Each kind of record together with its index entries: nothing else writes either.

pub(crate) mod assertions;
pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod grants;
pub(crate) mod logins;
pub(crate) mod tokens;
