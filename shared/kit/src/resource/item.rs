//! The stored form of a resource, the same in every store: a DynamoDB item, or JSON.
//!
//! Old and new versions of the service run side by side, so a released attribute is never renamed or given another meaning; a
//! new one is optional, and one that is not known is left alone (`docs/adr/0015-formats-outlive-versions.md`).

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};
use time::OffsetDateTime;

use super::{
    Access, Changes as _, Entity, Field, FieldVisitor, Key, KeyPart as _, Resource, Revision,
    Scalar,
};
use crate::{
    store::{Result, StoreError},
    user::UserId,
    value::{deserialize_text, read_moment, write_moment},
};

const VERSION: &str = "version";
const CREATED_AT: &str = "createdAt";
const UPDATED_AT: &str = "updatedAt";

/// The stored form of an entity, to serialise.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a, R: Resource>(pub &'a Entity<R>);

impl<R: Resource> Serialize for Item<'_, R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(entity) = self;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry(R::Key::PARTITION, entity.key.partition())?;
        map.serialize_entry(R::Key::SORT, entity.key.sort())?;
        let mut fields = Fields {
            map: &mut map,
            shown: false,
        };
        entity.fields.visit(&mut fields)?;
        map.serialize_entry(VERSION, &entity.revision.version)?;
        map.serialize_entry(CREATED_AT, &write_moment(entity.revision.created_at))?;
        map.serialize_entry(UPDATED_AT, &write_moment(entity.updated_at))?;
        // The owner of a private resource is the partition.
        if let (Access::Shared, Some(owner)) = (R::ACCESS, &entity.owner) {
            map.serialize_entry(R::OWNER, owner)?;
        }
        map.end()
    }
}

/// Serialises the fields of an entity as entries of a map.
pub(crate) struct Fields<'a, M> {
    pub(crate) map: &'a mut M,
    /// True for the fields of an answer, false for those of an item.
    pub(crate) shown: bool,
}

impl<M: SerializeMap> FieldVisitor for Fields<'_, M> {
    type Error = M::Error;

    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), M::Error> {
        let value = if self.shown {
            field.shown()
        } else {
            field.stored()
        };
        match value {
            Some(value) => self.map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

impl<R: Resource> Entity<R> {
    /// Deserialises a stored item; `key` names it if it is corrupt.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the path of the attribute at fault.
    pub fn read<'de, D: Deserializer<'de>>(from: D, key: impl FnOnce() -> String) -> Result<Self> {
        serde_path_to_error::deserialize(from).map_err(|error| StoreError::Corrupt {
            key: key(),
            attribute: error.path().to_string(),
            reason: error.inner().to_string(),
        })
    }

    /// True if an attribute of this name belongs to the stored form.
    #[must_use]
    pub fn has_attribute(name: &str) -> bool {
        !matches!(Attribute::named::<R>(name), Attribute::Unknown)
    }
}

/// An attribute of the stored form.
#[derive(Debug, Clone, Copy)]
enum Attribute {
    Partition,
    Sort,
    /// With its index in [`Resource::FIELDS`].
    Field(usize),
    Version,
    CreatedAt,
    UpdatedAt,
    Owner,
    Unknown,
}

impl Attribute {
    fn named<R: Resource>(name: &str) -> Self {
        if name == R::Key::PARTITION {
            return Self::Partition;
        }
        if name == R::Key::SORT {
            return Self::Sort;
        }
        if let Some(index) = R::FIELDS.iter().position(|field| *field == name) {
            return Self::Field(index);
        }
        match name {
            VERSION => Self::Version,
            CREATED_AT => Self::CreatedAt,
            UPDATED_AT => Self::UpdatedAt,
            _ if name == R::OWNER => Self::Owner,
            _ => Self::Unknown,
        }
    }
}

/// Deserialises the name of an attribute without a copy of it.
struct Name<R>(PhantomData<R>);

impl<'de, R: Resource> DeserializeSeed<'de> for Name<R> {
    type Value = Attribute;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Attribute, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl<R: Resource> Visitor<'_> for Name<R> {
    type Value = Attribute;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("the name of an attribute")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Attribute, E> {
        Ok(Attribute::named::<R>(name))
    }
}

/// Deserialises a moment.
struct Moment(OffsetDateTime);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        deserialize_text(from, read_moment).map(Self)
    }
}

impl<'de, R: Resource> Deserialize<'de> for Entity<R> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(EntityVisitor(PhantomData))
    }
}

/// Reads an entity from the attributes of its stored form.
pub(crate) struct EntityVisitor<R>(pub(crate) PhantomData<R>);

impl<'de, R: Resource> Visitor<'de> for EntityVisitor<R> {
    type Value = Entity<R>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a stored ")?;
        to.write_str(R::ONE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entity<R>, A::Error> {
        let mut partition = None;
        let mut sort = None;
        let mut changes = R::Changes::default();
        let (mut version, mut created_at, mut updated_at) = (None, None, None);
        let mut owner = None;
        while let Some(attribute) = map.next_key_seed(Name::<R>(PhantomData))? {
            match attribute {
                Attribute::Partition => partition = Some(map.next_value()?),
                Attribute::Sort => sort = Some(map.next_value()?),
                Attribute::Field(index) => changes.deserialize(index, &mut map)?,
                Attribute::Version => version = Some(map.next_value()?),
                Attribute::CreatedAt => created_at = Some(map.next_value()?),
                Attribute::UpdatedAt => updated_at = Some(map.next_value()?),
                Attribute::Owner => owner = Some(map.next_value()?),
                Attribute::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        let partition: <R::Key as Key>::Partition =
            partition.ok_or_else(|| missing(R::Key::PARTITION))?;
        if let (Access::Private, Scalar::Text(user)) = (R::ACCESS, partition.scalar()) {
            owner = Some(UserId::new(user));
        }
        let Moment(created_at) = created_at.ok_or_else(|| missing(CREATED_AT))?;
        let Moment(updated_at) = updated_at.ok_or_else(|| missing(UPDATED_AT))?;
        Ok(Entity {
            key: R::Key::new(partition, sort.ok_or_else(|| missing(R::Key::SORT))?),
            fields: changes.into_fields().map_err(missing)?,
            revision: Revision {
                version: version.ok_or_else(|| missing(VERSION))?,
                created_at,
            },
            updated_at,
            owner,
        })
    }
}
