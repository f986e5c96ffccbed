//! The text about each option for `docs/configuration.md`. The plugin contains none of it.

/// An option as the documentation shows it.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The name as it is spelled in labels.
    pub name: &'static str,
    /// The value when the option is absent, in Markdown.
    pub default: &'static str,
    /// What the option does, in Markdown.
    pub meaning: &'static str,
}

const fn option(name: &'static str, default: &'static str, meaning: &'static str) -> Reference {
    Reference { name, default, meaning }
}

/// Every option, the ones most deployments need first.
pub const REFERENCE: &[Reference] = &[
    option("resource", "derived from host and path", "the tenant's name: letters, digits and `- _ . ~`"),
    option(
        "displayName",
        "the value of `resource`, or host and path",
        "what people and clients are shown as the name of the server, such as `Company wiki`",
    ),
    option(
        "pathPrefix",
        "`/<resource>`; empty without `resource`",
        "the path prefix of the tenant, such as `/wiki`; empty for a tenant with its own host; `*` means the default",
    ),
    option(
        "paths",
        "–",
        "the tenants that share one middleware, each as host and path, such as `mcp.example.com/wiki`; the sidecar writes this option for the middleware `mcp-auth`",
    ),
    option(
        "providerIssuer",
        "the sidecar's `BOUNCER_PROVIDER_ISSUER`",
        "`local` for local users, the issuer of an OpenID Connect provider, or `https://github.com`",
    ),
    option(
        "clientID",
        "required for a provider",
        "the client id registered at the provider, with the callback `<base>/oauth/callback`",
    ),
    option("clientSecret", "–", "that client's secret; leave it out for a public client"),
    option(
        "providerType",
        "derived from the issuer",
        "`oidc` `google` `entra` `github` `keycloak` `auth0` `okta` `zitadel` `dex`; see *Identity providers*",
    ),
    option(
        "providerAuthorizeParams",
        "–",
        "additional parameters for the provider's authorization endpoint: `audience=https://api,organization=org_1`",
    ),
    option(
        "groupsClaim",
        "set by the provider's profile",
        "the claim that holds the groups: either its exact name (`https://example.com/groups`), or a path (`realm_access.roles`, `resource_access.wiki.roles`)",
    ),
    option(
        "provider",
        "–",
        "the name of an entry in the sidecar's `BOUNCER_PROVIDERS_FILE`. It replaces `providerIssuer`, `clientID`, `clientSecret`, `providerType`, `providerAuthorizeParams`, `groupsClaim`, `clientAuthMethod` and `providerInternalURL`, so that labels contain no secret",
    ),
    option(
        "clientAuthMethod",
        "automatic",
        "`client_secret_basic` or `client_secret_post`: how the client authenticates at the provider's token endpoint. Automatic: the method that the provider's metadata prefers; if the provider rejects the client, the sidecar tries the other method once and remembers which one worked",
    ),
    option(
        "providerInternalURL",
        "the issuer's address",
        "the address at which the sidecar reaches the provider, such as `http://keycloak:8080`, if browsers use another one; see [Two addresses](#two-addresses)",
    ),
    option(
        "scopes",
        "`openid`",
        "the scopes requested from the provider. The sidecar adds only `openid`, and `email` if a rule needs it. Without `offeredScopes`, these scopes except `openid` and `offline_access` are also offered to clients",
    ),
    option(
        "offeredScopes",
        "`scopes`",
        "the MCP server's own scopes, such as `mcp:read, mcp:write`: offered to clients and never sent to the provider. Scopes named in `requiredScopes`, `scopeMap` and `scopeHierarchy` are offered as well",
    ),
    option(
        "requiredScopes",
        "–",
        "a token without all of these scopes gets 403. `openid` and `offline_access` are never granted here, so they are required only with `jwksIssuer`",
    ),
    option(
        "toolPolicy",
        "–",
        "scopes that tools, prompts, resources and methods need in addition to `requiredScopes`: `delete_*=wiki:admin, prompts/get:*=wiki:read`. Each rule is `[method:]name=scope`, with further scopes after spaces; `*` stands for any text, and the longest pattern that matches decides. The scopes are granted only to clients that request them; see the [guide](guides/tool-policy.md)",
    ),
    option(
        "publicMethods",
        "–",
        "methods that need no token: `initialize, notifications/*, tools/list`. Everything else, and what a rule of `toolPolicy` is about, gets 401 without a token; see the [guide](guides/tool-policy.md#methods-without-a-token)",
    ),
    option(
        "scopeMap",
        "–",
        "grants a scope only to members of the groups named for it: `mcp:admin=admins|ops, mcp:write=editors`. A scope that implies a mapped scope must be mapped too. A scope outside the map that closely resembles one in it is rejected as a spelling mistake",
    ),
    option(
        "scopeDescriptions",
        "–",
        "what the consent page says about a scope: `wiki:read=Read every page, wiki:write=Change and delete pages`. A text with a comma is written as a label of its own, `…scopeDescriptions.wiki:read=Read, but not change`",
    ),
    option(
        "enterpriseManaged",
        "`false`",
        "confidential clients may exchange an assertion of the provider about a user (ID-JAG) for an access token, without asking the user for consent: the provider decides which client may act for whom. Excludes `upstreamToken`; see [the guide](guides/machines.md#enterprise-managed-authorization)",
    ),
    option("scopeHierarchy", "–", "each scope implies the ones to its right: `admin>write>read`"),
    option(
        "allowedUsers",
        "–",
        "subjects (spelled as in tokens, see *Subjects*) or verified email addresses that may log in; `*` admits everybody explicitly",
    ),
    option(
        "allowedEmailDomains",
        "–",
        "domains of the verified email addresses that may log in; at Google only accounts that the domain manages (claim `hd`)",
    ),
    option(
        "allowedGroups",
        "–",
        "a user must be in at least one of these groups. With a public provider, at least one of `allowedUsers`, `allowedEmailDomains` and `allowedGroups` is mandatory",
    ),
    option(
        "allowedTenants",
        "–",
        "ids of the Entra ID directories whose users may log in; mandatory with `common` and `organizations`. Groups and roles of other directories never count: with `*` in addition to the ids, users of other directories may log in, but their groups and roles are ignored",
    ),
    option(
        "allowedRedirectHosts",
        "anywhere",
        "where authorization responses may be sent: hosts (`claude.ai`, `h:8443`, `[2001:db8::1]`, `*.example.com` for every subdomain; the port is 443 unless given), `loopback`, private-use schemes (`cursor:`), or one of the presets `claude` `chatgpt` `vscode` `cursor` `copilot-studio`, which stand for what those clients use",
    ),
    option(
        "publicURL",
        "from the request",
        "the base URL, if Traefik cannot derive it (behind a proxy that terminates TLS)",
    ),
    option(
        "audience",
        "–",
        "an additional `aud` value in tokens; with `jwksIssuer`, the value that its tokens must carry",
    ),
    option(
        "resourceMatch",
        "–",
        "`path`: a token that the sidecar issued is valid only at and below the path of its resource (one of `jwksIssuer` at every path), and at the token endpoint a client may request a narrower resource, never a wider one. Without this option a token is valid at every path of the tenant, and a client may request any of them (RFC 8707)",
    ),
    option(
        "allowedOrigins",
        "any",
        "origins from which browser clients may call; the tenant's own origin is always allowed",
    ),
    option(
        "allowedHeaders",
        "–",
        "with `allowedOrigins`: request headers that browser clients may send in addition to those of MCP (`traceparent, X-Tenant-Id`); `*` allows every header. Without `allowedOrigins` every header is allowed",
    ),
    option("forwardAuthorization", "`false`", "pass the client's token to the MCP server"),
    option(
        "forwardIssuer",
        "`false`",
        "send the token's issuer to the MCP server in `X-Mcp-Iss`: for a server behind several tenants, or with `jwksIssuer`",
    ),
    option(
        "identityHeaders",
        "–",
        "request headers that tell the MCP server more about the caller, such as `X-Mcp-Email=email, X-Mcp-Name=name, X-Mcp-Groups=groups, X-Mcp-Client=client`. Values: `sub`, `client` (the client's id), `client_name`, `email` (only if the provider vouches for the address), `name`, `username` and `groups`; see [identity.md](guides/identity.md)",
    ),
    option(
        "upstreamToken",
        "–",
        "the request header in which the MCP server gets the provider's own access token of the user: `Authorization` (as `Bearer <token>`), or any other name (the token alone). Excludes `personalTokens` and `enterpriseManaged`; see [upstream-token.md](guides/upstream-token.md)",
    ),
    option(
        "clientIPDepth",
        "0",
        "the client's address is the n-th from the right in `X-Forwarded-For`; 0 means the address of the TCP connection",
    ),
    option(
        "rootMetadata",
        "`false`",
        "serve this path tenant's authorization server metadata at the root of the host too; for at most one tenant of a host",
    ),
    option(
        "excludePaths",
        "–",
        "paths that a tenant with its own host leaves to path tenants of the same host",
    ),
    option("trustAnchor", "`BOUNCER_TRUST_ANCHOR`", "public keys that certify the signing keys"),
    option("jwksFile", "–", "the path of a JWK set in a mounted directory"),
    option(
        "jwksIssuer",
        "–",
        "also accept tokens of this issuer that are signed by a key in `jwksFile` and whose `aud` contains `audience`, or the base URL if `audience` is not set",
    ),
    option(
        "jwksAllowTypJWT",
        "`false`",
        "also accept tokens of `jwksIssuer` with `typ: JWT`, if they carry `scope` and `client_id`",
    ),
    option(
        "workloads",
        "–",
        "with `jwksIssuer`: programs whose tokens (`typ: JWT` or none) name neither scopes nor a client, each subject with its scopes: `system:serviceaccount:ci:*=wiki:read, repo:acme/app:ref:refs/heads/main=wiki:read|wiki:write`. `*` stands only at the end, after `:` or `/`; the longest rule that fits counts. No other subject is accepted without `scope`; see [the guide](guides/workloads.md)",
    ),
    option(
        "authorizationServers",
        "the tenant's own",
        "with `jwksIssuer`: the issuers listed in the protected-resource metadata (RFC 9728), the preferred one first, each spelled as in its own metadata",
    ),
    option(
        "revocationFile",
        "–",
        "the path of the list of revoked grants that the sidecar writes (`BOUNCER_REVOCATION_FILE`), in a mounted directory. Access tokens of a revoked grant are refused within five seconds. If the list is missing or incomplete, every request is refused",
    ),
    option(
        "personalTokens",
        "off",
        "for how many days at most (1 to 366) users may make [personal access tokens](guides/personal-tokens.md), for scripts and for clients without OAuth. Requires `revocationFile`, so that such a token can be ended. Excludes `upstreamToken`. Removing the option, or allowing fewer days, refuses existing tokens that live longer at once",
    ),
    option("jwksCacheTTLSeconds", "300", "the interval in seconds after which `jwksFile` is read again"),
    option("sidecarURL", "–", "accepted for compatibility, not used"),
    option(
        "role",
        "`tenant`",
        "`route` for the one middleware that comes first on every OAuth router; it takes no other option",
    ),
];

impl Reference {
    /// Formats the option as a row of the documentation's table.
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
    fn the_table_has_exactly_one_row_for_each_option() {
        let documented: Vec<&str> = REFERENCE.iter().map(|option| option.name).collect();
        let known: BTreeSet<&str> = OPTIONS.iter().copied().collect();
        assert_eq!(documented.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(documented.len(), known.len(), "an option has two rows");
    }
}
