//! `cargo xtask import`: loads resources from a file into the service.
//!
//! To import the same file again is safe, and continues an import that stopped: a resource that exists with the content of
//! its record counts as unchanged. One that exists with other content is reported and left alone, unless `--update` is given.

mod into_api;
mod tally;

use std::{io, ops::ControlFlow, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context as _, anyhow};
use clap::Args;
use futures_util::{StreamExt as _, stream};
use indicatif::ProgressBar;
use records::{Checker, Item, Noun, Position, Records, Source};
use service::nouns::NOUNS;
use tokio::sync::{mpsc, oneshot};

use crate::{
    client::{Address, Client, SignInArgs},
    progress::progress,
};

use self::{
    into_api::{ApiTarget, Failure, Outcome},
    tally::Tally,
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
    /// Change what is there but differs
    #[arg(long)]
    update: bool,
    /// How many records to send at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// The position of a record, and the result of its check.
type Judged = (Position, Result<Item, String>);

pub(crate) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let noun = args.resource;
    let mut source = Source::open(&args.file)?;
    let progress = match source.size {
        Some(_) => progress("{bar:30} {percent:>3} %  {msg}  {eta} left"),
        None => progress("{spinner} {msg}"),
    };
    progress.set_length(source.size.unwrap_or_default());
    source.input = Box::new(progress.wrap_read(source.input));
    // A file of another format is refused before the user has to sign in.
    let of_noun = noun.clone();
    let records = tokio::task::spawn_blocking(move || Records::of(source, &of_noun)).await??;
    eprintln!("{records}");
    let target = ApiTarget {
        client: Client::connect(args.to, &args.sign_in).await?,
        noun: noun.clone(),
        update: args.update,
    };
    let begun = Instant::now();
    let jobs = usize::from(args.jobs);
    let records = judge(records, noun, jobs);
    let (tally, stopped) = import(records, jobs, &progress, |item| target.take(item)).await;
    progress.finish_and_clear();

    eprintln!("{} records in {:.1?}", tally.total(), begun.elapsed());
    println!("{tally}");
    if let Some(reason) = stopped {
        return Err(reason.context("stopped; the same command goes on from here"));
    }
    Ok(ExitCode::from(u8::from(tally.has_failed())))
}

/// Reads and checks records on a separate thread, up to `ahead` records before they are sent.
fn judge(records: Records, noun: Noun, ahead: usize) -> mpsc::Receiver<io::Result<Judged>> {
    let (sender, receiver) = mpsc::channel(ahead);
    std::thread::spawn(move || {
        let mut checker = Checker::new(&noun);
        let read = records.each(|position, text| {
            let judged = (position, checker.check(position, text));
            // The receiver is dropped when the import stops.
            match sender.blocking_send(Ok(judged)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
        if let Err(error) = read {
            // Without a receiver, nobody asks for it.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Sends every record with `take`. Returns the tally, and the reason if the import stopped early.
async fn import<F: Future<Output = Result<Outcome, Failure>>>(
    records: mpsc::Receiver<io::Result<Judged>>,
    jobs: usize,
    progress: &ProgressBar,
    take: impl Fn(Item) -> F,
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
        .map(|judged| send(judged, &take))
        .buffer_unordered(jobs);
    let mut outcomes = std::pin::pin!(outcomes);
    loop {
        let remark = tokio::select! {
            outcome = outcomes.next() => match outcome {
                None => return (tally, stopped),
                Some((position, outcome)) => tally.count(outcome).map(|remark| position.zip(remark)),
            },
            _ = tokio::signal::ctrl_c(), if stopped.is_none() => Err(anyhow!("interrupted")),
        };
        progress.set_message(tally.to_string());
        match remark {
            Ok(None) => {}
            Ok(Some((position, remark))) => progress.suspend(|| eprintln!("{position}: {remark}")),
            Err(reason) => {
                drop(going.take());
                stopped.get_or_insert(reason);
            }
        }
    }
}

/// Sends a record, unless it is refused already.
async fn send<F: Future<Output = Result<Outcome, Failure>>>(
    judged: io::Result<Judged>,
    take: &impl Fn(Item) -> F,
) -> (Option<Position>, Result<Outcome, Failure>) {
    match judged.context("the file cannot be read") {
        Err(error) => (None, Err(Failure::Stop(error))),
        Ok((position, Err(reason))) => (Some(position), Err(Failure::Refused(reason))),
        Ok((position, Ok(item))) => (Some(position), take(item).await),
    }
}

#[cfg(test)]
mod tests;
