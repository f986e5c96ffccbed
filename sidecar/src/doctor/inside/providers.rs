//! The identity providers: whether they respond, what their documents say, whether they accept the client, and whether a
//! rule says who may enter.

use std::path::Path;
use std::sync::Arc;

use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{AccessRules, Accounts, Provider, UserRule};
use serde_json::Value;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::text::quoted;
use crate::doctor::value::at;
use crate::providers::Providers;
use crate::upstream::http::{HttpClient, authorities};
use crate::upstream::oidc::Oidc;
use crate::upstream::{Begin, Finish, Freshness, Registration, Upstream as _, UpstreamError};

/// A callback that no provider has registered. Providers refuse the made-up code first.
const CALLBACK: &str = "https://doctor.invalid/oauth/callback";
const CHECKS: [Check; 3] = [Check::ProviderReachable, Check::ProviderDocument, Check::ProviderSecret];

/// Judges the default provider and the named ones, one after another.
pub(super) async fn check(config: &Config, clock: &dyn Clock) -> Ledger {
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
        one(&oidc, &at, &shown, clock, &mut ledger).await;
    }
    for check in CHECKS {
        ledger.not_checked(check, "no OpenID provider is configured here");
    }
    ledger
}

async fn one(oidc: &Oidc, at: &Registration, shown: &str, clock: &dyn Clock, ledger: &mut Ledger) {
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
    let finish = Finish {
        code: made_up(),
        redirect_uri: CALLBACK.to_owned(),
        nonce: made_up(),
        verifier: Secret::new("doctor".repeat(10)),
        fresh: Freshness { since: clock.now(), max_age: None, login: false },
    };
    match oidc.exchange(at, &finish).await {
        // It is the made-up code that is refused.
        Ok(_) | Err(UpstreamError::GrantRefused(_)) => ledger.fine(Check::ProviderSecret),
        Err(error @ UpstreamError::Misconfigured(_)) => {
            ledger.found(Check::ProviderSecret, format!("{shown}: {error}."));
        }
        Err(error) => ledger.not_checked(Check::ProviderSecret, format!("{shown}: {error}")),
    }
}

/// Whether a public default provider has a default rule.
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

/// Whether the users file has a user who is not disabled.
fn users(config: &Config, ledger: &mut Ledger) {
    let is_default = matches!(config.defaults.provider, Some(Provider::Local));
    let Some(file) = config.identity.users_file.as_deref().filter(|_| is_default) else {
        return ledger.not_checked(Check::Users, "local users are not the default");
    };
    ledger.judge(Check::Users, has_users(file), || format!("{} has no user who may log in.", file.display()));
}

fn has_users(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let users: Value = serde_json::from_str(&text).unwrap_or_default();
    let users = at(&users, "/users").as_array();
    users.into_iter().flatten().any(|user| *at(user, "/disabled") != Value::Bool(true))
}
