//! Checks the identity providers: whether they respond, whether their metadata fit the settings, whether they accept
//! the client, and whether a rule says who may enter.

use std::sync::Arc;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{AccessRules, Accounts, Provider, UserRule};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::text::quoted;
use crate::providers::Providers;
use crate::upstream::http::{HttpClient, authorities};
use crate::upstream::oidc::Oidc;
use crate::upstream::probe::ClientVerdict;
use crate::upstream::{Begin, Registration, Upstream as _, UpstreamError};
use crate::users::list_users;

/// A redirect URI that is registered at no provider. Providers refuse the made-up code before they look at it.
const CALLBACK: &str = "https://doctor.invalid/oauth/callback";
const CHECKS: [Check; 3] = [Check::ProviderReachable, Check::ProviderDocument, Check::ProviderSecret];

/// Checks the default provider and the named ones, one after another.
pub(super) async fn check(config: &Config) -> Ledger {
    let mut ledger = Ledger::default();
    users(config, &mut ledger);
    rule(config, &mut ledger);
    let opened = Providers::open(config.identity.providers_file.as_deref(), config.defaults.provider.clone());
    let authorities = authorities(config.outbound.ca_file.as_deref()).unwrap_or_default();
    let http =
        HttpClient::new(&config.identity.internal_issuers, &authorities, config.outbound.proxy.as_ref());
    let (Ok(providers), Ok(http)) = (opened, http) else { return ledger };
    let oidc = Oidc::new(http, Arc::new(SystemClock));
    for (name, provider) in providers.all() {
        let Ok(Some(at)) = Registration::at(provider) else { continue };
        let shown = match name {
            Some(name) => format!("provider {}", quoted(name)),
            None => format!("{} (the default provider)", quoted(&at.issuer)),
        };
        one(&oidc, &at, &shown, &mut ledger).await;
    }
    for check in CHECKS {
        ledger.not_checked(check, "no OpenID provider is configured here");
    }
    ledger
}

async fn one(oidc: &Oidc, at: &Registration, shown: &str, ledger: &mut Ledger) {
    let made_up = || Secret::new("doctor".to_owned());
    let begin = Begin {
        redirect_uri: CALLBACK.to_owned(),
        scopes: ScopeSet::default(),
        state: made_up(),
        nonce: made_up(),
        verifier: made_up(),
        prompt: None,
        login_hint: None,
        max_age: None,
    };
    if let Err(error) = oidc.authorize_url(at, &begin).await {
        let check = match error {
            UpstreamError::Unavailable(_) => Check::ProviderReachable,
            _ => Check::ProviderDocument,
        };
        if check == Check::ProviderDocument {
            ledger.fine(Check::ProviderReachable);
        }
        return ledger.found(check, format!("{shown}: {error}."));
    }
    ledger.fine(Check::ProviderReachable);
    ledger.fine(Check::ProviderDocument);
    match oidc.try_client(at, CALLBACK).await {
        Ok(ClientVerdict::Accepted) => ledger.fine(Check::ProviderSecret),
        Ok(ClientVerdict::Refused(why)) => {
            ledger.found(
                Check::ProviderSecret,
                format!("{shown}: its token endpoint refuses the client: {why}."),
            );
        }
        Ok(ClientVerdict::Unclear(why)) => {
            ledger.not_checked(Check::ProviderSecret, format!("{shown}: {why}"));
        }
        Err(error) => ledger.not_checked(Check::ProviderSecret, format!("{shown}: {error}")),
    }
}

/// Checks whether a public default provider has a default rule.
fn rule(config: &Config, ledger: &mut Ledger) {
    let Some(Provider::Oidc { issuer, options, .. }) = &config.defaults.provider else {
        return ledger.not_checked(Check::ProviderRule, "there is no default OpenID provider");
    };
    let access = &config.defaults.access;
    let (what, has_rule) = match Accounts::at(issuer, &options.kind) {
        Accounts::Given => ("", true),
        Accounts::Anyones => ("anyone can have an account", has_rule(access)),
        Accounts::AnyDirectory => (
            "anyone can make a directory, and BOUNCER_ALLOWED_TENANTS is not set",
            !access.directories.is_empty(),
        ),
    };
    ledger.judge(Check::ProviderRule, has_rule, || {
        format!("At {} {what}, and no default rule says who may enter.", quoted(issuer))
    });
}

fn has_rule(access: &AccessRules) -> bool {
    access.users != UserRule::default() || !access.email_domains.is_empty() || !access.groups.is_empty()
}

/// Checks whether the users file has a user who is not disabled.
fn users(config: &Config, ledger: &mut Ledger) {
    let is_default = matches!(config.defaults.provider, Some(Provider::Local));
    let Some(file) = config.identity.users_file.as_deref().filter(|_| is_default) else {
        return ledger.not_checked(Check::Users, "local users are not the default");
    };
    // A file that cannot be read counts as one without users; the check `files` reports why it cannot be read.
    let has_users = list_users(file).is_ok_and(|users| users.iter().any(|user| !user.disabled));
    ledger.judge(Check::Users, has_users, || format!("{} has no user who may log in.", file.display()));
}
