//! The body of a request: any bytes instead of JSON, read into the requests of each noun.

use kit::{
    http::{
        Fault,
        json::{ReadMembers, read_json},
    },
    operations::{AddRequest, Shown, UpdateRequest},
    resource::{Access, Changes as _, Entity, Item, Key, Resource},
};
use movies::Movie;
use pictures::PictureRequest;
use serde::Serialize;
use serde_json::{Map, Value, json};
use service::{
    Operation,
    nouns::{self, NounVisitor},
};
use tests::contract::Contract;
use time::OffsetDateTime;

use crate::world::user;

/// What is read, stored and shown is the same; every fault is one that the contract lists; and the contract accepts
/// the same bodies as the code.
pub(crate) fn run(data: &[u8]) {
    nouns::visit(&mut Bodies(data));
    read::<UpdateRequest<Movie>>(data);
    read::<PictureRequest>(data);
    if let Some(Value::Object(body)) = plain(data) {
        agree::<AddRequest<Movie>>("AddMovieRequest", &body, &[]);
        agree::<UpdateRequest<Movie>>("UpdateMovieRequest", &body, &[]);
        let of_path = [("owner", "somebody"), ("entryId", "some-entry")];
        agree::<AddRequest<watchlist::Entry>>("PutWatchlistEntryRequest", &body, &of_path);
        agree::<PictureRequest>("PutPictureRequest", &body, &[]);
    }
}

/// Reads a body as the request that adds a resource of each noun.
struct Bodies<'a>(&'a [u8]);

impl NounVisitor for Bodies<'_> {
    fn noun<R: Resource>(&mut self, _: &[Operation]) {
        let Some(request) = read::<AddRequest<R>>(self.0) else {
            return;
        };
        let fields = request.changes.clone().into_fields();
        assert_eq!(
            fields.as_ref(),
            Ok(&request.fields),
            "the changes make the fields"
        );
        let moment = OffsetDateTime::UNIX_EPOCH;
        let entity = Entity::new(request.key.clone(), request.fields.clone(), user(), moment);
        is_stored(&entity);
        // What is shown can be sent back.
        let mut shown = object(&Shown(&entity));
        for of_service in ["etag", "version", "createdAt", "updatedAt", R::OWNER] {
            shown.remove(of_service);
        }
        let partition = serde_json::to_value(entity.key.partition()).unwrap();
        shown.insert(R::Key::PARTITION.to_owned(), partition);
        let again = read_json::<AddRequest<R>>(&serde_json::to_vec(&shown).unwrap());
        let again = again.unwrap_or_else(|faults| panic!("{shown:?} is refused: {faults:?}"));
        assert_eq!((&again.key, &again.fields), (&request.key, &request.fields));
        // The fingerprint of a retry is that of the first try.
        let fingerprint = |request: &AddRequest<R>| serde_json::to_value(request).unwrap();
        assert_eq!(
            fingerprint(&read_json(self.0).unwrap()),
            fingerprint(&request)
        );
    }
}

/// A resource is the same when it was stored.
pub(crate) fn is_stored<R: Resource>(entity: &Entity<R>) {
    let mut expected = entity.clone();
    if R::ACCESS == Access::Private {
        // The owner is the partition.
        expected.owner = Some(kit::user::UserId::new(entity.key.texts().0));
    }
    let name = || "a key".to_owned();
    let json = serde_json::to_string(&Item(entity)).unwrap();
    let read = Entity::<R>::read(&mut serde_json::Deserializer::from_str(&json), name);
    assert_eq!(read.unwrap(), expected, "as JSON");
    let item: serde_dynamo::Item = serde_dynamo::to_item(Item(entity)).unwrap();
    let item = serde_dynamo::AttributeValue::M(item.into_inner());
    let read = Entity::<R>::read(serde_dynamo::Deserializer::from_attribute_value(item), name);
    assert_eq!(read.unwrap(), expected, "as an item of DynamoDB");
}

/// Reads a request; each fault is one of the contract.
fn read<T: ReadMembers>(body: &[u8]) -> Option<T> {
    let faults = match read_json::<T>(body) {
        Ok(request) => return Some(request),
        Err(faults) => faults,
    };
    assert!(!faults.is_empty(), "refused without a reason");
    let contract = Contract::get();
    let schema = json!({ "$ref": "#/components/schemas/FieldError" });
    for fault in &faults {
        let wrong = contract.violations(&schema, &serde_json::to_value(fault).unwrap());
        assert!(wrong.is_empty(), "{fault:?}: {wrong:?}");
        let codes = "/components/schemas/FieldError/properties/code";
        assert!(contract.lists(codes, fault.code), "{fault:?}");
    }
    None
}

fn object(value: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(object)) = serde_json::to_value(value) else {
        panic!("it is an object");
    };
    object
}

/// The body as JSON, if it has only the forms that the contract describes. The code takes more: nulls, numbers such as 2016.0,
/// years as strings, and the `info` object of public data.
fn plain(data: &[u8]) -> Option<Value> {
    let body: Value = serde_json::from_slice(data).ok()?;
    let members = body.as_object()?;
    let text_year = members.get("year").is_some_and(Value::is_string);
    let is_plain = |value: &Value| {
        let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
        !(value.is_null() || value.is_f64() && whole)
    };
    let is_public = members.get("info").is_some_and(Value::is_object);
    (!text_year && !is_public && members.values().all(is_plain)).then_some(body)
}

/// The code takes a body if and only if the schema does. `more` are the members that a path tells.
fn agree<T: ReadMembers>(schema: &str, body: &Map<String, Value>, more: &[(&str, &str)]) {
    let documented = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let violations = Contract::get().violations(&documented, &body.clone().into());
    let mut whole = body.clone();
    for (name, value) in more {
        if whole.insert((*name).to_owned(), (*value).into()).is_some() {
            return;
        }
    }
    let faults = read_json::<T>(&serde_json::to_vec(&whole).unwrap()).err();
    let mut faults: Vec<Fault> = faults.unwrap_or_default();
    if violations.is_empty() {
        // No schema says what a host is, or an escape.
        faults.retain(|fault| fault.field != "imageUrl");
    }
    assert_eq!(
        violations.is_empty(),
        faults.is_empty(),
        "{schema}, {body:?}: the schema says {violations:?}, the code {faults:?}"
    );
}
