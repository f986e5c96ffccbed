//! How far a client's identity is verified, for the pages that name it.

use protocol::server::redirect::RedirectUri;
use store::record::{ClientRecord, ClientSource};

/// How far the client's identity is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The operator registered the client.
    Operator,
    /// The redirect goes to the host that publishes the client's metadata document.
    Verified(String),
    /// The client's metadata document is at this host, but the redirect goes elsewhere.
    Described(String),
    /// Anyone can have registered the client.
    Unverified,
}

/// How far the identity of this client is verified, if responses are sent to this redirect URI. Without one it has proven the
/// credentials that its document names.
pub(super) fn origin(client: &ClientRecord, redirect_uri: &str) -> Origin {
    match client.source {
        ClientSource::File => Origin::Operator,
        ClientSource::Registered => Origin::Unverified,
        ClientSource::Document { .. } => {
            let host =
                url::Url::parse(&client.client_id).ok().and_then(|url| url.host_str().map(str::to_owned));
            let same = redirect_uri.is_empty()
                || RedirectUri::parse(redirect_uri).is_ok_and(|uri| uri.is_of_origin(&client.client_id));
            match host {
                Some(host) if same => Origin::Verified(host),
                Some(host) => Origin::Described(host),
                None => Origin::Unverified,
            }
        }
    }
}
