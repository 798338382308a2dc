//! The requests of the operations that have the whole key in the body or the query.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::search::Given;
use crate::{
    http::{
        Fault,
        json::{Members, ReadMembers},
        query::{Parameters, ReadParameters},
    },
    page::{DEFAULT_LIMIT, Filter, MAX_LIMIT, NotACursor, PageRequest, read_cursor},
    resource::{Changes as _, Key, KeyText, NamedPart, Resource},
    search::{Search, SearchRequest},
    user::UserId,
    value::{Invalid, LinePrefix, Value as _, in_range},
};

/// A key of which clients name every part.
pub trait NamedKey: Key<Partition: NamedPart> {
    /// The name of the parameter that lists the sort texts with a prefix.
    const PREFIX: &'static str;
}

fn take_key<K: Key>(members: &mut Members<'_>) -> Option<K> {
    let sort = members.take_required(K::SORT, K::Sort::from_json);
    let partition = members.take_required(K::PARTITION, K::Partition::from_json);
    Some(K::new(partition?, sort?))
}

/// A request as the fingerprints of idempotent requests have it.
#[derive(Serialize)]
#[serde(bound = "K: Key, C: Serialize")]
struct Fingerprinted<'a, K, C> {
    key: FingerprintedKey<'a, K>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a C>,
}

struct FingerprintedKey<'a, K>(&'a K);

impl<K: Key> Serialize for FingerprintedKey<'_, K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut parts = to.serialize_struct("Key", 2)?;
        parts.serialize_field(K::SORT, self.0.sort())?;
        parts.serialize_field(K::PARTITION, self.0.partition())?;
        parts.end()
    }
}

fn fingerprint<S: Serializer>(
    to: S,
    key: &impl Key,
    details: Option<&impl Serialize>,
) -> Result<S::Ok, S::Error> {
    let key = FingerprintedKey(key);
    Fingerprinted { key, details }.serialize(to)
}

/// The body of an addition.
#[derive(Debug)]
pub struct AddRequest<R: Resource> {
    /// The key.
    pub key: R::Key,
    /// The fields.
    pub fields: R,
    /// The same as changes of a resource that has none.
    pub changes: R::Changes,
}

impl<R: Resource> ReadMembers for AddRequest<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key = take_key(members);
        let FieldsRequest { fields, changes } = FieldsRequest::read(members)?;
        Some(Self {
            key: key?,
            fields,
            changes,
        })
    }
}

impl<R: Resource> Serialize for AddRequest<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fingerprint(to, &self.key, Some(&self.changes))
    }
}

/// The fields of a whole resource.
#[derive(Debug)]
pub struct FieldsRequest<R: Resource> {
    /// The fields.
    pub fields: R,
    /// The same as changes of a resource that has none.
    pub changes: R::Changes,
}

impl<R: Resource> ReadMembers for FieldsRequest<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let changes = take_fields::<R>(members);
        match changes.clone().into_fields() {
            Ok(fields) => Some(Self { fields, changes }),
            Err(name) => {
                members.require(name);
                None
            }
        }
    }
}

/// The changes of some fields.
#[derive(Debug)]
pub struct ChangesRequest<R: Resource> {
    /// The changes.
    pub changes: R::Changes,
}

impl<R: Resource> ReadMembers for ChangesRequest<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let expected = "must name at least one member to change".to_owned();
        Some(Self {
            changes: take_changes::<R>(members, expected),
        })
    }
}

/// The body of an update.
#[derive(Debug)]
pub struct UpdateRequest<R: Resource> {
    /// The key.
    pub key: R::Key,
    /// The changes.
    pub changes: R::Changes,
}

impl<R: Resource<Key: NamedKey>> ReadMembers for UpdateRequest<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key: Option<R::Key> = take_key(members);
        let expected = format!(
            "must name at least one member to change besides {} and {}",
            R::Key::SORT,
            R::Key::PARTITION
        );
        let changes = take_changes::<R>(members, expected);
        Some(Self { key: key?, changes })
    }
}

/// Takes the fields, in the API's form or in that of public data.
fn take_fields<R: Resource>(members: &mut Members<'_>) -> R::Changes {
    if let Some(form) = R::PUBLIC_FORM {
        (form.flatten)(members);
    }
    R::Changes::take(members)
}

/// Takes the changes of an update, of which there must be one. The fault of none says what is `expected`.
fn take_changes<R: Resource>(members: &mut Members<'_>, expected: String) -> R::Changes {
    let mut clear = members.take_clear();
    let empty = members.is_empty() && clear.is_empty();
    let mut changes = take_fields::<R>(members);
    changes.clear(&mut clear, members);
    clear.refuse_the_rest(members);
    if empty {
        members.refuse(Fault::new("body", "required", expected));
    }
    changes
}

impl<R: Resource> Serialize for UpdateRequest<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fingerprint(to, &self.key, Some(&self.changes))
    }
}

/// A key, in a body or a query.
#[derive(Debug)]
pub struct KeyRequest<R: Resource> {
    /// The key.
    pub key: R::Key,
}

impl<R: Resource<Key: NamedKey>> ReadMembers for KeyRequest<R> {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let key = take_key(members)?;
        Some(Self { key })
    }
}

impl<R: Resource<Key: NamedKey>> ReadParameters for KeyRequest<R> {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let sort = parameters.take_required(R::Key::SORT, KeyText::parse);
        let partition = parameters.take_required(R::Key::PARTITION, NamedPart::from_query);
        Some(Self {
            key: R::Key::new(partition?, sort?),
        })
    }
}

impl<R: Resource> Serialize for KeyRequest<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fingerprint(to, &self.key, None::<&R::Changes>)
    }
}

/// The query of a listing.
#[derive(Debug)]
pub enum ListRequest<R: Resource> {
    /// A page of all resources, or of a partition.
    Page(PageRequest<R::Key>),
    /// A page of a search.
    Search(SearchRequest),
}

impl<R: Resource<Key: NamedKey>> ReadParameters for ListRequest<R> {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let (partition, prefix) = (R::Key::PARTITION, <R::Key as NamedKey>::PREFIX);
        let given = Given::of::<R>(parameters, [Some(partition), Some(prefix)]);
        let within = parameters.take(partition, NamedPart::from_query);
        let beginning = parameters.take(prefix, LinePrefix::parse);
        let search = given.take_search::<R>(parameters, beginning.as_ref());
        let filter = match (within, beginning) {
            (None, _) => Filter::All,
            (Some(partition), None) => Filter::Partition(partition),
            (Some(partition), Some(prefix)) => Filter::Prefix(partition, prefix),
        };
        Some(Self::take(parameters, search, None, filter))
    }
}

impl<R: Resource<Key: Key<Partition = UserId>>> ListRequest<R> {
    /// Takes the query of a listing of a user's private resources.
    pub(super) fn of_user(user: &UserId, parameters: &mut Parameters) -> Self {
        let given = Given::of::<R>(parameters, [None, None]);
        let search = given.take_search::<R>(parameters, None);
        let filter = Filter::Partition(user.clone());
        Self::take(parameters, search, Some(user.clone()), filter)
    }
}

impl<R: Resource> ListRequest<R> {
    /// Takes the limit and the cursor of a search, or without one of the resources that `filter` lists.
    fn take(
        parameters: &mut Parameters,
        search: Option<Search>,
        owner: Option<UserId>,
        filter: Filter<R::Key>,
    ) -> Self {
        let limit = parameters.take_integer("limit", |limit| in_range(limit, 1, MAX_LIMIT));
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let Some(search) = search else {
            let after = take_cursor(parameters, |cursor| read_cursor::<R>(&filter, cursor));
            return Self::Page(PageRequest {
                filter,
                limit,
                after,
            });
        };
        let request = SearchRequest {
            search,
            owner,
            limit,
            after: None,
        };
        let after = take_cursor(parameters, |cursor| request.read_cursor::<R>(cursor));
        Self::Search(SearchRequest { after, ..request })
    }
}

/// Takes the cursor. It belongs to what is listed, so it is not read if a parameter is at fault.
fn take_cursor<T>(
    parameters: &mut Parameters,
    read: impl FnOnce(&str) -> Result<T, NotACursor>,
) -> Option<T> {
    const MESSAGE: &str = "is not a cursor that this listing gave; start again without it";

    let is_known = parameters.are_good();
    let cursor = parameters.take("cursor", |cursor| {
        let cursor = is_known.then(|| read(cursor)).transpose();
        cursor.map_err(|_| Invalid::Because(MESSAGE))
    });
    cursor.flatten()
}
