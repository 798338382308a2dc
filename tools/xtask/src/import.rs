//! `cargo xtask import`: loads resources from a file into the service.
//!
//! To import the same file again is safe, and continues an import that stopped: a resource that exists with the content of
//! its record counts as unchanged. One that exists with other content is reported and left alone, unless `--update` is given.

mod into_api;
mod into_table;
mod tally;
mod target;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use anyhow::{Context as _, anyhow};
use clap::Args;
use futures_util::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use service::nouns::NOUNS;
use tokio::sync::{mpsc, oneshot};

use crate::{
    client::{Address, Client, SignInArgs},
    records::{Checker, Item, Noun, Position, Records, Source},
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
  cargo xtask import records.json                      into the running `cargo dev`
  cargo xtask import records.csv --update              and change what differs
  curl -s https://example.com/records.jsonl.gz | cargo xtask import -
  aws dynamodb scan --table-name TABLE | cargo xtask import -
  cargo xtask import records.json --to https://abc.execute-api.eu-west-1.amazonaws.com/Production
  AWS_PROFILE=dev cargo xtask import records.json --table TABLE \\
    --idempotency-table RECORDS --search-table ENTRIES

Files that are read, each of them also packed with gzip; they are told apart by what is in them, not by
their names:
  JSON        an array of records as in this API, or as in the public data set that the resource
              knows; or records one after the other
  JSON Lines  a record a line
  DynamoDB    what `aws dynamodb scan` prints, and the files of an export to S3 (DynamoDB JSON)
  CSV         UTF-8, with commas, semicolons or tabs. The first line names the columns as JSON names the
              members, in any order. A list has | between its entries, or is a JSON array. An empty cell
              tells nothing
Members that the service sets (version, createdAt, updatedAt, addedBy, etag) are passed over. A private
resource goes to the account that signs in.

The last line is the result: `4609 imported, 0 unchanged, 0 different, 0 failed`. Each record that is
not taken is reported with its place in the file and everything that is wrong with it; the others
are imported all the same, and the exit status is 1. Only a fault in the JSON of an array ends the reading
there; in JSON Lines and CSV it costs its line.")]
pub(crate) struct ImportArgs {
    /// The file to read; `-` for the standard input
    file: PathBuf,
    /// The resource that the file has, by the word for several
    #[arg(long, value_name = "NAME", default_value = NOUNS[0].many)]
    resource: Noun,
    /// Base URL of the stage to import into
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:3000/Development"
    )]
    to: Address,
    #[command(flatten)]
    table: TableArgs,
    /// Change what is there but differs
    #[arg(long)]
    update: bool,
    /// How many records to send at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// A message of the reading thread: the position of a record, the result of its check, and the bytes of the file read
/// so far.
type Judged = (Position, Result<Item, String>, u64);

pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let mut noun = args.resource;
    noun.importer.clone_from(&args.table.added_by);
    let source = Source::open(&args.file)?;
    let size = source.size;
    // A file of another format is refused before the user has to sign in.
    let of_noun = noun.clone();
    let records = tokio::task::spawn_blocking(move || Records::of(source, &of_noun)).await??;
    eprintln!("{records}");
    let target = match args.table.target(&noun, args.update).await? {
        Some(table) => table,
        None => Arc::new(ApiTarget {
            client: Client::connect(args.to, &args.sign_in).await?,
            noun,
            update: args.update,
        }),
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
    Ok(ExitCode::from(u8::from(tally.has_failed())))
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
        let mut checker = Checker::of(&records);
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
        records: mpsc::Receiver<std::io::Result<Judged>>,
    ) -> (Tally, Option<anyhow::Error>) {
        let (going, ended) = oneshot::channel::<()>();
        let (mut going, mut stopped) = (Some(going), None);
        let mut tally = Tally::default();
        let records = stream::unfold(records, |mut records| async move {
            Some((records.recv().await?, records))
        });
        // Once the import stops, no record is read any more, but the requests in flight are waited for.
        let outcomes = records
            .take_until(ended)
            .map(|judged| self.send(judged))
            .buffer_unordered(self.jobs);
        let mut outcomes = std::pin::pin!(outcomes);
        loop {
            let remark = tokio::select! {
                outcome = outcomes.next() => match outcome {
                    None => return (tally, stopped),
                    Some((position, outcome)) => tally.count(outcome).map(|remark| position.zip(remark)),
                },
                _ = tokio::signal::ctrl_c(), if stopped.is_none() => Err(anyhow!("interrupted")),
            };
            self.progress.set_message(tally.to_string());
            match remark {
                Ok(None) => {}
                Ok(Some((position, remark))) => {
                    self.progress.suspend(|| eprintln!("{position}: {remark}"));
                }
                Err(reason) => {
                    drop(going.take());
                    stopped.get_or_insert(reason);
                }
            }
        }
    }

    /// Sends a record, unless it is refused already.
    async fn send(
        &self,
        judged: std::io::Result<Judged>,
    ) -> (Option<Position>, Result<Outcome, Failure>) {
        match judged.context("the file cannot be read") {
            Err(error) => (None, Err(Failure::Stop(error))),
            Ok((position, Err(reason), _)) => (Some(position), Err(Failure::Refused(reason))),
            Ok((position, Ok(item), offset)) => {
                let outcome = self.target.take(item).await;
                self.progress.set_position(offset);
                (Some(position), outcome)
            }
        }
    }
}

#[cfg(test)]
mod tests;
