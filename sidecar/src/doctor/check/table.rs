//! The rows of the table, in the order in which the checks are shown.

use crate::doctor::row::{Place, Row, Severity};

checks! {
    Outside {
        NameResolves "name-resolves" Fault []
            "the host name has an address"
            "nobody finds the server"
            "add a DNS record for the host, or correct the URL"
        Reachable "reachable" Fault [NameResolves]
            "a server responds"
            "nobody reaches the server"
            "start Traefik, publish its port, and open the port in the firewall"
        TlsTrusted "tls-trusted" Fault [Reachable]
            "the certificate is from an authority that clients trust"
            "clients refuse to connect"
            "let Traefik obtain a certificate (certificatesResolvers, tls.certResolver of the router); with an authority of your own, give doctor its certificate in --ca-file, and the clients too"
        TlsTime "tls-time" Fault [Reachable]
            "the certificate is valid today"
            "clients refuse to connect"
            "renew the certificate; if Traefik should do so, its log says why the renewal failed"
        TlsName "tls-name" Fault [Reachable]
            "the certificate is for this host"
            "clients refuse to connect"
            "obtain a certificate that names the host"
        TlsExpiry "tls-expiry" Warning [TlsTrusted TlsTime TlsName]
            "the certificate is valid for more than two weeks"
            "clients refuse to connect once it has expired; automatic renewal comes a month before"
            "find out in Traefik's log why the certificate is not renewed"
        TlsUsed "tls-used" Fault []
            "a public host is called with https"
            "tokens and passwords can be read on the way, and the plugin refuses to serve the host"
            "give the router TLS, and use the https URL; if TLS ends at a proxy in front, see docs/guides/behind-a-proxy.md"
        HttpRedirect "http-redirect" Warning [Reachable]
            "plain http is redirected to https, or closed"
            "who types the address without https sends requests that can be read"
            "redirect the entry point: entryPoints.web.http.redirections.entryPoint.to=websecure"
        Http2 "http2" Warning [TlsTrusted TlsTime TlsName]
            "HTTP/2 is offered"
            "browsers open six connections to a host with HTTP/1.1, and each MCP stream takes one"
            "offer h2: remove alpnProtocols from Traefik's TLS options, or enable HTTP/2 at the proxy in front"
        Clock "clock" Fault [Reachable]
            "the server's clock agrees with this machine's"
            "the plugin and the sidecar refuse what is more than a minute old, so logins fail"
            "synchronize the clocks of both machines (NTP)"
        Redirected "redirected" Fault [Reachable]
            "the MCP URL is not redirected"
            "clients follow no redirects with a token, and a login page in front cannot be passed by an MCP client"
            "give clients the URL to which it leads, or take the redirecting middleware or login page away from this path"
        Routed "routed" Fault [Redirected]
            "Traefik has a router for the URL"
            "nothing is served there"
            "check the router's rule and entry points; a router whose middleware or service does not exist is not served either"
        BaseHost "base-host" Fault [Routed]
            "the tenant belongs to this host"
            "every request is refused"
            "make the option publicURL the address that clients use, or remove it"
        PluginReady "plugin-ready" Fault [Routed]
            "the plugin can decide about requests"
            "every request is refused"
            "read the plugin's reason in Traefik's log: wrong options, missing keys, or plain http that Traefik should trust (forwardedHeaders.trustedIPs)"
        Open "open" Fault [Routed]
            "a request without a token is refused"
            "anybody can use the MCP server"
            "add mcp-auth@http to the middlewares of the router that serves this URL, and look for a second router with a wider rule"
        OtherLogin "other-login" Fault [Routed]
            "no other login stands in front"
            "MCP clients cannot pass it"
            "remove basicAuth, forwardAuth or the access portal from this router and from the proxy in front"
        Challenge "challenge" Fault [PluginReady BaseHost Open OtherLogin]
            "the refusal tells clients where to log in"
            "clients do not find the authorization server and only say that they failed to connect"
            "let WWW-Authenticate through at the proxy in front; if the MCP server itself answered, add the plugin to its router"
        ChallengeOrigin "challenge-origin" Fault [Challenge]
            "the refusal names documents at the URL's own origin"
            "clients refuse documents of another origin, or cannot reach them"
            "forward the original Host and scheme at the proxy in front, and set entryPoints.<name>.forwardedHeaders.trustedIPs, or set publicURL"
        ResourceMetadata "resource-metadata" Fault [ChallengeOrigin]
            "the protected resource metadata can be read"
            "clients do not find the authorization server"
            "let /.well-known/oauth-protected-resource reach the plugin: look for another router or a proxy rule for /.well-known/"
        ResourceMatch "resource-match" Fault [ResourceMetadata]
            "the metadata name exactly this URL as the resource"
            "clients compare the two and refuse to log in"
            "make no proxy in front change the path, and give clients the URL that the metadata name"
        ServerMetadata "server-metadata" Fault [ResourceMetadata]
            "the authorization server metadata are at the place of RFC 8414"
            "clients do not find the endpoints"
            "let /.well-known/oauth-authorization-server reach the plugin: look for another router for that path"
        OpenidMetadata "openid-metadata" Fault [ResourceMetadata]
            "the metadata are also at the place of OpenID Connect Discovery"
            "clients that try this place first fail or find another provider"
            "let /.well-known/openid-configuration reach the plugin: look for another application's router for that path"
        AppendedMetadata "appended-metadata" Warning [ResourceMetadata]
            "the metadata are also below the tenant's own path"
            "clients that append the well-known path to the issuer fail"
            "let the tenant's path with /.well-known/ appended reach the plugin"
        IssuerMatch "issuer-match" Fault [ServerMetadata]
            "the issuer is the same in every document"
            "clients refuse the documents (RFC 8414, section 3.3)"
            "remove what rewrites or caches the documents in front"
        Endpoints "endpoints" Fault [ServerMetadata]
            "each advertised endpoint belongs to the issuer"
            "clients send codes and tokens elsewhere"
            "remove what rewrites the documents in front"
        OauthRouted "oauth-routed" Fault [ServerMetadata]
            "the OAuth endpoints reach the sidecar"
            "nobody can log in; issued tokens keep working"
            "start the sidecar; in the long form, add the tenant's OAuth router (Traefik's log prints its labels); otherwise look whether Traefik polls the sidecar (providers.http.endpoint)"
        SidecarGuarded "sidecar-guarded" Fault [ServerMetadata]
            "no OAuth path leads to the sidecar past the plugin"
            "the sidecar refuses these requests, so nobody can log in"
            "give the OAuth router the middlewares mcpb-route and the tenant's, in this order"
        TokenEndpoint "token-endpoint" Fault [OauthRouted SidecarGuarded]
            "errors of the token endpoint arrive as JSON"
            "clients cannot tell a refused token from an outage and give up"
            "exclude the OAuth paths from error pages, web application firewalls and bot checks in front"
        AuthorizePage "authorize-page" Fault [OauthRouted SidecarGuarded]
            "the authorization page is shown, also for long URLs"
            "logins stop with an error of a proxy"
            "allow request lines of 8 KiB at the proxy in front, and exclude the OAuth paths from its checks"
        Registration "registration" Fault [OauthRouted SidecarGuarded]
            "a client can register"
            "clients that are not known in advance cannot connect"
            "read the error; the sidecar's log names the reason"
        Unregistration "unregistration" Warning [Registration]
            "the registration can be deleted again"
            "the client that doctor registered stays until the sidecar sweeps it"
            "let DELETE requests and the Authorization header through to the OAuth paths"
        MetadataCached "metadata-cached" Warning [ResourceMetadata]
            "nothing in front caches the metadata or the refusal"
            "clients get documents of an earlier configuration, or of another tenant"
            "exclude /.well-known/ and the MCP path from the cache in front"
        CorsPreflight "cors-preflight" Warning [Challenge]
            "a page of another origin may send requests"
            "clients that run in a browser cannot connect"
            "let OPTIONS requests through to the plugin: no Method() in the router's rule, and no middleware before the plugin that answers them"
        CorsResponse "cors-response" Warning [Challenge]
            "a page of another origin may read the responses"
            "clients that run in a browser cannot read where to log in"
            "send Access-Control-Allow-Origin once: remove the CORS headers that another middleware or proxy adds or strips"
        AuthorizationReaches "authorization-reaches" Fault [Challenge]
            "the Authorization header reaches the plugin"
            "every token is lost on the way, and clients log in again and again"
            "forward the Authorization header at the proxy in front, and remove middlewares that consume it"
        OriginReaches "origin-reaches" Fault [OauthRouted SidecarGuarded]
            "the Origin header reaches the sidecar"
            "the forms for login and consent are refused"
            "forward the Origin header unchanged at the proxy in front"
        EncodedSlash "encoded-slash" Warning [Challenge]
            "nothing in front decodes escapes in paths"
            "rules for paths can be evaded, because the proxy and Traefik see different paths"
            "forward the path as it was sent (nginx: proxy_pass without a path)"
        BodySize "body-size" Warning [Challenge]
            "a request of 2 MiB is let through"
            "tool calls with files or images fail"
            "raise the limit of the body's size at the proxy in front (nginx: client_max_body_size) or of Traefik's buffering middleware"
        HeaderSize "header-size" Fault [Challenge]
            "a token of 6 KiB is let through"
            "users with many groups cannot connect"
            "raise the limit of header sizes at the proxy in front (nginx: large_client_header_buffers 4 16k)"
        ApiPublic "api-public" Fault [Reachable]
            "Traefik's API and dashboard are not public"
            "strangers read the whole configuration, with the secrets in plugin options"
            "do not publish the API's port, and give its router a login or an address list"
        OperationsPublic "operations-public" Fault [Reachable]
            "the sidecar's operations listener is not public"
            "strangers read figures and Traefik's configuration there"
            "do not publish the port of BOUNCER_METRICS_ADDR, and make no router for it"
        SidecarPublic "sidecar-public" Warning [Reachable]
            "the sidecar's OAuth listener is not public"
            "the sidecar can be loaded past Traefik; it accepts nothing there without the plugin's seal"
            "do not publish the port of BOUNCER_LISTEN_ADDR"
        ServerPublic "server-public" Fault [Reachable]
            "the MCP server's own port is not public"
            "anybody can use the MCP server past Traefik"
            "use expose in the place of ports in the compose file, or bind the port to 127.0.0.1"
        TokenAccepted "token-accepted" Fault [Challenge AuthorizationReaches]
            "the given token is accepted"
            "this token opens nothing"
            "get a new token at this very URL; if it is new, Traefik's log says why the plugin refuses it"
        ServerAnswers "server-answers" Fault [TokenAccepted]
            "the MCP server responds"
            "whoever logs in gets an error"
            "start the MCP server, and make its port and network those that Traefik uses"
        Streaming "streaming" Fault [ServerAnswers]
            "a stream's first bytes arrive at once"
            "notifications and progress arrive late or never"
            "switch buffering off at the proxy in front (nginx: proxy_buffering off), and remove Traefik's buffering middleware"
    }
    Sidecar {
        Settings "settings" Fault []
            "the BOUNCER_* settings are valid"
            "the sidecar does not start"
            "correct the variable that the sentence names"
        Files "files" Fault [Settings]
            "the files and folders that the settings name can be used"
            "the sidecar does not start"
            "correct the file that the sentence names"
        KeyApart "key-apart" Advice [Settings]
            "the encryption key is kept apart from the store"
            "whoever reads the volume or its backup can read everything in the store"
            "in production, give the key as a secret (BOUNCER_ENCRYPTION_KEY_FILE)"
        SecretFiles "secret-files" Warning [Settings]
            "files with secrets are readable by their owner only"
            "other users of the machine can read keys or password hashes"
            "chmod 600 the file, and give it to the user as whom the sidecar runs"
        StoreVolume "store-volume" Fault [Settings]
            "the store is on a disk that outlives the container"
            "registrations, logins and a key beside the store are lost with the container"
            "mount a volume at the folder of BOUNCER_DB_PATH"
        DiskSpace "disk-space" Warning [Settings]
            "there is room for the store to grow"
            "logins fail once the disk is full"
            "free or add space on the volume"
        Listener "listener" Fault [Settings]
            "the sidecar runs"
            "nobody can log in; issued tokens keep working"
            "start the sidecar, and run doctor where it runs (docker compose exec mcpbouncer mcpbouncer doctor)"
        Ready "ready" Fault [Listener]
            "the sidecar is ready"
            "nobody can log in; issued tokens keep working"
            "the sidecar's log says what the store or the keys lack"
        SharedKeys "shared-keys" Fault [Settings]
            "keys.json in the shared folder holds this sidecar's keys"
            "the plugin refuses every request, or does not trust the tokens issued here"
            "mount the same volume in Traefik and in this sidecar, one for each sidecar's installation; a running sidecar writes the file again"
        PluginCurrent "plugin-current" Warning [Settings]
            "the plugin that Traefik loads is the one of this version"
            "plugin and sidecar may not understand each other"
            "let the sidecar deliver the plugin (BOUNCER_SHARE_DIR), or copy the plugin of this version, and restart Traefik"
        ProviderReachable "provider-reachable" Fault [Files]
            "each identity provider responds"
            "nobody can log in with that provider"
            "let the sidecar reach the provider: network, firewall, BOUNCER_OUTBOUND_PROXY, BOUNCER_CA_FILE"
        ProviderDocument "provider-document" Fault [ProviderReachable]
            "each provider's discovery document fits the settings"
            "nobody can log in with that provider"
            "correct the issuer, or list it in BOUNCER_INTERNAL_ISSUERS if it uses http or a private address"
        ProviderSecret "provider-secret" Fault [ProviderDocument]
            "each provider accepts the client id and secret"
            "logins fail after the user has signed in at the provider"
            "copy client id and secret from the provider again"
        ProviderRule "provider-rule" Warning [Files]
            "a public provider has a rule about who may enter"
            "tenants without a rule of their own refuse everybody"
            "set BOUNCER_ALLOWED_USERS, BOUNCER_ALLOWED_EMAIL_DOMAINS or BOUNCER_ALLOWED_GROUPS"
        Users "users" Warning [Files]
            "there is a local user"
            "nobody can log in"
            "add one: mcpbouncer users add NAME"
    }
    Traefik {
        TraefikApi "traefik-api" Fault []
            "Traefik's API can be read"
            "the sidecar cannot write the routers for OAuth; Traefik keeps those that it has"
            "set api.insecure on a port that is not published, and BOUNCER_TRAEFIK_API (or --traefik-api) to its address"
        TraefikClock "traefik-clock" Fault [TraefikApi]
            "Traefik's clock agrees with this machine's"
            "the plugin and the sidecar refuse what is more than a minute old, so logins fail"
            "synchronize the clocks of both machines (NTP)"
        TraefikVersion "traefik-version" Fault [TraefikApi]
            "Traefik is 3.6.14 or later"
            "earlier versions let forged headers through"
            "update Traefik"
        PluginLoaded "plugin-loaded" Fault [TraefikApi]
            "Traefik has loaded the plugin"
            "protected routers are not served, and a wider router may serve their paths without the plugin"
            "name the plugin in experimental.localPlugins.mcpbouncer, put its files below plugins-local in Traefik's working directory, and restart Traefik"
        RouterEnabled "router-enabled" Fault [TraefikApi]
            "Traefik serves every router"
            "what the router should serve is not served, or served by another router"
            "correct the name that the sentence quotes; a middleware or service of another provider needs its @provider"
        Protected "protected" Fault [TraefikApi]
            "a router is protected by the plugin"
            "no MCP server is protected"
            "add the label traefik.http.routers.<name>.middlewares=mcp-auth@http to the MCP server"
        BareRouter "bare-router" Fault [TraefikApi]
            "no router leads to a protected server past the plugin"
            "anybody can use the MCP server there"
            "add mcp-auth@http to the router's middlewares, remove the router, or set BOUNCER_BARE_ROUTERS=block"
        RouterRule "router-rule" Fault [TraefikApi]
            "the rule of each protected router can be turned into a tenant"
            "nobody can log in there"
            "write the rule as Host(`wiki.example.com`), with one PathPrefix at most"
        RuleConditions "rule-conditions" Warning [TraefikApi]
            "a browser can meet the rule of each protected router"
            "people may not be able to log in"
            "remove the conditions from the rule, or make sure that browsers meet them"
        PluginOptions "plugin-options" Fault [TraefikApi]
            "the plugin accepts its options"
            "the routers of that middleware answer 503"
            "correct the option that the sentence names"
        TenantsApart "tenants-apart" Fault [TraefikApi]
            "each address belongs to one tenant"
            "nobody can log in there"
            "leave one tenant for each host and path"
        OauthRouter "oauth-router" Fault [TraefikApi]
            "each protected router has a router for its OAuth paths"
            "nobody can log in there"
            "make the sidecar one of Traefik's providers (providers.http.endpoint), or add the OAuth router: mcpbouncer labels --explicit"
        OauthPriority "oauth-priority" Fault [TraefikApi]
            "the routers for OAuth come before the protected ones"
            "OAuth requests go to the MCP router, where the plugin refuses them"
            "give the OAuth router a higher priority"
        PathKept "path-kept" Fault [TraefikApi]
            "nothing changes the path before the plugin"
            "the plugin sees another URL than the client, so tokens and metadata do not fit"
            "put stripPrefix, addPrefix or replacePath after the plugin in the router's middlewares"
        Buffering "buffering" Fault [TraefikApi]
            "no middleware buffers a protected router"
            "streams arrive only when they end"
            "remove the buffering middleware from the router"
        Compression "compression" Warning [TraefikApi]
            "no middleware compresses streams of a protected router"
            "small events wait until enough bytes have come together"
            "add text/event-stream to excludedContentTypes of the compress middleware, or remove it"
        SecondLogin "second-login" Fault [TraefikApi]
            "no other login is on a protected router"
            "MCP clients cannot pass it, and basicAuth takes the Authorization header that holds the token"
            "remove basicAuth, digestAuth or forwardAuth from the router"
        IdentityHeaders "identity-headers" Fault [TraefikApi]
            "no middleware sets the headers that say who a user is"
            "every user is the same one to the MCP server, or everybody passes with one token"
            "remove Authorization, X-Mcp-* and X-MCPB-* from customRequestHeaders of the router's headers middlewares"
        RequestTrailers "request-trailers" Fault [TraefikApi]
            "no trailers reach an MCP server whose requests the plugin reads"
            "MCP servers that take trailers for headers may read an X-Mcp-Sub that a client made up"
            "update Traefik to 3.7.13 or later; until then, put its buffering middleware after the plugin, which holds streams back"
        CorsMiddleware "cors-middleware" Warning [TraefikApi]
            "each protected router has the CORS headers"
            "clients that run in a browser cannot read the MCP server's responses"
            "put mcpb-cors before the tenant's middleware, or use mcp-auth@http"
        EntryTls "entry-tls" Fault [TraefikApi]
            "public hosts are served with TLS"
            "the plugin refuses plain http for a public host"
            "give the router TLS (tls.certResolver, entry point websecure); if a proxy in front ends TLS, name its address in forwardedHeaders.trustedIPs"
        ForwardedHeaders "forwarded-headers" Fault [TraefikApi]
            "only known proxies may say where a request came from"
            "anybody can forge the client's address and scheme"
            "remove forwardedHeaders.insecure, and list the proxies in forwardedHeaders.trustedIPs"
        ClientAddress "client-address" Warning [TraefikApi Settings]
            "the client's address is taken from where Traefik puts it"
            "limits and logs count all clients as one, or refuse requests"
            "list the proxies in forwardedHeaders.trustedIPs, or unset BOUNCER_CLIENT_IP_DEPTH"
        StreamTimeout "stream-timeout" Fault [TraefikApi]
            "no entry point ends long responses"
            "each stream is cut after that time"
            "set transport.respondingTimeouts.writeTimeout of the entry point to 0"
        ApiRouter "api-router" Fault [TraefikApi]
            "no public router leads to Traefik's API without a login"
            "strangers read the whole configuration, with the secrets in plugin options"
            "give the router basicAuth, forwardAuth or ipAllowList, or another entry point"
        HeaderAliases "header-aliases" Advice [TraefikVersion]
            "headers that alias others are dropped at the entry points"
            "MCP servers that fold X_Name and X-Name may read headers that a client made up"
            "set entryPoints.<name>.http.aliasHeadersStrategy=delete (Traefik 3.7.12 and later)"
        ServerUp "server-up" Warning [TraefikApi]
            "Traefik finds each protected server healthy"
            "whoever logs in gets an error"
            "start the MCP server, or correct its port and its health check"
    }
}
