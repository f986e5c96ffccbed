//! Tests which grant types a client gets.

use super::*;

/// Only the operator allows a client the client credentials grant.
#[test]
fn no_client_registers_the_client_credentials_grant() {
    let names = |metadata: &ClientMetadata| metadata.to_json()["grant_types"].clone();
    let asked = |method: &str| {
        json!({
            "redirect_uris": ["https://c/cb"], "token_endpoint_auth_method": method,
            "grant_types": [
                "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials", "refresh_token",
                "authorization_code", "password",
            ],
        })
    };
    let assertions = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let confidential = parse(&asked("client_secret_basic")).unwrap();
    assert_eq!(names(&confidential), json!(["authorization_code", "refresh_token", assertions]));
    assert!(!confidential.allows(GrantType::ClientCredentials));
    let public = parse(&asked("none")).unwrap();
    assert_eq!(names(&public), json!(["authorization_code", "refresh_token"]));
    for alone in ["client_credentials", assertions] {
        let alone = json!({
            "redirect_uris": ["https://c/cb"], "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": [alone],
        });
        assert_eq!(parse(&alone), Err(RegistrationError::GrantTypes));
    }
}

#[test]
fn a_client_of_the_operator_may_act_for_itself_without_redirect_uris() {
    let stored = json!({
        "client_name": "CI", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials", "refresh_token"],
    });
    let metadata = ClientMetadata::from_stored(&stored).unwrap();
    assert!(metadata.allows(GrantType::ClientCredentials) && !metadata.allows(GrantType::RefreshToken));
    assert!(metadata.redirect_uris().is_empty());
    let json = metadata.to_json();
    assert_eq!(json["grant_types"], json!(["client_credentials"]));
    assert_eq!(json["response_types"], json!([]));
    assert_eq!(ClientMetadata::from_stored(&json), Ok(metadata));
    let with_logins = json!({"grant_types": ["authorization_code", "client_credentials"]});
    assert_eq!(ClientMetadata::from_stored(&with_logins), Err(RegistrationError::NoRedirects));
    let nothing = json!({"grant_types": ["password"]});
    assert_eq!(ClientMetadata::from_stored(&nothing), Err(RegistrationError::GrantTypes));
}
