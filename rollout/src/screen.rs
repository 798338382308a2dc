//! Where a rollout is shown: redrawn in place on a terminal, line by line anywhere else.

use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{follow::Snapshot, view};

/// How long a log may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// What is shown where.
#[derive(Debug)]
pub(crate) enum Screen {
    /// On a terminal.
    Live(ProgressBar),
    /// The last milestone, and when a line was last written.
    Lines(Option<(String, Instant)>),
}

impl Screen {
    /// The standard output, whatever it is.
    pub(crate) fn new() -> Self {
        if !io::stdout().is_terminal() {
            return Self::Lines(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self::Live(match ProgressStyle::with_template("{spinner} {msg}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// Shows how far it is: in a log only when something happened, or after a while.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        match self {
            Self::Live(bar) => bar.set_message(view::table(snapshot)),
            Self::Lines(last) => {
                let milestone = view::milestone(snapshot);
                let same =
                    |(known, at): &(String, Instant)| *known == milestone && at.elapsed() < SILENCE;
                if last.as_ref().is_some_and(same) {
                    return;
                }
                println!("{}", view::line(snapshot));
                *last = Some((milestone, Instant::now()));
            }
        }
    }

    /// Says something that passes.
    pub(crate) fn note(&self, text: &str) {
        match self {
            Self::Live(bar) => bar.println(text),
            Self::Lines(_) => eprintln!("{text}"),
        }
    }

    /// Leaves the last picture where it is.
    pub(crate) fn close(&self) {
        if let Self::Live(bar) = self {
            bar.abandon();
        }
    }
}
