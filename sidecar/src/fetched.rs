//! Caches the results of HTTP fetches, successes and failures, by URL. The cache has a maximum size. Entries of unknown
//! clients are evicted before those of known clients and of providers that operators configured.

use std::collections::HashMap;

use protocol::time::UnixTime;

/// One cached result.
#[derive(Debug, Clone)]
pub struct Entry<V> {
    /// The cached value.
    pub value: V,
    /// When it was cached.
    pub at: UnixTime,
    /// Whether the entry belongs to a known client or to a provider.
    known: bool,
}

impl<V> Entry<V> {
    /// Whether the entry is younger than `secs` seconds. An entry from the future counts as old, because the clock was
    /// set back.
    pub fn is_younger(&self, secs: u64, now: UnixTime) -> bool {
        !now.is_past(self.at, secs)
    }
}

/// A cache with a maximum number of entries. When it is full, the oldest entry of an unknown client is evicted; if
/// there is none, the oldest entry of all.
#[derive(Debug)]
pub struct Memory<V> {
    most: usize,
    entries: HashMap<String, Entry<V>>,
}

impl<V> Memory<V> {
    /// Makes an empty cache for at most `most` entries.
    pub fn new(most: usize) -> Self {
        Self { most, entries: HashMap::new() }
    }

    /// Returns the entry for a URL, whatever its age.
    pub fn get(&self, address: &str) -> Option<&Entry<V>> {
        self.entries.get(address)
    }

    /// Caches a value. Set `known` if the value belongs to a known client or to a provider.
    pub fn put(&mut self, address: &str, value: V, known: bool, now: UnixTime) {
        if self.entries.len() >= self.most
            && !self.entries.contains_key(address)
            && let Some(last) = self.entries.iter().min_by_key(|(_, entry)| (entry.known, entry.at))
        {
            let last = last.0.clone();
            self.entries.remove(&last);
        }
        self.entries.insert(address.to_owned(), Entry { value, at: now, known });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_push_out_strangers() {
        let at = |secs: u64| UnixTime::new(1_000 + secs);
        let mut memory = Memory::new(3);
        memory.put("known", 0, true, at(0));
        for n in 1..10 {
            memory.put(&format!("stranger {n}"), n, false, at(n));
            assert!(memory.entries.len() <= 3);
        }
        let kept = ["known", "stranger 8", "stranger 9"].map(|name| memory.get(name).is_some());
        assert_eq!(kept, [true; 3]);
        memory.put("stranger 9", 10, false, at(11));
        assert!(memory.get("stranger 8").is_some(), "what is there already needs no room");
        for n in 20..25 {
            memory.put(&format!("known {n}"), n, true, at(n));
        }
        assert!(memory.get("known").is_none() && memory.entries.len() == 3, "a bound for all");
    }

    #[test]
    fn age_is_counted_from_the_entry() {
        let mut memory = Memory::new(3);
        memory.put("a", (), false, UnixTime::new(100));
        let entry = memory.get("a").unwrap();
        assert!(entry.is_younger(60, UnixTime::new(159)) && !entry.is_younger(60, UnixTime::new(160)));
        assert!(!entry.is_younger(60, UnixTime::new(99)));
    }
}
