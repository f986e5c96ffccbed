//! Envoy AI Gateway decided by the members `method` and `name` exactly as written, while the server behind it, in Go,
//! ignores the case of members: `"Name"` after `"name"` replaced the tool that had been allowed (GHSA-4gph-2hhr-5mwg).
//! The plugin refuses a body with a member whose name differs only in case from a member by which it decides.
//!
//! Checked by removing the comparison of folded names in `protocol/src/resource/message/member.rs`.

use e2e::runtime::run;

use crate::policed::{passes, policed};

#[test]
fn a_member_in_another_case_decides_nothing_and_does_not_pass() {
    run(async {
        let policed = policed().await;
        for body in [
            r#"{"method":"tools/call","params":{"name":"get","Name":"delete_page"}}"#,
            r#"{"method":"tools/call","params":{"Name":"delete_page","name":"get"}}"#,
            r#"{"method":"tools/call","params":{"name":"get"},"PARAMS":{"name":"delete_page"}}"#,
            r#"{"method":"ping","Method":"tools/call","params":{"name":"delete_page"}}"#,
            r#"{"METHOD":"tools/call","params":{"name":"delete_page"}}"#,
            // Go compares names by simple case folding, so a long s equals an s.
            r#"{"method":"tools/call","params":{"name":"get"},"paramſ":{"name":"delete_page"}}"#,
            r#"{"method":"tools/call","params":{"name":"get"},"param\u017f":{"name":"delete_page"}}"#,
            r#"{"method":"tools/call","params":{"name":"get","\u004eAME":"delete_page"}}"#,
        ] {
            assert!(!passes(policed, &[], body, 400).await, "{body}");
        }
    });
}
