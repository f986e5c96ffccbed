//! Sessions of browsers in which a user signed in.

use super::hash::{Hash, b64, b64_option};
use protocol::server::session;
use protocol::settings::Identity;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use serde::{Deserialize, Serialize};

/// A session: a browser in which a user signed in at a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRecord {
    /// The hash of the part of the cookie that identifies the session.
    #[serde(with = "b64")]
    pub id: Hash,
    /// The tenant at which the user signed in; at other tenants the session does not exist.
    pub tenant: Tenant,
    /// The hash of the cookie's secret.
    #[serde(with = "b64")]
    pub secret: Hash,
    /// The hash of the secret that the present one replaced; it is accepted for a short time.
    #[serde(default, with = "b64_option", skip_serializing_if = "Option::is_none")]
    pub previous: Option<Hash>,
    /// When the secret was last replaced.
    pub rotated: UnixTime,
    /// The user who signed in, as known at that time.
    pub identity: Identity,
    /// How the user signed in.
    pub method: SignInMethod,
    /// When the user signed in.
    pub authenticated: UnixTime,
    /// When the session began.
    pub created: UnixTime,
    /// From this time on, the session does not exist. Using the session postpones this time.
    pub expires: UnixTime,
}

/// How the user of a session signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SignInMethod {
    /// With a name and a password of the users file.
    Password {
        /// The hash of the stored password hash. The session ends when the users file has another password hash.
        #[serde(with = "b64")]
        credential: Hash,
    },
    /// With a passkey.
    Passkey {
        /// The hash of the password hash that the users file had then. The session ends when the file has another one.
        #[serde(with = "b64")]
        credential: Hash,
        /// The SHA-256 of the credential id of the passkey. The session ends when the user no longer has this passkey.
        #[serde(with = "b64")]
        passkey: Hash,
    },
    /// At the tenant's identity provider.
    Provider,
}

impl SessionRecord {
    /// Whether this is a session of this user of this tenant.
    pub fn is_of(&self, tenant: &Tenant, subject: &str) -> bool {
        self.tenant == *tenant && self.identity.sub == subject
    }

    /// What a decision about the session depends on.
    pub fn stored(&self) -> session::Stored<'_> {
        session::Stored {
            id: &self.id,
            subject: &self.identity.sub,
            secret: &self.secret,
            previous: self.previous.as_ref(),
            rotated: self.rotated,
            authenticated: self.authenticated,
            expires: self.expires,
        }
    }
}
