//! Byte arrays in records, as base64url text in JSON.

use protocol::encoding::{b64url_decode, b64url_encode};

/// SHA-256 of a secret as presented (a flow id, cookie, code, token, `state`). The secret has 256 random bits, so a
/// plain hash protects it.
pub type Hash = [u8; 32];

/// An optional [`type@Hash`] as base64url text.
pub(super) mod b64_option {
    use super::{Hash, b64};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the form that serde calls")]
    pub(crate) fn serialize<S: Serializer>(hash: &Option<Hash>, serializer: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => b64::serialize(hash, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
        #[derive(Deserialize)]
        struct Present(#[serde(with = "b64")] Hash);
        Ok(Option::<Present>::deserialize(deserializer)?.map(|Present(hash)| hash))
    }
}

/// A list of [`type@Hash`]es as base64url texts.
pub(super) mod b64_list {
    use super::{Hash, b64, b64url_encode};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(|hash| b64url_encode(hash)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
        #[derive(Deserialize)]
        struct One(#[serde(with = "b64")] Hash);
        Ok(Vec::<One>::deserialize(deserializer)?.into_iter().map(|One(hash)| hash).collect())
    }
}

/// Bytes of any length as base64url text.
pub(super) mod b64_bytes {
    use super::{b64url_decode, b64url_encode};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64url_encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        b64url_decode(&text).map_err(|_| D::Error::custom("not base64url"))
    }
}

/// Byte arrays as base64url text.
pub(super) mod b64 {
    use super::{b64url_decode, b64url_encode};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<const N: usize, S: Serializer>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64url_encode(bytes))
    }

    pub(crate) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = b64url_decode(&text).map_err(|_| D::Error::custom("not base64url"))?;
        bytes.try_into().map_err(|_| D::Error::custom("wrong length"))
    }
}
