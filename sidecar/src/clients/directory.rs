//! Looks up clients: in the store, in the operator's file, or with their metadata document.

use std::sync::Arc;

use events::{Event, Field, Kind, Reason};
use protocol::personal_token::CLIENT_ID;
use protocol::server::redirect::RedirectRules;
use protocol::server::registration::ClientMetadata;
use protocol::text::TextSet;
use protocol::time::UnixTime;
use reqwest::Certificate;
use store::StoreHandle;
use store::intent::clients::{FindClient, PutClient};
use store::record::{ClientRecord, ClientSource};

use super::client::{Client, Purpose, kind_without_secret, names};
use super::document::{self, Documents};
use super::error::{DocumentError, FindError};
use super::fetch::{FetchError, Fetcher};
use super::file::{ClientsFile, FileClient};
use super::keys::Keys;
use crate::budget::Meter;
use crate::clock::Clock;
use crate::config::Config;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::upstream::UpstreamError;
use crate::upstream::http::HttpClient;

/// All sources of clients.
pub struct Clients {
    pub(super) store: StoreHandle,
    pub(super) journal: Journal,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) meter: Meter,
    redirect_schemes: TextSet,
    registers: bool,
    file: ClientsFile,
    documents: Option<Documents>,
    pub(super) keys: Keys,
    pub(super) fetcher: Fetcher,
}

impl Clients {
    /// Builds the sources from the settings. Fails if the HTTP client cannot be built.
    pub fn new(
        config: &Config,
        file: ClientsFile,
        authorities: &[Certificate],
        (journal, clock, meter): (Journal, Arc<dyn Clock>, Meter),
    ) -> Result<Self, UpstreamError> {
        let http =
            HttpClient::new(&config.clients.internal_documents, authorities, config.outbound.proxy.as_ref())?;
        let documents = config.clients.takes_documents().then(|| Documents::new(config));
        let fetcher = Fetcher::new(http, config, Arc::clone(&clock), meter.clone(), journal.clone());
        Ok(Self {
            store: journal.store().clone(),
            journal,
            clock,
            meter,
            redirect_schemes: config.clients.redirect_schemes.clone(),
            registers: config.clients.initial_token.is_none(),
            file,
            documents,
            keys: Keys::new(),
            fetcher,
        })
    }

    /// Whether the server's metadata should say that client ID metadata documents are supported: the settings must
    /// allow them, and this server must reach the internet to fetch them. If registration is closed, internet access
    /// does not matter.
    pub fn offers_documents(&self, now: UnixTime) -> bool {
        self.documents.is_some() && (!self.registers || self.fetcher.has_way_out(now))
    }

    /// Returns the rules for redirect URIs at this tenant.
    pub fn redirect_rules(&self, ctx: &Ctx) -> RedirectRules {
        RedirectRules::new(&self.redirect_schemes, &ctx.settings.redirect_hosts)
    }

    /// Finds a client; `None` if it is unknown at this tenant. Fails if the store fails, a stored record is invalid, a
    /// rate limit is exceeded, or a metadata document cannot be used. None of these failures looks like an unknown
    /// client.
    pub async fn find(
        &self,
        ctx: &Ctx,
        client_id: &str,
        purpose: Purpose,
    ) -> Result<Option<Client>, FindError> {
        let now = self.clock.now();
        // Nobody logs in with the client id of personal access tokens: such tokens are created on the connections page
        // or by an administrator. A provider's assertion never names this client, either.
        if client_id == CLIENT_ID && purpose == Purpose::Login {
            return Ok(None);
        }
        if let Some(entry) = self.listed(ctx, client_id) {
            let record = entry.record(ctx.tenant(), now);
            return self.stored(ctx, record, now).await.map(Some);
        }
        let known =
            self.store.read(FindClient { tenant: ctx.tenant(), client_id: client_id.to_owned() }).await?;
        let Some(documents) = self.documents.as_ref().filter(|_| document::looks_like(client_id)) else {
            // A stored client that came from a document or from the file is unknown here, because that source is no
            // longer allowed or no longer lists it.
            let known = known.filter(|record| record.source == ClientSource::Registered);
            return known.map(parsed).transpose();
        };
        let fresh = known.as_ref().is_some_and(|record| match record.source {
            ClientSource::Document { fetched_at, fresh_until } => fetched_at <= now && now < fresh_until,
            ClientSource::Registered | ClientSource::File => false,
        });
        if fresh || (purpose == Purpose::Grant && known.is_none()) {
            return known.map(parsed).transpose();
        }
        match documents.read(&self.fetcher, ctx, client_id, known.as_ref(), &self.redirect_rules(ctx)).await {
            Ok(found) => {
                let record = ClientRecord {
                    tenant: ctx.tenant(),
                    client_id: client_id.to_owned(),
                    kind: kind_without_secret(found.metadata.auth_method()),
                    metadata: found.metadata.to_json(),
                    source: ClientSource::Document { fetched_at: now, fresh_until: found.fresh_until },
                    registration_token: None,
                    issued_at: now,
                    last_used: now,
                    approved_at: None,
                };
                self.stored(ctx, record, now).await.map(Some)
            }
            Err(error) => {
                // A token request needs no new document: the metadata that the user approved are stored.
                let serves = purpose == Purpose::Grant
                    || known.as_ref().is_some_and(|known| stale(known, &error, now));
                let Some(known) = known.filter(|_| serves) else {
                    let (client_id, error) = (client_id.to_owned(), DocumentError(error));
                    return Err(FindError::Document { client_id, error });
                };
                self.journal.record(not_fetched(ctx, client_id, &error));
                parsed(known).map(Some)
            }
        }
    }

    /// Returns the entry of the operator's file for this client; `None` if there is none that may be used at this
    /// tenant.
    pub(super) fn listed(&self, ctx: &Ctx, client_id: &str) -> Option<Arc<FileClient>> {
        self.file.now(&self.journal)?.find(client_id, &ctx.base).cloned()
    }

    /// Reads the operator's file again if it has changed. Each lookup of a client does so, too; this call reports a
    /// mistake in the file before the next lookup. Blocking.
    pub fn look_at_file(&self) {
        self.file.now(&self.journal);
    }

    /// Updates the stored record to match its source, and ends the grants whose redirect URI its metadata no longer
    /// contain.
    async fn stored(&self, ctx: &Ctx, record: ClientRecord, now: UnixTime) -> Result<Client, FindError> {
        let client = parsed(record)?;
        let named = client.metadata.clone();
        let still_named = move |uri: &str| names(&named, uri);
        let event = ctx.event_because(Kind::GrantRevoked, Reason::RedirectDropped).succeeded();
        let event = event.client(&client.record.client_id);
        let put = PutClient { record: client.record.clone(), still_named: Arc::new(still_named), now };
        let events = move |ended: &usize| {
            (*ended > 0).then(|| event.clone().with(Field::Grants, *ended)).into_iter().collect()
        };
        self.journal.write(put, events).await?;
        Ok(client)
    }

    /// Whether the operator's file allows this client to introspect every token of the tenant (RFC 7662).
    pub fn may_introspect(&self, client_id: &str, ctx: &Ctx) -> bool {
        self.listed(ctx, client_id).is_some_and(|client| client.may_introspect())
    }
}

/// Whether this record may be used although its document could not be fetched again: the failure is temporary, and the
/// document is not too old.
fn stale(record: &ClientRecord, error: &FetchError, now: UnixTime) -> bool {
    error.is_passing() && document::serves_stale(record, now)
}

fn not_fetched(ctx: &Ctx, client_id: &str, error: &FetchError) -> Event {
    let event = ctx.event_because(Kind::Operation, Reason::ClientDocumentUnreachable).succeeded();
    let event = event.client(client_id).detail(error);
    event.saying("the client's document could not be fetched; an older one is used")
}

fn parsed(record: ClientRecord) -> Result<Client, FindError> {
    match ClientMetadata::from_stored(&record.metadata) {
        Ok(metadata) => Ok(Client { record, metadata }),
        Err(error) => Err(FindError::Record { client_id: record.client_id, error }),
    }
}
