//! A request is received whole before it is answered, as API Gateway does it.
//!
//! An answer while the client still sends ends the connection, and many clients then see an error instead of the
//! answer. A body that is larger than the API accepts is read and discarded, up to a limit; beyond the limit the answer
//! has `Connection: close`. API Gateway also decodes the content coding of a body, so this module does.

use std::io::{self, Read as _};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use futures_util::stream;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use kit::http::{AcceptedCodings, MAX_BODY};
use tokio::time::timeout;

use super::{Patience, problem::Problem};

/// The most bytes of a body that are read to keep the connection open: as many as API Gateway accepts ("Amazon API
/// Gateway quotas", payload size).
const MAX_READ: usize = 10 * 1024 * 1024;

/// The accepted values of `Content-Encoding`, as at API Gateway ("Call an API method with a compressed payload").
const CODINGS: &str = "gzip, deflate, identity";

/// Receives the whole request, and then passes it on.
pub(super) async fn whole(
    State(patience): State<Patience>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    if let Some(problem) = wrongly_framed(&head.headers) {
        return last(problem.into_response());
    }
    let Ok(received) = timeout(patience.body, Received::of(body)).await else {
        let problem = Problem {
            status: StatusCode::REQUEST_TIMEOUT,
            slug: "request-timeout",
            title: "The body did not arrive in time",
            detail: "Send the request again.".into(),
        };
        return last(problem.into_response());
    };
    head.extensions.insert(AcceptedCodings(CODINGS));
    let (body, keeps) = match received {
        Received::Whole(bytes) => (undo_coding(&mut head.headers, bytes).into(), true),
        Received::TooLarge { start, ended } => (start.into(), ended),
        Received::Broken(error) => (
            Body::from_stream(stream::iter([Err::<Bytes, _>(error)])),
            false,
        ),
    };
    let response = next.run(Request::from_parts(head, body)).await;
    if keeps { response } else { last(response) }
}

/// Adds `Connection: close` to an answer.
fn last(mut response: Response) -> Response {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// A request body, as far as it was read.
enum Received {
    Whole(Bytes),
    /// More than [`MAX_BODY`].
    TooLarge {
        /// The first bytes of the body: too many for the API, which refuses them.
        start: Bytes,
        /// True if the body was read to its end.
        ended: bool,
    },
    Broken(axum::Error),
}

impl Received {
    async fn of(mut body: Body) -> Self {
        let mut start = Vec::new();
        let mut length = 0;
        if body.size_hint().lower() > MAX_READ as u64 {
            start.resize(MAX_BODY + 1, 0);
            return Self::TooLarge {
                start: start.into(),
                ended: false,
            };
        }
        while let Some(frame) = body.frame().await {
            let data = match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => data,
                // The API uses no trailers.
                Ok(Err(_)) => continue,
                Err(error) => return Self::Broken(error),
            };
            length += data.len();
            if start.len() <= MAX_BODY {
                start.extend_from_slice(&data);
            }
            if length > MAX_READ {
                break;
            }
        }
        let start = start.into();
        if length > MAX_BODY {
            let ended = length <= MAX_READ;
            Self::TooLarge { start, ended }
        } else {
            Self::Whole(start)
        }
    }
}

/// The problem of a transfer coding other than `chunked`, or of `chunked` twice (RFC 9112, section 6.1).
fn wrongly_framed(headers: &HeaderMap) -> Option<Problem> {
    let mut chunked = 0;
    for coding in listed(headers, &header::TRANSFER_ENCODING) {
        if !coding.eq_ignore_ascii_case("chunked") {
            return Some(Problem {
                status: StatusCode::NOT_IMPLEMENTED,
                slug: "transfer-coding-not-supported",
                title: "A transfer coding that is not supported",
                detail: "Only `Transfer-Encoding: chunked` is. For a compressed body send \
                         `Content-Encoding: gzip` instead."
                    .into(),
            });
        }
        chunked += 1;
    }
    (chunked > 1).then_some(Problem {
        status: StatusCode::BAD_REQUEST,
        slug: "invalid-framing",
        title: "The body is framed twice",
        detail: "`Transfer-Encoding` may name `chunked` once.".into(),
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

/// Decodes the content coding of a body. A body with an unknown coding, or that cannot be decoded, keeps the header
/// `Content-Encoding`, so that the API refuses it.
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
