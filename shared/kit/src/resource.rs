//! A resource: the declaration of a noun, and what is made of it.
//!
//! A noun declares its fields once, with [`resource!`](crate::resource!). The stores, the operations and the wire forms are
//! written here for any [`Resource`].

mod change;
mod field;
mod index;
mod item;
mod key;
mod revision;

use std::fmt::Debug;

use serde::{Serialize, de::MapAccess};
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub(crate) use self::item::{EntityVisitor, Fields};
pub use self::{
    change::Change,
    field::{Field, Required},
    index::{FilterIndex, Index, IndexVisitor, Indexed, sortable},
    item::Item,
    key::{Key, KeyPart, KeyText, NamedPart, Scalar, ScalarType},
    revision::Revision,
};
use crate::{
    http::{
        Problem,
        json::{Clear, Members},
    },
    telemetry::metric::Metric,
    user::UserId,
    value::Form,
};

/// A noun: the struct of its fields beside the key. [`resource!`](crate::resource!) implements it.
pub trait Resource: Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The word for one of them, such as `recipe`.
    const ONE: &'static str;
    /// The word for several, such as `recipes`: the name of their table on the embedded store, and of their part of an export.
    const MANY: &'static str;
    /// The users who may read and write.
    const ACCESS: Access;
    /// True if an owner who deletes the account has to say what becomes of them. Otherwise they are deleted unless the owner
    /// says that they shall stay.
    const FATE_IS_ASKED: bool;
    /// The name of the owner's attribute, and of the member in answers.
    const OWNER: &'static str;
    /// The names of the fields in requests, answers and stored items, in the order of the declaration.
    const FIELDS: &'static [&'static str];
    /// The forms of the fields in JSON, in the same order.
    const FORMS: &'static [Form];
    /// The form of its records in public data, if there is one.
    const PUBLIC_FORM: Option<PublicForm> = None;
    /// Samples for a store to begin with: a JSON array of bodies that add one each.
    const SAMPLES: &'static str = "[]";
    /// The problem of an addition under a key that is taken.
    const EXISTS: Problem;
    /// The problem of a key under which there is nothing.
    const NOT_FOUND: Problem;
    /// The lists that they stand in, for searches.
    const INDEX: Index = Index::NONE;
    /// True if each has a file, which is deleted with it: see [`files`](crate::files).
    const HAS_FILE: bool = false;

    /// The metric of additions.
    const ADDED: Metric;
    /// The metric of changes.
    const UPDATED: Metric;
    /// The metric of deletions one by one, not of those with the owner's account.
    const DELETED: Metric;

    /// The type of its key.
    type Key: Key;
    /// The type of a partial update.
    type Changes: Changes<Self>;

    /// Visits each field.
    ///
    /// # Errors
    /// The first error of the visitor.
    fn visit<V: FieldVisitor>(&self, visitor: &mut V) -> Result<(), V::Error>;

    /// Visits each value that stands in a list of [`Resource::INDEX`].
    fn visit_index<V: IndexVisitor>(&self, _: &Self::Key, _: &mut V) {}
}

/// The form of a noun's records in a public data set, where an object has most of the fields. Requests and imports take it
/// besides that of the API; exports have it.
#[derive(Debug, Clone, Copy)]
pub struct PublicForm {
    /// The name of the object.
    pub object: &'static str,
    /// The members of the object, each with the name of its field, in the order of the data.
    pub members: &'static [(&'static str, &'static str)],
    /// Puts the members of the object beside the others, before the fields of a request are taken.
    pub flatten: fn(&mut Members<'_>),
    /// Writes a record from the members that have a value, as JSON.
    pub write: fn(&Map<String, Value>) -> serde_json::Result<String>,
}

/// The users who may read and write a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everyone who is signed in reads; the owner and editors write.
    Shared,
    /// The owner alone reads and writes. The owner is the partition of the key.
    Private,
}

/// Visits the fields of a resource.
pub trait FieldVisitor {
    /// The error that ends the visit.
    type Error;

    /// Visits a field.
    ///
    /// # Errors
    /// As the visitor says.
    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), Self::Error>;
}

/// A partial update of a resource `R`: a [`Change`] for each field.
///
/// Its serialised form goes into the fingerprints of idempotent requests: a field that is kept is left out. So a field that is
/// added later leaves the fingerprints of requests without it as they are.
pub trait Changes<R>:
    Clone + Debug + Default + PartialEq + Serialize + Send + Sync + 'static
{
    /// Takes the changes from the members of a request. A null removes.
    fn take(members: &mut Members<'_>) -> Self;

    /// Removes the fields that `clear` names.
    fn clear(&mut self, clear: &mut Clear, members: &mut Members<'_>);

    /// Deserialises the value of the field with this index in [`Resource::FIELDS`].
    ///
    /// # Errors
    /// Those of the deserialiser.
    fn deserialize<'de, A: MapAccess<'de>>(
        &mut self,
        index: usize,
        map: &mut A,
    ) -> Result<(), A::Error>;

    /// The fields of a new resource.
    ///
    /// # Errors
    /// The name of a required field that is not set.
    fn into_fields(self) -> Result<R, &'static str>;

    /// The update after which a resource has these fields and no others.
    #[must_use]
    fn to(fields: &R) -> Self;

    /// Makes the changes.
    fn apply(&self, fields: &mut R);

    /// Visits the change of each field.
    ///
    /// # Errors
    /// The first error of the visitor.
    fn visit<V: ChangeVisitor>(&self, visitor: &mut V) -> Result<(), V::Error>;
}

/// Visits the changes of an update.
pub trait ChangeVisitor {
    /// The error that ends the visit.
    type Error;

    /// Visits the change of a field.
    ///
    /// # Errors
    /// As the visitor says.
    fn change<T: Serialize>(
        &mut self,
        name: &'static str,
        change: &Change<T>,
    ) -> Result<(), Self::Error>;
}

/// A resource as it is stored: its key and fields, and what the store adds to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity<R: Resource> {
    /// The key that identifies it.
    pub key: R::Key,
    /// Its other fields.
    pub fields: R,
    /// The state that it is in.
    pub revision: Revision,
    /// The moment of the last write.
    pub updated_at: OffsetDateTime,
    /// The user who added it; `None` if that user left and disowned it.
    pub owner: Option<UserId>,
}

impl<R: Resource> Entity<R> {
    /// A resource that `owner` adds at the moment `now`.
    #[must_use]
    pub fn new(key: R::Key, fields: R, owner: UserId, now: OffsetDateTime) -> Self {
        Self {
            key,
            fields,
            revision: Revision::first(now),
            updated_at: now,
            owner: Some(owner),
        }
    }

    /// True if this user owns it.
    #[must_use]
    pub fn is_of(&self, user: &UserId) -> bool {
        self.owner.as_ref() == Some(user)
    }

    /// The resource after its owner disowned it at the moment `now`.
    #[must_use]
    pub fn disowned(&self, now: OffsetDateTime) -> Self {
        let mut entity = self.changed(&R::Changes::default(), now);
        entity.owner = None;
        entity
    }

    /// The resource after `changes` were made to it at the moment `now`.
    #[must_use]
    pub fn changed(&self, changes: &R::Changes, now: OffsetDateTime) -> Self {
        let mut entity = self.clone();
        changes.apply(&mut entity.fields);
        entity.revision = self.revision.next();
        entity.updated_at = now;
        entity
    }
}

/// Declares a resource: from one line a field it makes
///
/// - the struct of the fields, and the struct of their [changes](Changes), each a [`Change`] of the field's value;
/// - the struct of the [key](Key);
/// - the implementations of [`Resource`], [`Changes`] and [`Key`] for them.
///
/// A field is `name: Type,`, or `name as "wireName": Type,` where the member in JSON has another name; its type is a [`Field`].
/// The member has the same form in requests, answers and stored items.
///
/// `search`, which may be left out, names the members of key and fields that are [searched](crate::search), each a value that
/// is [`Indexed`]: those whose words are found; those whose texts are found, as `parameter: member by [orders]`; and those
/// that resources are sorted by, among them those behind `by`.
///
/// ```
/// use kit::value::{Integer, Line, Text};
///
/// kit::resource! {
///     /// A recipe.
///     pub struct Recipe {
///         steps: Option<Text<4_000>>,
///         ingredients: Vec<Line>,
///         cooking_time as "cookingTime": Option<Integer<1, 10_000>>,
///     }
///     /// The changes of a recipe.
///     pub struct RecipeChanges;
///     /// The key of a recipe.
///     pub struct RecipeKey {
///         cuisine: Line,
///         name: Line,
///     }
///     one: "recipe", many: "recipes", metrics: "Recipes", owner: "addedBy", access: Shared,
///     search: {
///         words: [name, ingredients],
///         filters: [ingredient: ingredients by [name, cooking_time as "cookingTime"]],
///         sorts: [name, cooking_time as "cookingTime"],
///     }
/// }
/// ```
#[macro_export]
macro_rules! resource {
    (
        $(#[$of_fields:meta])*
        $visibility:vis struct $Fields:ident {
            $( $(#[$of_field:meta])* $field:ident $(as $name:literal)? : $Field:ty, )*
        }
        $(#[$of_changes:meta])*
        $visibility_of_changes:vis struct $Changes:ident;
        $(#[$of_key:meta])*
        $visibility_of_key:vis struct $Key:ident {
            $(#[$of_partition:meta])* $partition:ident $(as $partition_name:literal)? : $Partition:ty,
            $(#[$of_sort:meta])* $sort:ident $(as $sort_name:literal)? : $Sort:ty,
        }
        one: $one:literal, many: $many:literal, metrics: $metrics:literal, owner: $owner:literal, access: $access:ident
        $(, fate_is_asked: $fate_is_asked:literal)?
        $(, has_file: $has_file:literal)?
        $(, public_form: $public_form:expr)? $(, samples: $samples:expr)?
        $(, search: $search:tt)?
    ) => {
        $(#[$of_fields])*
        #[derive(Debug, Clone, PartialEq)]
        $visibility struct $Fields { $( $(#[$of_field])* pub $field: $Field, )* }

        $(#[$of_changes])*
        #[derive(Debug, Clone, PartialEq, Default, $crate::serde::Serialize)]
        #[serde(crate = "kit::serde")]
        $visibility_of_changes struct $Changes {
            $(
                $(#[$of_field])*
                #[serde(skip_serializing_if = "kit::resource::Change::is_keep")]
                pub $field: $crate::resource::Change<<$Field as $crate::resource::Field>::Value>,
            )*
        }

        $(#[$of_key])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility_of_key struct $Key {
            $(#[$of_partition])* pub $partition: $Partition,
            $(#[$of_sort])* pub $sort: $Sort,
        }

        impl $crate::resource::Key for $Key {
            const PARTITION: &'static str = $crate::resource!(@name $partition $($partition_name)?);
            const SORT: &'static str = $crate::resource!(@name $sort $($sort_name)?);

            type Partition = $Partition;
            type Sort = $Sort;

            fn new($partition: $Partition, $sort: $Sort) -> Self {
                Self { $partition, $sort }
            }

            fn partition(&self) -> &$Partition {
                &self.$partition
            }

            fn sort(&self) -> &$Sort {
                &self.$sort
            }
        }

        impl $crate::resource::Resource for $Fields {
            const ONE: &'static str = $one;
            const MANY: &'static str = $many;
            const ACCESS: $crate::resource::Access = $crate::resource::Access::$access;
            const FATE_IS_ASKED: bool = false $( || $fate_is_asked )?;
            $( const HAS_FILE: bool = $has_file; )?
            const OWNER: &'static str = $owner;
            const FIELDS: &'static [&'static str] = &[$( $crate::resource!(@name $field $($name)?), )*];
            const FORMS: &'static [$crate::value::Form] =
                &[$( <$Field as $crate::resource::Field>::FORM, )*];
            $( const PUBLIC_FORM: Option<$crate::resource::PublicForm> = Some($public_form); )?
            $( const SAMPLES: &'static str = $samples; )?
            const EXISTS: $crate::http::Problem = $crate::http::Problem::new(
                $crate::http::StatusCode::CONFLICT,
                concat!($one, "-exists"),
                concat!("The ", $one, " exists already"),
                "One with the same key was added before. Nothing was changed.",
            );
            const NOT_FOUND: $crate::http::Problem = $crate::http::Problem::new(
                $crate::http::StatusCode::NOT_FOUND,
                concat!($one, "-not-found"),
                concat!("No such ", $one),
                concat!("There is no ", $one, " with this key."),
            );

            const ADDED: $crate::telemetry::metric::Metric =
                $crate::telemetry::metric::Metric::count(concat!($metrics, "Added"));
            const UPDATED: $crate::telemetry::metric::Metric =
                $crate::telemetry::metric::Metric::count(concat!($metrics, "Updated"));
            const DELETED: $crate::telemetry::metric::Metric =
                $crate::telemetry::metric::Metric::count(concat!($metrics, "Deleted"));

            type Key = $Key;
            type Changes = $Changes;

            $crate::resource!(@index $Fields [$($field)*] $Key [$partition $sort] $($search)?);

            fn visit<V: $crate::resource::FieldVisitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
                $( visitor.field($crate::resource!(@name $field $($name)?), &self.$field)?; )*
                Ok(())
            }
        }

        impl $crate::resource::Changes<$Fields> for $Changes {
            fn take(members: &mut $crate::http::json::Members<'_>) -> Self {
                Self {
                    $( $field: <$Field as $crate::resource::Field>::take(
                        members,
                        $crate::resource!(@name $field $($name)?),
                    ), )*
                }
            }

            fn clear(
                &mut self,
                clear: &mut $crate::http::json::Clear,
                members: &mut $crate::http::json::Members<'_>,
            ) {
                $(
                    if <$Field as $crate::resource::Field>::REMOVABLE {
                        clear.remove($crate::resource!(@name $field $($name)?), &mut self.$field, members);
                    }
                )*
            }

            fn deserialize<'de, A: $crate::serde::de::MapAccess<'de>>(
                &mut self,
                index: usize,
                map: &mut A,
            ) -> Result<(), A::Error> {
                let mut fields = 0..;
                $(
                    if fields.next() == Some(index) {
                        let value: Option<<$Field as $crate::resource::Field>::Value> =
                            map.next_value()?;
                        self.$field = $crate::resource::Change::to(value);
                        return Ok(());
                    }
                )*
                map.next_value::<$crate::serde::de::IgnoredAny>().map(drop)
            }

            fn into_fields(self) -> Result<$Fields, &'static str> {
                Ok($Fields {
                    $( $field: $crate::resource::Field::new(self.$field)
                        .ok_or($crate::resource!(@name $field $($name)?))?, )*
                })
            }

            fn to(fields: &$Fields) -> Self {
                Self {
                    $( $field: $crate::resource::Change::to(
                        $crate::resource::Field::stored(&fields.$field).cloned(),
                    ), )*
                }
            }

            fn apply(&self, fields: &mut $Fields) {
                $( $crate::resource::Field::change(&mut fields.$field, &self.$field); )*
            }

            fn visit<V: $crate::resource::ChangeVisitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
                $( visitor.change($crate::resource!(@name $field $($name)?), &self.$field)?; )*
                Ok(())
            }
        }
    };
    (@index $Fields:ident [$($field:ident)*] $Key:ident [$($part:ident)*]) => {};
    (@index $Fields:ident [$($field:ident)*] $Key:ident [$($part:ident)*] {
        words: [$($word:ident $(as $word_name:literal)?),* $(,)?],
        filters: [$(
            $parameter:ident: $filter:ident $(as $filter_name:literal)?
            by [$($by:ident $(as $by_name:literal)?),+ $(,)?]
        ),* $(,)?],
        sorts: [$($order:ident $(as $order_name:literal)?),* $(,)?] $(,)?
    }) => {
        const INDEX: $crate::resource::Index = $crate::resource::Index {
            words: &[$( $crate::resource!(@name $word $($word_name)?), )*],
            filters: &[$(
                $crate::resource::FilterIndex {
                    member: $crate::resource!(@name $filter $($filter_name)?),
                    parameter: stringify!($parameter),
                    sorts: &[$( $crate::resource!(@name $by $($by_name)?), )+],
                },
            )*],
            sorts: &[$( $crate::resource!(@name $order $($order_name)?), )*],
        };

        #[allow(unused_variables, reason = "the clause names some of them")]
        fn visit_index<V: $crate::resource::IndexVisitor>(&self, key: &$Key, visitor: &mut V) {
            let $Fields { $($field),* } = self;
            let $Key { $($part),* } = key;
            $( visitor.words($word); )*
            $( visitor.filter(stringify!($parameter), $filter); )*
            $( visitor.sort($crate::resource!(@name $order $($order_name)?), $order); )*
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
}
