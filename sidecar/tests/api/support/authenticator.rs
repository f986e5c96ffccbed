//! An authenticator in software with one passkey (WebAuthn level 3, §6), and the browser around it. Tests can make both
//! lie.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use serde_json::{Value, json};

use super::Reply;

/// The flags of authenticator data (WebAuthn §6.1): the user is present and verified.
pub(crate) const VERIFIED: u8 = 0x01 | 0x04;
/// The flag: the user is present.
pub(crate) const PRESENT: u8 = 0x01;
/// The flag: the data contain a new passkey.
const MADE: u8 = 0x40;

/// An authenticator with its passkey.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    /// The handle by which it knows the user; empty before it has made a passkey.
    pub(crate) handle: Vec<u8>,
    /// The signature counter, which rises before each signature; `None` if the authenticator does not count.
    pub(crate) counter: Option<u32>,
}

/// What the browser and the authenticator say about a ceremony.
#[derive(Clone, Debug)]
pub(crate) struct Ceremony {
    pub(crate) kind: &'static str,
    pub(crate) challenge: String,
    pub(crate) origin: String,
    pub(crate) rp_id: String,
    pub(crate) flags: u8,
    pub(crate) cross_origin: bool,
}

/// Returns the options with which the script of this page asks the browser.
pub(crate) fn options(page: &Reply) -> Value {
    let (_, rest) = page.text.split_once("data-options=\"").unwrap_or_else(|| panic!("no script: {page:?}"));
    let text = rest.split_once('"').unwrap().0.replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Ceremony {
    /// Returns what an honest browser says about a page at this origin.
    pub(crate) fn on(page: &Reply, origin: &str) -> Self {
        let options = options(page);
        let made = options["user"].is_object();
        let rp_id = if made { &options["rp"]["id"] } else { &options["rpId"] };
        Self {
            kind: if made { "webauthn.create" } else { "webauthn.get" },
            challenge: options["challenge"].as_str().unwrap().to_owned(),
            origin: origin.to_owned(),
            rp_id: rp_id.as_str().unwrap().to_owned(),
            flags: VERIFIED,
            cross_origin: false,
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let challenge = b64url_encode(self.challenge.as_bytes());
        let data = json!({
            "type": self.kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }
}

impl Authenticator {
    /// Returns an authenticator that counts its signatures. Each number has its own key.
    pub(crate) fn number(n: u8) -> Self {
        let key = SigningKey::from_slice(&[n; 32]).unwrap();
        Self { key, id: vec![n; 16], handle: Vec::new(), counter: Some(0) }
    }

    /// Returns the credential id in the form in which browsers send it.
    pub(crate) fn id(&self) -> String {
        b64url_encode(&self.id)
    }

    /// Makes the passkey for the user of this page. Returns the response of the browser.
    pub(crate) fn make(&mut self, page: &Reply, origin: &str) -> String {
        let handle = options(page)["user"]["id"].as_str().unwrap().to_owned();
        self.handle = b64url_decode(&handle).unwrap();
        self.make_in(&Ceremony::on(page, origin))
    }

    /// Like [`Self::make`], but in a ceremony about which the browser says this.
    pub(crate) fn make_in(&mut self, ceremony: &Ceremony) -> String {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap().to_vec(), point.y().unwrap().to_vec());
        // A COSE key (RFC 9053 §7.1): EC2, ES256, P-256, x, y.
        let key =
            [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..], &x, &[0x22, 0x58, 0x20], &y]
                .concat();
        let id_length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data =
            [self.data(ceremony, MADE), vec![0; 16], id_length.to_vec(), self.id.clone(), key].concat();
        let length = u8::try_from(data.len()).unwrap();
        // A map of `fmt`, `attStmt` and `authData` (WebAuthn §6.5.4).
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length], &data].concat();
        let response = json!({
            "clientDataJSON": b64url_encode(&ceremony.client_data()),
            "attestationObject": b64url_encode(&object),
        });
        json!({ "rawId": self.id(), "response": response }).to_string()
    }

    /// Signs the user in on this page. Returns the response of the browser.
    pub(crate) fn sign(&mut self, page: &Reply, origin: &str) -> String {
        self.sign_in(&Ceremony::on(page, origin))
    }

    /// Like [`Self::sign`], but in a ceremony about which the browser says this.
    pub(crate) fn sign_in(&mut self, ceremony: &Ceremony) -> String {
        self.counter = self.counter.map(|counter| counter + 1);
        let (data, client_data) = (self.data(ceremony, 0), ceremony.client_data());
        let signature: Signature = self.key.sign(&[&data[..], &sha256(&client_data)].concat());
        let response = json!({
            "clientDataJSON": b64url_encode(&client_data),
            "authenticatorData": b64url_encode(&data),
            "signature": b64url_encode(signature.to_der().as_bytes()),
            "userHandle": b64url_encode(&self.handle),
        });
        json!({ "rawId": self.id(), "response": response }).to_string()
    }

    /// Returns the beginning of the authenticator data (WebAuthn §6.1).
    fn data(&self, ceremony: &Ceremony, flags: u8) -> Vec<u8> {
        let counter = self.counter.unwrap_or_default().to_be_bytes();
        [&sha256(ceremony.rp_id.as_bytes())[..], &[ceremony.flags | flags], &counter].concat()
    }
}
