//! `cargo xtask import`: loads movies from a file into the service.
//!
//! To import the same file again is safe, and continues an import that stopped: a movie that exists with the content of
//! its record counts as unchanged. A movie that exists with other content is reported and left alone, unless `--update`
//! is given.

mod compare;
mod into_api;
mod into_table;
mod tally;
mod target;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    client::{Address, Client, SignInArgs},
    records::{Checker, Movie, Position, Records, Refused, Source},
};

use self::{
    into_api::ApiTarget,
    into_table::TableArgs,
    tally::Tally,
    target::{Failure, Outcome, Target},
};

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask import movies.json                       into the running `cargo dev`
  cargo xtask import movies.csv --update               and change what differs
  curl -s https://example.com/movies.jsonl.gz | cargo xtask import -
  aws dynamodb scan --table-name movies | cargo xtask import -
  MOVIES_EMAIL=ada@example.com cargo xtask import movies.json \\
    --to https://abc.execute-api.eu-west-1.amazonaws.com/Production
  AWS_PROFILE=dev cargo xtask import movies.json --table movies-Development \\
    --idempotency-table idempotency-Development --search-table search-Development

Files that are read, each of them also packed with gzip; they are told apart by what is in them, not by
their names:
  JSON        an array of movies as in AWS's moviedata.json, or as in this API; or movies one after the other
  JSON Lines  a movie a line
  DynamoDB    what `aws dynamodb scan` prints, and the files of an export to S3 (DynamoDB JSON)
  CSV         UTF-8, with commas, semicolons or tabs. The first line names the columns as this API or
              moviedata.json does, in any order: title, year, info or plot, directors, actors, genres, rating,
              releaseDate, runningTimeSeconds, imageUrl, rank. A list has | between its names, or is a JSON
              array. An empty cell tells nothing
Members that the service sets (version, createdAt, updatedAt, addedBy, etag) are passed over.

The last line is the result: `4609 imported, 0 unchanged, 0 different, 0 failed`. Each record that is
not taken is reported with its place in the file and everything that is wrong with it; the others
are imported all the same, and the exit status is 1. Only a fault in the JSON of an array ends the reading
there; in JSON Lines and CSV it costs its line.")]
pub(crate) struct ImportArgs {
    /// The file to read; `-` for the standard input
    file: PathBuf,
    /// Base URL of the stage to import into
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:3000/Development"
    )]
    to: Address,
    #[command(flatten)]
    table: TableArgs,
    /// Change movies that are there but differ
    #[arg(long)]
    update: bool,
    /// How many movies to send at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// A message of the reading thread: the position of a record, the result of its check, and the bytes of the file read
/// so far.
type Judged = (Position, Result<Movie, Refused>, u64);

pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let source = Source::open(&args.file)?;
    let size = source.size;
    // A file of another format is refused before the user has to sign in.
    let records = tokio::task::spawn_blocking(|| Records::of(source)).await??;
    eprintln!("{records}");
    let target: Arc<dyn Target> = match args.table.target(args.update).await? {
        Some(table) => Arc::new(table),
        None => Arc::new(ApiTarget::new(
            Client::connect(args.to, &args.sign_in).await?,
            args.update,
        )),
    };
    let begun = Instant::now();
    let progress = progress(size);
    let records = judge(records, usize::from(args.jobs));
    let import = Import {
        target,
        jobs: args.jobs.into(),
        progress: progress.clone(),
    };
    let (tally, stopped) = import.run(records).await;
    progress.finish_and_clear();

    eprintln!("{} records in {:.1?}", tally.total(), begun.elapsed());
    println!("{}", tally.line(args.update));
    if let Some(reason) = stopped {
        return Err(reason.context("stopped; the same command goes on from here"));
    }
    Ok(ExitCode::from(u8::from(tally.failed > 0)))
}

fn progress(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => (
            ProgressBar::new(size),
            "{bar:30} {percent:>3} %  {msg}  {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Reads and checks records on a separate thread, up to `ahead` records before they are sent.
fn judge(mut records: Records, ahead: usize) -> mpsc::Receiver<std::io::Result<Judged>> {
    let (sender, receiver) = mpsc::channel(ahead);
    std::thread::spawn(move || {
        let mut checker = Checker::new(records.columns());
        while let Some(record) = records.next() {
            let judged = record.map(|record| {
                let position = record.position;
                (position, checker.check(record), records.bytes_read())
            });
            // The receiver is dropped when the import stops.
            let failed = judged.is_err();
            if sender.blocking_send(judged).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// An import in progress.
struct Import {
    target: Arc<dyn Target>,
    jobs: usize,
    progress: ProgressBar,
}

impl Import {
    /// Sends every record. Returns the tally, and the reason if the import stopped early.
    async fn run(
        &self,
        mut records: mpsc::Receiver<std::io::Result<Judged>>,
    ) -> (Tally, Option<anyhow::Error>) {
        let mut tally = Tally::default();
        let mut stopped = None;
        let mut sending = JoinSet::new();
        while stopped.is_none() {
            let next = tokio::select! {
                next = records.recv() => next,
                _ = tokio::signal::ctrl_c() => {
                    stopped = Some(anyhow::anyhow!("interrupted"));
                    break;
                }
            };
            match next {
                None => break,
                Some(Err(error)) => {
                    stopped = Some(anyhow::Error::new(error).context("the file cannot be read"));
                }
                Some(Ok((position, Err(refused), _))) => {
                    self.note(
                        &mut tally,
                        position,
                        Err(Failure::Refused(refused.to_string())),
                    );
                }
                Some(Ok((position, Ok(movie), offset))) => {
                    if sending.len() >= self.jobs {
                        stopped = self.settle(&mut sending, &mut tally).await;
                    }
                    let target = Arc::clone(&self.target);
                    sending.spawn(async move { (position, target.take(movie).await) });
                    self.progress.set_position(offset);
                }
            }
        }
        // Always waits for the requests in flight.
        while !sending.is_empty() {
            let reason = self.settle(&mut sending, &mut tally).await;
            stopped = stopped.or(reason);
        }
        (tally, stopped)
    }

    /// Waits for one movie; returns the reason to stop, if there is one.
    async fn settle(
        &self,
        sending: &mut JoinSet<(Position, Result<Outcome, Failure>)>,
        tally: &mut Tally,
    ) -> Option<anyhow::Error> {
        match sending.join_next().await? {
            Ok((position, outcome)) => self.note(tally, position, outcome),
            Err(error) => Some(error.into()),
        }
    }

    fn note(
        &self,
        tally: &mut Tally,
        position: Position,
        outcome: Result<Outcome, Failure>,
    ) -> Option<anyhow::Error> {
        let remark = tally.count(outcome);
        self.progress.set_message(tally.to_string());
        match remark {
            Ok(Some(remark)) => {
                self.progress.suspend(|| eprintln!("{position}: {remark}"));
                None
            }
            Ok(None) => None,
            Err(stop) => Some(stop),
        }
    }
}

#[cfg(test)]
mod tests;
