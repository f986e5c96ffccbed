//! The provider's revocation endpoint (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::form::Form;

use super::endpoints::note;
use super::{Provider, Shared};

/// The response of the endpoint, and the requests that it has received.
#[derive(Default)]
pub(super) struct Asked {
    /// The status and the body; if `None`, the metadata name no such endpoint.
    answer: Option<(u16, &'static str)>,
    /// The forms that were sent, each with `true` if the client authenticated in the header.
    forms: Vec<(String, bool)>,
}

impl Asked {
    pub(super) const fn is_offered(&self) -> bool {
        self.answer.is_some()
    }
}

impl Provider {
    /// Adds a revocation endpoint with this response.
    pub(crate) fn revokes(&self, status: u16, body: &'static str) {
        self.inner().revocation.answer = Some((status, body));
    }

    /// Returns the tokens that the provider was asked to revoke so far, each with its `token_type_hint`.
    pub(crate) fn revoked(&self) -> Vec<(String, String)> {
        let read = |(form, authenticated): &(String, bool)| {
            assert!(authenticated, "{form}");
            let form = Form::parse(form.as_bytes()).unwrap();
            let text = |name: &str| form.get(name).unwrap().to_owned();
            (text("token"), text("token_type_hint"))
        };
        self.inner().revocation.forms.iter().map(read).collect()
    }
}

pub(super) async fn revoke(State(shared): State<Arc<Shared>>, headers: HeaderMap, form: String) -> Response {
    note(&shared, "revoke");
    let (answer, held) = {
        let mut inner = shared.inner();
        inner.revocation.forms.push((form, headers.contains_key(header::AUTHORIZATION)));
        (inner.revocation.answer, inner.held.clone())
    };
    if let Some(held) = held {
        held.acquire().await.unwrap().forget();
    }
    let (status, body) = answer.unwrap();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}
