//! Checks the responses of authenticators with the crate `passki` ([why](../../../docs/adr/0013-passkeys.md)): the kind
//! of ceremony, the challenge, the origin, the RP ID, that the user was present and verified, and the signature.

use passki::{
    AuthenticationCredential, AuthenticationState, ClientData, Passki, RegistrationCredential,
    RegistrationState, StoredPasskey,
};
use protocol::encoding::{b64url_decode, sha256};
use protocol::server::passkey::Presented;
use protocol::uri::Base;
use serde_json::json;
use store::record::{Hash, Passkey};

use super::error::PasskeyRefused;

/// The algorithms that are offered, in order of preference: `EdDSA`, `ES256`, `RS256` (RFC 9053, RFC 8812).
pub(super) const ALGORITHMS: [i32; 3] = [-8, -7, -257];
/// The maximum length of a credential id, in bytes (WebAuthn §7.1).
const LONGEST_ID: usize = 1_023;
/// The maximum length of a public key, in bytes: enough for an RSA key of 4096 bits with its encoding.
const LONGEST_KEY: usize = 600;

/// The relying party (WebAuthn §4): the host of a tenant, to which its passkeys belong, and the origin of its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

/// The response of an authenticator when its user signs in.
pub(super) struct Assertion {
    credential: AuthenticationCredential,
    /// The credential id of the passkey.
    pub(super) id: Vec<u8>,
    /// The handle by which the authenticator knows the user.
    pub(super) handle: Hash,
    /// The challenge that the authenticator says it signed.
    pub(super) challenge: String,
    signed: Hash,
}

/// The response of an authenticator that has made a passkey.
pub(super) struct Creation {
    credential: RegistrationCredential,
    /// The challenge that the browser says it got from the page.
    pub(super) challenge: String,
}

/// A passkey that an authenticator has made.
pub(super) struct Made {
    pub(super) id: Vec<u8>,
    pub(super) key: Vec<u8>,
    pub(super) algorithm: i32,
    pub(super) counter: u32,
}

impl RelyingParty {
    /// Returns the relying party of a tenant; `None` if its host is an IP address, for which browsers make no passkeys.
    pub fn of(base: &Base) -> Option<Self> {
        let host = base.host();
        let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
        (!is_address).then(|| Self { id: host.to_owned(), origin: base.origin().to_owned() })
    }

    /// The RP ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn checks(&self) -> Passki {
        Passki::new(&self.id, &[&self.origin], "")
    }
}

impl Assertion {
    /// Parses the response that the script of the page has sent. Nothing in it is trusted yet.
    pub(super) fn parse(text: &str) -> Result<Self, PasskeyRefused> {
        let credential: AuthenticationCredential =
            serde_json::from_str(text).map_err(|_| PasskeyRefused::Malformed)?;
        let (id, response) = (decoded(&credential.raw_id)?, &credential.response);
        let handle = decoded(response.user_handle.as_deref().unwrap_or_default())?;
        let handle = handle.try_into().map_err(|_| PasskeyRefused::Malformed)?;
        let (challenge, signed) = client_data(&response.client_data_json)?;
        Ok(Self { credential, id, handle, challenge, signed })
    }

    /// Verifies the response. Returns the part of it about which the store decides.
    pub(super) fn verify(
        &self,
        party: &RelyingParty,
        passkey: &Passkey,
    ) -> Result<Presented, PasskeyRefused> {
        let state = json!({
            "challenge": self.challenge.as_bytes(),
            "allowed_credentials": [passkey.id],
            "user_verification": "required",
        });
        let state: AuthenticationState =
            serde_json::from_value(state).map_err(|_| PasskeyRefused::Malformed)?;
        let mut stored = StoredPasskey::default();
        stored.credential_id.clone_from(&passkey.id);
        stored.public_key.clone_from(&passkey.key);
        stored.algorithm = passkey.algorithm;
        // The stored counter stays 0 here, so `passki` does not compare it: the store compares it after the signature
        // is verified.
        let checked = party.checks().finish_passkey_authentication(&self.credential, &state, &stored);
        let counter = checked.map_err(|error| PasskeyRefused::Unverified(error.to_string()))?.counter;
        Ok(Presented { counter, signed: self.signed })
    }
}

impl Creation {
    /// Parses the response that the script of the page has sent. Nothing in it is trusted yet.
    pub(super) fn parse(text: &str) -> Result<Self, PasskeyRefused> {
        let credential: RegistrationCredential =
            serde_json::from_str(text).map_err(|_| PasskeyRefused::Malformed)?;
        let (challenge, _) = client_data(&credential.response.client_data_json)?;
        Ok(Self { credential, challenge })
    }

    /// Verifies the response. It does not matter who made the authenticator, so no attestation is requested.
    pub(super) fn verify(&self, party: &RelyingParty) -> Result<Made, PasskeyRefused> {
        let state = json!({
            "challenge": self.challenge.as_bytes(),
            "user": { "id": "", "name": "", "displayName": "" },
            "user_verification": "required",
        });
        let state: RegistrationState =
            serde_json::from_value(state).map_err(|_| PasskeyRefused::Malformed)?;
        let made = party.checks().finish_passkey_registration(&self.credential, &state);
        let made = made.map_err(|error| PasskeyRefused::Unverified(error.to_string()))?;
        if !ALGORITHMS.contains(&made.algorithm) {
            return Err(PasskeyRefused::Algorithm(made.algorithm));
        }
        if made.credential_id.len() > LONGEST_ID || made.public_key.len() > LONGEST_KEY {
            return Err(PasskeyRefused::Malformed);
        }
        let (id, key) = (made.credential_id, made.public_key);
        Ok(Made { id, key, algorithm: made.algorithm, counter: made.counter })
    }
}

/// Returns the challenge in the client data, and the hash of the client data.
fn client_data(text: &str) -> Result<(String, Hash), PasskeyRefused> {
    let bytes = decoded(text)?;
    let data =
        ClientData::from_bytes(&bytes).map_err(|error| PasskeyRefused::Unverified(error.to_string()))?;
    let challenge = String::from_utf8(decoded(&data.challenge)?).map_err(|_| PasskeyRefused::Malformed)?;
    Ok((challenge, sha256(&bytes)))
}

fn decoded(text: &str) -> Result<Vec<u8>, PasskeyRefused> {
    b64url_decode(text).map_err(|_| PasskeyRefused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_passkeys_and_an_address_has_none() {
        let party = |base: &str| RelyingParty::of(&Base::parse(base).unwrap());
        let wiki = party("https://mcp.example.com:8443/wiki").unwrap();
        assert_eq!((wiki.id(), &*wiki.origin), ("mcp.example.com", "https://mcp.example.com:8443"));
        assert_eq!(party("http://localhost:8080").unwrap().id(), "localhost");
        for address in ["http://127.0.0.1:8080", "http://[::1]:8080", "https://192.0.2.7"] {
            assert_eq!(party(address), None, "{address}");
        }
    }

    #[test]
    fn what_no_authenticator_sends_is_refused() {
        for text in ["", "{}", "[]", r#"{"rawId":"!","response":{}}"#] {
            assert!(Assertion::parse(text).is_err() && Creation::parse(text).is_err(), "{text}");
        }
    }
}
