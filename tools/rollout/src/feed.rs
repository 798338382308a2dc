//! `feed`: the logs of changes, and the relay that appends to them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use kit::{
    stage::Stage,
    store::dynamo::{ChangeLog, DynamoStore, SharedTables},
};
use service::nouns::{NOUNS, NounFacts};
use time::OffsetDateTime;

use crate::{
    ask::Consent,
    cloud::{
        Cloud,
        feed::LOOKED_BACK,
        now,
        stack::{Resources, Stack},
    },
    follow::End,
    target::Target,
};

/// The number of heads that one call deletes.
const AT_ONCE: usize = 25;

/// The characters of an epoch that are shown: enough to tell two apart.
const SHORT: usize = 8;

/// The text for an unknown value.
const UNKNOWN: &str = "-";

/// Arguments of `feed`.
#[derive(Debug, Args)]
pub(crate) struct FeedArgs {
    #[command(subcommand)]
    command: FeedCommand,
}

#[derive(Debug, Subcommand)]
enum FeedCommand {
    /// Tell how far the logs of changes are, and whether the streams reach them
    Status(FeedStatusArgs),
    /// Begin the logs of a resource anew, so that every app takes all of it again
    Reset(FeedResetArgs),
}

/// Arguments of `feed status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask feed status                              both stages
  cargo xtask feed status --stage Production
  cargo xtask feed status --changes-table TABLE        a table of logs by its name, without the stack

Changes nothing. It reads the whole table of the logs, which costs by its size, because only their heads are wanted and nothing
leads to them. A log that belongs to a user is counted and not named.")]
struct FeedStatusArgs {
    /// The stage to tell of [default: both]
    #[arg(long, value_parser = stage)]
    stage: Option<Stage>,
    /// The table of the logs, in place of the stack's
    #[arg(long, value_name = "NAME", conflicts_with = "stage")]
    changes_table: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `feed reset`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask feed reset --stage Production watchlist --dry-run   how many logs there are
  cargo xtask feed reset --stage Production watchlist
  cargo xtask feed reset --stage Production watchlist pictures --yes

When it is needed: after the relay was behind for 24 hours, because the streams have lost changes then; after a table of resources,
or the table of the logs, was restored (docs/operations.md). Each log gets a new epoch, and every cursor is answered 410: an app
keeps what its user did offline, and takes everything again. It may run while the service does, and again after a failure.

Exit status: 0 done, 1 error, 2 refused (nothing was changed).")]
struct FeedResetArgs {
    /// The resources, by the word for several
    #[arg(required = true, value_name = "RESOURCE", value_parser = PossibleValuesParser::new(NOUNS.iter().map(|noun| noun.many)))]
    resources: Vec<String>,
    /// The stage
    #[arg(
        long,
        value_parser = stage,
        required_unless_present = "changes_table"
    )]
    stage: Option<Stage>,
    /// The table of the logs, in place of the stack's
    #[arg(long, value_name = "NAME", conflicts_with = "stage")]
    changes_table: Option<String>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    consent: Consent,
}

fn stage(text: &str) -> Result<Stage, String> {
    Stage::named(text).ok_or_else(|| "write Development or Production".to_owned())
}

pub(crate) async fn run(args: FeedArgs) -> Result<End> {
    match args.command {
        FeedCommand::Status(args) => status(args).await,
        FeedCommand::Reset(args) => reset(args).await,
    }
}

async fn status(args: FeedStatusArgs) -> Result<End> {
    let cloud = Cloud::connect(&args.target).await?;
    if let Some(table) = &args.changes_table {
        let logs = read(&store(&cloud, table)).await?;
        print_table(&logs, None);
        return Ok(End::Done);
    }
    let stack = cloud.stack(&args.target.stack).await?;
    let resources = cloud.resources(&stack.name).await?;
    let stages = args.stage.map_or(Stage::ALL.to_vec(), |stage| vec![stage]);
    for stage in stages {
        println!("{} of stack {}", stage.name(), stack.name);
        let logs = read(&store(&cloud, table_of(&stack, stage)?)).await?;
        let streams = streams(&cloud, &resources, stage).await;
        print_table(&logs, Some(&streams));
        let function = stack.output(&format!("{}ChangesFunctionName", stage.name()))?;
        println!("{}\n", tell_age(cloud.batch_age(function).await));
    }
    Ok(End::Done)
}

async fn reset(args: FeedResetArgs) -> Result<End> {
    let cloud = Cloud::connect(&args.target).await?;
    let (table, of) = match (&args.changes_table, args.stage) {
        (Some(table), _) => (table.clone(), format!("table {table}")),
        (None, stage) => {
            let stack = cloud.stack(&args.target.stack).await?;
            let stage = stage.context("no stage is named")?;
            let of = format!("{} of stack {}", stage.name(), stack.name);
            (table_of(&stack, stage)?.to_owned(), of)
        }
    };
    let store = store(&cloud, &table);
    let mut logs = read(&store).await?;
    logs.retain(|log| args.resources.contains(&log.noun));
    println!(
        "Begin the logs of {} of {of} anew\n  every app takes all of them again; what its users did offline stays in its queue",
        args.resources.join(", "),
    );
    if logs.is_empty() {
        println!("There are no logs.");
        return Ok(End::Done);
    }
    let call = format!(
        "dynamodb BatchWriteItem TableName={table} (the heads of the logs, number: {})",
        HumanCount(logs.len() as u64)
    );
    if !args.consent.to(&[call])? {
        return Ok(End::Done);
    }
    let progress = progress("{bar} {human_pos} of {human_len} logs", logs.len() as u64);
    for some in logs.chunks(AT_ONCE) {
        let begun = store.begin_anew(some).await;
        begun.context("not all logs are begun anew: run it again")?;
        progress.inc(some.len() as u64);
    }
    progress.finish_and_clear();
    println!("Logs that begin anew: {}", HumanCount(logs.len() as u64));
    Ok(End::Done)
}

/// The name of a stage's table of logs.
fn table_of(stack: &Stack, stage: Stage) -> Result<&str> {
    Ok(stack.output(&format!("{}ChangesTableName", stage.name()))?)
}

fn store(cloud: &Cloud, table: &str) -> DynamoStore {
    let tables = SharedTables {
        idempotency: String::new(),
        search: String::new(),
        changes: table.to_owned(),
    };
    DynamoStore::new(&cloud.dynamo, tables)
}

/// Reads all logs.
async fn read(store: &DynamoStore) -> Result<Vec<ChangeLog>> {
    let progress = progress("{spinner} {human_pos} items read", 0);
    let (mut logs, mut after) = (Vec::new(), None);
    loop {
        let part = store.logs(after).await;
        let part = part.context("the table of the logs cannot be read")?;
        progress.inc(part.read);
        logs.extend(part.logs);
        after = part.next;
        if after.is_none() {
            progress.finish_and_clear();
            return Ok(logs);
        }
    }
}

/// The state of each noun's stream and the outcome of its last batch, in words.
async fn streams(cloud: &Cloud, resources: &Resources, stage: Stage) -> Vec<[String; 2]> {
    let mut streams = Vec::new();
    for noun in NOUNS {
        let name = stream_of(noun, stage);
        streams.push(match resources.get(&name) {
            None => [format!("the stack has no {name}"), String::new()],
            Some(mapping) => match cloud.mapping(&mapping.id).await {
                Ok(mapping) => [mapping.state, mapping.last_result],
                Err(error) => [format!("not known ({error:#})"), String::new()],
            },
        });
    }
    streams
}

/// The logical name of the mapping of a noun's stream.
fn stream_of(noun: &NounFacts, stage: Stage) -> String {
    let table = noun.table_resource();
    let name = table.strip_suffix("Table").unwrap_or(&table);
    format!("{}{name}Stream", stage.name())
}

fn print_table(logs: &[ChangeLog], streams: Option<&[[String; 2]]>) {
    let row = |[log, logs, epoch, last, newest]: [&str; 5], stream: [&str; 2]| {
        let row = format!(
            "{log:<12} {logs:>8}  {epoch:<10} {last:>10}  {newest:<16}  {:<10}  {}",
            stream[0], stream[1]
        );
        println!("{}", row.trim_end());
    };
    let head = match streams {
        Some(_) => ["stream", "last batch"],
        None => ["", ""],
    };
    row(["log", "logs", "epoch", "last row", "newest row"], head);
    for (place, noun) in NOUNS.iter().enumerate() {
        let of_noun = logs.iter().filter(|log| log.noun == noun.many);
        let of_noun: Vec<_> = of_noun.collect();
        let [epoch, last] = describe(&of_noun);
        let newest = of_noun.iter().filter_map(|log| log.changed_at).max();
        let newest = newest.map_or_else(|| UNKNOWN.to_owned(), ago);
        let count = HumanCount(of_noun.len() as u64).to_string();
        let stream = streams.and_then(|streams| streams.get(place));
        let stream = stream.map_or(["", ""], |[state, result]| [state, result]);
        row([noun.many, &count, &epoch, &last, &newest], stream);
    }
}

/// The epoch and the last row: of several logs no epoch, and the highest row.
fn describe(logs: &[&ChangeLog]) -> [String; 2] {
    if logs.iter().any(|log| log.head.is_none()) {
        return ["unreadable".to_owned(), UNKNOWN.to_owned()];
    }
    let heads = logs.iter().filter_map(|log| log.head.as_ref());
    let last = heads.clone().map(|head| head.last).max();
    let last = last.map_or_else(|| UNKNOWN.to_owned(), |last| HumanCount(last).to_string());
    let epoch = match logs {
        [log] if log.is_shared => heads.map(|head| head.epoch.chars().take(SHORT)).next(),
        _ => None,
    };
    [
        epoch.map_or_else(|| UNKNOWN.to_owned(), Iterator::collect),
        last,
    ]
}

fn ago(time: OffsetDateTime) -> String {
    let seconds = now().secs() - time.unix_timestamp();
    let seconds = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    format!("{} ago", HumanDuration(seconds))
}

fn tell_age(age: Result<Option<f64>>) -> String {
    let minutes = LOOKED_BACK / 60;
    match age {
        Ok(Some(age)) => format!(
            "batches of the last {minutes} minutes were {:.1} s old at most",
            age / 1_000.0
        ),
        Ok(None) => format!("no batches in the last {minutes} minutes"),
        Err(error) => format!("age of the batches: not known ({error:#})"),
    }
}

/// A bar with this layout, of this length if it is known.
fn progress(template: &str, length: u64) -> ProgressBar {
    let bar = match length {
        0 => ProgressBar::no_length(),
        length => ProgressBar::new(length),
    };
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
