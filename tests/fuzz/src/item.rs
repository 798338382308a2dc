//! A stored item: any bytes instead of what DynamoDB answers, and of what the embedded store holds.

use std::sync::{LazyLock, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use kit::{
    resource::{Entity, Resource},
    store::{
        Store as _, StoreError,
        dynamo::{DynamoStore, SharedTables},
    },
};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use tests::block_on;

use crate::{body::is_stored, cursor::key, world::Canned};

/// An item that is read can be written and read again, as JSON and as an item; and what reads the answers of DynamoDB finds
/// in them what the general deserialiser does.
pub(crate) fn run(data: &[u8]) {
    nouns::visit(&mut Items(data));
}

/// Reads an item as a resource of each noun.
struct Items<'a>(&'a [u8]);

impl NounVisitor for Items<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        let Self(data) = self;
        let name = || "a key".to_owned();
        // As the embedded store holds it.
        let json = &mut serde_json::Deserializer::from_slice(data);
        is_kept(Entity::<R>::read(json, name).as_ref().map(Some));
        // As DynamoDB sends it.
        let found = found::<R>(data);
        is_kept(found.as_ref().map(Option::as_ref));
        let Ok(item) = serde_json::from_slice::<serde_dynamo::Item>(data) else {
            return;
        };
        let item = serde_dynamo::AttributeValue::M(item.into_inner());
        let item = serde_dynamo::Deserializer::from_attribute_value(item);
        let read = Entity::<R>::read(item, name);
        match (read, found) {
            (Ok(read), Ok(Some(found))) => assert_eq!(read, found),
            (Err(_), Err(_)) => {}
            (read, found) => panic!("in general {read:?}, but of the table {found:?}"),
        }
    }
}

/// A resource that was read is the same when it is written and read again; one that is corrupt has a reason.
fn is_kept<R: Resource>(read: Result<Option<&Entity<R>>, &StoreError>) {
    match read {
        Ok(Some(entity)) => is_stored(entity),
        Err(StoreError::Corrupt { reason, .. }) => assert!(!reason.is_empty()),
        Ok(None) | Err(_) => {}
    }
}

static ITEM: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A table with the item.
static TABLES: LazyLock<DynamoStore> = LazyLock::new(|| {
    let connector = SharedHttpConnector::new(Canned(|| {
        let item = ITEM.lock().unwrap();
        let answer = [br#"{"Item":"#, item.as_slice(), b"}"].concat();
        (200, answer)
    }));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url("http://tables.invalid")
        .credentials_provider(Credentials::new("nobody", "nothing", None, None, "fuzz"))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let tables = SharedTables {
        idempotency: "idempotency".to_owned(),
        search: "search".to_owned(),
        changes: "changes".to_owned(),
    };
    DynamoStore::new(&config, tables)
});

/// The resource that a look-up finds in the table.
fn found<R: Resource>(data: &[u8]) -> Result<Option<Entity<R>>, StoreError> {
    data.clone_into(&mut ITEM.lock().unwrap());
    let key = key::<R::Key>(b"any").expect("a key");
    block_on(TABLES.table::<R>("table").get(&key))
}
