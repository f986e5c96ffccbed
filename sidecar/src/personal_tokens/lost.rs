//! Revokes the personal access tokens of a user who lost access, as soon as the sidecar learns of that.

use events::Event;
use protocol::settings::Identity;
use store::StoreError;
use store::intent::grants::EndGrants;
use store::intent::personal::{EndPersonalTokens, PersonalTokensOfUser};
use store::limits::PERSONAL_PER_USER;
use store::record::{GrantRecord, RevokeReason};

use super::create::PersonalTokens;
use crate::edge::Ctx;

/// The reason for the revocation, which is recorded.
const REASON: RevokeReason = RevokeReason::UserRefused;

impl PersonalTokens {
    /// Revokes all tokens of a user who no longer has access to the tenant.
    pub async fn user_refused(&self, ctx: &Ctx, subject: &str) -> Result<(), StoreError> {
        // Most users who are refused have no tokens, and anybody can be refused; so a refusal of a user without tokens
        // must cost no write.
        if self.tokens_of(ctx, subject).await?.is_empty() {
            return Ok(());
        }
        let subject = subject.to_owned();
        let end = EndPersonalTokens { tenant: ctx.tenant(), subject, reason: REASON, now: self.clock.now() };
        self.journal.write_up_to(PERSONAL_PER_USER, end, events(ctx)).await?;
        Ok(())
    }

    /// Revokes the tokens that have a scope to which the user is no longer entitled. `identity` is the identity that
    /// the user has now, and the tenant's rules must allow it.
    pub async fn identity_seen(&self, ctx: &Ctx, identity: &Identity) -> Result<(), StoreError> {
        // If the tenant does not allow personal access tokens, the plugin refuses all of them anyway.
        if ctx.settings.personal_days == 0 {
            return Ok(());
        }
        let entitled = ctx.settings.entitled(&identity.claims.groups);
        let mut theirs = self.tokens_of(ctx, &identity.sub).await?;
        theirs.retain(|grant| !entitled.contains_all(&grant.scopes));
        if theirs.is_empty() {
            return Ok(());
        }
        let grants = theirs.iter().map(|grant| (grant.tenant.clone(), grant.id)).collect();
        let end = EndGrants { grants, users: Vec::new(), reason: REASON, now: self.clock.now() };
        self.journal.write_up_to(theirs.len(), end, events(ctx)).await?;
        Ok(())
    }

    /// Returns the user's live tokens.
    async fn tokens_of(&self, ctx: &Ctx, subject: &str) -> Result<Vec<GrantRecord>, StoreError> {
        let list =
            PersonalTokensOfUser { tenant: ctx.tenant(), subject: subject.to_owned(), now: self.clock.now() };
        self.journal.store().read(list).await
    }
}

/// Makes the events of tokens that were revoked.
fn events(ctx: &Ctx) -> impl Fn(&Vec<GrantRecord>) -> Vec<Event> + Send + Sync + 'static + use<> {
    let by = ctx.clone();
    move |ended: &Vec<GrantRecord>| ended.iter().map(|grant| by.revoked(grant, REASON)).collect()
}
