//! Small sets of texts, and maps from a text to such a set: sorted lists.
//!
//! The sets hold what an option or a scope parameter lists, mostly a handful of entries. For so few entries, a sorted
//! list is faster than a tree and takes far less code in the plugin.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of texts; on the wire, an array in alphabetical order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct TextSet(Vec<String>);

impl TextSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a text. Returns `false` if the set holds it already.
    pub fn insert(&mut self, text: String) -> bool {
        let place = self.0.binary_search(&text);
        if let Err(place) = place {
            self.0.insert(place, text);
        }
        place.is_err()
    }

    /// Whether the text is in the set.
    pub fn contains(&self, text: &str) -> bool {
        self.0.iter().any(|known| known == text)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of texts in the set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The texts in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the sets have no text in common.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        !self.iter().any(|text| other.contains(text))
    }
}

impl From<Vec<String>> for TextSet {
    /// Sorts the list once, in place. An attacker may have written the list, and inserting its texts one by one would
    /// take time that grows with the square of their number.
    #[inline(never)]
    fn from(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        Self(texts)
    }
}

impl Extend<String> for TextSet {
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        let mut all = core::mem::take(&mut self.0);
        // One at a time: in the plugin this is far less code than `extend` for each iterator.
        texts.into_iter().for_each(|text| all.push(text));
        *self = Self::from(all);
    }
}

impl FromIterator<String> for TextSet {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let mut set = Self::new();
        set.extend(texts);
        set
    }
}

impl<const N: usize> From<[String; N]> for TextSet {
    fn from(texts: [String; N]) -> Self {
        texts.into_iter().collect()
    }
}

impl<'de> Deserialize<'de> for TextSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.into())
    }
}

/// The canonical form of a GUID, in lower case and without braces. RFC 9562 §4 allows either case, and Windows writes
/// braces. `None` if the text is not a GUID.
pub fn canonical_guid(text: &str) -> Option<String> {
    let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let shaped = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    (text.len() == 36 && text.bytes().enumerate().all(shaped)).then(|| text.to_ascii_lowercase())
}

/// Sets of texts by name; on the wire, an object in alphabetical order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextMap(Vec<(String, TextSet)>);

impl TextMap {
    /// The set of this name. A name that is not in the map is added with an empty set.
    pub fn entry(&mut self, name: &str) -> &mut TextSet {
        let place = self.0.partition_point(|(known, _)| known.as_str() < name);
        if self.0.get(place).is_none_or(|(known, _)| known != name) {
            self.0.insert(place, (name.to_owned(), TextSet::new()));
        }
        #[expect(clippy::indexing_slicing, reason = "found, or inserted in the line before")]
        &mut self.0[place].1
    }

    /// The set of this name.
    pub fn get(&self, name: &str) -> Option<&TextSet> {
        self.iter().find(|(known, _)| *known == name).map(|(_, set)| set)
    }

    /// Whether there is a set of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The names in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The names in alphabetical order, each with its set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TextSet)> {
        self.0.iter().map(|(name, set)| (name.as_str(), set))
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> From<[(String, TextSet); N]> for TextMap {
    fn from(sets: [(String, TextSet); N]) -> Self {
        let mut map = Self::default();
        for (name, set) in sets {
            *map.entry(&name) = set;
        }
        map
    }
}

impl Serialize for TextMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for TextMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = std::collections::BTreeMap::<String, TextSet>::deserialize(deserializer)?;
        Ok(Self(map.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> TextSet {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_set_is_sorted_and_holds_each_once() {
        let mut one = set(&["b", "a", "b"]);
        assert_eq!(one.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(!one.insert("a".to_owned()) && one.insert("aa".to_owned()));
        assert_eq!((one.len(), one.contains("aa"), one.contains("c")), (3, true, false));
        assert!(one.is_disjoint(&set(&["c"])) && !one.is_disjoint(&set(&["c", "a"])));
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(json, r#"["a","aa","b"]"#);
        assert_eq!(serde_json::from_str::<TextSet>(r#"["b","aa","a","a"]"#).unwrap(), one);
    }

    #[test]
    fn a_list_is_sorted_in_place() {
        let texts: Vec<String> = (0..30_000).map(|n: u32| (n * 7_919 % 20_000).to_string()).collect();
        let expected: std::collections::BTreeSet<String> = texts.iter().cloned().collect();
        let place = texts.as_ptr();
        let set = TextSet::from(texts);
        assert_eq!(set.0.as_ptr(), place, "sorted in place, not inserted into another list");
        assert!(set.iter().eq(expected.iter()));
        assert!(expected.iter().all(|text| set.contains(text)) && !set.contains("x") && !set.contains(""));
        let mut more = set.clone();
        more.extend(["x".to_owned(), "1".to_owned(), "0a".to_owned()]);
        assert_eq!((more.len(), more.contains("0a")), (set.len() + 2, true));
    }

    #[test]
    fn a_guid_has_one_form() {
        const GUID: &str = "0f0f0f0f-1234-4abc-8def-00000000000a";
        for text in [GUID, "0F0F0F0F-1234-4ABC-8DEF-00000000000A", "{0f0f0f0f-1234-4aBc-8def-00000000000a}"] {
            assert_eq!(canonical_guid(text).as_deref(), Some(GUID), "{text}");
        }
        for text in
            ["", "common", "0f0f0f0f12344abc8def00000000000a", "{0f0f0f0f-1234-4abc-8def-00000000000a"]
        {
            assert_eq!(canonical_guid(text), None, "{text}");
        }
        for bad in [
            "0f0f0f0f-1234-4abc-8def-00000000000g",
            "0f0f0f0-f1234-4abc-8def-00000000000a",
            &[GUID, " "].concat(),
        ] {
            assert_eq!(canonical_guid(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_map_is_sorted_by_name() {
        let mut map = TextMap::default();
        map.entry("b").insert("2".to_owned());
        map.entry("a").insert("1".to_owned());
        map.entry("b").insert("1".to_owned());
        assert_eq!(map.get("b"), Some(&set(&["1", "2"])));
        assert_eq!(map.get("c"), None);
        let json = serde_json::to_string(&map).unwrap();
        assert_eq!(json, r#"{"a":["1"],"b":["1","2"]}"#);
        assert_eq!(serde_json::from_str::<TextMap>(&json).unwrap(), map);
    }
}
