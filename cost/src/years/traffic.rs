//! What is asked for: years and titles by Zipf's law, the newest year first, its first page most of all.

use super::layout::Layout;
use crate::{input::Inputs, operation::Operation};

/// A request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Call<'a> {
    /// It does not touch the movies' table.
    NoMovie,
    /// The movie at this place.
    Find(usize),
    /// A movie of the newest year, at this place.
    Add(usize),
    /// A page.
    List {
        /// Where reading begins, in each shard.
        items: &'a [usize],
        /// If it is the first page of its year, the share of all requests that ask for it.
        first_of_year: Option<f64>,
    },
}

/// Draws requests.
#[derive(Debug)]
pub(crate) struct Traffic<'a> {
    layout: &'a Layout,
    find: f64,
    list: f64,
    add: f64,
    of_newest: f64,
    years: Zipf,
    /// By year.
    titles: Vec<Zipf>,
    /// Of each year, the titles by how much they are liked: not in the order of the alphabet.
    by_liking: Vec<Vec<usize>>,
}

impl<'a> Traffic<'a> {
    pub(crate) fn new(inputs: &Inputs, layout: &'a Layout) -> Self {
        let load = &inputs.load;
        let mut random = fastrand::Rng::with_seed(1);
        let by_liking = layout.places.iter().map(|places| {
            let mut places = places.clone();
            random.shuffle(&mut places);
            places
        });
        Self {
            layout,
            find: load.share(Operation::Find),
            list: load.share(Operation::ListPage),
            add: load.share(Operation::AddWithKey),
            of_newest: load.years.lists_of_newest,
            years: Zipf::new(layout.places.len()),
            titles: layout
                .places
                .iter()
                .map(|places| Zipf::new(places.len()))
                .collect(),
            by_liking: by_liking.collect(),
        }
    }

    pub(crate) fn draw(&self, random: &mut fastrand::Rng) -> Call<'a> {
        let which = random.f64();
        if which < self.find {
            let year = self.years.draw(random);
            let title = self.titles[year].draw(random);
            Call::Find(self.by_liking[year][title])
        } else if which < self.find + self.list {
            self.page(random)
        } else if which < self.find + self.list + self.add {
            let newest = &self.layout.places[0];
            Call::Add(newest[random.usize(..newest.len())])
        } else {
            Call::NoMovie
        }
    }

    /// The app's first screen, or any page of a year.
    fn page(&self, random: &mut fastrand::Rng) -> Call<'a> {
        let (year, page) = if random.f64() < self.of_newest {
            (0, 0)
        } else {
            let year = self.years.draw(random);
            (year, random.usize(..self.layout.pages[year].len()))
        };
        Call::List {
            items: &self.layout.pages[year][page],
            first_of_year: (page == 0).then(|| self.share_of_first_page(year)),
        }
    }

    fn share_of_first_page(&self, year: usize) -> f64 {
        let screen = if year == 0 { self.of_newest } else { 0.0 };
        let pages = u32::try_from(self.layout.pages[year].len()).map_or(f64::INFINITY, f64::from);
        self.list * (screen + (1.0 - self.of_newest) * self.years.share(year) / pages)
    }
}

/// The second is asked for half as often as the first, the third a third as often, and so on.
#[derive(Debug)]
struct Zipf {
    /// The share of each and of all before it.
    up_to: Vec<f64>,
}

impl Zipf {
    fn new(count: usize) -> Self {
        let mut up_to = Vec::with_capacity(count);
        let mut sum = 0.0;
        let mut rank = 0.0;
        for _ in 0..count {
            rank += 1.0;
            sum += 1.0 / rank;
            up_to.push(sum);
        }
        for share in &mut up_to {
            *share /= sum;
        }
        Self { up_to }
    }

    fn draw(&self, random: &mut fastrand::Rng) -> usize {
        let which = random.f64();
        let place = self.up_to.partition_point(|&up_to| up_to <= which);
        place.min(self.up_to.len() - 1)
    }

    fn share(&self, place: usize) -> f64 {
        let before = place
            .checked_sub(1)
            .map_or(0.0, |before| self.up_to[before]);
        self.up_to[place] - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::inputs;

    #[test]
    fn the_second_is_asked_for_half_as_often() {
        let zipf = Zipf::new(92);
        assert!((zipf.share(0) / zipf.share(1) - 2.0).abs() < 1e-9);
        assert!((zipf.share(0) - 0.196).abs() < 0.001);
        let all: f64 = (0..92).map(|place| zipf.share(place)).sum();
        assert!((all - 1.0).abs() < 1e-9);
    }

    #[test]
    fn requests_come_as_the_mix_says() {
        let inputs = inputs();
        let layout = Layout::new(&inputs.load.years, inputs.load.page_movies, 1, 3);
        let traffic = Traffic::new(&inputs, &layout);
        let mut random = fastrand::Rng::with_seed(3);
        let mut counts = [0_u32; 5];
        let first = &layout.pages[0][0];
        for _ in 0..100_000 {
            match traffic.draw(&mut random) {
                Call::Find(_) => counts[0] += 1,
                Call::List { items, .. } => {
                    counts[1] += 1;
                    counts[4] += u32::from(items == first.as_slice());
                }
                Call::Add(place) => {
                    counts[2] += 1;
                    assert!(layout.places[0].contains(&place));
                }
                Call::NoMovie => counts[3] += 1,
            }
        }
        // 50, 30, 10 and 10 of 100; the first screen is 15 and a little.
        for (count, expected) in counts
            .into_iter()
            .zip([50_000, 30_000, 10_000, 10_000, 15_326])
        {
            assert!(count.abs_diff(expected) < 600, "{counts:?}");
        }
    }
}
