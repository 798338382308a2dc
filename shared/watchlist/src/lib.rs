//! Watchlists: the fields, the key and the routes of the noun. Each user has one, which nobody else reads or writes.
//!
//! To add a private resource of your own, start with a copy of this folder.

use kit::{
    http::Route,
    operations::{Noun, mine},
    resource::{Required, Resource as _},
    user::UserId,
    value::{Date, Hundredths, Integer, Line, Slug, Text},
};

/// A title.
pub type Title = Line;
/// A year of release.
pub type Year = Integer<1_888, 2_100>;
/// A note to oneself.
pub type Note = Text<1_000>;
/// A rating from 0 to 10, kept to two decimals.
pub type Rating = Hundredths<10>;

kit::resource! {
    /// An entry of a watchlist. What it names need not be among what the service has.
    pub struct Entry {
        /// The title.
        title: Required<Title>,
        /// The year of release.
        year: Required<Year>,
        /// A note of the user's.
        note: Option<Note>,
        /// True if the user has watched it.
        watched: bool,
        /// The day on which the user watched it.
        watched_on as "watchedOn": Option<Date>,
        /// The user's own rating.
        rating: Option<Rating>,
    }
    /// The changes that an update makes to an [`Entry`].
    pub struct EntryChanges;
    /// The key of an entry.
    pub struct EntryKey {
        /// The user whose watchlist it is in.
        owner: UserId,
        /// The id that the client chose.
        entry_id as "entryId": Slug,
    }
    one: "watchlist-entry", many: "watchlist", metrics: "WatchlistEntries", owner: "owner", access: Private
}

/// The operations of watchlists.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Noun<Entry>>> {
    vec![
        Route::get   ("/me/watchlist",           "listWatchlist",        mine::list::<Entry>),
        Route::get   ("/me/watchlist/changes",   "listWatchlistChanges", mine::changes::<Entry>),
        Route::get   ("/me/watchlist/{entryId}", "findWatchlistEntry",   mine::find::<Entry>),
        Route::put   ("/me/watchlist/{entryId}", "putWatchlistEntry",    mine::put::<Entry>).counting_created(Entry::ADDED).counting_done(Entry::UPDATED),
        Route::patch ("/me/watchlist/{entryId}", "updateWatchlistEntry", mine::update::<Entry>).counting_done(Entry::UPDATED),
        Route::delete("/me/watchlist/{entryId}", "deleteWatchlistEntry", mine::delete::<Entry>).counting_done(Entry::DELETED),
    ]
}
