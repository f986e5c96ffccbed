//! Reasons about tokens: token requests, presented tokens, and personal access tokens.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        TokenRequest, "token_request", Normal,
            "The token request is malformed.",
            "The detail says what; the client is at fault.";
        TokenResource, "token_resource", Normal,
            "The token request names a resource that the grant does not cover.",
            "Nothing: the client is at fault.";
        RefreshScope, "refresh_scope", Normal,
            "None of the requested scopes was granted.",
            "Nothing: the client is at fault.";
        GrantTypeNotAllowed, "grant_type_not_allowed", Suspicious,
            "The client may not use this grant type.",
            "If it should, list it in `BOUNCER_CLIENTS_FILE` with this grant type and with credentials.";
        ClientScope, "client_scope", Normal,
            "None of the requested scopes is one that the client may get for itself.",
            "Compare the client's `scope` in `BOUNCER_CLIENTS_FILE` with the scopes that the tenant offers.";
        AssertionsOff, "assertions_off", Normal,
            "A client presented an assertion of the provider at a tenant that does not accept them.",
            "Set the option enterpriseManaged if the provider may decide who has access.";
        AssertionInvalid, "assertion_invalid", Suspicious,
            "The assertion about a user (ID-JAG) is not valid.",
            "The detail says why; check the provider's configuration of this server and the clocks.";
        AssertionClient, "assertion_client", Suspicious,
            "The assertion was issued to another client than the one that presented it.",
            "Give the provider the client id that the client has at this server.";
        AssertionResource, "assertion_resource", Suspicious,
            "The assertion is for the resource of another server.",
            "Give the provider the address of this MCP server as the resource.";
        AssertionUsed, "assertion_used", Suspicious,
            "The assertion was used before.",
            "Look for a client that retries, or for a stolen assertion.";
        AssertionScope, "assertion_scope", Normal,
            "None of the requested scopes is allowed by the assertion and by the tenant.",
            "Compare the scopes that the provider puts into assertions with those that the tenant offers.";
        GrantsTooMany, "grants_too_many", Suspicious,
            "The user ended too many grants in a short time.",
            "Nothing, unless a client connects in a loop.";
        TokenTooLong, "token_too_long", Fault,
            "An access token would exceed the size that the plugin accepts.",
            "Configure the provider to send fewer groups.";
        CodeUnknown, "code_unknown", Normal,
            "The authorization code is unknown at this tenant, or has expired.",
            "Nothing: the user connects again.";
        CodeWrongClient, "code_wrong_client", Suspicious,
            "The authorization code was issued to another client.",
            "Look at the two clients.";
        CodeRedirectUri, "code_redirect_uri", Suspicious,
            "The token request names another redirect URI than the authorization request.",
            "Nothing: the client is at fault.";
        CodePkce, "code_pkce", Suspicious,
            "The PKCE verifier does not match.",
            "Nothing, unless there are many: then somebody tries stolen codes.";
        CodeReused, "code_reused", Suspicious,
            "The authorization code was presented again; its grant was revoked.",
            "Look for a client that retries, or for a stolen code.";
        RefreshUnknown, "refresh_unknown", Normal,
            "The refresh token is unknown at this tenant, expired, or its grant has ended.",
            "Nothing: the user connects again.";
        RefreshWrongClient, "refresh_wrong_client", Suspicious,
            "The refresh token was issued to another client.",
            "Look at the two clients.";
        RefreshReused, "refresh_reused", Suspicious,
            "A refresh token was presented again after its successor was used; its grant was revoked.",
            "Look for a client that shares its tokens, or for a stolen one.";
        UserRefused, "user_refused", Normal,
            "The tenant's rules do not, or no longer, allow the user.",
            "Nothing, if this is meant.";
        UserGone, "user_gone", Normal,
            "The users file no longer allows the user.",
            "Nothing, if this is meant.";
        UsersFile, "users_file", Fault,
            "The users file cannot be read.",
            "Mend the file; the detail says what is wrong.";
        SigningKey, "signing_key", Fault,
            "There is no signing key.",
            "Look at the store; see `mcpbouncer keys list`.";
        SuccessorSeal, "successor_seal", Fault,
            "A new refresh token cannot be encrypted.",
            "The detail has the error.";
        SuccessorUnseal, "successor_unseal", Fault,
            "The successor of a refresh token cannot be decrypted.",
            "The detail has the error.";
        UpstreamRefreshUnseal, "upstream_refresh_unseal", Fault,
            "The provider's refresh token or access token cannot be decrypted.",
            "See `BOUNCER_ENCRYPTION_KEYS_PREVIOUS`.";
        UpstreamRefreshSeal, "upstream_refresh_seal", Fault,
            "The provider's tokens cannot be encrypted.",
            "The detail has the error.";
        UpstreamRefreshLost, "upstream_refresh_lost", Fault,
            "The provider's new tokens cannot be stored.",
            "Look at the store.";
        UpstreamTurn, "upstream_turn", Normal,
            "Another replica is asking the provider about this grant.",
            "Nothing: the client retries.";
        UpstreamTask, "upstream_task", Fault,
            "The task that asks the provider ended unexpectedly.",
            "Report it with the log.";
        // Tokens that are presented here
        TokenMissing, "token_missing", Normal,
            "The request has no token to introspect or revoke.",
            "Nothing: the client is at fault.";
        RevokeWrongClient, "revoke_wrong_client", Suspicious,
            "A client asked to revoke a token of another client.",
            "Look at the client.";
        Bearer, "bearer", Normal,
            "The Authorization header is malformed.",
            "Nothing: the client is at fault.";
        NoBearerToken, "no_bearer_token", Normal,
            "The userinfo request has no access token.",
            "Nothing: the client is at fault.";
        TokenNotInForce, "token_not_in_force", Normal,
            "The access token is invalid, expired or revoked.",
            "Nothing: the client refreshes.";
        // Personal access tokens
        PersonalTokensOff, "personal_tokens_off", Normal,
            "Somebody asked for a personal access token where the option `personalTokens` is not set.",
            "Set `personalTokens` if users may have such tokens.";
        PersonalTokensWithoutList, "personal_tokens_without_list", Fault,
            "No personal access token was made, because this sidecar writes no list of revoked grants, so it could not be ended.",
            "Set `BOUNCER_SHARE_DIR`, or `BOUNCER_REVOCATION_FILE` to the file that the option `revocationFile` names.";
        PersonalTokenMalformed, "personal_token_malformed", Normal,
            "The name, the scopes or the days of a personal access token are not allowed.",
            "Nothing: the user sees what is allowed.";
        PersonalTokenLimit, "personal_token_limit", Normal,
            "The user has the maximum number of personal access tokens, or ended too many before their time.",
            "Nothing, unless it happens often: see docs/limits.md.";
        PersonalTokenRepeated, "personal_token_repeated", Normal,
            "A form that had made a personal access token was sent again later; no second token was made.",
            "Nothing.";
        }
    };
}
pub(super) use rows;
