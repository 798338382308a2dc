use kit::{http::json::read_json, idempotency::Fingerprint, operations::UpdateRequest};

use super::*;

#[test]
fn updates_that_differ_have_different_fingerprints() {
    let changes = [
        "\"rank\": null",
        "\"rank\": 1",
        "\"info\": null",
        "\"info\": \"\"",
        "\"info\": {}",
        "\"info\": {\"rank\": 2}",
        "\"actors\": null",
        "\"actors\": [\"A\"]",
        "\"rating\": null",
        "\"releaseDate\": null",
        "\"imageUrl\": null",
        "\"runningTimeSeconds\": null",
    ];
    let fingerprints: Vec<_> = changes
        .iter()
        .map(|change| {
            let body = format!("{{\"title\": \"T\", \"year\": 2016, {change}}}");
            let request: UpdateRequest<Movie> = read_json(body.as_bytes()).unwrap();
            Fingerprint::of("updateMovie", &request).unwrap()
        })
        .collect();
    for (i, one) in fingerprints.iter().enumerate() {
        for (j, other) in fingerprints.iter().enumerate() {
            assert_eq!(one == other, i == j, "{} and {}", changes[i], changes[j]);
        }
    }
}
