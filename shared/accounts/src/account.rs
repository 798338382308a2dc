//! Exports and deletes an account together with what belongs to its user.

use std::collections::BTreeMap;

use kit::{
    belongings::{Exported, Fate},
    http::ApiError,
    store::Remembered,
    value::serialize_moment,
};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::{
    Accounts,
    identity::{IdentityError, Passkey, Profile, Sessions, SignedInUser},
};

/// The time after which to call again if something is left.
const NEXT_CALL: Duration = Duration::seconds(1);

/// The progress of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing of the user is left.
    Complete,
    /// Something is left, or may be: call again after so long.
    MoreToDo(Duration),
}

/// Deletes an account and all that belongs to its user. The belongings that may stay have the fate that `fate` gives by their
/// name; the others are deleted.
///
/// Any step may fail, and doing all of them again finishes the work: each succeeds if it was done before, and the account
/// itself goes last, so that until then its user can go on, with the same access token or after signing in again.
/// First it is noted that the user leaves. After that the store takes nothing of theirs any more, whatever token it comes with,
/// until no token can be valid. So when no belonging is found after that, none is left; where the list of them may lag behind,
/// a moment after it.
///
/// # Errors
/// [`ApiError`].
pub async fn delete(
    accounts: &Accounts,
    user: &SignedInUser,
    fate: impl Fn(&str) -> Fate + Sync,
) -> Result<Deletion, ApiError> {
    let Accounts { records, clock, .. } = accounts;
    let begun_at = begin_leaving(accounts, user).await?;
    accounts.identity.sign_out_everywhere(user).await?;
    let mut lag = Duration::ZERO;
    for belongings in &accounts.belongings {
        let fate = if belongings.may_stay() {
            fate(belongings.name())
        } else {
            Fate::Delete
        };
        if !belongings.release(&user.id, fate, clock.now()).await? {
            return Ok(Deletion::MoreToDo(NEXT_CALL));
        }
        lag = lag.max(belongings.lag());
    }
    let wait = begun_at + lag - clock.now();
    if wait.is_positive() {
        // The moment is of another instance, whose clock may be ahead.
        return Ok(Deletion::MoreToDo(wait.min(lag)));
    }
    records.forget(&user.id).await?;
    // The note is renewed, because the user may have got new tokens by signing in again since it was begun.
    records.begin_leaving(&user.id, clock.now()).await?;
    accounts.identity.delete_account(user).await?;
    Ok(Deletion::Complete)
}

/// Notes that a user is leaving. The user needs a valid session. Once the deletion itself has ended that session, a user who is
/// already leaving may go on without one. A token that was revoked for another reason, such as theft, deletes nothing.
async fn begin_leaving(
    accounts: &Accounts,
    user: &SignedInUser,
) -> Result<OffsetDateTime, ApiError> {
    let now = accounts.clock.now();
    let records = &accounts.records;
    match accounts.identity.profile(user).await {
        Ok(_) => {}
        Err(IdentityError::SessionEnded) if records.is_leaving(&user.id, now).await? => {}
        Err(error) => return Err(error.into()),
    }
    Ok(records.begin_leaving(&user.id, now).await?)
}

/// All data of a user; of the belongings, one page of each type.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The moment of the export.
    #[serde(serialize_with = "serialize_moment")]
    pub exported_at: OffsetDateTime,
    /// The user's profile at the identity provider. Its answer has more than the provider knows.
    #[serde(skip)]
    pub profile: Profile,
    /// The sessions in which the user is signed in.
    pub sessions: Sessions,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// The records of writes that carried an `Idempotency-Key`.
    pub idempotency_records: Vec<Remembered>,
    /// The belongings, by the word for them.
    #[serde(flatten)]
    pub belongings: BTreeMap<&'static str, Exported>,
}

/// Reads all data of a user. With a cursor, the belongings are the next page of those that gave it, and none of the others.
///
/// # Errors
/// [`ApiError`].
pub async fn export(
    accounts: &Accounts,
    user: &SignedInUser,
    cursor: Option<&str>,
) -> Result<Export, ApiError> {
    // The profile is read first, because a user whose session has ended gets nothing.
    let profile = accounts.identity.profile(user).await?;
    let sessions = accounts.identity.sessions(user).await?;
    let passkeys = accounts.identity.passkeys(user).await?;
    let idempotency_records = accounts.records.remembered(&user.id).await?;
    let mut exported = BTreeMap::new();
    for belongings in &accounts.belongings {
        let of_others = cursor.is_some_and(|cursor| !belongings.has_cursor(&user.id, cursor));
        let page = if of_others {
            Exported::default()
        } else {
            belongings.export(&user.id, cursor).await?
        };
        exported.insert(belongings.name(), page);
    }
    Ok(Export {
        exported_at: accounts.clock.now(),
        profile,
        sessions,
        passkeys,
        idempotency_records,
        belongings: exported,
    })
}
