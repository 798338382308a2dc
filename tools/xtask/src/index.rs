//! `cargo xtask index`: writes the index that searches read, for resources that were stored without it.

use std::process::ExitCode;

use anyhow::Context as _;
use aws_sdk_dynamodb::Config;
use backon::Retryable as _;
use clap::Args;
use futures_util::future::BoxFuture;
use kit::{
    page::{Filter, MAX_LIMIT, PageRequest},
    resource::Resource,
    store::{
        Store as _, StoreError,
        dynamo::{DynamoStore, DynamoTable, SharedTables},
    },
};
use records::Noun;
use service::{
    Operation,
    nouns::{self, NOUNS, NounVisitor},
};

use crate::{aws, client::pauses, progress::progress};

/// Arguments of `index`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  AWS_PROFILE=dev cargo xtask index --table TABLE --search-table ENTRIES

The function `changes` writes the entries of whatever is written. This is for what was stored before there was an index, and
after a change of the lists that a noun declares. It may run while the service does, and again after a failure: all entries are
written anew. The last line is the result: `4609 resources`.")]
pub(crate) struct IndexArgs {
    /// The table of the resources; region, endpoint and credentials are those of the AWS CLI
    #[arg(long, value_name = "NAME")]
    table: String,
    /// The table of the index
    #[arg(long, value_name = "NAME")]
    search_table: String,
    /// The resource that the table has, by the word for several
    #[arg(long, value_name = "NAME", default_value = NOUNS[0].many)]
    resource: Noun,
}

pub(crate) async fn run(args: IndexArgs) -> anyhow::Result<ExitCode> {
    let tables = SharedTables {
        search: args.search_table.clone(),
        idempotency: String::new(),
        changes: String::new(),
    };
    let mut index = Index {
        dynamo: DynamoStore::new(&config().await?, tables),
        work: None,
        args,
    };
    nouns::visit(&mut index);
    let count = index.work.context("no such noun")?.await?;
    println!("{count} resources");
    Ok(ExitCode::SUCCESS)
}

/// Begins the work with the type of the noun.
struct Index {
    dynamo: DynamoStore,
    args: IndexArgs,
    work: Option<BoxFuture<'static, anyhow::Result<u64>>>,
}

impl NounVisitor for Index {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        if R::MANY == self.args.resource.many {
            let table = self.dynamo.table::<R>(&self.args.table);
            self.work = Some(Box::pin(write(table)));
        }
    }
}

/// Writes the entries of all resources of a table, and returns their number.
async fn write<R: Resource>(table: DynamoTable<R>) -> anyhow::Result<u64> {
    let progress = progress("{spinner} {human_pos} resources, {per_sec}");
    let mut page = PageRequest {
        filter: Filter::All,
        limit: MAX_LIMIT,
        after: None,
    };
    loop {
        let found = table.list(&page).await;
        let found = found.context("the table cannot be read")?;
        let keys: Vec<_> = found.items.into_iter().map(|entity| entity.key).collect();
        (|| table.index(&keys))
            .retry(pauses())
            .sleep(tokio::time::sleep)
            .when(|error| matches!(error, StoreError::Throttled(_)))
            .await
            .context("the table of the index cannot be written")?;
        progress.inc(keys.len() as u64);
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    progress.finish_and_clear();
    Ok(progress.position())
}

/// The configuration of a client, with the region, endpoint and credentials of the AWS CLI.
async fn config() -> anyhow::Result<Config> {
    let sdk = aws::sdk().await;
    sdk.region()
        .context("no region: set AWS_REGION or AWS_PROFILE")?;
    Ok(Config::new(&sdk))
}
