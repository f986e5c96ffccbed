//! What each option means, for `docs/configuration.md`. None of it is in the plugin.

/// An option as the documentation shows it.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// As it is spelt in labels.
    pub name: &'static str,
    /// What holds where it is not given, in Markdown.
    pub default: &'static str,
    /// What it does, in Markdown.
    pub meaning: &'static str,
}

const fn option(name: &'static str, default: &'static str, meaning: &'static str) -> Reference {
    Reference { name, default, meaning }
}

/// Every option, in the order in which people look for them.
pub const REFERENCE: &[Reference] = &[
    option("resource", "host and path", "the tenant's name: letters, digits and `- _ . ~`"),
    option(
        "pathPrefix",
        "`/<resource>`; empty without `resource`",
        "the path the tenant lives below: empty for a host of its own, or such as `/wiki`; `*` is the default",
    ),
    option(
        "paths",
        "–",
        "tenants with a path that share one middleware, such as `mcp.example.com/wiki`; the sidecar writes it for the middleware `mcp-auth`",
    ),
    option(
        "providerIssuer",
        "the sidecar's `BOUNCER_PROVIDER_ISSUER`",
        "`local`, or the issuer of an OpenID Connect provider (or `https://github.com`)",
    ),
    option(
        "clientID",
        "required for a provider",
        "the client registered there; callback `<base>/oauth/callback`",
    ),
    option("clientSecret", "–", "its secret; none for a public client"),
    option(
        "providerType",
        "by the issuer",
        "`oidc` `google` `entra` `github` `keycloak` `auth0` `okta` `zitadel` `dex`; see *Identity providers*",
    ),
    option(
        "providerAuthorizeParams",
        "–",
        "more for the provider's authorization endpoint: `audience=https://api,organization=org_1`",
    ),
    option(
        "groupsClaim",
        "by the profile",
        "the claim that holds the groups: its exact name (`https://example.com/groups`), or a path (`realm_access.roles`, `resource_access.wiki.roles`)",
    ),
    option(
        "provider",
        "–",
        "an entry of the sidecar's `BOUNCER_PROVIDERS_FILE`, in place of `providerIssuer`, `clientID`, `clientSecret`, `providerType`, `providerAuthorizeParams`, `groupsClaim`, `clientAuthMethod`, `providerInternalURL`: no secret in labels",
    ),
    option(
        "clientAuthMethod",
        "automatic",
        "`client_secret_basic` or `client_secret_post`: how the client proves itself at the provider. Automatic: what discovery prefers; where the provider refuses the client, the other one is tried once and remembered",
    ),
    option(
        "providerInternalURL",
        "the issuer's",
        "where the sidecar itself reaches the provider, such as `http://keycloak:8080`, if that differs from where browsers do; see [Two addresses](#two-addresses)",
    ),
    option(
        "scopes",
        "`openid`",
        "what the provider is asked for; nothing else is sent there (but `openid`, and `email` where a rule needs it). Where `offeredScopes` is absent, also offered to clients (but for `openid` and `offline_access`)",
    ),
    option(
        "offeredScopes",
        "`scopes`",
        "this server's own scopes, such as `mcp:read, mcp:write`: offered to clients and never sent to the provider. What `requiredScopes`, `scopeMap` and `scopeHierarchy` name is offered too",
    ),
    option(
        "requiredScopes",
        "–",
        "every token must have been granted all of these; else 403. `openid` and `offline_access`, which are never granted, count only with `jwksIssuer`",
    ),
    option(
        "scopeMap",
        "–",
        "ties scopes to groups: `mcp:admin=admins|ops, mcp:write=editors`. A scope that implies one of them must be in it too, and one that only looks like another is refused as misspelt",
    ),
    option("scopeHierarchy", "–", "a scope implies those after it: `admin>write>read`"),
    option(
        "allowedUsers",
        "–",
        "subjects (as tokens name them, see *Subjects*) or verified addresses; `*` means anyone, on purpose",
    ),
    option(
        "allowedEmailDomains",
        "–",
        "domains of verified addresses; at Google only of accounts that the domain manages (claim `hd`)",
    ),
    option(
        "allowedGroups",
        "–",
        "at least one of these groups. At a public provider one of the three rules is mandatory",
    ),
    option(
        "allowedTenants",
        "–",
        "Entra ID directories (their ids) whose people may enter; mandatory with `common` and `organizations`. Groups and roles of other directories never count; `*` beside the ids lets people of others in without theirs",
    ),
    option(
        "allowedRedirectHosts",
        "anywhere",
        "where answers to clients may go: hosts (`claude.ai`, `h:8443`, `[2001:db8::1]`, `*.example.com` for all below it; without a port, 443), `loopback`, schemes (`cursor:`), or `claude` `chatgpt` `vscode` `cursor` `copilot-studio` for what those use",
    ),
    option(
        "publicURL",
        "from the request",
        "the base URL, where Traefik cannot see it (behind a proxy that ends TLS)",
    ),
    option("audience", "–", "one more `aud` value in tokens; demanded with `jwksIssuer`"),
    option(
        "resourceMatch",
        "–",
        "`path`: a token is good only at and below the resource it is for, and a client may name a narrower one at the token endpoint, never a wider one. Without it a token is good at every path of the tenant, and a client may name any of them (RFC 8707)",
    ),
    option("allowedOrigins", "any", "origins of browser clients, the base's own always among them"),
    option(
        "allowedHeaders",
        "–",
        "with `allowedOrigins`: request headers such clients may send beside those of MCP (`traceparent, X-Tenant-Id`); `*` for each one. Where any origin may ask, each header may be sent",
    ),
    option("forwardAuthorization", "`false`", "pass the client's token to the MCP server"),
    option(
        "forwardIssuer",
        "`false`",
        "tell the MCP server who issued the token, in `X-Mcp-Iss`: for a server behind several tenants, or with `jwksIssuer`",
    ),
    option(
        "clientIPDepth",
        "0",
        "the client is the n-th address from the right of `X-Forwarded-For`; 0 the peer",
    ),
    option("rootMetadata", "`false`", "one path tenant of a host may answer server metadata at the root"),
    option(
        "excludePaths",
        "–",
        "paths below which a tenant with a host of its own does not answer, for deeper tenants",
    ),
    option("trustAnchor", "`BOUNCER_TRUST_ANCHOR`", "public keys that vouch for signing keys"),
    option("jwksFile", "–", "a JWK set on a mounted directory"),
    option(
        "jwksIssuer",
        "–",
        "accept tokens of this issuer, signed by `jwksFile`, whose `aud` holds `audience` or the base",
    ),
    option(
        "jwksAllowTypJWT",
        "`false`",
        "take `typ: JWT` too from that issuer, if scope and client are named",
    ),
    option(
        "authorizationServers",
        "the tenant's own",
        "with `jwksIssuer`: the issuers that protected-resource metadata name (RFC 9728), the preferred one first; each as its own discovery document spells it",
    ),
    option(
        "revocationFile",
        "–",
        "the list of revoked grants that the sidecar writes to a mounted directory (`BOUNCER_REVOCATION_FILE`): their access tokens end within five seconds. Without a whole list nobody gets in",
    ),
    option("jwksCacheTTLSeconds", "300", "how often `jwksFile` is read again"),
    option("sidecarURL", "–", "accepted for compatibility, not used"),
    option(
        "role",
        "`tenant`",
        "`route` for the one middleware before every OAuth router; takes no other option",
    ),
];

impl Reference {
    /// A row of the documentation's table.
    pub fn row(&self) -> String {
        format!("| `{}` | {} | {} |", self.name, self.default, self.meaning.replace('|', "\\|"))
    }
}

#[cfg(test)]
mod tests {
    use super::REFERENCE;
    use crate::resource::options::OPTIONS;
    use std::collections::BTreeSet;

    #[test]
    fn every_option_has_its_row_and_no_other_has() {
        let documented: Vec<&str> = REFERENCE.iter().map(|option| option.name).collect();
        let known: BTreeSet<&str> = OPTIONS.iter().copied().collect();
        assert_eq!(documented.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(documented.len(), known.len(), "an option has two rows");
    }
}
