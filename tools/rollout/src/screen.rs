//! The display of a rollout: redrawn in place on a terminal, line by line anywhere else.

use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{follow::Snapshot, view};

/// The time after which a log gets a line even if nothing changed.
const SILENCE: Duration = Duration::from_mins(1);

/// The output of the display.
#[derive(Debug)]
pub(crate) enum Screen {
    /// A terminal.
    Live(ProgressBar),
    /// A log: the last milestone, and the time of the last line.
    Lines(Option<(String, Instant)>),
}

impl Screen {
    /// Draws in place if the standard output is a terminal, else writes lines.
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

    /// Shows the snapshot. A log gets a line only if the milestone changed, or after a minute.
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

    /// Prints a message above the display, or to the standard error if the output is a log.
    pub(crate) fn note(&self, text: &str) {
        match self {
            Self::Live(bar) => bar.println(text),
            Self::Lines(_) => eprintln!("{text}"),
        }
    }

    /// Stops redrawing; the last display stays visible.
    pub(crate) fn close(&self) {
        if let Self::Live(bar) = self {
            bar.abandon();
        }
    }
}
