//! A query: any text behind the question mark.

use std::collections::BTreeSet;

use http::{Method, Uri};
use kit::{
    http::{ApiError, query},
    operations::KeyRequest,
    page::Filter,
    resource::Key as _,
};
use movies::{Movie, MovieKey};

use crate::world::World;

/// The operations that read a query.
const PATHS: [&str; 6] = [
    "/movies",
    "/movies/changes",
    "/movies/findbytitleandyear",
    "/me/watchlist",
    "/me/pictures/changes",
    "/me/export",
];

/// Every operation has an answer of the contract. The order of the parameters does not matter, and a key that is read is
/// the one that was sent.
pub(crate) fn run(data: &[u8]) {
    let Ok(query) = str::from_utf8(data) else {
        return;
    };
    let Ok(uri) = format!("/?{query}").parse::<Uri>() else {
        return;
    };
    let query = uri.query().unwrap_or_default();
    let mut backwards: Vec<_> = query.split('&').collect();
    backwards.reverse();
    let backwards = backwards.join("&");
    World::enter(|world| {
        for path in PATHS {
            let mut ask = |query: &str| world.ask(Method::GET, &format!("{path}?{query}"), None);
            let (Some(answer), Some(other)) = (ask(query), ask(&backwards)) else {
                return;
            };
            assert_eq!(answer.status, other.status, "{path}\n{answer}\n{other}");
            let faults = |answer: &tests::answer::Answer| -> BTreeSet<String> {
                let problem = answer.json_or_null();
                let faults = problem["errors"].as_array().into_iter().flatten();
                faults.map(ToString::to_string).collect()
            };
            // Of more parameters than are read, those are read that come first.
            if query.split('&').count() < 64 {
                assert_eq!(faults(&answer), faults(&other), "{path}");
            }
        }
    });
    if let Ok(KeyRequest { key }) = read_key(&uri) {
        let (partition, sort) = key.texts();
        let again = format!("/?year={partition}&title={}", tests::api::encode(&sort));
        let again = read_key(&again.parse().expect("a URI"));
        assert!(again.is_ok_and(|again| again.key == key), "{key:?}");
        assert!(Filter::<MovieKey>::All.matches(&key));
    }
}

fn read_key(uri: &Uri) -> Result<KeyRequest<Movie>, ApiError> {
    query::read(uri, query::ReadParameters::read)
}
