//! The progress of a command, which a terminal shows.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with this layout.
pub(crate) fn progress(template: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
