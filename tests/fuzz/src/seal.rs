//! Cursors as anyone can make them: their checksum is no secret, so what lies under it is input like any other.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const CHECKSUM: usize = 8;

/// The cursor of these bytes, for a listing of `resources` with this scope.
pub(crate) fn seal(resources: &str, scope: &[u8], text: &[u8]) -> String {
    let whole = [resources.as_bytes(), &[0], scope, &[0], text].concat();
    let sum = digest::digest(&digest::SHA256, &whole);
    URL_SAFE_NO_PAD.encode([text, &sum.as_ref()[..CHECKSUM]].concat())
}

/// The same text with one character changed. `any` decides which.
pub(crate) fn tampered(cursor: &str, any: usize) -> String {
    let mut bytes = cursor.as_bytes().to_vec();
    let at = any % bytes.len();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}
