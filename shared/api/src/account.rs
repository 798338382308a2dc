//! Exports and deletes an account together with its movies.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use time::{Duration, OffsetDateTime};

use crate::{
    app::App,
    idempotency::Remembered,
    identity::{IdentityError, Passkey, Profile, Sessions, SignedInUser},
    movie::{Movie, MovieKey},
    page::PageRequest,
    store::{StoreError, item::MovieItem},
};

/// The most movies that one call of [`delete`] deletes or disowns, so that it ends long before the
/// function's timeout.
const MOVIES_PER_CALL: usize = 1_000;
/// The number of movies that are read or written at the same time.
const AT_ONCE: usize = 16;
/// When to call again if there are movies left.
const NEXT_CALL: Duration = Duration::seconds(1);
/// The size of an export's movies in bytes at which the page ends: a function's answer may have 6 MB.
const EXPORT_BYTES: usize = 2 * 1024 * 1024;

/// Why an account could not be exported or deleted.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The identity provider failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The fate of the movies that a user added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movies {
    /// They are deleted.
    Delete,
    /// They stay, and no longer tell who added them.
    Disown,
}

/// The progress of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing of the user is left.
    Complete,
    /// Something is left, or may be: call again after so long.
    MoreToDo(Duration),
}

/// Deletes an account and all that belongs to it.
///
/// Any step may fail, and doing all of them again finishes the work: each is success when it was done
/// before, and the account itself goes last, so that until then its user can go on, with the same
/// access token or after signing in again.
/// First it is noted that the user leaves, after which the store takes nothing of theirs any more,
/// whatever token it comes with, until no token can be good. So when no movie is found after that, none
/// is left; where the list of them may lag behind, a moment after it.
///
/// # Errors
/// [`AccountError`].
pub async fn delete(
    app: &App,
    user: &SignedInUser,
    movies: Movies,
) -> Result<Deletion, AccountError> {
    let begun_at = begin_leaving(app, user).await?;
    app.identity.sign_out_everywhere(user).await?;
    let mut done = 0;
    loop {
        let page = app
            .movies
            .added_by(&user.id, PageRequest::MAX_LIMIT, None)
            .await?;
        if page.keys.is_empty() && page.next.is_none() {
            break;
        }
        if done >= MOVIES_PER_CALL {
            return Ok(Deletion::MoreToDo(NEXT_CALL));
        }
        done += page.keys.len().max(1);
        stream::iter(&page.keys)
            .map(Ok)
            .try_for_each_concurrent(AT_ONCE, |key| delete_or_disown(app, key, user, movies))
            .await?;
    }
    let lag = begun_at + app.movies.lag() - app.clock.now();
    if lag.is_positive() {
        return Ok(Deletion::MoreToDo(lag));
    }
    app.movies.forget(&user.id).await?;
    // The note is renewed, because the user may have got new tokens by signing in again since it was begun.
    app.movies.begin_leaving(&user.id, app.clock.now()).await?;
    app.identity.delete_account(user).await?;
    Ok(Deletion::Complete)
}

/// Notes that a user is leaving. The user needs a valid session. Once the deletion itself has ended that
/// session, a user who is already leaving may go on without one. A token that was revoked for another
/// reason, such as theft, deletes nothing.
async fn begin_leaving(app: &App, user: &SignedInUser) -> Result<OffsetDateTime, AccountError> {
    let now = app.clock.now();
    match app.identity.profile(user).await {
        Ok(_) => {}
        Err(IdentityError::SessionEnded) if app.movies.is_leaving(&user.id, now).await? => {}
        Err(error) => return Err(error.into()),
    }
    Ok(app.movies.begin_leaving(&user.id, now).await?)
}

async fn delete_or_disown(
    app: &App,
    key: &MovieKey,
    user: &SignedInUser,
    movies: Movies,
) -> Result<(), StoreError> {
    match movies {
        Movies::Delete => app.movies.delete_of(key, &user.id).await,
        Movies::Disown => app.movies.disown(key, &user.id, app.clock.now()).await,
    }
}

/// All that is held of a user; of the movies, one page.
#[derive(Debug, Clone)]
pub struct Export {
    /// When it was read.
    pub at: OffsetDateTime,
    /// The user's profile at the identity provider.
    pub profile: Profile,
    /// The sessions in which the user is signed in.
    pub sessions: Sessions,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// The records of writes that carried an `Idempotency-Key`.
    pub remembered: Vec<Remembered>,
    /// The movies that the user added.
    pub movies: Vec<Movie>,
    /// Behind which movie the next page starts; `None` when there is none.
    pub next: Option<MovieKey>,
}

/// Reads all that is held of a user, with the movies behind `after`.
///
/// # Errors
/// [`AccountError`].
pub async fn export(
    app: &App,
    user: &SignedInUser,
    after: Option<&MovieKey>,
) -> Result<Export, AccountError> {
    // This first: a user whose session has ended gets nothing.
    let profile = app.identity.profile(user).await?;
    let sessions = app.identity.sessions(user).await?;
    let passkeys = app.identity.passkeys(user).await?;
    let remembered = app.movies.remembered(&user.id).await?;
    let page = app
        .movies
        .added_by(&user.id, PageRequest::MAX_LIMIT, after)
        .await?;
    let mut found = stream::iter(page.keys)
        .map(|key| async {
            let movie = app.movies.get(&key).await?;
            // The list of keys may lag behind what was deleted or disowned since.
            Ok::<_, StoreError>((key, movie.filter(|movie| movie.is_of(&user.id))))
        })
        .buffered(AT_ONCE);
    let (mut movies, mut bytes, mut next) = (Vec::new(), 0, page.next);
    while let Some((key, movie)) = found.try_next().await? {
        if let Some(movie) = movie {
            bytes += size(&movie);
            movies.push(movie);
        }
        if bytes >= EXPORT_BYTES {
            next = Some(key);
            break;
        }
    }
    drop(found);
    Ok(Export {
        at: app.clock.now(),
        profile,
        sessions,
        passkeys,
        remembered,
        movies,
        next,
    })
}

/// The size of a movie in an answer, in bytes.
fn size(movie: &Movie) -> usize {
    serde_json::to_vec(&MovieItem::from(movie)).map_or(0, |json| json.len())
}
