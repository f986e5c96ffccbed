//! The form token, which protects forms against cross-site request forgery.

use protocol::encoding::b64url_encode;
use protocol::secret::hmac_sha256;
use subtle::ConstantTimeEq as _;

use super::flow_id::FlowId;

/// Makes the token of a form, which binds the form to a browser, a login, a step and the question shown.
///
/// The token is an HMAC keyed with the browser's cookie value, which scripts and other sites cannot read. `shown` is
/// the content that the user is asked to approve, so the form is valid only for exactly what the page showed.
pub(super) fn csrf(browser: &[u8; 32], flow: &FlowId, step: &str, shown: &str) -> String {
    let mut message = Vec::from("mcpb form v1\0");
    message.extend_from_slice(flow.0.expose());
    message.extend_from_slice(step.as_bytes());
    message.push(0);
    message.extend_from_slice(shown.as_bytes());
    b64url_encode(&hmac_sha256(browser, &message))
}

/// Compares the two tokens in constant time. A missing token does not match.
pub(super) fn csrf_matches(expected: &str, given: Option<&str>) -> bool {
    given.is_some_and(|given| bool::from(expected.as_bytes().ct_eq(given.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::entropy::SeededEntropy;

    #[test]
    fn a_token_holds_for_one_browser_one_flow_one_step_and_one_question() {
        let entropy = SeededEntropy::new(1);
        let (flow, other) = (FlowId::fresh(&entropy).unwrap(), FlowId::fresh(&entropy).unwrap());
        let token = csrf(&[1; 32], &flow, "consent", "read");
        assert!(csrf_matches(&token, Some(&token.clone())));
        for wrong in [
            csrf(&[2; 32], &flow, "consent", "read"),
            csrf(&[1; 32], &other, "consent", "read"),
            csrf(&[1; 32], &flow, "login", "read"),
            csrf(&[1; 32], &flow, "consent", "read write"),
        ] {
            assert!(!csrf_matches(&token, Some(&wrong)));
        }
        assert!(!csrf_matches(&token, None));
    }
}
