//! Tests the option about personal access tokens.

use super::*;

#[test]
fn personal_tokens_are_off_unless_a_number_of_days_is_given() {
    let days = |options: Value| tenant(&options).unwrap().settings.personal_days;
    assert_eq!(days(json!({})), 0);
    assert_eq!(days(json!({"personalTokens": ""})), 0, "a variable that expands to nothing");
    for most in [1, 90, 366] {
        assert_eq!(days(json!({"personalTokens": most, "revocationFile": "/mcpbouncer/revoked"})), most);
    }
}
