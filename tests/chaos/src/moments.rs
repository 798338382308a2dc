//! The moments that the service stores: each is read from the clock of the process that stored it, so a clock that is off shows.

use std::ops::RangeInclusive;

use kit::value::read_moment;
use time::{Duration, OffsetDateTime};

use crate::exchange::{Answer, Request};

/// By how much a moment may miss, because it is not read at the same instant.
const MISSES: Duration = Duration::SECOND;

/// The moments of a run.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    /// The number of those that this machine's clock would have given.
    pub right: u64,
    /// The number of those that are off as the clock of their process is.
    pub off: u64,
    /// Those that are not of the clock of their process.
    pub wrong: Vec<String>,
}

impl Moments {
    /// Looks at the answer to a request, which was under way between these two moments of this machine's clock.
    pub fn see(
        &mut self,
        request: &Request,
        answer: &Answer,
        between: RangeInclusive<OffsetDateTime>,
    ) {
        let stores = matches!(
            (request.method, request.resource),
            ("POST", "/movies/add-movie" | "/movies/update-movie")
                | ("PUT" | "PATCH", "/me/watchlist/{entryId}")
        );
        // What is answered again was stored before.
        if !stores || !matches!(answer.status, 200 | 201) || answer.replayed {
            return;
        }
        let (Some(ahead), Some(text)) = (answer.ahead, answer.text("updatedAt")) else {
            return;
        };
        let Ok(moment) = read_moment(text) else {
            self.wrong.push(format!("{text} is no moment"));
            return;
        };
        let (begun, ended) = (*between.start() - MISSES, *between.end() + MISSES);
        let of_process = moment - Duration::seconds(ahead);
        if !(begun..=ended).contains(&of_process) {
            self.wrong.push(format!(
                "{text} was stored between {begun} and {ended} by a clock that is {ahead} s ahead"
            ));
        } else if (begun..=ended).contains(&moment) {
            self.right += 1;
        } else {
            self.off += 1;
        }
    }
}
