//! The bytes of a request body.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::{
    error::{ApiError, problems},
    fault::Fault,
};

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// Reads a body of at most [`MAX_BODY`] bytes.
pub(super) async fn read(body: Body) -> Result<Bytes, ApiError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(problems::BODY_TOO_LARGE.into()),
        Err(_) => Err(ApiError::fault(Fault::new(
            "body",
            "malformed",
            "did not arrive whole",
        ))),
    }
}
