//! Schemes that no redirect URI may have.

/// Schemes that run code or read files where they are opened: never, in any list.
const DANGEROUS: [&str; 14] = [
    "javascript",
    "data",
    "file",
    "vbscript",
    "blob",
    "about",
    "mailto",
    "view-source",
    "filesystem",
    "ws",
    "wss",
    "intent",
    "content",
    "chrome",
];

/// Whether a scheme is never accepted, whoever allows it.
pub fn is_dangerous(scheme: &str) -> bool {
    DANGEROUS.contains(&scheme)
}
