//! `keygen` and `keys`: print the settings that the sidecar and Traefik need, as one `NAME=value` line each.

use base64ct::{Base64, Encoding as _};
use protocol::jose::anchor::AnchorSeed;
use protocol::secret::Secret;
use store::entropy::{Entropy, random_bytes};

use super::secret::NextSeed;
use super::terminal::CliError;
use crate::config::{self, Config};

/// Makes an encryption key; returns it with the settings for Traefik that are derived from it.
pub(super) fn keygen(entropy: &dyn Entropy) -> Result<String, CliError> {
    let key = new_key(entropy)?;
    let text = Base64::encode_string(key.expose());
    let traefik = for_traefik(&[AnchorSeed::from_encryption_key(&key)]);
    Ok(format!("BOUNCER_ENCRYPTION_KEY={text}\n{traefik}"))
}

/// Returns the settings that Traefik needs, which match these settings of the sidecar.
///
/// With a next seed, this also starts a rotation. Traefik must accept both seeds before the sidecar changes: the
/// current plugin key stays first in the list, because the plugin seals with the first one and the sidecar does not
/// know the next one yet. The sidecar's new settings are returned too. Once the sidecar has the new seed, with the old
/// one listed as previous, this function returns the new plugin key first.
pub(super) fn keys(config: &Config, next: &NextSeed, entropy: &dyn Entropy) -> Result<String, CliError> {
    let mut seeds = vec![config.keys.anchor()];
    let present = seeds.first().map(|seed| seed.to_text().expose().clone()).unwrap_or_default();
    let mut sidecars = String::new();
    let seed = match next {
        NextSeed::None => None,
        NextSeed::Make => Some(new_key(entropy)?),
        NextSeed::Given(text) => {
            let seed = config::read_key(text.expose());
            Some(seed.map_err(|problem| CliError::new(format_args!("the next seed: {problem}")))?)
        }
    };
    if let Some(seed) = seed {
        sidecars = for_sidecar(&seed, &present);
        seeds.push(AnchorSeed::new(seed));
    }
    seeds.extend(config.keys.previous_anchors());
    Ok(sidecars + &for_traefik(&seeds))
}

/// Returns the current seed, which by default is derived from the encryption key. If it is set explicitly before that
/// key is changed, Traefik's settings stay valid.
pub(super) fn seed(config: &Config) -> String {
    format!("BOUNCER_ANCHOR_SEED={}\n", config.keys.anchor().to_text().expose())
}

fn for_sidecar(next: &Secret<[u8; 32]>, present: &str) -> String {
    format!(
        "BOUNCER_ANCHOR_SEED={}\nBOUNCER_ANCHOR_SEEDS_PREVIOUS={present}\n",
        Base64::encode_string(next.expose())
    )
}

fn for_traefik(seeds: &[AnchorSeed]) -> String {
    let keys: Vec<String> = seeds.iter().map(|seed| seed.plugin_key().to_text().expose().clone()).collect();
    let anchors: Vec<String> = seeds.iter().map(|seed| seed.trust_anchor().to_text()).collect();
    format!("BOUNCER_PLUGIN_KEY={}\nBOUNCER_TRUST_ANCHOR={}\n", keys.join(","), anchors.join(","))
}

fn new_key(entropy: &dyn Entropy) -> Result<Secret<[u8; 32]>, CliError> {
    random_bytes(entropy).map(Secret::new).map_err(CliError::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::entropy::SeededEntropy;

    fn value<'a>(text: &'a str, name: &str) -> &'a str {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap()
    }

    #[test]
    fn keygen_prints_three_lines_and_keys_repeats_two_of_them() {
        let made = keygen(&SeededEntropy::new(1)).unwrap();
        assert_eq!(made.lines().count(), 3);
        let key = value(&made, "BOUNCER_ENCRYPTION_KEY");
        let config = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", key)]).unwrap();
        let printed = keys(&config, &NextSeed::None, &SeededEntropy::new(2)).unwrap();
        assert_eq!(format!("BOUNCER_ENCRYPTION_KEY={key}\n{printed}"), made);
    }

    #[test]
    fn a_rotation_keeps_both_at_every_step() {
        let made = keygen(&SeededEntropy::new(1)).unwrap();
        let key = value(&made, "BOUNCER_ENCRYPTION_KEY");
        let before = Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", key)]).unwrap();
        let next = keys(&before, &NextSeed::Make, &SeededEntropy::new(2)).unwrap();
        let seed = value(&next, "BOUNCER_ANCHOR_SEED");
        let (old, new) = value(&next, "BOUNCER_PLUGIN_KEY").split_once(',').unwrap();
        assert_eq!(old, value(&made, "BOUNCER_PLUGIN_KEY"));
        let same =
            keys(&before, &NextSeed::Given(Secret::new(seed.to_owned())), &SeededEntropy::new(3)).unwrap();
        assert_eq!(value(&same, "BOUNCER_TRUST_ANCHOR"), value(&next, "BOUNCER_TRUST_ANCHOR"));
        let previous = value(&next, "BOUNCER_ANCHOR_SEEDS_PREVIOUS");
        assert_eq!(super::seed(&before), format!("BOUNCER_ANCHOR_SEED={previous}\n"));
        let after = Config::from_pairs([
            ("BOUNCER_ENCRYPTION_KEY", key),
            ("BOUNCER_ANCHOR_SEED", seed),
            ("BOUNCER_ANCHOR_SEEDS_PREVIOUS", previous),
        ])
        .unwrap();
        let printed = keys(&after, &NextSeed::None, &SeededEntropy::new(4)).unwrap();
        assert_eq!(value(&printed, "BOUNCER_PLUGIN_KEY"), format!("{new},{old}"));
    }

    #[test]
    fn a_seed_that_is_none_is_a_sentence() {
        let made = keygen(&SeededEntropy::new(1)).unwrap();
        let config =
            Config::from_pairs([("BOUNCER_ENCRYPTION_KEY", value(&made, "BOUNCER_ENCRYPTION_KEY"))]).unwrap();
        let error = keys(&config, &NextSeed::Given(Secret::new("short".to_owned())), &SeededEntropy::new(1))
            .unwrap_err();
        assert!(error.to_string().starts_with("the next seed: the key "), "{error}");
    }
}
