//! The movies that a call finds, read straight from DynamoDB's JSON.
//!
//! The SDK makes a map of maps of each item, from which serde makes a movie: most of the time that a page takes
//! (`docs/performance.md`). Here the SDK does all of a call but that. An answer that is not as it should be is left to it as
//! well: whatever it makes of the answer is read as everywhere else, and any error is reported from there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::BeforeDeserializationInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use serde::{Deserialize, de::Deserializer};
use serde_json::value::RawValue;

use super::{
    Item,
    attributes::Attributes,
    items::{Key, read_key, read_movie},
};
use crate::{
    movie::{Movie, MovieKey},
    store::{BoxError, StoreError, item::MovieItem},
};

/// The movies of an answer.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of the answer; at most one, unless it is a page.
    pub(super) movies: Vec<Movie>,
    /// The key at which the next page starts.
    pub(super) next: Option<MovieKey>,
}

impl Found {
    fn of<I: IntoIterator<Item = Item>>(
        (items, next): (I, Option<Item>),
    ) -> Result<Self, StoreError> {
        let movies: Result<_, _> = items.into_iter().map(read_movie).collect();
        let next = next.filter(|key| !key.is_empty());
        Ok(Self {
            movies: movies?,
            next: next.map(read_key).transpose()?,
        })
    }
}

/// Reads the answer of one call, as the call's interceptor, when its last byte has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Finder(Arc<Mutex<Option<Found>>>);

impl Finder {
    /// The movies of the call's answer. `left` are the items, and where the next page starts, of an output that the SDK had
    /// to deserialise.
    ///
    /// # Errors
    /// That of a movie which is stored but cannot be read.
    pub(super) fn found<I: IntoIterator<Item = Item>>(
        &self,
        left: impl FnOnce() -> (I, Option<Item>),
    ) -> Result<Found, StoreError> {
        let found = self.slot().take();
        found.map_or_else(|| Found::of(left()), Ok)
    }

    /// Reads an answer, keeps its movies, and gives what is left for the SDK.
    fn read(&self, json: Bytes) -> Bytes {
        let text = str::from_utf8(&json).ok();
        let answer = text.and_then(|text| serde_json::from_str::<Answer<'_>>(text).ok());
        let Some(answer) = answer else {
            return json;
        };
        let rest = answer.rest();
        *self.slot() = Some(answer.into());
        rest.into()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Finder {
    fn name(&self) -> &'static str {
        "Finder"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let answer = response.take_body().collect();
            let finder = self.clone();
            let rest = stream::once(async move {
                let json = answer.await?.to_bytes();
                Ok::<_, BoxError>(Frame::data(finder.read(json)))
            });
            *response.body_mut() = SdkBody::from_body_1_x(StreamBody::new(rest));
        }
        Ok(())
    }
}

/// An answer that has movies in it, if any.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(alias = "Attributes")]
    item: Option<Stored<Movie>>,
    #[serde(default)]
    items: Vec<Stored<Movie>>,
    last_evaluated_key: Option<Stored<MovieKey>>,
    #[serde(borrow)]
    consumed_capacity: Option<&'a RawValue>,
}

impl Answer<'_> {
    /// The rest of the answer, which is left for the SDK.
    fn rest(&self) -> String {
        let consumed = self.consumed_capacity.map_or("null", RawValue::get);
        format!(r#"{{"ConsumedCapacity":{consumed}}}"#)
    }
}

impl From<Answer<'_>> for Found {
    fn from(answer: Answer<'_>) -> Self {
        let movies = answer.item.into_iter().chain(answer.items);
        Self {
            movies: movies.map(|movie| movie.0).collect(),
            next: answer.last_evaluated_key.map(|key| key.0),
        }
    }
}

/// In the form in which DynamoDB sends it.
struct Stored<T>(T);

impl<'de> Deserialize<'de> for Stored<Movie> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let item = MovieItem::deserialize(Attributes(from))?;
        let movie = Movie::try_from(item);
        movie.map(Self).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Stored<MovieKey> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let key = MovieKey::try_from(Key::deserialize(Attributes(from))?);
        key.map(Self).map_err(serde::de::Error::custom)
    }
}
