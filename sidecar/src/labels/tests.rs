//! Tests of the labels. They are an interface, because people paste them.

use super::*;

fn wanted(host: &str, path: &str) -> Tenant {
    Tenant {
        host: host.into(),
        path: path.into(),
        resource: "wiki".into(),
        provider_issuer: "local".into(),
        client_id: None,
        name: None,
    }
}

fn labels(wanted: &Tenant) -> Vec<String> {
    let text = tenant(wanted).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn a_host_only_tenant() {
    assert_eq!(
        labels(&wanted("wiki.example.com", "")),
        [
            r"traefik.enable=true",
            r"traefik.http.routers.wiki.rule=Host(`wiki.example.com`)",
            r"traefik.http.routers.wiki.priority=1000",
            r"traefik.http.routers.wiki.middlewares=mcpb-cors,wiki-mcp",
            r"traefik.http.routers.wiki-oauth.rule=Host(`wiki.example.com`) && (PathPrefix(`/oauth/`) || PathRegexp(`^/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(/.*)?\z`))",
            r"traefik.http.routers.wiki-oauth.priority=1010",
            r"traefik.http.routers.wiki-oauth.service=mcpbouncer",
            r"traefik.http.routers.wiki-oauth.middlewares=mcpb-route,wiki-mcp",
            r"traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.resource=wiki",
            r"traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.pathPrefix=",
            r"traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.providerIssuer=local",
        ]
    );
}

#[test]
fn a_path_tenant_is_escaped_and_goes_before_shallower_ones() {
    let lines = labels(&Tenant { name: Some("docs".into()), ..wanted("mcp.example.com", "/team.a/wiki") });
    assert!(lines.contains(&r"traefik.http.routers.docs.rule=Host(`mcp.example.com`) && (Path(`/team.a/wiki`) || PathPrefix(`/team.a/wiki/`))".to_owned()), "{lines:#?}");
    assert!(lines.contains(&r"traefik.http.routers.docs-oauth.rule=Host(`mcp.example.com`) && (PathPrefix(`/team.a/wiki/oauth/`) || PathRegexp(`^(/team\.a/wiki/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)|/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)/team\.a/wiki(/.*)?)\z`))".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"traefik.http.routers.docs.priority=1040".to_owned()));
    assert!(lines.contains(&"traefik.http.routers.docs-oauth.priority=1050".to_owned()));
}

#[test]
fn an_openid_provider_needs_a_client_and_names_the_callback() {
    let mut wanted = wanted("mcp.example.com", "/wiki");
    wanted.provider_issuer = "https://idp.example.com".into();
    assert_eq!(tenant(&wanted), Err(LabelError::ClientId));
    wanted.client_id = Some("abc".into());
    let text = tenant(&wanted).unwrap();
    assert!(text.contains("plugin.mcpbouncer.clientID=abc\n"), "{text}");
    assert!(
        text.contains(
            "# register this callback at the provider: https://mcp.example.com/wiki/oauth/callback\n"
        ),
        "{text}"
    );
}

#[test]
fn hints_and_warnings_are_comments() {
    let text = tenant(&wanted("mcp.example.com", "/wiki")).unwrap();
    for part in [
        "allowEncodedSlash: false",
        "# only for Traefik 3.7.12 and later; older versions do not start with this option:\n#   entryPoints.<name>.http.aliasHeadersStrategy: delete\n",
        "no router without the plugin",
        "stripPrefix",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn what_cannot_be_a_label_is_refused() {
    for (host, path) in [
        ("wiki`) || Host(`x", ""),
        ("wiki.example.com", "/a`b"),
        ("", ""),
        ("wiki.example.com", "/a/../b"),
        ("h/x", ""),
    ] {
        let result = tenant(&wanted(host, path));
        assert!(result.is_err() || host == "h/x", "{host} {path}: {result:?}");
    }
    assert!(matches!(
        tenant(&Tenant { name: Some("a b".into()), ..wanted("h", "") }),
        Err(LabelError::Name(_))
    ));
    assert!(matches!(
        tenant(&Tenant { resource: "a\nb".into(), name: Some("a".into()), ..wanted("h", "") }),
        Err(LabelError::Control)
    ));
}
