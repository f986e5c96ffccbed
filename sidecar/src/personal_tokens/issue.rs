//! Signs personal access tokens. Signing requires a value that proves that the store holds the grant.

use std::sync::Arc;

use protocol::jose::token::AccessTokenClaims;
use protocol::secret::Secret;
use protocol::server::fitting::{FittingToken, ToBox, fit_personal};
use protocol::token_box::BoxContents;
use store::PersonalGranted;
use store::record::GrantRecord;

use super::create::PersonalTokens;
use super::created::Created;
use super::error::CreateError;
use crate::access::{new_token_id, no_token_id};
use crate::edge::Place;
use crate::keys::CurrentKey;

impl PersonalTokens {
    /// Returns the key that signs the tokens. The first key is made when it is needed, which writes to the store; the
    /// background task records that step.
    pub(super) async fn key(&self) -> Result<Arc<CurrentKey>, CreateError> {
        let (ring, now) = (self.keys.clone(), self.clock.now());
        let key = tokio::task::spawn_blocking(move || ring.personal(now)).await;
        Ok(key.map_err(|_| CreateError::Task)??)
    }

    /// Fails if the token of this grant would be too long. This is called before the grant is stored: otherwise a grant
    /// whose token nobody has would be listed as a live token.
    pub(super) fn check(
        &self,
        place: &Place,
        grant: &GrantRecord,
        key: &CurrentKey,
    ) -> Result<(), CreateError> {
        self.unsigned(place, grant, no_token_id(), key).map(drop)
    }

    /// Signs the token of this grant, which the store holds.
    pub(super) fn issue(
        &self,
        place: &Place,
        granted: &PersonalGranted,
        key: &CurrentKey,
    ) -> Result<Created, CreateError> {
        let grant = granted.grant().clone();
        let jti = new_token_id(&grant.id, &*self.entropy)?;
        let fitting = self.unsigned(place, &grant, jti, key)?;
        Ok(Created { token: Secret::new(fitting.sign(&key.signing_key)), grant })
    }

    /// Makes the token of this grant without its signature. The token has the times of the grant.
    fn unsigned(
        &self,
        place: &Place,
        grant: &GrantRecord,
        jti: String,
        key: &CurrentKey,
    ) -> Result<FittingToken, CreateError> {
        let audience = grant.resource.as_str();
        let extra = place.settings.audience.iter().filter(|extra| **extra != audience).cloned();
        let claims = AccessTokenClaims {
            iss: place.tenant.base.as_str().to_owned(),
            aud: [audience.to_owned()].into_iter().chain(extra).collect(),
            sub: grant.identity.sub.clone(),
            client_id: grant.client_id.clone(),
            scope: grant.scopes.clone(),
            iat: grant.created,
            nbf: grant.created,
            exp: grant.expires,
            jti,
            mcpb_tid: place.tid,
            profile: grant.identity.claims.limited_to(&grant.scopes),
        };
        let contents = BoxContents::of_profile(&grant.identity.claims, &place.settings.token_box);
        let to_box = ToBox { key: self.plugin_keys.first(), contents };
        Ok(fit_personal(&key.kid, &key.kcert, claims, to_box)?)
    }
}
