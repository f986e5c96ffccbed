//! Client ID Metadata Documents: a client whose `client_id` is the https address of a document about it
//! (MCP authorization, client registration; draft-ietf-oauth-client-id-metadata-document).
//!
//! The address comes from whoever opens the authorize page, so fetching it is where an attacker would make
//! us call machines of our own network. It goes through the guarded client (public addresses only, checked
//! where they are dialled, no redirects), to port 443, with a budget for each host, and what failed is
//! remembered.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use axum::http::header::CONTENT_TYPE;
use protocol::server::redirect_rules::RedirectRules;
use protocol::server::registration::{ClientMetadata, RegistrationError};
use protocol::time::UnixTime;
use protocol::uri::{Base, ResourceUri, has_risky_path};
use url::Url;

use super::fresh::fresh_until;
use crate::config::Config;
use crate::http::Ctx;
use crate::upstream::UpstreamError;
use crate::upstream::http::HttpClient;

/// A document is not larger, in bytes.
const LARGEST: usize = 10 * 1024;
/// What failed is not tried again for this time, in seconds.
const FAILED_SECS: u64 = 60;
/// Failures and hosts remembered; beyond it the memory starts anew.
const REMEMBERED: usize = 2_000;
/// Fetches from one host, and in all, within a minute.
const BUDGET_OF_HOST: u32 = 20;
const BUDGET: u32 = 300;

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DocumentError {
    #[error("client_id is not an https address with a path, without user info, fragment or dot segments")]
    Address,
    #[error("the host is not in BOUNCER_CLIENT_DOCUMENT_HOSTS")]
    HostNotAllowed,
    #[error("the port is not 443")]
    Port,
    #[error("the address lies at one of our own bases")]
    OwnBase,
    #[error("too many documents are being fetched, from this host or in all")]
    Budget,
    #[error("it could not be fetched: {0}")]
    Fetch(String),
    #[error("its address answered with status {0}")]
    Status(u16),
    #[error("its content type is not JSON")]
    ContentType,
    #[error("it says: {0}")]
    Content(#[from] RegistrationError),
}

impl DocumentError {
    /// Whether trying again later may help.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self, Self::Budget | Self::Fetch(_) | Self::Status(500..))
    }
}

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) metadata: ClientMetadata,
    pub(super) fresh_until: UnixTime,
}

/// Fetches documents.
#[derive(Debug)]
pub(super) struct Documents {
    http: HttpClient,
    hosts: Option<BTreeSet<String>>,
    internal: BTreeSet<String>,
    own_bases: BTreeSet<Base>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    failed: HashMap<String, (UnixTime, DocumentError)>,
    fetches: HashMap<String, (UnixTime, u32)>,
}

/// Whether a `client_id` is meant as an address; it may still be refused as one.
pub(super) fn looks_like(client_id: &str) -> bool {
    client_id.contains("://")
}

impl Documents {
    pub(super) fn new(http: HttpClient, config: &Config) -> Self {
        Self {
            http,
            hosts: config.client_document_hosts.clone(),
            internal: config.internal_client_documents.clone(),
            own_bases: config.allowed_bases.clone().unwrap_or_default(),
            memory: Mutex::default(),
        }
    }

    /// Fetches and reads the document at this address.
    pub(super) async fn read(
        &self,
        ctx: &Ctx,
        client_id: &str,
        rules: &RedirectRules,
        now: UnixTime,
    ) -> Result<Document, DocumentError> {
        let url = self.judge(ctx, client_id)?;
        self.spend(client_id, url.host_str().unwrap_or_default(), now)?;
        let read = self.fetch(&url, client_id, rules, now).await;
        if let Err(error) = &read {
            let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            if memory.failed.len() >= REMEMBERED {
                memory.failed.clear();
            }
            memory.failed.insert(client_id.to_owned(), (now, error.clone()));
        }
        read
    }

    /// What can be said of the address without dialling.
    fn judge(&self, ctx: &Ctx, client_id: &str) -> Result<Url, DocumentError> {
        let url = Url::parse(client_id).map_err(|_| DocumentError::Address)?;
        let internal = self.internal.contains(&url.origin().ascii_serialization());
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // To the letter: the document repeats it, and one client must not have two ids.
        let canonical = url.as_str() == client_id && url.path() != "/" && !has_risky_path(url.path());
        if !(url.scheme() == "https" || internal) || !plain || !canonical {
            return Err(DocumentError::Address);
        }
        let host = url.host_str().unwrap_or_default();
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.contains(host)) {
            return Err(DocumentError::HostNotAllowed);
        }
        if !internal && url.port_or_known_default() != Some(443) {
            return Err(DocumentError::Port);
        }
        let within = |base: &Base| ResourceUri::parse(client_id).is_ok_and(|uri| uri.within(base));
        if within(&ctx.base) || self.own_bases.iter().any(within) {
            return Err(DocumentError::OwnBase);
        }
        Ok(url)
    }

    /// Takes one fetch off the budgets, unless this address failed a moment ago.
    fn spend(&self, client_id: &str, host: &str, now: UnixTime) -> Result<(), DocumentError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, error)) = memory.failed.get(client_id)
            && *at <= now
            && now.since(*at) < FAILED_SECS
        {
            return Err(error.clone());
        }
        if memory.fetches.len() >= REMEMBERED {
            memory.fetches.retain(|_, (began, _)| *began <= now && now.since(*began) < 60);
        }
        // The empty name stands for all hosts together.
        for (name, most) in [(host, BUDGET_OF_HOST), ("", BUDGET)] {
            let window = memory.fetches.entry(name.to_owned()).or_insert((now, 0));
            if now < window.0 || now.since(window.0) >= 60 {
                *window = (now, 0);
            }
            if window.1 >= most {
                return Err(DocumentError::Budget);
            }
            window.1 += 1;
        }
        Ok(())
    }

    async fn fetch(
        &self,
        url: &Url,
        client_id: &str,
        rules: &RedirectRules,
        now: UnixTime,
    ) -> Result<Document, DocumentError> {
        let failed = |error: UpstreamError| DocumentError::Fetch(error.to_string());
        let endpoint = self.http.judge(&url.origin().ascii_serialization(), url.as_str()).map_err(failed)?;
        let reply = self.http.get_document(&endpoint, LARGEST).await.map_err(failed)?;
        if reply.status != 200 {
            return Err(DocumentError::Status(reply.status));
        }
        if !is_json(reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())) {
            return Err(DocumentError::ContentType);
        }
        let metadata = ClientMetadata::from_document(client_id, reply.body.expose(), rules)?;
        Ok(Document { metadata, fresh_until: fresh_until(&reply.headers, now) })
    }
}

/// `application/json`, or a type with the suffix `+json` (RFC 6839 §3.1).
fn is_json(content_type: Option<&str>) -> bool {
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}
