//! Reasons for which a request was refused before an endpoint handled it.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
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
        }
    };
}
pub(super) use rows;
