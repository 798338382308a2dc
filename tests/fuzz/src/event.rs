//! An event of API Gateway: any bytes instead of what Lambda's Runtime API sends.

use lambda_http::request::LambdaRequest;

use crate::world::{TOKEN, World};

/// Stands for the access token in an input, because each process has its own.
const PLACE_OF_TOKEN: &[u8] = b"TOKEN";

/// The answer is one of the contract. Without the token, nothing is done that needs one.
pub(crate) fn run(data: &[u8]) {
    let data = replaced(data, PLACE_OF_TOKEN, TOKEN.as_bytes());
    // The runtime reports an event that it cannot read, and the router never sees it.
    let Ok(event) = serde_json::from_slice::<LambdaRequest>(&data) else {
        return;
    };
    World::enter(|world| {
        let (asked, answer) = world.invoke(event);
        assert!(
            asked.has_token() || !asked.needs_token() || answer.status >= 400,
            "{asked:?}\nis answered without a token by\n{answer}"
        );
    });
}

/// The bytes with each occurrence of `from` replaced.
fn replaced(mut data: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(data.len());
    while let Some(at) = data.windows(from.len()).position(|part| part == from) {
        all.extend_from_slice(&data[..at]);
        all.extend_from_slice(to);
        data = &data[at + from.len()..];
    }
    all.extend_from_slice(data);
    all
}
