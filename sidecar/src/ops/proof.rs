//! Makes and reads the proof that a caller knows the encryption key.

use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::time::UnixTime;
use store::crypto::Sealer;
use store::entropy::{Entropy, EntropyError, random_bytes};

/// The authentication scheme in the `Authorization` header.
const SCHEME: &str = "MCPBouncer ";
/// Distinguishes this use of the key from other uses.
const PURPOSE: &str = "mcpbouncer operations request v1";

/// The maximum length of an [`Actor`] in bytes.
pub const LONGEST_ACTOR: usize = 128;

pub(super) type Nonce = [u8; 16];

/// One run of the server: a random number that is drawn when the server starts. It is not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance([u8; 16]);

impl Instance {
    /// Draws the number of a new run.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_bytes(entropy).map(Self)
    }

    /// Parses the text that `Display` writes; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        b64url_decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64url_encode(&self.0))
    }
}

/// The name that a caller gives, which is recorded with its changes. Nobody checks whether the name is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(String);

/// The error if a text cannot be an [`Actor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {LONGEST_ACTOR} bytes and no control characters")]
pub struct BadActor;

impl Default for Actor {
    /// The name of a caller who gave none: `unknown`.
    fn default() -> Self {
        Self("unknown".to_owned())
    }
}

impl Actor {
    /// Checks the length of a name, and that it has no control characters.
    pub fn parse(text: &str) -> Result<Self, BadActor> {
        let fits = (1..=LONGEST_ACTOR).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(BadActor) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The request to which a proof belongs.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The run of the server to which the request is sent.
    pub instance: Instance,
    /// The method of the request.
    pub method: &'a str,
    /// The path and the query of the request.
    pub target: &'a str,
}

/// Makes the value of the `Authorization` header for this request.
pub fn make(
    sealer: &Sealer,
    entropy: &dyn Entropy,
    subject: Subject<'_>,
    actor: &Actor,
    body: &[u8],
    now: UnixTime,
) -> Result<String, EntropyError> {
    let claim = Claim { at: now, nonce: random_bytes(entropy)?, body: sha256(body), actor: actor.clone() };
    let tag = sealer.tag(PURPOSE, &claim.message(subject));
    let parts = [&claim.nonce[..], &claim.body, claim.actor.as_str().as_bytes(), &tag].map(b64url_encode);
    Ok(format!("{SCHEME}{}.{}", now.as_secs(), parts.join(".")))
}

/// The content of a proof.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) at: UnixTime,
    pub(super) nonce: Nonce,
    /// The SHA-256 of the request's body.
    pub(super) body: [u8; 32],
    pub(super) actor: Actor,
}

impl Claim {
    /// Reads a proof; `None` if it is malformed, or was not made with this key for this request. Does not check the
    /// time, the nonce and the body.
    pub(super) fn verified(sealer: &Sealer, header: &str, subject: Subject<'_>) -> Option<Self> {
        let (at, parts) = header.strip_prefix(SCHEME)?.split_once('.')?;
        let at = UnixTime::new(at.parse().ok()?);
        let parts: Vec<Vec<u8>> = parts.split('.').map(b64url_decode).collect::<Result<_, _>>().ok()?;
        let [nonce, body, actor, tag] = <[Vec<u8>; 4]>::try_from(parts).ok()?;
        let actor = Actor::parse(std::str::from_utf8(&actor).ok()?).ok()?;
        let claim = Self { at, nonce: nonce.try_into().ok()?, body: body.try_into().ok()?, actor };
        sealer.tag_matches(PURPOSE, &claim.message(subject), &tag).then_some(claim)
    }

    /// Returns the bytes over which the tag is computed. Every part has a fixed length or is preceded by its length.
    fn message(&self, subject: Subject<'_>) -> Vec<u8> {
        let mut out = self.at.as_secs().to_be_bytes().to_vec();
        out.extend(self.nonce);
        out.extend(subject.instance.0);
        out.extend(self.body);
        for text in [subject.method, subject.target, self.actor.as_str()] {
            out.extend((text.len() as u64).to_be_bytes());
            out.extend(text.as_bytes());
        }
        out
    }
}
