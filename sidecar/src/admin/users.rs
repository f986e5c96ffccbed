//! `/admin/users/changed`: records what a command did to a user of the users file.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::deps::{Deps, event};
use super::reply::answer;
use super::wire::{UserChange, UserChanged};
use crate::ops::Proven;

pub(super) async fn changed(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    let changed = proven.json::<UserChanged>().map(|changed| {
        let action = match changed.change {
            UserChange::Added => "add_user",
            UserChange::Disabled => "disable_user",
            UserChange::Enabled => "enable_user",
            UserChange::Password => "set_password",
            UserChange::Removed => "remove_user",
        };
        deps.journal.record(event(&proven, action).subject(changed.user));
        Value::Object(serde_json::Map::new())
    });
    answer(&deps.journal, changed.map_err(Into::into))
}
