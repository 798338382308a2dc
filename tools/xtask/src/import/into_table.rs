//! The import directly into a DynamoDB table, through the service's own store.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use backon::Retryable as _;
use clap::{Args, builder::NonEmptyStringValueParser};
use kit::{
    clock::{Clock, SystemClock},
    http::json::read_json,
    operations::AddRequest,
    page::{Filter, PageRequest},
    resource::{Changes as _, Entity, Resource},
    store::{By, Guard, Store, StoreError, dynamo::DynamoStore},
    user::UserId,
};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};

use super::target::{Failure, Outcome, Target, differences};
use crate::{
    client::Patience,
    dynamo,
    records::{IMPORTER, Item, Noun, explain, item},
};

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
    /// User id (`sub` claim) of whoever shall own what is imported into the table
    #[arg(
        long,
        value_name = "ID",
        default_value = IMPORTER,
        requires = "table",
        value_parser = NonEmptyStringValueParser::new(),
    )]
    pub(super) added_by: String,
}

impl TableArgs {
    /// The table of `--table`; `None` without the option.
    pub(super) async fn target(
        &self,
        noun: &Noun,
        update: bool,
    ) -> anyhow::Result<Option<Arc<dyn Target>>> {
        let Some(table) = &self.table else {
            return Ok(None);
        };
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let (idempotency, search) = (name(&self.idempotency_table), name(&self.search_table));
        let mut opening = Opening {
            dynamo: DynamoStore::new(&dynamo::config().await?, &idempotency, &search),
            table,
            added_by: UserId::new(&self.added_by),
            update,
            noun,
            target: None,
        };
        nouns::visit(&mut opening);
        let target = opening.target.context("no such noun")?;
        target
            .probe()
            .await
            .with_context(|| format!("table {table} cannot be read"))?;
        Ok(Some(target))
    }
}

/// Opens the table with the type of its noun.
struct Opening<'a> {
    dynamo: DynamoStore,
    table: &'a str,
    added_by: UserId,
    update: bool,
    noun: &'a Noun,
    target: Option<Arc<dyn Target>>,
}

impl NounVisitor for Opening<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        if R::MANY == self.noun.many {
            self.target = Some(Arc::new(StoreTarget::<R> {
                store: Arc::new(self.dynamo.table(self.table)),
                clock: Arc::new(SystemClock),
                added_by: self.added_by.clone(),
                update: self.update,
                patience: Patience::default(),
            }));
        }
    }
}

/// A store as the target of an import.
pub(super) struct StoreTarget<R: Resource> {
    pub(super) store: Arc<dyn Store<R>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) added_by: UserId,
    pub(super) update: bool,
    pub(super) patience: Patience,
}

impl<R: Resource> StoreTarget<R> {
    async fn try_to_take(&self, wanted: &Item, new: &AddRequest<R>) -> Result<Outcome, StoreError> {
        let (owner, now) = (self.added_by.clone(), self.clock.now());
        let entity = Entity::new(new.key.clone(), new.fields.clone(), owner, now);
        match self.store.add(&entity, None).await {
            Ok(_) => return Ok(Outcome::Imported),
            Err(StoreError::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
        let found = self
            .store
            .get(&new.key)
            .await?
            .ok_or(StoreError::NotFound)?;
        let names = differences(R::FIELDS, &item(&found.key, &found.fields), wanted);
        if names.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        if !self.update {
            return Ok(Outcome::Different(names));
        }
        let changes = R::Changes::to(&new.fields);
        let revisions = [found.revision];
        let guard = Guard {
            by: By::Editor(&self.added_by),
            revisions: Some(&revisions),
        };
        self.store
            .update(&new.key, &changes, &guard, self.clock.now(), None)
            .await?;
        Ok(Outcome::Updated)
    }
}

#[async_trait]
impl<R: Resource> Target for StoreTarget<R> {
    async fn probe(&self) -> anyhow::Result<()> {
        let page = PageRequest {
            filter: Filter::All,
            limit: 1,
            after: None,
        };
        self.store.list(&page).await?;
        Ok(())
    }

    async fn take(&self, item: Item) -> Result<Outcome, Failure> {
        let body = serde_json::Value::from(item.clone()).to_string();
        let new =
            read_json(body.as_bytes()).map_err(|faults| Failure::Refused(explain(&faults)))?;
        (|| self.try_to_take(&item, &new))
            .retry(self.patience.pauses())
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
