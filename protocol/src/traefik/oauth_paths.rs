//! The paths of a tenant whose requests its OAuth router forwards to the sidecar.

/// The well-known names of the three metadata documents (RFC 9728 §3.1, RFC 8414 §3, OpenID Connect Discovery §4), as a
/// regular expression.
const WELL_KNOWN: &str = "(oauth-protected-resource|oauth-authorization-server|openid-configuration)";

/// The OAuth and metadata paths of one tenant, as two matchers of Traefik. The labels, the log and the rules that are
/// made from other rules all take the paths from here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthPaths {
    prefix: String,
    regexp: String,
}

impl OAuthPaths {
    /// The paths of a tenant whose base has this path: `""` for a tenant that has the host to itself, else a path
    /// without trailing slash such as `"/wiki"`.
    pub fn of(path: &str) -> Self {
        let regexp = if path.is_empty() {
            [r"^/\.well-known/", WELL_KNOWN, r"(/.*)?\z"].concat()
        } else {
            let escaped = escape(path);
            let below = [&escaped, r"/\.well-known/", WELL_KNOWN].concat();
            let inserted = [r"/\.well-known/", WELL_KNOWN, &escaped, "(/.*)?"].concat();
            ["^(", &below, "|", &inserted, r")\z"].concat()
        };
        Self { prefix: [path, "/oauth/"].concat(), regexp }
    }

    /// The prefix of the path of every OAuth endpoint: the value of a `PathPrefix` matcher.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The paths of the metadata documents: the value of a `PathRegexp` matcher.
    pub fn regexp(&self) -> &str {
        &self.regexp
    }

    /// Both matchers as a part of a rule: ``PathPrefix(`…`) || PathRegexp(`…`)``.
    pub fn alternatives(&self) -> String {
        ["PathPrefix(`", &self.prefix, "`) || PathRegexp(`", &self.regexp, "`)"].concat()
    }
}

/// Escapes the characters that have a meaning in Go's regular expressions. Other characters stay: Go refuses a
/// backslash in front of letters and of characters that are not ASCII.
fn escape(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_are_those_of_the_documentation() {
        assert_eq!(
            OAuthPaths::of("").alternatives(),
            r"PathPrefix(`/oauth/`) || PathRegexp(`^/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(/.*)?\z`)"
        );
        assert_eq!(
            OAuthPaths::of("/team.a/wiki").alternatives(),
            r"PathPrefix(`/team.a/wiki/oauth/`) || PathRegexp(`^(/team\.a/wiki/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)|/\.well-known/(oauth-protected-resource|oauth-authorization-server|openid-configuration)/team\.a/wiki(/.*)?)\z`)"
        );
    }

    #[test]
    fn operators_of_regular_expressions_are_escaped_and_nothing_else() {
        assert_eq!(escape(r"/a.b+c(d)$@~-_é/"), r"/a\.b\+c\(d\)\$@~-_é/");
    }
}
