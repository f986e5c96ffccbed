//! `/admin/keys/…`: lists and rotates the signing keys.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use protocol::jose::key_certificate::KeyPurpose;
use store::record::{SigningKeyRecord, SigningKeyState};

use super::deps::{Deps, event};
use super::error::AdminError;
use super::reply::answer;
use super::wire::{KeyShown, Keys};
use crate::ops::Proven;
use crate::sweep;

pub(super) async fn list(State(deps): State<Arc<Deps>>, _: Proven) -> Response {
    answer(&deps.journal, shown(&deps).await.map(|keys| Keys { keys }))
}

pub(super) async fn rotate(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, rotated(&deps, &proven).await)
}

async fn rotated(deps: &Deps, proven: &Proven) -> Result<Keys, AdminError> {
    let (ring, now) = (deps.keys.clone(), deps.clock.now());
    let rotated = tokio::task::spawn_blocking(move || ring.rotate(now)).await;
    sweep::record_steps(&deps.journal, &deps.keys);
    rotated.map_err(|_| AdminError::Task)??;
    deps.journal.record(event(proven, "rotate_keys"));
    Ok(Keys { keys: shown(deps).await? })
}

/// Returns the stored keys: the active one first, then the next one, then the retiring ones; the keys for personal
/// access tokens come last, in the same order.
pub(super) async fn shown(deps: &Deps) -> Result<Vec<KeyShown>, AdminError> {
    let ring = deps.keys.clone();
    let mut records =
        tokio::task::spawn_blocking(move || ring.records()).await.map_err(|_| AdminError::Task)??;
    records.sort_by_key(|key| (key.purpose == KeyPurpose::PersonalTokens, rank(key.state), key.created));
    Ok(records.iter().map(key_shown).collect())
}

const fn rank(state: SigningKeyState) -> u8 {
    match state {
        SigningKeyState::Active { .. } => 0,
        SigningKeyState::Next => 1,
        SigningKeyState::Retiring { .. } => 2,
    }
}

fn key_shown(key: &SigningKeyRecord) -> KeyShown {
    let shown = KeyShown {
        kid: key.kid.clone(),
        state: "next".to_owned(),
        purpose: key.purpose,
        created_at: key.created,
        since: None,
        rotates_at: None,
        signs_until: None,
        gone_at: None,
    };
    match key.state {
        SigningKeyState::Next => shown,
        SigningKeyState::Active { since, rotate_at, sign_until } => KeyShown {
            state: "active".to_owned(),
            since: Some(since),
            rotates_at: Some(rotate_at),
            signs_until: Some(sign_until),
            ..shown
        },
        SigningKeyState::Retiring { since, sign_until, gone_at } => KeyShown {
            state: "retiring".to_owned(),
            since: Some(since),
            signs_until: Some(sign_until),
            gone_at: Some(gone_at),
            ..shown
        },
    }
}
