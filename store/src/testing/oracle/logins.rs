//! Logins, from step to step and to a code.

use super::{OnOracle, Tables};
use crate::decide::{self, EXISTS};
use crate::error::StoreError;
use crate::intent::logins::{
    AdvanceLogin, BeginLogin, DropLogin, FindLogin, FindLoginByUpstreamState, FinishLogin, FinishSignIn,
    LoginKey,
};
use crate::limits::LOGINS_IN_ALL;
use crate::outcome::{Advance, Begin};
use crate::record::LoginRecord;
use protocol::server::login::StepKind;
use protocol::time::UnixTime;

impl OnOracle<Begin> for BeginLogin {
    fn on(&self, tables: &mut Tables) -> Result<Begin, StoreError> {
        let record = &self.record;
        let step = decide::begin_at(record, self.proven.as_ref())?;
        let client = record.client_id();
        if client.is_some_and(|client| tables.client_mut(&record.tenant, client).is_none()) {
            return Ok(Begin::NoSuchClient);
        }
        if tables.logins.contains_key(&record.flow) {
            return Err(EXISTS);
        }
        if tables.logins.len() as u64 >= LOGINS_IN_ALL {
            return Ok(Begin::Full);
        }
        if let Some(client) = client {
            tables.touch_client(&record.tenant, client, self.now);
        }
        tables.logins.insert(record.flow, LoginRecord { step, ..record.clone() });
        Ok(Begin::Done)
    }
}

impl OnOracle<Option<LoginRecord>> for FindLogin {
    fn on(&self, tables: &mut Tables) -> Result<Option<LoginRecord>, StoreError> {
        let LoginKey { tenant, flow, browser } = &self.login;
        let login = tables.logins.get(flow);
        Ok(login.filter(|login| decide::login_visible(login, tenant, browser, self.now)).cloned())
    }
}

impl OnOracle<Option<LoginRecord>> for FindLoginByUpstreamState {
    fn on(&self, tables: &mut Tables) -> Result<Option<LoginRecord>, StoreError> {
        let Self { tenant, upstream_state, browser, now } = self;
        let mut awaiting =
            tables.logins.values().filter(|login| login.upstream_state() == Some(upstream_state));
        Ok(awaiting.find(|login| decide::login_visible(login, tenant, browser, *now)).cloned())
    }
}

impl OnOracle<Advance> for AdvanceLogin {
    fn on(&self, tables: &mut Tables) -> Result<Advance, StoreError> {
        let Some(login) = tables.login_in(&self.login, self.step.from(), self.now) else {
            return Ok(Advance::Lost);
        };
        decide::check_advance(login, &self.step)?;
        if let Some(session) = &self.session {
            decide::check_session(login, &self.step, session)?;
            tables.check_session_id(session)?;
        }
        let Some(login) = tables.login_in(&self.login, self.step.from(), self.now) else {
            return Ok(Advance::Lost);
        };
        login.step = self.step.to().clone();
        login.browser = self.rebind.unwrap_or(login.browser);
        if let Some(session) = &self.session {
            tables.begin_session(session);
        }
        Ok(Advance::Done)
    }
}

impl OnOracle<Advance> for FinishLogin {
    fn on(&self, tables: &mut Tables) -> Result<Advance, StoreError> {
        let Self { login: key, step, code, now } = self;
        if tables.client_mut(&key.tenant, &code.client_id).is_none() {
            return Ok(Advance::Lost);
        }
        let Some(login) = tables.login_in(key, step.from(), *now) else { return Ok(Advance::Lost) };
        decide::check_code(login, step, code)?;
        let (tenant, session) = (login.tenant.clone(), decide::session_of(login).copied());
        if session.is_some_and(|session| !tables.session_is_live(&tenant, &session, *now)) {
            return Ok(Advance::Lost);
        }
        if tables.codes.contains_key(&code.code) {
            return Err(EXISTS);
        }
        let Some(client) = tables.client_mut(&key.tenant, &code.client_id) else { return Ok(Advance::Lost) };
        decide::approve(client, *now);
        tables.logins.remove(&key.flow);
        tables.codes.insert(code.code, code.clone());
        Ok(Advance::Done)
    }
}

impl OnOracle<Advance> for FinishSignIn {
    fn on(&self, tables: &mut Tables) -> Result<Advance, StoreError> {
        let Some(login) = tables.login_in(&self.login, self.step.from(), self.now) else {
            return Ok(Advance::Lost);
        };
        decide::check_sign_in(login, &self.step, &self.session)?;
        tables.check_session_id(&self.session)?;
        tables.logins.remove(&self.login.flow);
        tables.begin_session(&self.session);
        Ok(Advance::Done)
    }
}

impl OnOracle<Advance> for DropLogin {
    fn on(&self, tables: &mut Tables) -> Result<Advance, StoreError> {
        if tables.login_in(&self.login, self.step.from(), self.now).is_none() {
            return Ok(Advance::Lost);
        }
        tables.logins.remove(&self.login.flow);
        Ok(Advance::Done)
    }
}

impl Tables {
    /// The login, if it is in step `from`.
    fn login_in(&mut self, key: &LoginKey, from: StepKind, now: UnixTime) -> Option<&mut LoginRecord> {
        let login = self.logins.get_mut(&key.flow)?;
        decide::login_may_step(login, &key.tenant, &key.browser, from, now).then_some(login)
    }
}
