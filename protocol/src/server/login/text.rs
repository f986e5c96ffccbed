//! Bytes as base64url text, in steps as they are stored.

/// 32 bytes as base64url text.
pub(super) mod bytes {
    use crate::encoding::{b64url_decode, b64url_encode};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub(in crate::server::login) fn serialize<S: Serializer>(
        bytes: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        b64url_encode(bytes).serialize(serializer)
    }

    pub(in crate::server::login) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let bytes = b64url_decode(&String::deserialize(deserializer)?).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| D::Error::custom("not 32 bytes"))
    }
}

/// The id of a session as base64url text.
pub(super) mod session {
    use crate::encoding::{b64url_decode, b64url_encode};
    use crate::server::session::SessionId;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "the form that serde calls")]
    pub(in crate::server::login) fn serialize<S: Serializer>(
        id: &Option<SessionId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        id.map(|id| b64url_encode(&id)).serialize(serializer)
    }

    pub(in crate::server::login) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SessionId>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let id = b64url_decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        id.map(Some).ok_or_else(|| D::Error::custom("not the id of a session"))
    }
}
