//! `/admin/users/…`: records what a command did to a user of the users file, removes second factors, and lists and
//! removes passkeys.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::Event;
use serde_json::Value;
use store::intent::passkeys::{FindPasskeys, RemovePasskey, RemovePasskeys};
use store::intent::second_factors::RemoveSecondFactor;
use store::record::Passkey;

use super::deps::{Deps, event};
use super::error::AdminError;
use super::reply::answer;
use super::user_wire::{PasskeyShown, PasskeysOfUser, PasskeysRemoved, UserChange, UserChanged, UserNamed};
use crate::ops::Proven;
use crate::passkeys::id_text;

pub(super) async fn changed(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, record(&deps, &proven).await)
}

pub(super) async fn reset_second_factor(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, reset(&deps, &proven).await)
}

pub(super) async fn passkeys(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, list(&deps, &proven).await)
}

pub(super) async fn remove_passkeys(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, remove(&deps, &proven).await)
}

/// Records the change. Also removes the second factor and the passkeys of a user who was added or removed: a new user
/// must not get those of an earlier user with the same name.
async fn record(deps: &Deps, proven: &Proven) -> Result<Value, AdminError> {
    let UserChanged { user, change } = proven.json()?;
    let (action, other) = match change {
        UserChange::Added => ("add_user", true),
        UserChange::Disabled => ("disable_user", false),
        UserChange::Enabled => ("enable_user", false),
        UserChange::Password => ("set_password", false),
        UserChange::Removed => ("remove_user", true),
    };
    let event = event(proven, action).subject(&user);
    if other {
        remove_all(deps, proven, &user).await?;
        deps.journal.write(RemoveSecondFactor { user }, move |_: &bool| vec![event.clone()]).await?;
    } else {
        deps.journal.record(event);
    }
    Ok(nothing())
}

/// Removes the second factor and all passkeys of a user. The passkeys are removed too, because a passkey replaces a
/// second factor, and the lost phone may hold both.
async fn reset(deps: &Deps, proven: &Proven) -> Result<Value, AdminError> {
    let UserNamed { user } = proven.json()?;
    let event = event(proven, "reset_second_factor").subject(&user);
    let events = move |removed: &bool| removed.then(|| event.clone()).into_iter().collect();
    let had_passkeys = remove_all(deps, proven, &user).await?;
    let had_second_factor = deps.journal.write(RemoveSecondFactor { user: user.clone() }, events).await?;
    if had_passkeys || had_second_factor {
        Ok(nothing())
    } else {
        Err(AdminError::NotFound(format!("second factor of user {user:?}")))
    }
}

async fn list(deps: &Deps, proven: &Proven) -> Result<PasskeysOfUser, AdminError> {
    let UserNamed { user } = proven.json()?;
    let found = deps.journal.store().read(FindPasskeys { user }).await?;
    let passkeys = found.map(|found| found.passkeys).unwrap_or_default();
    Ok(PasskeysOfUser { passkeys: passkeys.iter().map(shown).collect() })
}

fn shown(passkey: &Passkey) -> PasskeyShown {
    PasskeyShown {
        id: id_text(passkey),
        name: passkey.name.clone(),
        host: passkey.rp_id.clone(),
        added: passkey.added,
        used: passkey.used,
    }
}

async fn remove(deps: &Deps, proven: &Proven) -> Result<Value, AdminError> {
    let PasskeysRemoved { user, id } = proven.json()?;
    let removed = match &id {
        None => remove_all(deps, proven, &user).await?,
        Some(id) => {
            let found = deps.journal.store().read(FindPasskeys { user: user.clone() }).await?;
            let mut passkeys = found.into_iter().flat_map(|found| found.passkeys);
            match passkeys.find(|known| id_text(known) == *id) {
                None => false,
                Some(known) => {
                    let event = removal(proven, &user);
                    let events = move |gone: &Option<Passkey>| gone.iter().map(|_| event.clone()).collect();
                    let remove = RemovePasskey { user: user.clone(), id: known.id };
                    deps.journal.write(remove, events).await?.is_some()
                }
            }
        }
    };
    if removed { Ok(nothing()) } else { Err(AdminError::NotFound(format!("passkey of user {user:?}"))) }
}

/// Removes all passkeys of a user. Returns `true` if there was one.
async fn remove_all(deps: &Deps, proven: &Proven, user: &str) -> Result<bool, AdminError> {
    let event = removal(proven, user);
    let events = move |removed: &bool| removed.then(|| event.clone()).into_iter().collect();
    Ok(deps.journal.write(RemovePasskeys { user: user.to_owned() }, events).await?)
}

fn removal(proven: &Proven, user: &str) -> Event {
    event(proven, "remove_passkeys").subject(user)
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}
