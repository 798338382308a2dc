use std::{process::ExitCode, time::Duration};

use super::{Counts, Step};

/// The results of the steps.
#[derive(Debug, Default)]
pub(super) struct Report {
    steps: Vec<(Step, Counts, Duration)>,
}

impl Report {
    pub(super) fn begin(step: Step) {
        let title = format!("{}: {}", step.name(), step.description());
        println!(
            "\n== {title} {}",
            "=".repeat(96_usize.saturating_sub(title.len()))
        );
    }

    pub(super) fn end(&mut self, step: Step, counts: Counts, took: Duration) {
        self.steps.push((step, counts, took));
        if let Some((_, line)) = self.lines().pop() {
            println!("-- {line}");
        }
    }

    /// Prints the table and the closing line.
    pub(super) fn finish(self) -> ExitCode {
        println!(
            "\n   {:13} {:8}{:>7}{:>8}{:>10}",
            "step", "result", "passed", "failed", "time"
        );
        for (failed, line) in self.lines() {
            println!("{}{line}", if failed { "!! " } else { "   " });
        }
        let total = self.total();
        println!("\n{} passed, {} failed", total.passed, total.failed);
        ExitCode::from(u8::from(total.failed > 0))
    }

    fn total(&self) -> Counts {
        self.steps
            .iter()
            .fold(Counts::default(), |total, (_, counts, _)| total + *counts)
    }

    /// One line for each step, and true if the step failed.
    fn lines(&self) -> Vec<(bool, String)> {
        self.steps
            .iter()
            .map(|(step, counts, took)| {
                let failed = counts.failed > 0;
                let line = format!(
                    "{:13} {:8}{:>7}{:>8}{:>8.1} s",
                    step.name(),
                    if failed { "FAILED" } else { "passed" },
                    counts.passed,
                    counts.failed,
                    took.as_secs_f64(),
                );
                (failed, line)
            })
            .collect()
    }
}
