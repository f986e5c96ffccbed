//! Writes and deletes each kind of record together with its index entries. Other code writes a record itself only if
//! no index entry changes.

pub(crate) mod assertions;
pub(crate) mod audit;
pub(crate) mod clients;
pub(crate) mod codes;
pub(crate) mod grants;
pub(crate) mod listing;
pub(crate) mod logins;
pub(crate) mod passkeys;
pub(crate) mod sessions;
pub(crate) mod tokens;
