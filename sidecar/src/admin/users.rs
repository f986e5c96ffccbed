//! `/admin/users/…`: records what a command did to a user of the users file, and removes second factors.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use store::intent::second_factors::RemoveSecondFactor;

use super::deps::{Deps, event};
use super::error::AdminError;
use super::reply::answer;
use super::wire::{UserChange, UserChanged, UserNamed};
use crate::ops::Proven;

pub(super) async fn changed(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, record(&deps, &proven).await)
}

pub(super) async fn reset_second_factor(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, reset(&deps, &proven).await)
}

/// Records the change. Also removes the second factor of a user who was added or removed: a new user must not get the
/// second factor of an earlier user with the same name.
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
        deps.journal.write(RemoveSecondFactor { user }, move |_: &bool| vec![event.clone()]).await?;
    } else {
        deps.journal.record(event);
    }
    Ok(Value::Object(serde_json::Map::new()))
}

async fn reset(deps: &Deps, proven: &Proven) -> Result<Value, AdminError> {
    let UserNamed { user } = proven.json()?;
    let event = event(proven, "reset_second_factor").subject(&user);
    let events = move |removed: &bool| removed.then(|| event.clone()).into_iter().collect();
    if deps.journal.write(RemoveSecondFactor { user: user.clone() }, events).await? {
        Ok(Value::Object(serde_json::Map::new()))
    } else {
        Err(AdminError::NotFound(format!("second factor of user {user:?}")))
    }
}
