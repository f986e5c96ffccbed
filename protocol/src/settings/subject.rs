//! Encodes a provider's subject for tokens and request headers.

use core::fmt::Write as _;

/// The prefix of the subject of a client that uses the client credentials grant. No user's subject begins with it.
const OF_CLIENTS: &str = "client:";

/// The subject in tokens of a client that uses the client credentials grant (RFC 6749 §4.4; RFC 9068 §2.2 requires a
/// `sub`).
pub fn client_subject(client_id: &str) -> String {
    [OF_CLIENTS, client_id].concat()
}

/// Whether this is the subject of a client ([`client_subject`]), which no user may have.
pub fn is_client_subject(subject: &str) -> bool {
    subject.starts_with(OF_CLIENTS)
}

/// Encodes a subject in visible ASCII.
///
/// OpenID Connect allows 255 ASCII characters; directories also have spaces and letters of any script. Each byte of the
/// subject's UTF-8 that is not visible ASCII, and each `%`, becomes `%` and two hexadecimal digits. Everything else
/// stays as it is, except that the first byte of a subject that begins like that of a client ([`client_subject`]) is
/// encoded too. No two subjects have the same encoding, so nobody can choose a name that is encoded like somebody
/// else's.
pub fn encode_subject(subject: &str) -> String {
    let mut encoded = String::with_capacity(subject.len());
    let is_reserved = is_client_subject(subject);
    for (at, byte) in subject.bytes().enumerate() {
        if byte.is_ascii_graphic() && byte != b'%' && !(is_reserved && at == 0) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The subject that an entry of `allowedUsers` means: the entry itself if it is visible ASCII, else its encoding.
pub(super) fn meant(entry: &str) -> String {
    if entry.bytes().all(|byte| byte.is_ascii_graphic()) { entry.to_owned() } else { encode_subject(entry) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_spaces_percent_and_non_ascii_are_encoded() {
        for (subject, encoded) in [
            ("auth0|123", "auth0|123"),
            ("Anna Berg", "Anna%20Berg"),
            ("Anna%20Berg", "Anna%2520Berg"),
            ("J\u{e4}ger", "J%C3%A4ger"),
            ("a\r\nb", "a%0D%0Ab"),
            ("100%", "100%25"),
            ("client:ci", "%63lient:ci"),
            ("client", "client"),
            ("%63lient:ci", "%2563lient:ci"),
        ] {
            assert_eq!(encode_subject(subject), encoded);
        }
        assert_eq!(meant("Anna Berg"), "Anna%20Berg");
        assert_eq!(meant("Anna%20Berg"), "Anna%20Berg");
    }

    /// Decodes a subject. Every encoding can be decoded, so no two subjects have the same encoding.
    fn decode(encoded: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = encoded.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first == b'%' {
                let (digits, tail) = tail.split_at(2);
                bytes.push(u8::from_str_radix(core::str::from_utf8(digits).unwrap(), 16).unwrap());
                rest = tail;
            } else {
                bytes.push(*first);
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn every_subject_can_be_told_from_every_other(subject in r"(?s)(client:|%63lient:)?.{0,40}|[a%02F]{0,12}") {
            let encoded = encode_subject(&subject);
            prop_assert!(!is_client_subject(&encoded));
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(decode(&encoded), subject);
        }
    }
}
