//! Each kind of record together with its index entries. No other code writes either.

pub(crate) mod assertions;
pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod grants;
pub(crate) mod logins;
pub(crate) mod tokens;
