//! Client ID Metadata Documents: the `client_id` is the https URL of a document that describes the client (MCP
//! authorization, client registration; draft-ietf-oauth-client-id-metadata-document).
//!
//! [`super::fetch`] describes how a document is fetched and who is charged for it.

use std::collections::BTreeSet;

use axum::http::header::CONTENT_TYPE;
use protocol::limits::document::CLIENT_DOCUMENT;
use protocol::server::redirect::RedirectRules;
use protocol::server::registration::ClientMetadata;
use protocol::time::UnixTime;
use protocol::uri::has_risky_path;
use store::record::{ClientRecord, ClientSource};
use url::Url;

use super::fetch::{FetchError, Fetcher};
use super::fresh::fresh_until;
use crate::config::Config;
use crate::edge::Ctx;

/// How long a fetched document may be used while it cannot be fetched again, in seconds. Three days bridge an outage
/// over a weekend, and limit how long a removed redirect URI stays valid.
const STALE_SECS: u64 = 3 * 86_400;

/// A parsed document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) metadata: ClientMetadata,
    pub(super) fresh_until: UnixTime,
}

/// Decides which documents are accepted: those at the listed hosts, or at any host if there is no list.
#[derive(Debug)]
pub(super) struct Documents {
    hosts: Option<BTreeSet<String>>,
}

/// Whether a `client_id` has the form of a URL; it may still be refused.
pub(super) fn looks_like(client_id: &str) -> bool {
    client_id.contains("://")
}

/// Whether the stored metadata of a document may be used although the document could not be fetched again.
pub(super) fn serves_stale(record: &ClientRecord, now: UnixTime) -> bool {
    match record.source {
        ClientSource::Document { fetched_at, .. } => !now.is_past(fetched_at, STALE_SECS),
        ClientSource::Registered | ClientSource::File => false,
    }
}

impl Documents {
    pub(super) fn new(config: &Config) -> Self {
        Self { hosts: config.clients.document_hosts.clone() }
    }

    /// Fetches and parses the document at the URL `client_id`. `record` is the stored client, if any.
    pub(super) async fn read(
        &self,
        fetcher: &Fetcher,
        ctx: &Ctx,
        client_id: &str,
        record: Option<&ClientRecord>,
        rules: &RedirectRules,
    ) -> Result<Document, FetchError> {
        let url = self.judge(fetcher, client_id)?;
        let now = fetcher.now();
        fetcher
            .fetch(ctx, record, &url, CLIENT_DOCUMENT.most, |reply| {
                if reply.status != 200 {
                    return Err(FetchError::Status(reply.status));
                }
                if !is_json(reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())) {
                    return Err(FetchError::ContentType);
                }
                let metadata = ClientMetadata::from_document(client_id, reply.body.expose(), rules)?;
                Ok(Document { metadata, fresh_until: fresh_until(&reply.headers, now) })
            })
            .await
    }

    /// Checks the URL without sending a request to it.
    fn judge(&self, fetcher: &Fetcher, client_id: &str) -> Result<Url, FetchError> {
        let url = Url::parse(client_id).map_err(|_| FetchError::Address)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // The URL must be in canonical form: the document repeats it, and one client must not have two ids.
        let canonical = url.as_str() == client_id && url.path() != "/" && !has_risky_path(url.path());
        if !(url.scheme() == "https" || fetcher.is_internal(&url)) || !plain || !canonical {
            return Err(FetchError::Address);
        }
        let host = url.host_str().unwrap_or_default();
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.contains(host)) {
            return Err(FetchError::HostNotAllowed);
        }
        Ok(url)
    }
}

/// Whether the media type is `application/json`, or has the suffix `+json` (RFC 6839 §3.1).
fn is_json(content_type: Option<&str>) -> bool {
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}
