//! A request is received whole before it is answered, as API Gateway does it.
//!
//! An answer while the client still sends ends the connection, and many clients then see an error instead of the
//! answer. A body that is larger than the API accepts is read and discarded, up to a limit; beyond the limit the answer
//! has `Connection: close`. API Gateway also decodes the content coding of a body, so this module does.

use std::{
    io::{self, Read as _},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use futures_util::stream;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use kit::http::{AcceptedCodings, MAX_BODY};
use tokio::time::timeout;

use super::problem::problem;

/// The most bytes of a body that are read to keep the connection open: as many as API Gateway accepts ("Amazon API
/// Gateway quotas", payload size).
pub(super) const MAX_READ: usize = 10 * 1024 * 1024;

/// The accepted values of `Content-Encoding`, as at API Gateway ("Call an API method with a compressed payload").
const CODINGS: &str = "gzip, deflate, identity";

/// Receives the whole request, and then passes it on.
pub(super) async fn whole(
    State(patience): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    if let Some(refused) = wrongly_framed(&head.headers) {
        return last(refused);
    }
    let Ok(received) = timeout(patience, read(body)).await else {
        return last(problem(
            StatusCode::REQUEST_TIMEOUT,
            "request-timeout",
            "The body did not arrive in time",
            "Send the request again.",
        ));
    };
    head.extensions.insert(AcceptedCodings(CODINGS));
    let (body, ended) = match received {
        Ok((bytes, ended)) => (undo_coding(&mut head.headers, bytes).into(), ended),
        Err(error) => {
            let broken = stream::iter([Err::<Bytes, _>(error)]);
            (Body::from_stream(broken), false)
        }
    };
    let response = next.run(Request::from_parts(head, body)).await;
    if ended { response } else { last(response) }
}

/// Adds `Connection: close` to an answer.
pub(super) fn last(mut response: Response) -> Response {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Reads a body; true if it was read to its end. Of a body that is larger than [`MAX_BODY`], only the first bytes are
/// returned: too many for the API, which refuses them.
async fn read(mut body: Body) -> Result<(Bytes, bool), axum::Error> {
    if body.size_hint().lower() > MAX_READ as u64 {
        return Ok((vec![0; MAX_BODY + 1].into(), false));
    }
    let mut start = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        // The API uses no trailers.
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        length += data.len();
        if start.len() <= MAX_BODY {
            start.extend_from_slice(&data);
        }
        if length > MAX_READ {
            return Ok((start.into(), false));
        }
    }
    Ok((start.into(), true))
}

/// The problem of a transfer coding other than `chunked`, or of `chunked` twice (RFC 9112, section 6.1).
fn wrongly_framed(headers: &HeaderMap) -> Option<Response> {
    let mut chunked = 0;
    for coding in listed(headers, &header::TRANSFER_ENCODING) {
        if !coding.eq_ignore_ascii_case("chunked") {
            return Some(problem(
                StatusCode::NOT_IMPLEMENTED,
                "transfer-coding-not-supported",
                "A transfer coding that is not supported",
                "Only `Transfer-Encoding: chunked` is. For a compressed body send `Content-Encoding: gzip` instead.",
            ));
        }
        chunked += 1;
    }
    (chunked > 1).then(|| {
        problem(
            StatusCode::BAD_REQUEST,
            "invalid-framing",
            "The body is framed twice",
            "`Transfer-Encoding` may name `chunked` once.",
        )
    })
}

/// The entries of a list header, over all its lines. A line that is not text gives an unknown entry.
fn listed<'a>(
    headers: &'a HeaderMap,
    name: &header::HeaderName,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let lines = headers.get_all(name).iter();
    lines
        .flat_map(|line| line.to_str().unwrap_or("?").split(','))
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// Decodes the content coding of a body. A body that is too large, has an unknown coding, or cannot be decoded keeps the
/// header `Content-Encoding`, so that the API refuses it.
fn undo_coding(headers: &mut HeaderMap, body: Bytes) -> Bytes {
    let mut codings = listed(headers, &header::CONTENT_ENCODING)
        .filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    let coding = codings.next().map(str::to_ascii_lowercase);
    let (Some(coding), None) = (coding, codings.next()) else {
        return body;
    };
    drop(codings);
    let undone = match coding.as_str() {
        _ if body.is_empty() => Ok(Vec::new()),
        _ if body.len() > MAX_BODY => return body,
        "gzip" => inflate(MultiGzDecoder::new(&*body)),
        "deflate" => inflate(ZlibDecoder::new(&*body)),
        _ => return body,
    };
    let Ok(undone) = undone else {
        return body;
    };
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_LENGTH, undone.len().into());
    undone.into()
}

/// Decompresses at most one byte more than the API accepts: a small body may inflate to gigabytes.
fn inflate(decoder: impl io::Read) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    decoder
        .take(MAX_BODY as u64 + 1)
        .read_to_end(&mut inflated)?;
    Ok(inflated)
}
