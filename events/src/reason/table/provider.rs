//! Reasons about identity providers.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
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
        UpstreamNotRevoked, "upstream_not_revoked", Fault,
            "The provider's tokens of a user whose last grant ended (upstreamToken) were not revoked; they are valid until they expire.",
            "The detail says why; end the user's session at the provider if that is too long.";
        Userinfo, "userinfo", Fault,
            "The provider's userinfo endpoint failed.",
            "The detail has the error.";
        }
    };
}
pub(super) use rows;
