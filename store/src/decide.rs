//! The decisions of the operations that depend on given values alone, not on the database. The engines and the test
//! oracle share them, so that they cannot decide differently.

mod clients;
mod logins;
mod passkeys;
mod second_factors;

use crate::error::StoreError;
use crate::limits::{LONGEST_TOKEN_SECS, SPENT_CODE_KEPT_SECS};
use crate::outcome::{
    AddPersonal, AuditLimits, Connection, GrantDetails, GrantUpdate, NewRefresh, PersonalGranted, Rotate,
    Rotated, Rotation, TenantSummary, UpstreamTurn,
};
use crate::record::{
    AuditClass, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, RefreshRecord, RefreshState,
    RevokeReason, Revoked, SigningKeyRecord, SigningKeyState, Spent,
};
use protocol::jose::key_certificate::KeyPurpose;
use protocol::personal_token;
use protocol::server::pkce::PkceProven;
use protocol::server::refresh;
use protocol::tenant::Tenant;
use protocol::time::{CLOCK_SKEW, UnixTime};

pub(crate) use clients::{approve, client_idle_since, is_unapproved, replaced, touch, unapproved_since};

pub(crate) use logins::{
    begin_at, check_advance, check_code, check_session, check_sign_in, is_of_local_user, login_may_step,
    login_visible, may_restart, restarted_session, rotated_session, session_of,
};

pub(crate) use passkeys::{add_passkey, remove_passkey, use_passkey};
pub(crate) use second_factors::{enrolled, use_second_factor};

pub(crate) const EXISTS: StoreError = StoreError::Invariant("a record with this id exists");

/// What may be done with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeUse {
    /// The code can be redeemed.
    Live,
    /// The code was redeemed for this grant; presenting it again revokes the grant.
    Spent(GrantId),
    /// The code belongs to another tenant, or expired unredeemed, or its redemption is no longer remembered.
    Gone,
}

/// Decides what this tenant may do with the code.
pub(crate) fn code_use(code: &CodeRecord, tenant: &Tenant, now: UnixTime) -> CodeUse {
    if code.tenant != *tenant || now >= code_gone_at(code) {
        return CodeUse::Gone;
    }
    code.spent.map_or(CodeUse::Live, |spent| CodeUse::Spent(spent.grant))
}

/// Returns the record of the code after it was redeemed for this grant. Removes the provider's access token from it,
/// because only the grant keeps that.
pub(crate) fn spent(code: CodeRecord, grant: GrantId, now: UnixTime) -> CodeRecord {
    CodeRecord { spent: Some(Spent { grant, at: now }), upstream_token: None, ..code }
}

/// Returns the time at which the code's record is deleted: when the code expires; or, if the code was redeemed,
/// [`SPENT_CODE_KEPT_SECS`] after that, so that its reuse is detected.
pub(crate) fn code_gone_at(code: &CodeRecord) -> UnixTime {
    code.spent.map_or(code.expires, |spent| spent.at.plus(SPENT_CODE_KEPT_SECS))
}

/// The decision whether a user may have one more grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// The user may have it.
    Made {
        /// The grant that was revoked to make room, if any.
        crowded_out: Option<GrantId>,
    },
    /// The user may not: too many of the user's grants were revoked, and their revocations are still remembered.
    None,
}

/// The decision whether a user may have one more personal access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PersonalRoom {
    /// The user may have it.
    Free,
    /// The user may not: too many of the user's personal access tokens are live.
    TooMany,
    /// The user may not: too many of the user's personal access tokens were revoked, and their revocations are still
    /// remembered.
    TooManyEnded,
}

/// Refuses to redeem a code with a PKCE proof for the challenge of another code (RFC 7636 §4.6).
pub(crate) fn check_pkce(code: &CodeRecord, pkce: &PkceProven) -> Result<(), StoreError> {
    if code.code_challenge != pkce.challenge().as_str() {
        return Err(StoreError::Invariant("a code with the PKCE proof of another code"));
    }
    Ok(())
}

/// Refuses a new grant that belongs to another tenant or is already revoked.
pub(crate) fn check_grant(grant: &GrantRecord, tenant: &Tenant) -> Result<(), StoreError> {
    if grant.tenant != *tenant || grant.revoked.is_some() {
        return Err(StoreError::Invariant("a new grant of another tenant, or one that is already revoked"));
    }
    Ok(())
}

/// Refuses what [`check_grant`] refuses, for a grant that no login led to; and such a grant with a redirect URI or a
/// refresh token of the provider.
pub(crate) fn check_direct(grant: &GrantRecord, tenant: &Tenant) -> Result<(), StoreError> {
    if !grant.redirect_uri.is_empty() || grant.upstream_refresh.is_some() {
        return Err(StoreError::Invariant("a grant with a redirect URI that no code led to"));
    }
    check_grant(grant, tenant)
}

/// Whether the stored grant `found` is a live grant of the same tenant, user and client that no login led to, so that
/// `new` continues it.
pub(crate) fn continues(found: &GrantRecord, new: &GrantRecord, now: UnixTime) -> bool {
    grant_of_user(found, &new.tenant, &new.identity.sub, now)
        && found.client_id == new.client_id
        && found.redirect_uri.is_empty()
}

/// Returns the grant `before` with the values of `new`. The id and the time of creation stay; `expires` and
/// `token_secs` become the larger value of the two grants.
pub(crate) fn continued(before: &GrantRecord, new: &GrantRecord) -> GrantRecord {
    GrantRecord {
        id: before.id,
        created: before.created,
        expires: before.expires.max(new.expires),
        token_secs: before.token_secs.max(new.token_secs),
        ..new.clone()
    }
}

/// Returns the result of adding a personal access token whose id is already stored, because the same request came
/// before. A grant of another user or tenant with this id is an error, because ids are derived from secrets of one
/// user's session.
pub(crate) fn added_before(
    before: GrantRecord,
    new: &GrantRecord,
    now: UnixTime,
) -> Result<AddPersonal, StoreError> {
    if before.tenant != new.tenant || before.identity.sub != new.identity.sub || before.personal.is_none() {
        return Err(EXISTS);
    }
    if !grant_live(&before, now) {
        return Ok(AddPersonal::Ended);
    }
    Ok(AddPersonal::Before(Box::new(PersonalGranted::of(before))))
}

/// Whether the grant is neither revoked nor expired, so that tokens may be issued under it.
pub(crate) fn grant_live(grant: &GrantRecord, now: UnixTime) -> bool {
    grant.revoked.is_none() && now < grant.expires
}

/// Whether this is a live grant of this user of this tenant.
pub(crate) fn grant_of_user(grant: &GrantRecord, tenant: &Tenant, subject: &str, now: UnixTime) -> bool {
    grant.tenant == *tenant && grant.identity.sub == subject && grant_live(grant, now)
}

/// Revokes the grant unless it is revoked already, and deletes the provider's access token; `true` if this call revoked
/// it.
pub(crate) fn revoke(grant: &mut GrantRecord, reason: RevokeReason, now: UnixTime) -> bool {
    let first = grant.revoked.is_none();
    if first {
        grant.revoked = Some(Revoked { at: now, reason });
        grant.upstream_token = None;
    }
    first
}

/// Returns the time until which a revocation that is made now must be kept: until the grant's last access token has
/// expired, and twice [`CLOCK_SKEW`] longer, because the clocks of the plugin and the sidecar may differ.
pub(crate) fn revocation_end(grant: &GrantRecord, now: UnixTime) -> UnixTime {
    if grant.personal.is_some() {
        return grant.expires.plus(2 * CLOCK_SKEW);
    }
    now.plus(grant.token_secs.min(LONGEST_TOKEN_SECS) + 2 * CLOCK_SKEW)
}

/// Returns what [`revocation_end`] returns, for a grant of this client that cannot be read: assumes the longest
/// possible lifetime of its tokens.
pub(crate) fn revocation_end_unread(client_id: &str, now: UnixTime) -> UnixTime {
    let is_personal = client_id == personal_token::CLIENT_ID;
    let longest = if is_personal { personal_token::MOST_SECS } else { LONGEST_TOKEN_SECS };
    now.plus(longest + 2 * CLOCK_SKEW)
}

/// Refuses a new grant that is no valid personal access token: one of another tenant or client, already revoked,
/// without a [`PersonalToken`](crate::record::PersonalToken), with a too long lifetime, or with `token_secs` that
/// differs from the lifetime. Also refuses a client record that is not the tenant's client for personal access tokens.
pub(crate) fn check_personal(
    client: &ClientRecord,
    grant: &GrantRecord,
    tenant: &Tenant,
) -> Result<(), StoreError> {
    check_grant(grant, tenant)?;
    let lives = grant.expires.since(grant.created);
    if grant.personal.is_none()
        || grant.client_id != personal_token::CLIENT_ID
        || client.client_id != personal_token::CLIENT_ID
        || client.tenant != *tenant
        || lives > personal_token::MOST_SECS
        || grant.token_secs != lives
    {
        return Err(StoreError::Invariant("a personal access token with the wrong client or lifetime"));
    }
    Ok(())
}

/// The record of a new refresh token of the grant.
pub(crate) fn refresh_record(
    grant: &GrantRecord,
    token: &NewRefresh,
    generation: u64,
    now: UnixTime,
) -> RefreshRecord {
    RefreshRecord {
        token: token.token,
        grant: grant.id,
        generation,
        tenant: grant.tenant.clone(),
        client_id: grant.client_id.clone(),
        created: now,
        network: token.network,
        expires: token.expires.min(grant.expires),
        state: RefreshState::Active,
    }
}

/// Whether a refresh token and its grant belong to this tenant and are neither expired nor revoked.
pub(crate) fn refresh_visible(
    token: &RefreshRecord,
    grant: &GrantRecord,
    tenant: &Tenant,
    now: UnixTime,
) -> bool {
    token.tenant == *tenant
        && grant.tenant == *tenant
        && token.grant == grant.id
        && now < token.expires
        && grant_live(grant, now)
}

/// Decides what to do with a presented refresh token of this tenant. `successor_unused` returns whether the token with
/// this hash has not been used yet.
pub(crate) fn rotation(
    token: &RefreshRecord,
    grant: &GrantRecord,
    client_id: &str,
    grace_secs: u64,
    now: UnixTime,
    successor_unused: impl FnOnce(&Hash) -> Result<bool, StoreError>,
) -> Result<refresh::Decision, StoreError> {
    let state = match &token.state {
        RefreshState::Active => refresh::State::Active,
        RefreshState::Rotated { successor, at, .. } => {
            refresh::State::Rotated { at: *at, successor_unused: successor_unused(successor)? }
        }
    };
    let presented = refresh::Presented {
        same_client: token.client_id == client_id && grant.client_id == client_id,
        grant_live: token.grant == grant.id && grant_live(grant, now),
        expires: token.expires,
        state,
    };
    Ok(refresh::decide(&presented, grace_secs, now))
}

/// Returns the successor that the first use of this refresh token got.
pub(crate) fn repeat(token: &RefreshRecord, grant: &GrantRecord) -> Rotation {
    match &token.state {
        RefreshState::Rotated { sealed_successor, .. } => {
            Rotation::Repeat { sealed_successor: sealed_successor.clone(), rotated: Rotated::of(grant) }
        }
        // Cannot happen: only a rotated token is repeated.
        RefreshState::Active => Rotation::Gone,
    }
}

/// Whether this successor token has not been used yet.
pub(crate) fn is_unused(token: &RefreshRecord, now: UnixTime) -> bool {
    matches!(token.state, RefreshState::Active) && now < token.expires
}

/// Updates the grant as [`update`] does, and raises its `token_secs` if the next access token lives longer; `true` if
/// that changed anything.
pub(crate) fn refreshed(grant: &mut GrantRecord, rotate: &Rotate) -> bool {
    let longer = rotate.token_secs > grant.token_secs;
    grant.token_secs = grant.token_secs.max(rotate.token_secs);
    update(grant, &rotate.update) || longer
}

/// Writes the user's new identity, the provider's new tokens and the time at which the provider confirmed the user
/// into the grant; `true` if that changed anything.
pub(crate) fn update(grant: &mut GrantRecord, update: &GrantUpdate) -> bool {
    let mut changed = false;
    if let Some(identity) = update.identity.as_ref().filter(|new| **new != grant.identity) {
        grant.identity = identity.clone();
        changed = true;
    }
    if let Some(sealed) = &update.upstream_refresh {
        grant.upstream_refresh = Some(sealed.clone());
        changed = true;
    }
    if let Some(token) =
        update.upstream_token.as_ref().filter(|new| Some(*new) != grant.upstream_token.as_ref())
    {
        grant.upstream_token = Some(token.clone());
        changed = true;
    }
    if update.confirmed.is_some_and(|at| grant.confirmed != Some(at)) {
        grant.confirmed = update.confirmed;
        changed = true;
    }
    changed
}

/// Reserves the turn to ask the provider, unless another sidecar holds it. The grant must be live.
pub(crate) fn begin_upstream(grant: &mut GrantRecord, secs: u64, now: UnixTime) -> UpstreamTurn {
    let end = now.plus(secs);
    // A reserved turn is ignored if it ends later than one that is taken now, by more than the clocks of two sidecars
    // may differ: then the clock was set back.
    if grant.asking.is_some_and(|until| now < until && until <= end.plus(CLOCK_SKEW)) {
        return UpstreamTurn::Busy;
    }
    grant.asking = Some(end);
    UpstreamTurn::Taken
}

/// Whether the audit table has no room for another row.
pub(crate) const fn audit_is_full(count: u64, limits: &AuditLimits, class: AuditClass) -> bool {
    count >= limits.most(class)
}

/// Returns the time before which rows of the audit table are deleted.
pub(crate) fn audit_old(now: UnixTime, limits: &AuditLimits) -> UnixTime {
    now.minus(limits.kept_secs)
}

/// Returns the summary of a tenant that has `clients` clients and these unexpired grants, some of which may be
/// revoked. `more` says whether further records were not counted.
pub(crate) fn summary(clients: usize, grants: &[GrantRecord], more: bool) -> TenantSummary {
    TenantSummary {
        clients,
        grants: grants.iter().filter(|grant| grant.revoked.is_none()).count(),
        last_login: grants.iter().map(|grant| grant.created).max(),
        more,
    }
}

/// Returns the details of a grant; `newest` is its newest refresh token.
pub(crate) fn details(grant: GrantRecord, newest: Option<&RefreshRecord>) -> GrantDetails {
    GrantDetails {
        grant,
        refreshed: newest.map(|token| token.created),
        rotations: newest.map_or(0, |token| token.generation),
    }
}

/// Returns what the user is shown of a grant; `newest` is its newest refresh token.
pub(crate) fn connection(grant: GrantRecord, newest: Option<&RefreshRecord>) -> Connection {
    Connection {
        grant,
        used: newest.map(|token| token.created),
        network: newest.and_then(|token| token.network),
    }
}

/// Refuses signing keys of which not exactly one is active for access tokens, several are active for personal access
/// tokens, or one appears twice.
pub(crate) fn check_ring(keys: &[SigningKeyRecord]) -> Result<(), StoreError> {
    let active = |purpose| {
        let theirs = keys.iter().filter(|key| key.purpose == purpose);
        theirs.filter(|key| matches!(key.state, SigningKeyState::Active { .. })).count()
    };
    let kids: std::collections::BTreeSet<_> = keys.iter().map(|key| &key.kid).collect();
    if active(KeyPurpose::AccessTokens) != 1
        || active(KeyPurpose::PersonalTokens) > 1
        || kids.len() != keys.len()
    {
        return Err(StoreError::Invariant("a key ring needs exactly one active key and no key twice"));
    }
    Ok(())
}
