//! `keys.json`: the plugin keys and trust anchors that the sidecar shares with the plugin in a folder that both have
//! mounted.
//!
//! ```json
//! {"plugin_key":"…","trust_anchor":"…"}
//! ```
//!
//! The values are those of `BOUNCER_PLUGIN_KEY` and `BOUNCER_TRUST_ANCHOR`: lists separated by commas, where the first
//! plugin key seals and all open, and a key certificate by any of the anchors is accepted. A file that was cut anywhere
//! is not JSON, so it is refused whole.

use crate::context::{PluginKey, PluginKeys};
use crate::jose::anchor::{TrustAnchor, TrustAnchors};
use crate::json::Object;
use crate::secret::Secret;

/// The text of the file cannot be used: it is cut, or a key is missing or malformed. The error quotes no key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is not a whole file of keys")]
pub struct SharedKeysError;

/// The content of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedKeys {
    /// The plugin keys, which the sidecar and the plugin share.
    pub plugin: PluginKeys,
    /// The keys that vouch for signing keys.
    pub anchors: TrustAnchors,
}

impl SharedKeys {
    /// Reads the text of the file.
    pub fn parse(json: &[u8]) -> Result<Self, SharedKeysError> {
        let object = Object::parse(json).map_err(|_| SharedKeysError)?;
        let (Ok(Some(plugin)), Ok(Some(anchors))) = (object.text("plugin_key"), object.text("trust_anchor"))
        else {
            return Err(SharedKeysError);
        };
        match (PluginKeys::parse(plugin), TrustAnchors::parse(anchors)) {
            (Ok(plugin), Ok(anchors)) => Ok(Self { plugin, anchors }),
            _ => Err(SharedKeysError),
        }
    }

    /// The text of the file.
    pub fn to_json(&self) -> Secret<String> {
        let keys: Vec<Secret<String>> = self.plugin.iter().map(PluginKey::to_text).collect();
        let keys = keys.iter().map(|key| key.expose().as_str()).collect::<Vec<&str>>().join(",");
        let anchors = self.anchors.iter().map(TrustAnchor::to_text).collect::<Vec<String>>().join(",");
        Secret::new(["{\"plugin_key\":\"", &keys, "\",\"trust_anchor\":\"", &anchors, "\"}\n"].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::anchor::AnchorSeed;

    fn keys(seeds: &[u8]) -> SharedKeys {
        let seeds: Vec<AnchorSeed> =
            seeds.iter().map(|byte| AnchorSeed::new(Secret::new([*byte; 32]))).collect();
        let mut plugin = seeds.iter().map(AnchorSeed::plugin_key);
        SharedKeys {
            plugin: PluginKeys::new(plugin.next().unwrap(), plugin.collect()),
            anchors: TrustAnchors::new(seeds.iter().map(AnchorSeed::trust_anchor).collect()),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for seeds in [&[1][..], &[1, 2], &[3, 2, 1]] {
            let keys = keys(seeds);
            assert_eq!(SharedKeys::parse(keys.to_json().expose().as_bytes()), Ok(keys));
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let text = keys(&[1, 2]).to_json();
        let text = text.expose().trim_end();
        for length in 0..text.len() {
            let cut = &text.as_bytes()[..length];
            assert_eq!(SharedKeys::parse(cut), Err(SharedKeysError), "{length}");
        }
    }

    #[test]
    fn missing_and_unusable_keys_are_refused() {
        let text = keys(&[1]).to_json().expose().clone();
        let parse = |text: &str| SharedKeys::parse(text.as_bytes());
        let (before, _) = text.split_once("\"trust_anchor\"").unwrap();
        let weak = "\"trust_anchor\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}";
        for bad in [
            text.replace("plugin_key", "other"),
            text.replace("trust_anchor", "other"),
            text.replace(":\"", ":\"x,"),
            r#"{"plugin_key":"","trust_anchor":""}"#.to_owned(),
            [before, weak].concat(),
        ] {
            assert_eq!(parse(&bad), Err(SharedKeysError), "{bad}");
        }
    }
}
