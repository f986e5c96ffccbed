//! Bodies and queries as the one strict decoder reads them: capped, content type checked, a repeated
//! parameter refused (RFC 6749 §3.1, §3.2).

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use protocol::error::OAuthError;
use protocol::form::{Form, FormError};
use protocol::limits::request::{BODY, QUERY};

use super::error::{Failure, Kind};

/// An `application/x-www-form-urlencoded` body.
#[derive(Debug)]
pub struct FormBody(pub Form);

/// The query string, by the same rules.
#[derive(Debug)]
pub struct QueryForm(pub Form);

/// The bytes of an `application/json` body.
#[derive(Debug)]
pub struct JsonBytes(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        demand(&request, "application/x-www-form-urlencoded")?;
        let body = read(request.into_body()).await?;
        parse(&body).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryForm {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        QUERY.check(query.len())?;
        parse(query.as_bytes()).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        demand(&request, "application/json")?;
        read(request.into_body()).await.map(Self)
    }
}

fn parse(bytes: &[u8]) -> Result<Form, Failure> {
    Form::parse(bytes).map_err(|error| match error {
        FormError::TooMany(limit) => limit.into(),
        FormError::Repeated(_) | FormError::Encoding => {
            Failure::oauth(OAuthError::InvalidRequest, "malformed_form")
                .describe("a parameter is repeated or not correctly encoded")
                .detail(error)
        }
    })
}

/// Exactly one `Content-Type` of the wanted media type; parameters such as `charset` may follow.
fn demand(request: &Request, wanted: &str) -> Result<(), Failure> {
    let mut values = request.headers().get_all(CONTENT_TYPE).iter();
    let matches = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().is_ok_and(|text| {
            let media_type = text.split_once(';').map_or(text, |(before, _)| before);
            media_type.trim().eq_ignore_ascii_case(wanted)
        }),
        _ => false,
    };
    if matches {
        Ok(())
    } else {
        Err(Failure::oauth(OAuthError::InvalidRequest, "content_type")
            .describe("the Content-Type is not the one this endpoint takes"))
    }
}

/// More than the cap is read and thrown away up to here, in bytes; who sends more is cut off.
const DRAINED: usize = 1024 * 1024;

/// The request with its body read to the end, or why the body is none to work with. An answer that is given while a
/// body is still on its way ends the connection, and a proxy that reused it then reports that we are gone.
pub async fn with_whole_body(request: Request) -> (Request, Result<(), Failure>) {
    let (parts, mut body) = request.into_parts();
    let (mut read, mut kept) = (0, Vec::new());
    let mut judged = Ok(());
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            judged = Err(Failure::oauth(OAuthError::InvalidRequest, "body_unreadable"));
            break;
        };
        let Ok(data) = frame.into_data() else { continue };
        read += data.len();
        if read <= BODY.most {
            kept.extend_from_slice(&data);
        } else {
            judged = Err(Failure::new(Kind::TooLarge, "body_too_large").describe(BODY.exceeded));
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
            Err(Failure::new(Kind::TooLarge, "body_too_large").describe(BODY.exceeded))
        }
        Err(_) => Err(Failure::oauth(OAuthError::InvalidRequest, "body_unreadable")),
    }
}
