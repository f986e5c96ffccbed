//! Commands that administer a running sidecar through its operations listener.

mod add_client;
mod audit;
mod clients;
mod grants;
mod keys;
mod passkeys;
mod session;
mod status;
mod table;
mod tenants;
mod text;
mod tokens;
mod users;

pub(super) use audit::AuditFlags;
pub(super) use clients::ClientsCommand;
pub(super) use grants::GrantsCommand;
pub(super) use keys::KeysCommand;
pub(super) use session::Common;
pub(super) use status::status;
pub(super) use tenants::TenantsFlags;
pub(super) use text::size;
pub(super) use tokens::TokensCommand;
pub(super) use users::UsersCommand;
