//! How far a client's identity is verified, for the pages that name it.

use protocol::server::redirect::RedirectUri;
use store::record::{ClientRecord, ClientSource};

/// How far the client's identity is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The operator's clients file lists the client.
    Operator,
    /// The browser is redirected to the host that publishes the client's metadata document.
    Verified(String),
    /// The client's metadata document is at this host, but the browser is redirected elsewhere.
    Described(String),
    /// Anyone can have registered the client.
    Unverified,
}

/// Returns how far the identity of this client is verified if responses are sent to this redirect URI. If the URI is
/// empty, no response is sent anywhere, and the client has authenticated with the credentials that its document names.
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
