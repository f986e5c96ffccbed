//! The resource that a token is for (RFC 8707): read from a request, and compared with the granted one.

use crate::form::Form;
use crate::uri::{Base, ResourceUri};

/// Why a `resource` is refused. The error text is safe to send to the client; the error code is always
/// `invalid_target`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ResourceError {
    /// The value is not a URI that a resource can have.
    #[error(
        "resource is not an absolute http or https URI without user information, fragment and dot segments"
    )]
    Malformed,
    /// The request names several different resources. A token is for one resource; RFC 8707 §2 lets a server refuse
    /// more.
    #[error("several different resources were named, and a token is for one; ask for each by itself")]
    Several,
    /// The resource is neither the tenant's base nor below it.
    #[error("resource is not one of this server")]
    Foreign,
    /// The tenant's tokens are valid only at and below their resource, and the requested resource is neither at nor
    /// below the granted one.
    #[error("resource does not lie at or below the one that was granted")]
    Wider,
}

/// The resource that a request names, if it names one.
pub fn requested(form: &Form) -> Result<Option<ResourceUri>, ResourceError> {
    let mut named =
        form.all("resource").map(|text| ResourceUri::parse(text).map_err(|_| ResourceError::Malformed));
    let Some(first) = named.next().transpose()? else { return Ok(None) };
    for other in named {
        if !other?.same_as(&first) {
            return Err(ResourceError::Several);
        }
    }
    Ok(Some(first))
}

/// The resource that an authorization request at this base names; the base itself if the request names none.
pub fn requested_at(form: &Form, base: &Base) -> Result<ResourceUri, ResourceError> {
    let resource = requested(form)?.unwrap_or_else(|| ResourceUri::from_base(base));
    if resource.within(base) { Ok(resource) } else { Err(ResourceError::Foreign) }
}

/// The resource of the token that a token request gets (RFC 8707 §2.2).
///
/// If the request names no resource, or the same one, the result is the grant's resource. Another resource of the
/// tenant is accepted, because a token for one is valid at all of them; but with `match_path` (option
/// `resourceMatch=path`) it must lie at or below the grant's resource.
pub fn for_token(
    granted: &ResourceUri,
    requested: Option<ResourceUri>,
    base: &Base,
    match_path: bool,
) -> Result<ResourceUri, ResourceError> {
    match requested.filter(|requested| !requested.same_as(granted)) {
        None => Ok(granted.clone()),
        Some(requested) if !requested.within(base) => Err(ResourceError::Foreign),
        Some(requested) if match_path && !requested.at_or_below(granted) => Err(ResourceError::Wider),
        Some(requested) => Ok(requested),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResourceError as E;

    fn form(resources: &[&str]) -> Form {
        let pairs: Vec<(&str, &str)> = resources.iter().map(|resource| ("resource", *resource)).collect();
        Form::parse(crate::form::encode_pairs(&pairs).as_bytes()).unwrap()
    }

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    #[test]
    fn several_resources_are_accepted_if_they_are_the_same() {
        let read = |resources: &[&str]| {
            requested(&form(resources)).map(|found| found.map(|uri| uri.as_str().to_owned()))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[""]), Ok(None));
        let first = Ok(Some("https://h/mcp".to_owned()));
        assert_eq!(read(&["https://h/mcp"]), first);
        assert_eq!(read(&["https://h/mcp", "https://h/mcp"]), first);
        assert_eq!(read(&["https://h/mcp", "HTTPS://H:443/mcp/", ""]), first);
        assert_eq!(read(&["https://h/mcp", "https://h/other"]), Err(E::Several));
        assert_eq!(read(&["https://h/mcp", "https://h2/mcp"]), Err(E::Several));
        assert_eq!(read(&["https://h/mcp", "x"]), Err(E::Malformed));
        assert_eq!(read(&["x", "https://h/mcp"]), Err(E::Malformed));
    }

    #[test]
    fn resources_of_other_servers_are_refused() {
        let base = Base::parse("https://mcp.example.com/wiki").unwrap();
        assert_eq!(requested_at(&form(&[]), &base).unwrap().as_str(), "https://mcp.example.com/wiki");
        for good in [
            "https://mcp.example.com/wiki",
            "https://MCP.example.com:443/wiki/mcp",
            "https://mcp.example.com/wiki/",
        ] {
            assert!(requested_at(&form(&[good]), &base).is_ok(), "{good}");
        }
        for (bad, error) in [
            ("https://mcp.example.com", E::Foreign),
            ("https://mcp.example.com/wikipedia", E::Foreign),
            ("https://other.example.com/wiki", E::Foreign),
            ("http://mcp.example.com/wiki", E::Foreign),
            ("https://mcp.example.com/wiki/../docs", E::Malformed),
            ("https://mcp.example.com/wiki/%2e%2e/docs", E::Malformed),
            ("https://mcp.example.com/wiki#f", E::Malformed),
            ("https://u@mcp.example.com/wiki", E::Malformed),
            ("wiki", E::Malformed),
        ] {
            assert_eq!(requested_at(&form(&[bad]), &base), Err(error), "{bad}");
        }
    }

    #[test]
    fn a_token_is_for_the_grants_resource_or_another_of_the_tenant() {
        let base = Base::parse("https://h/wiki").unwrap();
        for (granted, asked, any, by_path) in [
            ("https://h/wiki/mcp", "", Ok("https://h/wiki/mcp"), Ok("https://h/wiki/mcp")),
            ("https://h/wiki/mcp", "https://h/wiki/mcp/", Ok("https://h/wiki/mcp"), Ok("https://h/wiki/mcp")),
            (
                "https://h/wiki/mcp/",
                "https://h/wiki/mcp",
                Ok("https://h/wiki/mcp/"),
                Ok("https://h/wiki/mcp/"),
            ),
            ("https://h/wiki", "https://h/wiki/mcp", Ok("https://h/wiki/mcp"), Ok("https://h/wiki/mcp")),
            (
                "https://h/wiki/mcp",
                "https://h/wiki/mcp/a",
                Ok("https://h/wiki/mcp/a"),
                Ok("https://h/wiki/mcp/a"),
            ),
            ("https://h/wiki/mcp", "https://h/wiki", Ok("https://h/wiki"), Err(E::Wider)),
            ("https://h/wiki/mcp", "https://h/wiki/", Ok("https://h/wiki/"), Err(E::Wider)),
            ("https://h/wiki/mcp", "https://h/wiki/mcp2", Ok("https://h/wiki/mcp2"), Err(E::Wider)),
            ("https://h/wiki/mcp", "https://h/wiki/other", Ok("https://h/wiki/other"), Err(E::Wider)),
            ("https://h/wiki/mcp", "https://h/docs", Err(E::Foreign), Err(E::Foreign)),
            ("https://h/wiki/mcp", "https://h/wikipedia", Err(E::Foreign), Err(E::Foreign)),
            ("https://h/wiki/mcp", "https://evil/wiki/mcp", Err(E::Foreign), Err(E::Foreign)),
            ("https://h/wiki/mcp", "http://h/wiki/mcp", Err(E::Foreign), Err(E::Foreign)),
        ] {
            let asked = Some(asked).filter(|asked| !asked.is_empty()).map(uri);
            for (match_path, expected) in [(false, any), (true, by_path)] {
                let found = for_token(&uri(granted), asked.clone(), &base, match_path);
                assert_eq!(found, expected.map(uri), "{granted} {asked:?} {match_path}");
            }
        }
    }

    #[test]
    fn error_texts_are_safe_to_send() {
        for error in [E::Malformed, E::Several, E::Foreign, E::Wider] {
            assert!(crate::error::is_description(&error.to_string()), "{error}");
        }
    }
}
