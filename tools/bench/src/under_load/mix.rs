//! The requests: mostly reads, and writes that leave no more behind than there was.

use std::sync::Arc;

use ::tests::api::Api;
use bytes::Bytes;
use fastrand::Rng;
use http::{HeaderValue, Method};
use parking_lot::Mutex;
use url::Url;

use crate::{
    noun::{self, CHANGES, FIND, LIST, UPDATE},
    serve,
};

/// The resources that are read and changed.
const RESOURCES: u64 = 200;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: Method,
    /// The path behind the stage, without the query.
    pub(super) path: &'static str,
    pub(super) query: String,
    pub(super) body: Option<Bytes>,
}

/// The source of requests.
#[derive(Debug, Clone)]
pub(super) struct Mix {
    pub(super) host: String,
    /// The path of the stage.
    pub(super) stage: String,
    pub(super) authorization: HeaderValue,
    /// The cursor of the feed, from before the first request.
    since: String,
    random: Arc<Mutex<Rng>>,
}

impl Mix {
    /// Signs in, and adds the resources.
    pub(super) async fn prepare(stage: &str) -> anyhow::Result<Self> {
        let api = serve::signed_in(stage).await?;
        for number in 0..RESOURCES {
            api.add(&noun::addition_of(number)).send().await.is(201);
        }
        let url = Url::parse(stage)?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", api.token()))?;
        authorization.set_sensitive(true);
        Ok(Self {
            host: url.authority().to_owned(),
            stage: url.path().to_owned(),
            authorization,
            since: end_of_feed(&api).await,
            random: Arc::new(Mutex::new(Rng::with_seed(1))),
        })
    }

    /// The next request: of a hundred, 60 find a resource, 20 list some, 16 ask what changed, and 4 change one.
    pub(super) fn next(&self) -> Call {
        let mut random = self.random.lock();
        let number = random.u64(..RESOURCES);
        let read = |name, path, query| Call {
            name,
            method: Method::GET,
            path,
            query,
            body: None,
        };
        match random.u8(..100) {
            0..60 => read("find", FIND, noun::query_of(number)),
            60..80 => read("list", LIST, "limit=20".to_owned()),
            80..96 => {
                let since = &self.since;
                read("changes", CHANGES, format!("limit=20&since={since}"))
            }
            _ => Call {
                name: "update",
                method: Method::POST,
                path: UPDATE,
                query: String::new(),
                body: Some(
                    noun::change_of(number, random.u8(0..100))
                        .to_string()
                        .into(),
                ),
            },
        }
    }
}

/// The cursor behind all that was added.
async fn end_of_feed(api: &Api) -> String {
    let mut since = String::new();
    loop {
        let page = api.get(&format!("{CHANGES}?limit=100{since}")).send().await;
        let page = page.is(200).json();
        let next = page["nextSince"].as_str().unwrap_or_default();
        if page["more"] == false {
            return next.to_owned();
        }
        since = format!("&since={next}");
    }
}
