//! Extracts bodies and queries with one strict decoder: limits the size, checks the content type, and refuses a
//! parameter that occurs more than once (RFC 6749 §3.1, §3.2).

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use events::Reason;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use protocol::error::OAuthError;
use protocol::form::{Form, FormError, Repeated};
use protocol::limits::request::{BODY, QUERY};

use super::error::{Failure, Kind};

/// An `application/x-www-form-urlencoded` body.
#[derive(Debug)]
pub struct FormBody(pub Form);

/// The query string, decoded by the same rules as [`FormBody`].
#[derive(Debug)]
pub struct QueryForm(pub Form);

/// The parameters of an endpoint that responds with a redirect: from the body of a POST, otherwise from the query.
/// Repeated parameters are listed separately instead of being refused, so that the error can be sent to the client.
#[derive(Debug)]
pub struct ApartForm {
    /// The parameters that occur once.
    pub form: Form,
    /// The parameters that occur more than once.
    pub repeated: Vec<Repeated>,
}

/// The body of an `application/json` request.
#[derive(Debug)]
pub struct JsonBytes(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let body = form_body(request).await?;
        Form::parse(&body).map(Self).map_err(malformed)
    }
}

impl<S: Send + Sync> FromRequest<S> for ApartForm {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let sent = if request.method() == Method::POST {
            form_body(request).await?
        } else {
            let query = request.uri().query().unwrap_or_default();
            QUERY.check(query.len())?;
            Bytes::copy_from_slice(query.as_bytes())
        };
        let (form, repeated) = Form::parse_apart(&sent).map_err(malformed)?;
        Ok(Self { form, repeated })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryForm {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        QUERY.check(query.len())?;
        Form::parse(query.as_bytes()).map(Self).map_err(malformed)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        demand(&request, "application/json")?;
        read(request.into_body()).await.map(Self)
    }
}

async fn form_body(request: Request) -> Result<Bytes, Failure> {
    demand(&request, "application/x-www-form-urlencoded")?;
    read(request.into_body()).await
}

/// Maps a form that is malformed, ambiguous or too long to its error.
fn malformed(error: FormError) -> Failure {
    let reason = match &error {
        FormError::TooMany(limit) => return (*limit).into(),
        FormError::Repeated(_) => Reason::ParameterRepeated,
        FormError::Encoding => Reason::MalformedForm,
    };
    Failure::oauth(OAuthError::InvalidRequest, reason).describe(error.to_string()).detail(error)
}

/// Requires exactly one `Content-Type` header with this media type; parameters such as `charset` are allowed.
fn demand(request: &Request, wanted: &'static str) -> Result<(), Failure> {
    let mut values = request.headers().get_all(CONTENT_TYPE).iter();
    let sent = match (values.next(), values.next()) {
        (Some(value), None) => {
            value.to_str().ok().map(|text| text.split_once(';').map_or(text, |(media, _)| media))
        }
        _ => None,
    };
    let sent = sent.map(str::trim);
    if sent.is_some_and(|sent| sent.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    // Repeat the value in the response only if it looks like a media type.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-.".contains(&b);
    let found = sent.filter(|sent| !sent.is_empty() && sent.len() <= 60 && sent.bytes().all(plain));
    let found =
        found.map_or_else(|| "is absent, malformed or repeated".to_owned(), |found| format!("is {found}"));
    Err(Failure::oauth(OAuthError::InvalidRequest, Reason::ContentType)
        .describe(format!("this endpoint requires Content-Type {wanted}; the Content-Type sent {found}")))
}

/// A body over the limit is read and discarded up to this many bytes; then the connection is closed.
const DRAINED: usize = 1024 * 1024;

/// Reads the whole body. Returns the request with the body that was read, and whether the body was accepted. Without
/// this, a response that is sent while the body is still arriving would close the connection, and a proxy that reuses
/// the connection would report that the server is gone.
pub async fn with_whole_body(request: Request) -> (Request, Result<(), Failure>) {
    let (parts, mut body) = request.into_parts();
    let (mut read, mut kept) = (0, Vec::new());
    let mut judged = Ok(());
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            judged = Err(Failure::oauth(OAuthError::InvalidRequest, Reason::BodyUnreadable));
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        read += data.len();
        if read <= BODY.most {
            kept.extend_from_slice(&data);
        } else {
            judged = Err(Failure::new(Kind::TooLarge, Reason::BodyTooLarge).describe(BODY.exceeded));
            if read > DRAINED {
                break;
            }
        }
    }
    (Request::from_parts(parts, Body::from(kept)), judged)
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    match Limited::new(body, BODY.most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Failure::new(Kind::TooLarge, Reason::BodyTooLarge).describe(BODY.exceeded))
        }
        Err(_) => Err(Failure::oauth(OAuthError::InvalidRequest, Reason::BodyUnreadable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;
    use http_body::Frame;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    const PIECE: usize = 64 * 1024;

    /// A body ten times as long as what is read and discarded, in pieces that are counted.
    struct Long(Arc<AtomicUsize>);

    impl http_body::Body for Long {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let sent = self.0.fetch_add(1, Ordering::Relaxed) * PIECE;
            Poll::Ready((sent < 10 * DRAINED).then(|| Ok(Frame::data(Bytes::from(vec![b'a'; PIECE])))))
        }
    }

    #[tokio::test]
    async fn who_sends_without_end_is_cut_off() {
        let pieces = Arc::new(AtomicUsize::new(0));
        let (request, judged) = with_whole_body(Request::new(Body::new(Long(Arc::clone(&pieces))))).await;
        assert_eq!(judged.unwrap_err().into_response().status(), 413);
        assert_eq!(pieces.load(Ordering::Relaxed) * PIECE, DRAINED + PIECE);
        assert_eq!(request.into_body().collect().await.unwrap().to_bytes().len(), BODY.most);
    }
}
