//! The cursor of a feed, which a client keeps for weeks.

use time::OffsetDateTime;

use super::{CURSOR_KEPT_FOR, Position};
use crate::{
    page::{open, seal},
    resource::{Key as _, Resource},
    store::StoreError,
    user::UserId,
};

/// The form of the text. A version of the service that writes another form uses another number, and each refuses what the other wrote.
const FORM: &str = "1";
/// Stands between the parts. No part of a key has it.
const SEPARATOR: char = '\0';

/// The place that a client has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<R: Resource> {
    /// The epoch of the log.
    pub epoch: String,
    /// The part of the feed that the client is in.
    pub phase: Phase<R::Key>,
}

/// A part of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase<K> {
    /// All resources.
    Snapshot {
        /// The position in the log at which the changes begin that the snapshot may miss.
        begun: Position,
        /// The last key of the page before.
        after: K,
    },
    /// The changes.
    Changes(Position),
}

/// Writes a cursor that is issued at the moment `now`: base64url of its parts and a checksum, which also covers the noun and the user. The
/// checksum finds tampering and another user's cursor; it guards no secret, because the caller decides what is read.
#[must_use]
pub fn write_cursor<R: Resource>(
    owner: Option<&UserId>,
    cursor: &Cursor<R>,
    now: OffsetDateTime,
) -> String {
    let Cursor { epoch, phase } = cursor;
    let place = match phase {
        Phase::Snapshot {
            begun: Position { row, taken },
            after,
        } => {
            let (partition, sort) = after.texts();
            format!("{row}\0{taken}\0{partition}\0{sort}")
        }
        Phase::Changes(Position { row, taken }) => format!("{row}\0{taken}"),
    };
    let text = format!("{FORM}\0{epoch}\0{}\0{place}", now.unix_timestamp());
    seal::<R>(&scope(owner), &text)
}

/// Reads a cursor that [`write_cursor`] wrote for the same noun and user.
///
/// # Errors
/// [`StoreError::CursorExpired`] for every other text, so that a client recovers from whatever it has kept, and for a cursor that was
/// issued more than [`CURSOR_KEPT_FOR`] ago.
pub fn read_cursor<R: Resource>(
    owner: Option<&UserId>,
    text: &str,
    now: OffsetDateTime,
) -> Result<Cursor<R>, StoreError> {
    let text = open::<R>(&scope(owner), text).map_err(|_| StoreError::CursorExpired)?;
    let cursor = parse(&text, now);
    cursor.ok_or(StoreError::CursorExpired)
}

fn parse<R: Resource>(text: &str, now: OffsetDateTime) -> Option<Cursor<R>> {
    let mut parts = text.split(SEPARATOR);
    if parts.next()? != FORM {
        return None;
    }
    let epoch = parts.next()?.to_owned();
    let issued_at: i64 = parts.next()?.parse().ok()?;
    if now.unix_timestamp().saturating_sub(issued_at) > CURSOR_KEPT_FOR.whole_seconds() {
        return None;
    }
    let position = Position {
        row: parts.next()?.parse().ok()?,
        taken: parts.next()?.parse().ok()?,
    };
    let phase = match (parts.next(), parts.next()) {
        (None, _) => Phase::Changes(position),
        (Some(partition), Some(sort)) => Phase::Snapshot {
            begun: position,
            after: R::Key::from_texts(partition, sort).ok()?,
        },
        (Some(_), None) => return None,
    };
    Some(Cursor { epoch, phase })
}

fn scope(owner: Option<&UserId>) -> Vec<u8> {
    format!("changes\0{}", owner.map_or("", UserId::as_str)).into_bytes()
}

#[cfg(test)]
mod tests;
