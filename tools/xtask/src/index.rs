//! `cargo xtask index`: writes the index that searches read, for movies that were stored without it.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use backon::{ExponentialBuilder, Retryable as _};
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use kit::{
    page::{Filter, MAX_LIMIT, PageRequest},
    store::{Store as _, StoreError, dynamo::DynamoStore},
};

use crate::{client::Patience, dynamo};

/// Arguments of `index`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  AWS_PROFILE=dev cargo xtask index --table movies-Development --search-table search-Development

Movies need this that were written before there was an index, or by a version of the service that knows none. It
may run while the service does, and again after a failure: an entry that is there is written again, for as many
write units as it has kilobytes, times two. The last line is the result: `4609 movies`.")]
pub(crate) struct IndexArgs {
    /// The table of the movies; region, endpoint and credentials are those of the AWS CLI
    #[arg(long, value_name = "NAME")]
    table: String,
    /// The table of the index
    #[arg(long, value_name = "NAME")]
    search_table: String,
    /// How many movies to write at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
}

pub(crate) async fn run(args: IndexArgs) -> anyhow::Result<ExitCode> {
    let store = DynamoStore::new(&dynamo::config().await?, "", &args.search_table);
    let table = Arc::new(store.table::<movies::Movie>(&args.table));
    let progress = progress();
    let patience = Patience::default();
    let pauses = ExponentialBuilder::default()
        .with_min_delay(patience.first_pause)
        .with_max_delay(patience.longest_pause)
        .with_max_times(patience.retries)
        .with_jitter();
    let mut page = PageRequest {
        filter: Filter::All,
        limit: MAX_LIMIT,
        after: None,
    };
    loop {
        let found = table.list(&page).await;
        let found = found.with_context(|| format!("table {} cannot be read", args.table))?;
        stream::iter(&found.items)
            .map(Ok::<_, StoreError>)
            .try_for_each_concurrent(usize::from(args.jobs), |movie| {
                let (table, progress) = (&table, &progress);
                async move {
                    (|| table.index(movie))
                        .retry(pauses)
                        .sleep(tokio::time::sleep)
                        .when(|error| matches!(error, StoreError::Throttled(_)))
                        .await?;
                    progress.inc(1);
                    Ok(())
                }
            })
            .await
            .with_context(|| format!("table {} cannot be written", args.search_table))?;
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    progress.finish_and_clear();
    println!("{} movies", progress.position());
    Ok(ExitCode::SUCCESS)
}

fn progress() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template("{spinner} {human_pos} movies, {per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
