//! The store's operations as methods, so that test cases are easy to read.

use crate::fixtures::{personal_client, pkce};
use crate::without_proof::{Direct, Redeem, Rotation};
use protocol::server::login::{Advanced, Authenticated, Ended, Finished};
use protocol::server::session::LiveSession;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use store::intent::clients::{FindClient, PutClient, RegisterClient, RemoveClient, StillNamed, UseAssertion};
use store::intent::codes::{FindCode, RedeemCode};
use store::intent::copy::Sizes;
use store::intent::direct::PutDirectGrant;
use store::intent::grants::{BeginUpstream, EndGrants, EndUpstream, FindGrant, ListRevocations, RevokeGrant};
use store::intent::keys::{FindKeyRing, ReplaceKeyRing, ResealAll};
use store::intent::listing::{
    GrantsOfUser, ListClients, ListGrants, ListTenants, ShowGrant, SummarizeTenant,
};
use store::intent::logins::{
    AdvanceLogin, BeginLogin, DropLogin, FindLogin, FindLoginByUpstreamState, FinishLogin, FinishSignIn,
    LoginKey,
};
use store::intent::personal::{AddPersonalToken, EndPersonalTokens, PersonalTokensOfUser};
use store::intent::refresh::{FindRefresh, RotateRefresh};
use store::intent::sessions::{
    ConnectionsOfUser, CountOtherSessions, EndOwnGrants, EndPasswordSessions, EndSession, OwnGrants,
    RestartSessions, UseSession,
};
use store::intent::sweep::Sweep;
use store::record::{
    AssertionRecord, Callback, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord,
    RefreshRecord, RevokeReason, SignInMethod, SigningKeyRecord,
};
use store::{
    AddPersonal, Advance, Begin, Connections, Cursor, GrantDetails, GrantUpdate, KeyRingState, NewGrant,
    NewSession, Page, Registered, Reseal, Resealed, Revocation, Rotate, SessionUse, Store, StoreError,
    SweepLimits, Swept, TenantSummary, UpstreamTurn, Within,
};

type Result<T> = std::result::Result<T, StoreError>;

fn key(tenant: &Tenant, flow: &Hash, browser: &Hash) -> LoginKey {
    LoginKey { tenant: tenant.clone(), flow: *flow, browser: *browser }
}

pub(crate) trait Calls {
    fn it(&self) -> &Store;

    fn register_client(&self, record: ClientRecord, now: UnixTime) -> Result<Registered> {
        self.it().write(RegisterClient { record, now })
    }

    fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>> {
        self.it().read(FindClient { tenant: tenant.clone(), client_id: client_id.to_owned() })
    }

    fn put_client(&self, record: ClientRecord, still_named: StillNamed, now: UnixTime) -> Result<usize> {
        self.it().write(PutClient { record, still_named, now })
    }

    fn remove_client(&self, tenant: &Tenant, client_id: &str, now: UnixTime) -> Result<bool> {
        self.it().write(RemoveClient { tenant: tenant.clone(), client_id: client_id.to_owned(), now })
    }

    fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool> {
        self.it().write(UseAssertion { record, now })
    }

    fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin> {
        self.it().write(BeginLogin { record, proven: None, now })
    }

    fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>> {
        self.it().read(FindLogin { login: key(tenant, flow, browser), now })
    }

    fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>> {
        let (tenant, upstream_state, browser) = (tenant.clone(), *upstream_state, *browser);
        self.it().read(FindLoginByUpstreamState { tenant, upstream_state, browser, now })
    }

    fn advance_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        step: Advanced<Callback>,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance> {
        let (login, rebind) = (key(tenant, flow, browser), rebind.copied());
        self.it().write(AdvanceLogin { login, step, rebind, session: None, now })
    }

    fn finish_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        step: Finished,
        code: CodeRecord,
        now: UnixTime,
    ) -> Result<Advance> {
        self.it().write(FinishLogin { login: key(tenant, flow, browser), step, code, now })
    }

    fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        step: Ended,
        now: UnixTime,
    ) -> Result<Advance> {
        self.it().write(DropLogin { login: key(tenant, flow, browser), step, now })
    }

    fn finish_sign_in(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        step: Authenticated,
        session: NewSession,
        now: UnixTime,
    ) -> Result<Advance> {
        self.it().write(FinishSignIn { login: key(tenant, flow, browser), step, session, now })
    }

    fn use_session(
        &self,
        tenant: &Tenant,
        session: &Hash,
        presented: &Hash,
        next: &Hash,
        now: UnixTime,
    ) -> Result<SessionUse> {
        let (tenant, session, presented, next) = (tenant.clone(), *session, *presented, *next);
        self.it().write(UseSession { tenant, session, presented, next, now })
    }

    fn end_session(&self, tenant: &Tenant, session: &Hash) -> Result<bool> {
        self.it().write(EndSession { tenant: tenant.clone(), session: *session })
    }

    fn restart_sessions(
        &self,
        tenant: &Tenant,
        live: LiveSession,
        next: Option<&Hash>,
        now: UnixTime,
    ) -> Result<bool> {
        let (tenant, method) = (tenant.clone(), SignInMethod::Password { credential: [98; 32] });
        self.it().write(RestartSessions { tenant, live, method, next: next.copied(), now })
    }

    fn end_password_sessions(&self, tenants: &[Tenant], subject: &str) -> Result<usize> {
        self.it().write(EndPasswordSessions { tenants: tenants.to_vec(), subject: subject.to_owned() })
    }

    fn end_own_grants(
        &self,
        tenant: &Tenant,
        subject: &str,
        which: OwnGrants,
        now: UnixTime,
    ) -> Result<Vec<GrantRecord>> {
        self.it().write(EndOwnGrants { tenant: tenant.clone(), subject: subject.to_owned(), which, now })
    }

    fn connections(
        &self,
        tenant: &Tenant,
        subject: &str,
        (skip, limit): (usize, usize),
        now: UnixTime,
    ) -> Result<Connections> {
        let (tenant, subject) = (tenant.clone(), subject.to_owned());
        self.it().read(ConnectionsOfUser { tenant, subject, skip, limit, now })
    }

    fn other_sessions(&self, tenant: &Tenant, subject: &str, but: &Hash, now: UnixTime) -> Result<usize> {
        let tenant = tenant.clone();
        self.it().read(CountOtherSessions { tenant, subject: subject.to_owned(), but: *but, now })
    }

    fn code(&self, tenant: &Tenant, code: &Hash, now: UnixTime) -> Result<Option<CodeRecord>> {
        self.it().read(FindCode { tenant: tenant.clone(), code: *code, now })
    }

    fn redeem_code(&self, tenant: &Tenant, code: &Hash, grant: NewGrant, now: UnixTime) -> Result<Redeem> {
        let id = grant.grant.id;
        let redeem = RedeemCode { tenant: tenant.clone(), code: *code, pkce: pkce(), grant, now };
        Ok(match self.it().write(redeem)? {
            store::Redeem::Done { redeemed, crowded_out } => {
                assert_eq!(redeemed.grant(), id);
                Redeem::Done { crowded_out }
            }
            store::Redeem::TooMany => Redeem::TooMany,
            store::Redeem::AlreadySpent { grant } => Redeem::AlreadySpent { grant },
            store::Redeem::Unknown => Redeem::Unknown,
        })
    }

    fn put_direct(
        &self,
        grant: GrantRecord,
        assertion: Option<AssertionRecord>,
        now: UnixTime,
    ) -> Result<Direct> {
        let tenant = grant.tenant.clone();
        self.put_direct_at(&tenant, grant, assertion, now)
    }

    fn put_direct_at(
        &self,
        tenant: &Tenant,
        grant: GrantRecord,
        assertion: Option<AssertionRecord>,
        now: UnixTime,
    ) -> Result<Direct> {
        let client_id = grant.client_id.clone();
        let put = PutDirectGrant { tenant: tenant.clone(), grant, assertion, now };
        Ok(match self.it().write(put)? {
            store::DirectGrant::Done { granted, crowded_out } => {
                assert_eq!(granted.client_id(), client_id);
                Direct::Done { grant: granted.grant(), created: granted.created(), crowded_out }
            }
            store::DirectGrant::TooMany => Direct::TooMany,
            store::DirectGrant::AssertionUsed => Direct::AssertionUsed,
        })
    }

    fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, GrantRecord)>> {
        self.it().read(FindRefresh { tenant: tenant.clone(), token: *token, now })
    }

    fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation> {
        let (tenant, presented, client_id) = (tenant.clone(), *presented, client_id.to_owned());
        let rotate = RotateRefresh { tenant, presented, client_id: client_id.clone(), rotate, now };
        Ok(match self.it().write(rotate)? {
            store::Rotation::Rotated { rotated } => {
                assert_eq!(rotated.client_id(), client_id);
                Rotation::Rotated
            }
            store::Rotation::Repeat { sealed_successor, rotated } => {
                assert_eq!(rotated.client_id(), client_id);
                Rotation::Repeat { sealed_successor }
            }
            store::Rotation::ReuseDetected { grant } => Rotation::ReuseDetected { grant },
            store::Rotation::WrongClient => Rotation::WrongClient,
            store::Rotation::Gone => Rotation::Gone,
        })
    }

    fn begin_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> Result<UpstreamTurn> {
        self.it().write(BeginUpstream { tenant: tenant.clone(), grant: *grant, secs, now })
    }

    fn end_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        update: GrantUpdate,
        now: UnixTime,
    ) -> Result<bool> {
        self.it().write(EndUpstream { tenant: tenant.clone(), grant: *grant, update, now })
    }

    fn grant(&self, tenant: &Tenant, grant: &GrantId, now: UnixTime) -> Result<Option<GrantRecord>> {
        self.it().read(FindGrant { tenant: tenant.clone(), grant: *grant, now })
    }

    fn revocations(&self, now: UnixTime) -> Result<Vec<Revocation>> {
        self.it().read(ListRevocations { now })
    }

    fn revoke_grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool> {
        self.it().write(RevokeGrant { tenant: tenant.clone(), grant: *grant, reason, now })
    }

    fn end_grants(&self, grants: Vec<(Tenant, GrantId)>, now: UnixTime) -> Result<Vec<GrantRecord>> {
        self.it().write(EndGrants { grants, users: Vec::new(), reason: RevokeReason::ByAdministrator, now })
    }

    fn add_personal(&self, grant: GrantRecord, now: UnixTime) -> Result<AddPersonal> {
        let (tenant, client) = (grant.tenant.clone(), personal_client(&grant.tenant, now));
        self.it().write(AddPersonalToken { tenant, client, grant, now })
    }

    fn personal_tokens(&self, tenant: &Tenant, subject: &str, now: UnixTime) -> Result<Vec<GrantRecord>> {
        self.it().read(PersonalTokensOfUser { tenant: tenant.clone(), subject: subject.to_owned(), now })
    }

    fn end_personal(&self, tenant: &Tenant, subject: &str, now: UnixTime) -> Result<Vec<GrantRecord>> {
        let (tenant, subject) = (tenant.clone(), subject.to_owned());
        self.it().write(EndPersonalTokens { tenant, subject, reason: RevokeReason::UserRefused, now })
    }

    fn list_tenants(&self, within: Within, after: Option<Cursor>, limit: usize) -> Result<Page<Tenant>> {
        self.it().read(ListTenants { within, after, limit })
    }

    fn list_clients(
        &self,
        within: Within,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ClientRecord>> {
        self.it().read(ListClients { within, after, limit })
    }

    fn list_grants(
        &self,
        within: Within,
        after: Option<Cursor>,
        limit: usize,
        now: UnixTime,
    ) -> Result<Page<GrantRecord>> {
        self.it().read(ListGrants { within, after, limit, now })
    }

    fn grants_of_user(&self, tenant: &Tenant, subject: &str, now: UnixTime) -> Result<Vec<GrantRecord>> {
        self.it().read(GrantsOfUser { tenant: tenant.clone(), subject: subject.to_owned(), now })
    }

    fn show_grant(&self, grant: GrantId, now: UnixTime) -> Result<Option<GrantDetails>> {
        self.it().read(ShowGrant { grant, now })
    }

    fn summary(&self, tenant: &Tenant, limit: usize, now: UnixTime) -> Result<TenantSummary> {
        self.it().read(SummarizeTenant { tenant: tenant.clone(), limit, now })
    }

    fn signing_keys(&self) -> Result<KeyRingState> {
        self.it().read(FindKeyRing)
    }

    fn replace_signing_keys(&self, expected: u64, keys: Vec<SigningKeyRecord>) -> Result<bool> {
        self.it().write(ReplaceKeyRing { expected, keys })
    }

    fn sweep(&self, now: UnixTime, limits: &SweepLimits) -> Result<Swept> {
        self.it().write(Sweep { limits: *limits, now })
    }

    fn reseal(&self, reseal: Reseal) -> Result<Resealed> {
        self.it().write(ResealAll { reseal })
    }

    fn sizes(&self) -> Result<Vec<(&'static str, u64)>> {
        self.it().read(Sizes)
    }
}

impl Calls for Store {
    fn it(&self) -> &Store {
        self
    }
}
