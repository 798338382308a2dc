//! The import directly into a DynamoDB table, through the service's own store.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use clap::{Args, builder::NonEmptyStringValueParser};
use kit::{
    clock::{Clock, SystemClock},
    resource::{Changes as _, Entity},
    store::{By, Guard, Store, StoreError, dynamo::DynamoStore},
    user::UserId,
};
use movies::{MovieChanges, MovieKey, Title, Year};

use super::{
    compare::differences,
    target::{Failure, Outcome, Target},
};
use crate::{client::Patience, dynamo, records::Movie};

/// The options that name a table.
#[derive(Debug, Args)]
pub(super) struct TableArgs {
    /// Import into this DynamoDB table and not through an API; region, endpoint and credentials
    /// are those of the AWS CLI
    #[arg(long, value_name = "NAME", conflicts_with = "to", requires_all = ["idempotency_table", "search_table"])]
    table: Option<String>,
    /// The table of idempotency records of the same stage
    #[arg(long, value_name = "NAME", requires = "table")]
    idempotency_table: Option<String>,
    /// The table of the index of the same stage
    #[arg(long, value_name = "NAME", requires = "table")]
    search_table: Option<String>,
    /// User id (`sub` claim) of whoever shall own the movies in the table
    #[arg(
        long,
        value_name = "ID",
        default_value = "import",
        requires = "table",
        value_parser = NonEmptyStringValueParser::new(),
    )]
    added_by: String,
}

impl TableArgs {
    /// The table of `--table`; `None` without the option.
    pub(super) async fn target(&self, update: bool) -> anyhow::Result<Option<StoreTarget>> {
        let Some(table) = &self.table else {
            return Ok(None);
        };
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let (idempotency, search) = (name(&self.idempotency_table), name(&self.search_table));
        let store = DynamoStore::new(&dynamo::config().await?, &idempotency, &search);
        let target = StoreTarget {
            store: Arc::new(store.table(table)),
            clock: Arc::new(SystemClock),
            added_by: UserId::new(&self.added_by),
            update,
            patience: Patience::default(),
        };
        target
            .probe()
            .await
            .with_context(|| format!("table {table} cannot be read"))?;
        Ok(Some(target))
    }
}

/// A store as the target of an import.
pub(super) struct StoreTarget {
    pub(super) store: Arc<dyn Store<movies::Movie>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) added_by: UserId,
    pub(super) update: bool,
    pub(super) patience: Patience,
}

impl StoreTarget {
    /// Reads a movie, so that a missing table or permission shows at once, and not after many retries.
    async fn probe(&self) -> anyhow::Result<()> {
        let key = MovieKey {
            year: Year::parse(Year::MIN.into())?,
            title: Title::parse("Roundhay Garden Scene")?,
        };
        self.store.get(&key).await?;
        Ok(())
    }

    async fn try_to_take(&self, movie: &Movie) -> Result<Outcome, StoreError> {
        let key = &movie.key;
        let new = Entity::new(
            key.clone(),
            movie.fields.clone(),
            self.added_by.clone(),
            self.clock.now(),
        );
        match self.store.add(&new, None).await {
            Ok(_) => return Ok(Outcome::Imported),
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
        let found = self.store.get(key).await?.ok_or(StoreError::NotFound)?;
        let differences = differences(&found.fields, &movie.fields);
        if differences.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        if !self.update {
            let names = differences.into_iter().map(|(name, _)| name).collect();
            return Ok(Outcome::Different(names));
        }
        let changes = MovieChanges::to(&movie.fields);
        let revisions = [found.revision];
        let guard = Guard {
            by: By::Editor(&self.added_by),
            revisions: Some(&revisions),
        };
        self.store
            .update(key, &changes, &guard, self.clock.now(), None)
            .await?;
        Ok(Outcome::Updated)
    }
}

#[async_trait]
impl Target for StoreTarget {
    async fn take(&self, movie: Movie) -> Result<Outcome, Failure> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.patience.first_pause)
            .with_max_delay(self.patience.longest_pause)
            .with_max_times(self.patience.retries)
            .with_jitter();
        (|| self.try_to_take(&movie))
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(passes)
            .await
            .map_err(|error| match error {
                StoreError::Corrupt { .. } => Failure::Refused(error.to_string()),
                error => Failure::Stop(error.into()),
            })
    }
}

/// True for temporary errors: the store is overloaded, or others wrote between the read and the write.
fn passes(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Throttled(_)
            | StoreError::Unavailable(_)
            | StoreError::NotFound
            | StoreError::RevisionMismatch
    )
}
