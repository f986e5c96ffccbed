//! Scopes as people read them.

use crate::locale::{Message, Value};

/// A scope in words, with its code in brackets: the operator's description, or else what its name says. `required` marks
/// a scope that every token of the tenant has.
pub(super) fn shown(scope: &str, description: Option<&str>, required: bool) -> Value {
    let code = Value::code(scope);
    let words = match (description, scope) {
        (Some(description), _) => Some(description.into()),
        (None, "profile") => Some(Message::ScopeProfile.into()),
        (None, "email") => Some(Message::ScopeEmail.into()),
        (None, _) => readable(scope).map(Value::Text),
    };
    let shown = match words {
        Some(words) => Message::ScopeInWords { words, scope: code }.into(),
        None => code,
    };
    if required { Message::AlwaysRequired { scope: shown }.into() } else { shown }
}

/// The words that a scope is made of; `None` if that tells nothing more than the scope itself, or if it is an address.
fn readable(scope: &str) -> Option<String> {
    let has_parts = scope.contains([':', '_', '-', '.', '/']);
    let is_plain = scope.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.' | '/'));
    if !has_parts || !is_plain || scope.contains("//") {
        return None;
    }
    let words = scope.replace(':', ": ").replace(['_', '-', '.', '/'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.contains(char::is_alphanumeric).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn scopes_are_read_as_words() {
        for (scope, words) in [
            ("wiki:read", Some("wiki: read")),
            ("repo:issues:write", Some("repo: issues: write")),
            ("mcp:tools.list", Some("mcp: tools list")),
            ("read_all", Some("read all")),
            ("read", None),
            ("https://example.com/scope", None),
            ("urn:x:<b>", None),
            ("::", None),
        ] {
            assert_eq!(readable(scope).as_deref(), words, "{scope}");
        }
    }
}
