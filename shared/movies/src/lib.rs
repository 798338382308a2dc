//! Movies: the fields, the key, the forms and the routes of the noun.
//!
//! To put a resource of your own in the movies' place, start in this file.

mod public_data;
mod year;

use kit::{
    http::Route,
    operations::{NamedKey, Noun, add, changes, delete, find, find_cached, list, update},
    resource::Resource as _,
    value::{Date, Hundredths, Integer, Line, Text, WebUrl},
};

pub use self::year::Year;

/// A title: no two movies of a year share one.
pub type Title = Line;
/// The name of a person or a genre.
pub type Name = Line;
/// Free text.
pub type Info = Text<4_000>;
/// A rating from 0 to 10, kept to two decimals.
pub type Rating = Hundredths<10>;
/// A length in seconds.
pub type RunningTime = Integer<1, 1_000_000>;
/// A place in a ranking.
pub type Rank = Integer<1, 1_000_000>;

kit::resource! {
    /// The facts about a movie besides its key. All of them are optional; an empty list means "not told".
    #[derive(Default)]
    pub struct Movie {
        /// Free text: the plot.
        info: Option<Info>,
        /// The directors, in billing order.
        directors: Vec<Name>,
        /// The actors, in billing order.
        actors: Vec<Name>,
        /// Its genres.
        genres: Vec<Name>,
        /// Its rating.
        rating: Option<Rating>,
        /// The day of its first release.
        release_date as "releaseDate": Option<Date>,
        /// Its length in seconds.
        running_time_seconds as "runningTimeSeconds": Option<RunningTime>,
        /// The URL of a picture of it.
        image_url as "imageUrl": Option<WebUrl>,
        /// Its place in a ranking.
        rank: Option<Rank>,
    }
    /// The changes that an update makes to a [`Movie`].
    pub struct MovieChanges;
    /// The key of a movie: no two movies share a year and a title.
    pub struct MovieKey {
        /// The year of release.
        year: Year,
        /// The title.
        title: Title,
    }
    one: "movie", many: "movies", metrics: "Movies", owner: "addedBy", access: Shared,
    fate_is_asked: true, public_form: public_data::FORM, samples: include_str!("../samples.json"),
    search: {
        words: [title, directors, actors],
        filters: [genre: genres by [title, rating, year]],
        sorts: [title, rating, rank, year],
    }
}

impl NamedKey for MovieKey {
    const PREFIX: &'static str = "titlePrefix";
}

/// The operations of movies.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Noun<Movie>>> {
    vec![
        Route::get ("/movies",                    "listMovies",      list::<Movie>),
        Route::get ("/movies/changes",            "listMovieChanges", changes::<Movie>),
        Route::post("/movies/add-movie",          "addMovie",        add::<Movie>).counting_done(Movie::ADDED),
        Route::post("/movies/findbytitleandyear", "findMovie",       find::<Movie>),
        Route::get ("/movies/findbytitleandyear", "findMovieCached", find_cached::<Movie>),
        Route::post("/movies/update-movie",       "updateMovie",     update::<Movie>).counting_done(Movie::UPDATED),
        Route::post("/movies/delete-movie",       "deleteMovie",     delete::<Movie>).counting_done(Movie::DELETED),
    ]
}

#[cfg(test)]
mod tests;
