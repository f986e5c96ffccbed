//! Defaults for tenants whose options name no provider or no access rules.

use protocol::secret::Secret;
use protocol::settings::{AccessRules, Provider, ProviderOptions};

use super::parse;
use super::source::Source;
use super::variable::{Default, Variable};

const PROVIDER_ISSUER: Variable = Variable {
    name: "BOUNCER_PROVIDER_ISSUER",
    default: Default::Absent("`local` with `BOUNCER_USERS_FILE`"),
    meaning: "the provider of tenants that name none: `local`, or the issuer of an OpenID Connect provider (or `https://github.com`)",
};
const PROVIDER_CLIENT_ID: Variable = Variable {
    name: "BOUNCER_PROVIDER_CLIENT_ID",
    default: Default::Absent("–"),
    meaning: "client ID registered at that provider; register the callback `<base>/oauth/callback` of each tenant there",
};
const PROVIDER_CLIENT_SECRET: Variable = Variable {
    name: "BOUNCER_PROVIDER_CLIENT_SECRET",
    default: Default::Absent("–"),
    meaning: "secret of that client; leave it out for a public client",
};
const PROVIDER_TYPE: Variable = Variable {
    name: "BOUNCER_PROVIDER_TYPE",
    default: Default::Absent("by the issuer"),
    meaning: "like the option `providerType`",
};
const PROVIDER_AUTHORIZE_PARAMS: Variable = Variable {
    name: "BOUNCER_PROVIDER_AUTHORIZE_PARAMS",
    default: Default::Absent("–"),
    meaning: "like the option `providerAuthorizeParams`",
};
const PROVIDER_GROUPS_CLAIM: Variable = Variable {
    name: "BOUNCER_PROVIDER_GROUPS_CLAIM",
    default: Default::Absent("by the profile"),
    meaning: "like the option `groupsClaim`",
};
const PROVIDER_CLIENT_AUTH_METHOD: Variable = Variable {
    name: "BOUNCER_PROVIDER_CLIENT_AUTH_METHOD",
    default: Default::Absent("automatic"),
    meaning: "like the option `clientAuthMethod`",
};
const PROVIDER_INTERNAL_URL: Variable = Variable {
    name: "BOUNCER_PROVIDER_INTERNAL_URL",
    default: Default::Absent("–"),
    meaning: "like the option `providerInternalURL`",
};
const ALLOWED_USERS: Variable = Variable {
    name: "BOUNCER_ALLOWED_USERS",
    default: Default::Absent("–"),
    meaning: "like the option `allowedUsers`, for tenants that do not set it",
};
const ALLOWED_EMAIL_DOMAINS: Variable = Variable {
    name: "BOUNCER_ALLOWED_EMAIL_DOMAINS",
    default: Default::Absent("–"),
    meaning: "like the option `allowedEmailDomains`, for tenants that do not set it",
};
const ALLOWED_GROUPS: Variable = Variable {
    name: "BOUNCER_ALLOWED_GROUPS",
    default: Default::Absent("–"),
    meaning: "like the option `allowedGroups`, for tenants that do not set it",
};
const ALLOWED_TENANTS: Variable = Variable {
    name: "BOUNCER_ALLOWED_TENANTS",
    default: Default::Absent("–"),
    meaning: "like the option `allowedTenants`, for tenants with Entra ID that do not set it",
};
pub(super) const VARIABLES: &[Variable] = &[
    PROVIDER_ISSUER,
    PROVIDER_CLIENT_ID,
    PROVIDER_CLIENT_SECRET,
    PROVIDER_TYPE,
    PROVIDER_AUTHORIZE_PARAMS,
    PROVIDER_GROUPS_CLAIM,
    PROVIDER_CLIENT_AUTH_METHOD,
    PROVIDER_INTERNAL_URL,
    ALLOWED_USERS,
    ALLOWED_EMAIL_DOMAINS,
    ALLOWED_GROUPS,
    ALLOWED_TENANTS,
];

/// The settings of this section.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The provider of tenants that name none; `None` means that such tenants are refused.
    pub provider: Option<Provider>,
    /// The access rules of tenants that do not set them.
    pub access: AccessRules,
}

impl Defaults {
    /// Reads the settings of this section. `has_users`: whether a users file is configured.
    pub(super) fn read(source: &mut Source, has_users: bool) -> Self {
        let issuer = source.optional(&PROVIDER_ISSUER, parse::provider_issuer);
        let client_id = source.optional(&PROVIDER_CLIENT_ID, parse::text);
        let client_secret = source.optional(&PROVIDER_CLIENT_SECRET, parse::secret_text);
        let mut option = |variable| source.optional(variable, parse::text).unwrap_or_default();
        let options = ProviderOptions {
            kind: option(&PROVIDER_TYPE),
            authorize_params: option(&PROVIDER_AUTHORIZE_PARAMS),
            groups_claim: option(&PROVIDER_GROUPS_CLAIM),
            auth_method: option(&PROVIDER_CLIENT_AUTH_METHOD),
            internal_url: option(&PROVIDER_INTERNAL_URL),
        };
        let provider = match issuer.as_deref() {
            None if client_id.is_some() || client_secret.is_some() || !options.is_unset() => {
                source.problem(format!(
                    "{} is not set, and other variables of the provider are",
                    PROVIDER_ISSUER.name
                ));
                None
            }
            None => has_users.then_some(Provider::Local),
            Some("local") => Some(Provider::Local),
            Some(issuer) => Self::openid(source, issuer, client_id, client_secret, options),
        };
        Self { provider, access: access(source) }
    }

    fn openid(
        source: &mut Source,
        issuer: &str,
        client_id: Option<String>,
        client_secret: Option<Secret<String>>,
        options: ProviderOptions,
    ) -> Option<Provider> {
        let Some(client_id) = client_id else {
            source.problem(format!(
                "{} is not set; the provider gives it to a client",
                PROVIDER_CLIENT_ID.name
            ));
            return None;
        };
        Some(Provider::Oidc { issuer: issuer.to_owned(), client_id, client_secret, options })
    }
}

/// Reads the access rules. An empty rule is a problem: a variable that expands to nothing must not give everyone
/// access.
fn access(source: &mut Source) -> AccessRules {
    let mut list = |variable| source.filled(variable, parse::list).unwrap_or_default();
    let (users, domains) = (list(&ALLOWED_USERS), list(&ALLOWED_EMAIL_DOMAINS));
    let (groups, directories) = (list(&ALLOWED_GROUPS), list(&ALLOWED_TENANTS));
    AccessRules::from_lists(users, domains, groups, directories).unwrap_or_else(|error| {
        source.problem(format!("{} is {error}", ALLOWED_EMAIL_DOMAINS.name));
        AccessRules::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::settings::UserRule;

    fn read(pairs: &[(&str, &str)], has_users: bool) -> Result<Defaults, Vec<String>> {
        let mut source = Source::new(pairs.iter().copied());
        let defaults = Defaults::read(&mut source, has_users);
        let problems = source.finish();
        if problems.is_empty() { Ok(defaults) } else { Err(problems) }
    }

    #[test]
    fn a_users_file_makes_the_default_provider_local() {
        assert_eq!(read(&[], true).unwrap().provider, Some(Provider::Local));
        assert_eq!(read(&[], false).unwrap().provider, None);
        assert_eq!(
            read(&[("BOUNCER_PROVIDER_ISSUER", "local")], false).unwrap().provider,
            Some(Provider::Local)
        );
    }

    #[test]
    fn a_provider_needs_issuer_and_client() {
        let issuer = ("BOUNCER_PROVIDER_ISSUER", "https://idp.example");
        let client = ("BOUNCER_PROVIDER_CLIENT_ID", "c");
        let found = read(&[issuer, client], true).unwrap().provider.unwrap();
        assert_eq!(found.issuer(), "https://idp.example");
        assert!(read(&[issuer], true).unwrap_err()[0].contains("BOUNCER_PROVIDER_CLIENT_ID is not set"));
        assert!(read(&[client], true).unwrap_err()[0].contains("BOUNCER_PROVIDER_ISSUER is not set"));
        assert!(read(&[("BOUNCER_PROVIDER_ISSUER", "idp")], true).unwrap_err()[0].contains("must be"));
    }

    #[test]
    fn an_empty_rule_is_an_error_and_not_an_open_door() {
        let error = read(&[("BOUNCER_ALLOWED_GROUPS", " ")], true).unwrap_err();
        assert!(error[0].contains("set and empty"), "{error:?}");
        let error = read(&[("BOUNCER_ALLOWED_USERS", ",")], true).unwrap_err();
        assert!(error[0].contains("set and empty"), "{error:?}");
        let access = read(&[("BOUNCER_ALLOWED_USERS", "*")], true).unwrap().access;
        assert_eq!(access.users, UserRule::Any);
        assert!(read(&[("BOUNCER_ALLOWED_EMAIL_DOMAINS", "a@b")], true).is_err());
    }
}
