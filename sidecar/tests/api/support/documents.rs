//! A host on a loopback port that publishes client documents. It can be made to misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

type Answer = (u16, Vec<(&'static str, String)>, String);

/// The host of client documents.
pub(crate) struct DocumentHost {
    /// The origin of the host.
    pub(crate) origin: String,
    state: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    answers: HashMap<String, Answer>,
    asked: Vec<String>,
}

impl DocumentHost {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<Shared>>::default();
        let router = Router::new().fallback(serve).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, state }
    }

    /// Publishes a valid document, modified by `change`, at this path. Returns its URL.
    pub(crate) fn publish(&self, path: &str, change: impl FnOnce(&mut Value)) -> String {
        let url = format!("{}{path}", self.origin);
        let mut document = json!({
            "client_id": url, "client_name": "Documented", "redirect_uris": [super::CALLBACK],
        });
        change(&mut document);
        self.answer(path, 200, &[("content-type", "application/json")], &document.to_string());
        url
    }

    /// Sets the response for a path.
    pub(crate) fn answer(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers.insert(path.to_owned(), (status, headers, body.to_owned()));
    }

    /// Returns the number of requests for a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.iter().filter(|asked| *asked == path).count()
    }
}

async fn serve(State(state): State<Arc<Mutex<Shared>>>, uri: Uri) -> Response {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let path = uri.path().to_owned();
    state.asked.push(path.clone());
    let Some((status, headers, body)) = state.answers.get(&path).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}
