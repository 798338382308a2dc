//! The import through the public API.

use anyhow::anyhow;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    compare::differences,
    target::{Failure, Outcome, Target},
};
use crate::{
    client::{Answer, Call, CallError, Client},
    records::{Movie, read_answer},
};

/// The maximum number of tries for a movie that others write at the same time.
const TRIES: usize = 5;

/// A deployment of the service, or `cargo dev`.
pub(super) struct ApiTarget {
    client: Client,
    update: bool,
}

impl ApiTarget {
    pub(super) fn new(client: Client, update: bool) -> Self {
        Self { client, update }
    }

    async fn add(&self, body: Bytes) -> Result<Answer, Failure> {
        self.write("/movies/add-movie", body, None).await
    }

    /// A write. Its idempotency key is new for each write and the same for its retries: a retry gets the response that
    /// was lost, and a later import of the same file gets no replayed response.
    async fn write(
        &self,
        path: &'static str,
        body: Bytes,
        if_match: Option<String>,
    ) -> Result<Answer, Failure> {
        let call = Call {
            method: Method::POST,
            path,
            body,
            idempotency_key: Some(Uuid::new_v4().to_string()),
            if_match,
            ..Call::default()
        };
        self.client.call(&call).await.map_err(stop)
    }

    /// The stored movie with its entity tag.
    async fn find(&self, movie: &Movie) -> Result<Option<(Movie, String)>, Failure> {
        let key = &movie.key;
        let call = Call {
            method: Method::GET,
            path: "/movies/findbytitleandyear",
            query: vec![
                ("title", key.title.as_str().to_owned()),
                ("year", key.year.to_string()),
            ],
            ..Call::default()
        };
        let answer = self.client.call(&call).await.map_err(stop)?;
        match answer.status {
            StatusCode::OK => {
                let tag = answer.header(header::ETAG).unwrap_or("*").to_owned();
                let found = read_answer(&answer.body).map_err(Failure::Refused)?;
                Ok(Some((found, tag)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refusal(&answer)),
        }
    }
}

#[async_trait]
impl Target for ApiTarget {
    async fn take(&self, movie: Movie) -> Result<Outcome, Failure> {
        let body = Bytes::from(movie.body.clone());
        for _ in 0..TRIES {
            let answer = self.add(body.clone()).await?;
            match answer.status {
                StatusCode::CREATED => return Ok(Outcome::Imported),
                StatusCode::CONFLICT => {}
                _ => return Err(refusal(&answer)),
            }
            let Some((found, tag)) = self.find(&movie).await? else {
                continue; // Deleted since.
            };
            let differences = differences(&found.fields, &movie.fields);
            if differences.is_empty() {
                return Ok(Outcome::Unchanged);
            }
            if !self.update {
                let names = differences.into_iter().map(|(name, _)| name).collect();
                return Ok(Outcome::Different(names));
            }
            let body = change(&movie, differences)?;
            let answer = self.write("/movies/update-movie", body, Some(tag)).await?;
            match answer.status {
                StatusCode::OK => return Ok(Outcome::Updated),
                StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED => {}
                _ => return Err(refusal(&answer)),
            }
        }
        Err(Failure::Refused(
            "others kept changing the movie meanwhile".into(),
        ))
    }
}

fn change(movie: &Movie, differences: Vec<(&'static str, Value)>) -> Result<Bytes, Failure> {
    let mut body: Map<String, Value> = differences
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    body.insert("title".into(), movie.key.title.as_str().into());
    body.insert("year".into(), movie.key.year.get().into());
    serde_json::to_vec(&body)
        .map(Bytes::from)
        .map_err(|error| Failure::Refused(error.to_string()))
}

fn stop(error: CallError) -> Failure {
    Failure::Stop(error.into())
}

/// The failure that an unsuccessful response means: for one movie, or for the whole import.
fn refusal(answer: &Answer) -> Failure {
    let problem = answer.problem();
    match answer.status {
        StatusCode::UNAUTHORIZED => Failure::Stop(anyhow!("the account is refused: {problem}")),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            Failure::Stop(anyhow!("this is not the movies API: {problem}"))
        }
        // A refusal by the gateway would meet the following movies too; one by the service is about this movie.
        StatusCode::FORBIDDEN if answer.problem_type().is_none() => {
            Failure::Stop(anyhow!("the gateway refuses: {problem}"))
        }
        _ => Failure::Refused(problem),
    }
}
