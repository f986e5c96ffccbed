//! Reasons about logins.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        ClientIdMissing, "client_id_missing", Normal,
            "The authorization request has no `client_id`.",
            "Nothing: the client is at fault.";
        RedirectUri, "redirect_uri", Suspicious,
            "The redirect URI is not registered for the client, or is of a kind that is not accepted.",
            "Compare the two that the log line has; the client registers the one that it uses.";
        AuthorizeRequest, "authorize_request", Normal,
            "The authorization request is malformed.",
            "The detail says what; the client is at fault.";
        RuleMandatory, "rule_mandatory", Fault,
            "The tenant has no rule about who has access.",
            "Set allowedUsers (or `*` on purpose), allowedEmailDomains or allowedGroups.";
        LoginsFull, "logins_full", Fault,
            "Too many logins are in progress.",
            "See docs/limits.md; look for a flood of authorization requests.";
        LoginUnknown, "login_unknown", Normal,
            "The login does not exist, has expired, or belongs to another browser.",
            "Nothing: the user connects again.";
        CookieMissing, "cookie_missing", Normal,
            "The browser did not send the cookie of the login.",
            "Nothing, unless many users see it: then a proxy removes cookies.";
        FormToken, "csrf", Suspicious,
            "A form was sent from an outdated page, or is forged.",
            "Nothing: the user is asked again.";
        Decision, "decision", Normal,
            "The consent form has no decision.",
            "Nothing: the user is asked again.";
        Credentials, "credentials", Normal,
            "The user name or the password is wrong.",
            "Nothing, unless there are many: then somebody tries passwords.";
        SecondFactor, "second_factor", Suspicious,
            "The password was right, but the code of the second factor is wrong or was used before.",
            "Nothing, unless there are many: then somebody knows the password of this user. Ask the user to change it.";
        SecondFactorThrottled, "second_factor_throttled", Suspicious,
            "Too many wrong codes of the second factor after the right password; the next attempt must wait.",
            "Somebody probably knows the password of this user: ask the user to change it, and look at the addresses in the log.";
        Passkey, "passkey", Normal,
            "A passkey was refused, at the sign-in or when it was added; the detail says why.",
            "Nothing, unless there are many: a user may try one that was removed, or that belongs to another host.";
        PasskeyCounter, "passkey_counter", Suspicious,
            "The signature of a passkey was right, but its counter was not higher than the last time: somebody may have a copy of the passkey.",
            "Ask the user whether it was they, and remove the passkey (`mcpbouncer users remove-passkeys`) if it was not, or if it happens again.";
        LoginThrottled, "login_throttled", Suspicious,
            "Too many wrong passwords; the next attempt must wait.",
            "Look at the addresses in the log.";
        LoginBusy, "login_busy", Suspicious,
            "Too many passwords are being checked at once.",
            "Nothing, unless it lasts: then somebody tries passwords, or the machine is too small.";
        UsersUnavailable, "users", Fault,
            "Passwords cannot be checked.",
            "Mend the users file (`BOUNCER_USERS_FILE`); the detail says what is wrong.";
        NewPassword, "new_password", Normal,
            "The new password that a user chose cannot be accepted.",
            "Nothing: the page tells the user what is wrong.";
        UsersNotWritten, "users_not_written", Fault,
            "A user cannot change the password, because the users file cannot be written.",
            "Let the sidecar write the folder of `BOUNCER_USERS_FILE`, or mount it read-only, so that users are not offered to change it; the detail has the error.";
        NotAdmitted, "not_admitted", Normal,
            "The tenant's rules do not allow the user.",
            "If the user should have access, change the rule that the detail names.";
        DeniedByUser, "consent_denied", Normal,
            "The user denied the client.",
            "Nothing.";
        Seal, "seal", Fault,
            "A secret cannot be encrypted.",
            "The detail has the error.";
        Unseal, "unseal", Fault,
            "The secrets of a login or of a second factor cannot be decrypted.",
            "Nothing, unless it lasts after a change of the encryption key: see `BOUNCER_ENCRYPTION_KEYS_PREVIOUS`.";
        CallbackMalformed, "callback_malformed", Normal,
            "The provider's response is not a valid authentication response.",
            "Check the redirect URI at the provider.";
        ClaimsOdd, "claims_odd", Normal,
            "Claims of the provider were ignored because of their type.",
            "Correct them at the provider; the log line names them.";
        ClaimsLeftOut, "claims_left_out", Fault,
            "An access token lacks claims because it would have become too long.",
            "Configure the provider to send fewer groups, or do not grant the scopes that include these claims.";
        }
    };
}
pub(super) use rows;
