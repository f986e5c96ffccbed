//! Scopes in words, for people.

use crate::locale::{Message, Value};

/// Returns a scope in words, with its code in brackets. The words are the operator's description, or else derived from
/// the scope itself. `required` marks a scope that every token of the tenant has.
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

/// Returns the words of which a scope is made; `None` if they say no more than the scope itself, if the scope is a URL,
/// or if it contains a character that is neither alphanumeric nor a separator.
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
