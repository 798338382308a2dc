//! The cursor of a feed: any text, and a cursor that someone made of any text.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use kit::{
    changes::{Cursor, Phase, Position, read_cursor, write_cursor},
    resource::{Access, Resource},
    user::UserId,
};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use tests::{api::encode, issuer::now};
use time::OffsetDateTime;

use crate::{
    cursor::key,
    seal::{seal, tampered},
    world::{World, user},
};

/// Stands for the epoch of the log in an input, because each log has its own.
const PLACE_OF_EPOCH: &str = "EPOCH";

/// A cursor that is read is written the same; one that was tampered with, or is another user's, has expired; and every feed
/// has an answer of the contract.
pub(crate) fn run(data: &[u8]) {
    nouns::visit(&mut Feeds(data));
}

/// Reads cursors of the feed of each noun.
struct Feeds<'a>(&'a [u8]);

impl NounVisitor for Feeds<'_> {
    fn noun<R: Resource>(&mut self, operations: &[Operation]) {
        let Self(data) = self;
        let is_feed = |operation: &&Operation| operation.path.ends_with("/changes");
        let Some(feed) = operations.iter().find(is_feed) else {
            return;
        };
        let user = user();
        let owner = (R::ACCESS == Access::Private).then_some(&user);
        let moment = OffsetDateTime::from_unix_timestamp(now()).expect("a moment");
        if let Some(key) = key::<R::Key>(data) {
            is_written::<R>(owner, &key, data, moment);
        }
        let text = String::from_utf8_lossy(data);
        World::enter(|world| {
            let mut ask = |query: &str| {
                let path = format!("{}{query}", feed.path);
                world.ask(Method::GET, &path, None).expect("a path")
            };
            let _ = ask(&format!("?since={}", encode(&text)));
            let first = ask("").json();
            let epoch = epoch(first["nextSince"].as_str().expect("a cursor"));
            let text = text.replace(PLACE_OF_EPOCH, &epoch);
            let scope = format!("changes\0{}", owner.map_or("", UserId::as_str));
            let made = seal(R::MANY, scope.as_bytes(), text.as_bytes());
            let answer = ask(&format!("?since={made}"));
            match read_cursor::<R>(owner, &made, moment) {
                Ok(cursor) => {
                    let written = write_cursor(owner, &cursor, moment);
                    let again = read_cursor::<R>(owner, &written, moment);
                    assert_eq!(again.expect("a cursor"), cursor);
                }
                Err(_) => assert_eq!(answer.status, 410, "{answer}"),
            }
        });
    }
}

/// The epoch of a log, as a cursor tells it.
fn epoch(cursor: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).expect("base64url");
    let text = String::from_utf8_lossy(&bytes);
    text.split('\0').nth(1).expect("an epoch").to_owned()
}

/// A cursor is read as it was written, by its user alone, and not if it was tampered with.
fn is_written<R: Resource>(
    owner: Option<&UserId>,
    key: &R::Key,
    data: &[u8],
    moment: OffsetDateTime,
) {
    let any = |at: usize| data.get(at).copied().unwrap_or_default();
    let begun = Position {
        row: u64::from(any(0)) << (any(1) % 56),
        taken: u32::from(any(2)) << (any(3) % 24),
    };
    for phase in [
        Phase::Changes(begun),
        Phase::Snapshot {
            begun,
            after: key.clone(),
        },
    ] {
        let epoch = "an epoch".to_owned();
        let cursor = Cursor::<R> { epoch, phase };
        let text = write_cursor(owner, &cursor, moment);
        let read = |text: &str| read_cursor::<R>(owner, text, moment).ok();
        assert_eq!(read(&text), Some(cursor));
        let at = data.iter().map(|byte| usize::from(*byte)).sum();
        assert_eq!(read(&tampered(&text, at)), None);
        let others = UserId::new("somebody-else");
        let read = read_cursor::<R>(Some(&others), &text, moment);
        assert!(read.is_err(), "a cursor of another user");
    }
}
