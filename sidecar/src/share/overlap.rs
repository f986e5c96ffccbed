//! Rotates the plugin key and the trust anchor in steps that every instance of the plugin can follow.
//!
//! Each instance of the plugin reads the file of keys once a minute, at its own time. It reads the file sooner if a
//! request needs a key that it does not know, but at most once in five seconds. So a new key is first added to the file
//! in second place, while the former key still seals and certifies. Once the new key has been in the file for
//! [`SETTLE_SECS`], every instance either knows it or may read the file at once. From then on the new key seals and
//! certifies. The former key stays in the file as long as the settings name it (`docs/adr/0008-keys-overlap.md`).

use protocol::context::PluginKeys;
use protocol::jose::anchor::{AnchorSeed, TrustAnchors};
use protocol::resource::shared_keys::SharedKeys;
use protocol::time::UnixTime;

/// How long a new key is in the file before it is used, in seconds. An instance may read the file again after five
/// seconds. Four times as long also allows for clocks that count whole seconds, and for network file systems that show
/// a new file late.
pub(super) const SETTLE_SECS: u64 = 20;

/// The seeds that the settings name, and which of them is in use.
pub(super) struct Overlap {
    /// The seed that the settings name as the present one.
    present: AnchorSeed,
    previous: Vec<AnchorSeed>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The previous seed with the index `former` still seals and certifies. The file has held the keys undisturbed
    /// since the time `since`; `None` if this sidecar has not written the file yet.
    Settling { former: usize, since: Option<UnixTime> },
    /// The present seed seals and certifies.
    Settled,
}

impl Overlap {
    /// Starts with the previous seed whose plugin key comes first in the file `found`. If the file cannot be read,
    /// starts with the first previous seed, because instances of the plugin may remember its key from a file that is
    /// now gone. Otherwise uses the present seed at once.
    pub(super) fn new(present: AnchorSeed, previous: Vec<AnchorSeed>, found: Option<&SharedKeys>) -> Self {
        let former = match found.and_then(|found| found.plugin.iter().next()) {
            None => (!previous.is_empty()).then_some(0),
            Some(first) => previous.iter().position(|seed| seed.plugin_key() == *first),
        };
        let stage = former.map_or(Stage::Settled, |former| Stage::Settling { former, since: None });
        Self { present, previous, stage }
    }

    /// The seed whose keys seal and certify now.
    pub(super) fn in_use(&self) -> &AnchorSeed {
        match self.stage {
            Stage::Settling { former, .. } => self.previous.get(former).unwrap_or(&self.present),
            Stage::Settled => &self.present,
        }
    }

    /// Returns the content of the file: all keys, first those in use.
    pub(super) fn file(&self) -> SharedKeys {
        let in_use = self.in_use();
        let all = || std::iter::once(&self.present).chain(&self.previous);
        let others = || all().filter(|seed| *seed != in_use);
        SharedKeys {
            plugin: PluginKeys::new(in_use.plugin_key(), others().map(AnchorSeed::plugin_key).collect()),
            anchors: TrustAnchors::new(
                std::iter::once(in_use).chain(others()).map(AnchorSeed::trust_anchor).collect(),
            ),
        }
    }

    /// Records that the file holds [`Overlap::file`]. `is_undisturbed` says whether the file held exactly that before
    /// this update. Returns whether the present seed comes into use with this call.
    pub(super) fn published(&mut self, now: UnixTime, is_undisturbed: bool) -> bool {
        let Stage::Settling { former, since } = self.stage else { return false };
        let since = since.filter(|since| is_undisturbed && *since <= now).unwrap_or(now);
        let is_over = now.since(since) >= SETTLE_SECS;
        self.stage = if is_over { Stage::Settled } else { Stage::Settling { former, since: Some(since) } };
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::secret::Secret;

    fn seed(byte: u8) -> AnchorSeed {
        AnchorSeed::new(Secret::new([byte; 32]))
    }

    fn overlap(present: u8, previous: &[u8], found: Option<&SharedKeys>) -> Overlap {
        Overlap::new(seed(present), previous.iter().copied().map(seed).collect(), found)
    }

    /// The file with the keys of these seeds, in this order.
    fn file(seeds: &[u8]) -> SharedKeys {
        let mut file = overlap(seeds[0], &seeds[1..], None);
        file.stage = Stage::Settled;
        file.file()
    }

    const NOW: UnixTime = UnixTime::new(1_000);

    #[test]
    fn a_new_key_is_second_until_it_has_settled() {
        let mut overlap = overlap(2, &[1], Some(&file(&[1])));
        assert_eq!((overlap.in_use(), overlap.file()), (&seed(1), file(&[1, 2])));
        assert!(!overlap.published(NOW, false));
        assert!(!overlap.published(NOW.plus(SETTLE_SECS - 1), true));
        assert_eq!(overlap.in_use(), &seed(1));
        assert!(overlap.published(NOW.plus(SETTLE_SECS), true));
        assert_eq!((overlap.in_use(), overlap.file()), (&seed(2), file(&[2, 1])));
        assert!(!overlap.published(NOW.plus(100), false), "once is enough");
    }

    #[test]
    fn a_file_that_was_disturbed_settles_again() {
        let mut overlap = overlap(2, &[1], Some(&file(&[1])));
        overlap.published(NOW, false);
        assert!(!overlap.published(NOW.plus(SETTLE_SECS), false));
        assert!(!overlap.published(NOW.plus(2 * SETTLE_SECS - 1), true));
        assert!(!overlap.published(NOW.minus(1), true), "the clock was set back");
        assert!(overlap.published(NOW.minus(1).plus(SETTLE_SECS), true));
    }

    #[test]
    fn the_file_says_which_key_was_in_use() {
        for (found, in_use) in [
            (None, 1),
            (Some(file(&[1])), 1),
            (Some(file(&[1, 2])), 1),
            (Some(file(&[3, 1])), 3),
            (Some(file(&[2, 1])), 2),
            // The settings do not name the seed that comes first in the file, so it cannot stay in use.
            (Some(file(&[9])), 2),
        ] {
            assert_eq!(overlap(2, &[1, 3], found.as_ref()).in_use(), &seed(in_use), "{found:?}");
        }
        assert_eq!(overlap(2, &[], None).in_use(), &seed(2));
    }
}
