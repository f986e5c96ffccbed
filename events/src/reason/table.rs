//! The table of reasons: the variant, its code, its severity, what it means, and what to do about it.

use super::reasons;

reasons! {
    // Before an endpoint
    ContextMissing, "context_missing", Suspicious,
        "The request did not come through the plugin: it carries no sealed context.",
        "If clients see this, route the OAuth paths through the plugin; otherwise somebody reaches the sidecar directly: do not publish its port.";
    ContextMalformed, "context_malformed", Suspicious,
        "The sealed context cannot be read.",
        "Update plugin and sidecar to the same release.";
    ContextDoesNotOpen, "context_does_not_open", Suspicious,
        "The sealed context was made with another plugin key.",
        "Give Traefik the plugin key of this sidecar (`mcpbouncer keys`), or use `BOUNCER_SHARE_DIR`.";
    ContextWrongMethod, "context_wrong_method", Suspicious,
        "The sealed context was made for another method.",
        "Look for a middleware that changes the method between the plugin and the sidecar.";
    ContextWrongPath, "context_wrong_path", Suspicious,
        "The sealed context was made for another path.",
        "Remove middlewares that rewrite the path after the plugin.";
    ContextTenantMismatch, "context_tenant_mismatch", Suspicious,
        "The sealed context names another tenant than its settings yield.",
        "Update plugin and sidecar to the same release.";
    ClockSkew, "clock_skew", Fault,
        "The clocks of Traefik and the sidecar differ by more than a minute.",
        "Synchronise the clocks of both machines.";
    ProviderUnknown, "provider_unknown", Fault,
        "The tenant names a provider that `BOUNCER_PROVIDERS_FILE` does not have for this issuer, or there is no default provider.",
        "Add the provider or its base to the file, or set `BOUNCER_PROVIDER_ISSUER`.";
    BaseNotAllowed, "base_not_allowed", Suspicious,
        "The issuer is not one of `BOUNCER_ALLOWED_BASES`.",
        "Add it to `BOUNCER_ALLOWED_BASES` if it is yours.";
    HeadersTooLarge, "headers_too_large", Normal,
        "The headers exceed the limit.",
        "Nothing, unless a proxy adds very large headers.";
    TooLong, "too_long", Normal,
        "A part of the request exceeds a limit.",
        "See the limits in docs/limits.md; the detail names the part.";
    RateLimited, "rate_limited", Normal,
        "A rate limit was reached.",
        "Nothing, unless honest clients see it: see docs/limits.md.";
    CrossSite, "cross_site", Suspicious,
        "Another site sent a form to one of this server's pages.",
        "Nothing: the request was refused.";
    ForeignOrigin, "foreign_origin", Suspicious,
        "A form did not come from a page of this server.",
        "Nothing, unless a proxy changes the Origin header.";
    OriginHidden, "origin_hidden", Normal,
        "The browser did not say which page a form came from.",
        "Remove `Referrer-Policy: no-referrer` from proxies in front of this server.";
    MethodNotAllowed, "method_not_allowed", Normal,
        "The endpoint does not support the method.",
        "Nothing: the client is at fault.";
    ContentType, "content_type", Normal,
        "The request has another Content-Type than the endpoint requires.",
        "Nothing: the client is at fault.";
    MalformedForm, "malformed_form", Normal,
        "The form is not correctly encoded.",
        "Nothing: the client is at fault.";
    ParameterRepeated, "parameter_repeated", Normal,
        "A parameter occurs more than once.",
        "Nothing: the client is at fault.";
    BodyUnreadable, "body_unreadable", Normal,
        "The body ended early or cannot be read.",
        "Nothing, unless a proxy cuts requests off.";
    BodyTooLarge, "body_too_large", Normal,
        "The body exceeds the limit.",
        "Nothing: the client is at fault.";
    Deadline, "deadline", Fault,
        "A request took more than eight seconds.",
        "Look at the store's and the provider's durations in the metrics.";
    Store, "store", Fault,
        "The store failed or is too busy.",
        "Look at the disk or the PostgreSQL server; the detail has the error.";
    Entropy, "entropy", Fault,
        "The operating system yields no random numbers.",
        "Check the system; the sidecar cannot work without them.";
    ConnectionsFull, "connections_full", Fault,
        "The maximum number of connections to the sidecar is open.",
        "Look for a client or proxy that keeps connections open; see docs/limits.md.";
    // Clients
    InitialToken, "initial_token", Suspicious,
        "A registration has no valid initial access token.",
        "Give the client the token of `BOUNCER_DCR_INITIAL_TOKEN`.";
    RegistrationToken, "registration_token", Suspicious,
        "A request to a client's registration has no valid registration access token.",
        "Nothing, unless the client lost its token: it registers again.";
    ClientMetadata, "client_metadata", Normal,
        "The metadata of a client cannot be accepted.",
        "The detail says which member; the client has to change it.";
    ClientUnknown, "client_unknown", Normal,
        "The client is not registered at this tenant, or was deleted.",
        "Nothing: the client registers again.";
    ClientCredentials, "client_credentials", Normal,
        "The client's credentials are malformed or missing.",
        "Nothing: the client is at fault.";
    ClientNotProven, "client_not_proven", Suspicious,
        "The client's secret or assertion is wrong.",
        "Check the secret in the client, or in `BOUNCER_CLIENTS_FILE`.";
    ClientKeys, "client_keys", Fault,
        "The keys of a client cannot be fetched.",
        "Check that the sidecar reaches the client's `jwks_uri`.";
    ClientRecord, "client_record", Fault,
        "The stored record of a client cannot be used.",
        "Delete the client (`mcpbouncer clients remove`); it registers again.";
    ClientsFile, "clients_file", Fault,
        "The clients file has changed and cannot be used. The clients that it listed before stay in force, even if they were removed from it.",
        "Mend the file (`BOUNCER_CLIENTS_FILE`); the detail says what is wrong.";
    ClientDocument, "client_document", Normal,
        "The metadata document of a client is not acceptable.",
        "The detail says why; its publisher has to change it.";
    ClientDocumentUnreachable, "client_document_unreachable", Normal,
        "The metadata document of a client cannot be fetched.",
        "Check that the sidecar reaches the internet (`BOUNCER_OUTBOUND_PROXY`).";
    NoWayOut, "no_way_out", Fault,
        "No host on the internet can be reached, so client ID metadata documents are not advertised.",
        "Set `BOUNCER_OUTBOUND_PROXY`, or `BOUNCER_CLIENT_DOCUMENTS=false` if this is meant.";
    // Logins
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
    Passkey, "passkey", Suspicious,
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
    // Providers
    UpstreamDenied, "upstream_denied", Normal,
        "The user or the provider denied the sign-in.",
        "Nothing.";
    UpstreamError, "upstream_error", Fault,
        "The provider reported an error of its own.",
        "Look at the provider's log.";
    UpstreamUnavailable, "upstream_unavailable", Fault,
        "The provider cannot be reached or does not respond properly.",
        "Check the provider and the way to it (`mcpbouncer check-provider`).";
    UpstreamMisconfigured, "upstream_misconfigured", Fault,
        "The settings are wrong, here or at the provider.",
        "The detail says which; try `mcpbouncer check-provider`.";
    UpstreamUnverifiable, "upstream_unverifiable", Suspicious,
        "The provider's response cannot be verified.",
        "The detail says why; check issuer, client ID and clock.";
    UpstreamRefused, "upstream_refused", Normal,
        "The provider no longer confirms the user, or refused the code.",
        "Nothing, if the user was removed there.";
    UpstreamWrongIss, "upstream_wrong_iss", Suspicious,
        "The provider's response names another issuer.",
        "Nothing, unless it is every login: then the option providerIssuer is wrong.";
    UpstreamRefreshMissing, "upstream_refresh_missing", Fault,
        "The provider must be asked at each refresh, but issued no refresh token.",
        "Add `offline_access` to the option scopes, or set `BOUNCER_STRICT_UPSTREAM_REFRESH=auto`.";
    UpstreamTokenEnded, "upstream_token_ended", Fault, "The provider's access token for the MCP server (upstreamToken) has ended, and the provider issued no refresh token to renew it; the user has to sign in again.",
        "Add `offline_access` to the option scopes and allow it for this client at the provider.";
    Userinfo, "userinfo", Fault,
        "The provider's userinfo endpoint failed.",
        "The detail has the error.";
    // Tokens
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
    // Why a grant ended
    RevokedByClient, "revoked_by_client", Normal,
        "The client revoked one of its tokens (RFC 7009).",
        "Nothing.";
    ClientRemoved, "client_removed", Normal,
        "The client was deleted.",
        "Nothing.";
    RedirectDropped, "redirect_dropped", Normal,
        "The client no longer lists the redirect URI of the grant.",
        "Nothing.";
    CrowdedOut, "crowded_out", Suspicious,
        "The user reached the maximum number of grants, so the oldest ended.",
        "Nothing, unless a client connects in a loop.";
    EndedByAdministrator, "ended_by_administrator", Normal,
        "An administrator ended the grant.",
        "Nothing.";
    EndedByUser, "ended_by_user", Normal,
        "The user ended the grant on the connections page.",
        "Nothing.";
    // Why a session ended
    SignedOut, "signed_out", Normal,
        "The user signed out, or signed in with another account.",
        "Nothing.";
    SessionReused, "session_reused", Normal,
        "A cookie was presented whose secret had been replaced; the session was ended.",
        "Nothing, unless it happens again to the same user: then somebody has a copy of the browser's cookies.";
    // The routers of Traefik
    TraefikApi, "traefik_api", Fault,
        "Traefik's API cannot be read.",
        "Enable the API on a port that is not published, or set `BOUNCER_TRAEFIK_API`.";
    TraefikOld, "traefik_old", Fault,
        "This Traefik lacks fixes that the plugin relies on.",
        "Update Traefik.";
    RuleUnreadable, "rule_unreadable", Fault,
        "The rule of a router cannot be read, so nobody can log in there.",
        "Correct the rule.";
    RuleSyntaxV2, "rule_syntax_v2", Fault,
        "A router uses ruleSyntax v2.",
        "Write the rule for v3.";
    RulePath, "rule_path", Fault,
        "The path of a tenant cannot be derived from the rule.",
        "Write the rule with one PathPrefix, or set the option pathPrefix.";
    RuleHosts, "rule_hosts", Fault,
        "A rule does not name its hosts.",
        "Write Host(`wiki.example.com`).";
    PathMismatch, "path_mismatch", Fault,
        "The paths of a router and of its tenant differ.",
        "Make pathPrefix the same.";
    RuleConditions, "rule_conditions", Fault,
        "A rule has conditions that a browser may not meet.",
        "Remove them from the rule, or write the OAuth router by hand.";
    OptionsRefused, "options_refused", Fault,
        "The plugin does not accept the options of a middleware.",
        "Correct the option that the log line names.";
    TwoMiddlewares, "two_middlewares", Fault,
        "A router has the middlewares of two tenants.",
        "Remove one.";
    TwoTenants, "two_tenants", Fault,
        "Several tenants claim one issuer.",
        "Keep one of the routers that the log line names.";
    BareRouter, "bare_router", Fault,
        "A router leads to a protected server WITHOUT the plugin: it stands open.",
        "Add `mcp-auth@http` to its middlewares, remove it, or set `BOUNCER_BARE_ROUTERS=block`.";
    BareRouterBlocked, "bare_router_blocked", Fault,
        "A router without the plugin leads to a protected server, and is blocked.",
        "Remove it, or add `mcp-auth@http` to its middlewares.";
    // Operation
    NotReady, "not_ready", Fault,
        "The server is not ready: the store does not respond, or there is no signing key.",
        "The detail says which.";
    Unproven, "operation_unproven", Suspicious,
        "A request to the operations listener does not prove the encryption key.",
        "Use the same `BOUNCER_ENCRYPTION_KEY`; do not publish the port.";
    BackupBroke, "backup_broke", Fault,
        "A backup broke off.",
        "Look at the store and at the reader; the detail has the error.";
    SweepFailed, "sweep_failed", Fault,
        "Expired records cannot be deleted.",
        "Look at the disk or the PostgreSQL server.";
    RecordDamaged, "record_damaged", Fault,
        "An unreadable record was deleted when it expired.",
        "If there are more, check the disk and restore a backup.";
    KeysNotUpdated, "keys_not_updated", Fault,
        "The signing keys cannot be updated.",
        "Look at the store.";
    RevocationsNotWritten, "revocations_not_written", Fault,
        "The revocation list cannot be written, so the plugin does not learn of revocations.",
        "Check the path and the permissions of `BOUNCER_REVOCATION_FILE` or `BOUNCER_SHARE_DIR`.";
    RevocationsChanged, "revocations_changed", Suspicious,
        "Another program changed or removed the revocation list; it was written again.",
        "Let only the sidecar write there.";
    ShareNotWritten, "share_not_written", Fault,
        "The folder `BOUNCER_SHARE_DIR` cannot be kept up to date.",
        "Check the folder; the detail has the error.";
    ShareChanged, "share_changed", Suspicious,
        "Somebody else removed or changed a file in `BOUNCER_SHARE_DIR`; it was written again.",
        "Let only the sidecar write there.";
    LogoUnusable, "logo_unusable", Normal,
        "The file `BOUNCER_BRAND_LOGO`, or a file in `BOUNCER_BRAND_ICONS`, cannot be shown, or the folder has too many files; the pages do without it.",
        "Use a PNG, JPEG, WebP or SVG file of at most 8 KiB; the detail says what is wrong. Restart the sidecar.";
    TaskLost, "task_lost", Fault,
        "A background task ended unexpectedly.",
        "Report it with the log.";
}
