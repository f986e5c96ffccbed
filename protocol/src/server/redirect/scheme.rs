//! Schemes that no redirect URI may have.

/// Schemes of browsers and operating systems, which lead to no client. Several of them run code or read files when they
/// are opened. No list can allow them.
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

/// Whether a scheme is never accepted, even if a list allows it.
pub fn is_dangerous(scheme: &str) -> bool {
    DANGEROUS.contains(&scheme)
}
