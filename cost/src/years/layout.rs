//! Where the items are: by the hash of the partition key, then by title.

use crate::input::Years;

/// All items in the order in which a table keeps them, by their places in it.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The place of each movie, by year (the newest first) and title (in the order of titles).
    pub(crate) places: Vec<Vec<usize>>,
    /// The hash of the partition key of each place, in ascending order.
    pub(crate) hashes: Vec<u64>,
    /// Of each year and page, the place in each shard where reading begins.
    pub(crate) pages: Vec<Vec<Vec<usize>>>,
}

impl Layout {
    pub(crate) fn new(years: &Years, page_movies: f64, shards: u32, seed: u64) -> Self {
        let mut items = Vec::new();
        for (year, movies) in sizes(years).into_iter().enumerate() {
            for title in 0..movies {
                let shard = spread(&[seed, 1, as_u64(year), as_u64(title)]) % u64::from(shards);
                let hash = spread(&[seed, 2, as_u64(year), shard]);
                items.push((hash, title, year, shard));
            }
        }
        items.sort_unstable();
        let mut places: Vec<Vec<usize>> =
            sizes(years).iter().map(|&movies| vec![0; movies]).collect();
        // Of each year: title, shard, place.
        let mut by_title: Vec<Vec<(usize, u64, usize)>> = vec![Vec::new(); places.len()];
        for (place, &(_, title, year, shard)) in items.iter().enumerate() {
            places[year][title] = place;
            by_title[year].push((title, shard, place));
        }
        let step = step(page_movies);
        let pages = by_title
            .iter_mut()
            .map(|movies| {
                movies.sort_unstable();
                (0..movies.len())
                    .step_by(step)
                    .map(|start| starts(&movies[start..], shards))
                    .collect()
            })
            .collect();
        Self {
            places,
            hashes: items.into_iter().map(|(hash, ..)| hash).collect(),
            pages,
        }
    }
}

/// The first place in each shard from here on. A shard that has none is left out, so that it is not read; a real one
/// would answer for half a unit.
fn starts(movies: &[(usize, u64, usize)], shards: u32) -> Vec<usize> {
    (0..u64::from(shards))
        .filter_map(|shard| movies.iter().find(|movie| movie.1 == shard))
        .map(|movie| movie.2)
        .collect()
}

/// Movies of each year: as many as given in the newest, and ever fewer, as in the public data.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred movies"
)]
fn sizes(years: &Years) -> Vec<usize> {
    let newest = f64::from(years.newest);
    let all = f64::from(years.movies);
    // A geometric series whose sum is all of them: newest / (1 - q) = all.
    let ratio = 1.0 - newest / all;
    let mut size = newest;
    (0..years.count)
        .map(|_| {
            let movies = size.round().max(1.0) as usize;
            size *= ratio;
            movies
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page is some dozens"
)]
fn step(page_movies: f64) -> usize {
    page_movies.max(1.0) as usize
}

fn as_u64(number: usize) -> u64 {
    number as u64
}

/// Some number that says nothing of those that it is made from (`SplitMix64`'s finalizer).
fn spread(from: &[u64]) -> u64 {
    from.iter().fold(0, |state: u64, &value| {
        let mut z = (state ^ value).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::inputs;

    #[test]
    fn every_movie_has_a_place_of_its_own() {
        let load = inputs().load;
        for shards in [1, 8] {
            let layout = Layout::new(&load.years, load.page_movies, shards, 5);
            let mut places: Vec<_> = layout.places.concat();
            places.sort_unstable();
            assert_eq!(places, (0..layout.hashes.len()).collect::<Vec<_>>());
            assert!(layout.hashes.is_sorted());
        }
    }

    #[test]
    fn the_years_are_about_as_large_as_in_the_public_data() {
        let years = inputs().load.years;
        let sizes = sizes(&years);
        assert_eq!((sizes.len(), sizes[0]), (92, 432));
        let all: usize = sizes.iter().sum();
        assert!((4_500..4_750).contains(&all), "{all}");
    }

    #[test]
    fn titles_of_a_year_stand_together_in_their_order() {
        let load = inputs().load;
        let layout = Layout::new(&load.years, load.page_movies, 1, 5);
        for year in &layout.places {
            assert!(year.windows(2).all(|pair| pair[1] == pair[0] + 1));
        }
        // 432 movies are nine pages, the second of which begins with the 51st.
        assert_eq!(layout.pages[0].len(), 9);
        assert_eq!(layout.pages[0][1], [layout.places[0][50]]);
    }

    #[test]
    fn a_page_of_shards_begins_in_each_of_them() {
        let load = inputs().load;
        let layout = Layout::new(&load.years, load.page_movies, 8, 5);
        assert_eq!(layout.pages[0][0].len(), 8);
    }
}
