//! Finds out whether a path lies in a mounted directory.

/// The part of an absolute `path` below the directory `mount`, by whole segments. `None` if the path does not lie below
/// the directory.
pub fn below<'path>(path: &'path str, mount: &[u8]) -> Option<&'path str> {
    let mount = core::str::from_utf8(mount).ok()?.trim_end_matches('/');
    let rest = path.strip_prefix(mount)?.strip_prefix('/')?.trim_start_matches('/');
    (!rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_whole_segments() {
        assert_eq!(below("/keys/a/b.json", b"/keys"), Some("a/b.json"));
        assert_eq!(below("/keys/b.json", b"/keys/"), Some("b.json"));
        assert_eq!(below("/b.json", b"/"), Some("b.json"));
        assert_eq!(below("/keys2/b.json", b"/keys"), None);
        assert_eq!(below("/keys", b"/keys"), None);
        assert_eq!(below("/keys/", b"/keys"), None);
        assert_eq!(below("keys/b.json", b"/keys"), None);
        assert_eq!(below("/keys/b.json", b"\xff"), None);
    }
}
