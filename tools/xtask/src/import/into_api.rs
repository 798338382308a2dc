//! The import through the public API.

use anyhow::anyhow;
use http::{Method, StatusCode, header};
use kit::resource::Access;
use records::{Item, Noun, read_answer};
use serde_json::Value;
use service::nouns::REALM;
use uuid::Uuid;

use crate::client::{Answer, Call, CallError, Client};

/// The outcome of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was added.
    Imported,
    /// It existed with the same content.
    Unchanged,
    /// It existed with other content, and was updated.
    Updated,
    /// It existed with other content, and was left alone; these members differ.
    Different(Vec<&'static str>),
}

/// The reason for which a record was not stored.
#[derive(Debug)]
pub(super) enum Failure {
    /// Only this one is refused.
    Refused(String),
    /// The following ones would fail too.
    Stop(anyhow::Error),
}

/// The fields whose values differ.
pub(super) fn differences(
    fields: &[&'static str],
    found: &Item,
    wanted: &Item,
) -> Vec<&'static str> {
    let mut fields = fields.to_vec();
    fields.retain(|name| found.get(*name) != wanted.get(*name));
    fields
}

/// The maximum number of writes of a resource that others write at the same time.
const TRIES: usize = 5;

/// A deployment of the service, or `cargo dev`.
pub(super) struct ApiTarget {
    pub(super) client: Client,
    pub(super) noun: Noun,
    pub(super) update: bool,
}

impl ApiTarget {
    /// A write. Its idempotency key is new for each write and the same for its retries: a retry gets the response that
    /// was lost, and a later import of the same file gets no replayed response.
    async fn write(
        &self,
        path: String,
        body: Item,
        if_match: Option<String>,
    ) -> Result<Answer, Failure> {
        let call = Call {
            method: match self.noun.access {
                Access::Shared => Method::POST,
                Access::Private => Method::PUT,
            },
            path,
            body: Value::from(body).to_string().into(),
            idempotency_key: Some(Uuid::new_v4().to_string()),
            if_match,
            ..Call::default()
        };
        self.client.call(&call).await.map_err(stop)
    }

    /// The stored resource with its entity tag.
    async fn find(&self, item: &Item) -> Result<Option<(Item, String)>, Failure> {
        let (path, query) = self.noun.place(self.noun.find, item);
        let call = Call {
            path,
            query,
            ..Call::default()
        };
        let answer = self.client.call(&call).await.map_err(stop)?;
        match answer.status {
            StatusCode::OK => {
                let tag = answer.header(header::ETAG).unwrap_or("*").to_owned();
                let found = read_answer(&self.noun, &answer.body).map_err(Failure::Refused)?;
                Ok(Some((found, tag)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refusal(&answer)),
        }
    }

    /// The body that adds a resource, or changes these fields of it. That of a private resource has all fields, but no key.
    fn body(&self, item: &Item, changed: Option<&[&str]>) -> Item {
        let (fields, key) = (self.noun.fields, &self.noun.key);
        let mut body = item.clone();
        match (self.noun.access, changed) {
            (Access::Private, _) => body.retain(|name, _| fields.contains(&name.as_str())),
            (Access::Shared, None) => {}
            (Access::Shared, Some(changed)) => {
                body.retain(|name, _| {
                    key.contains(&name.as_str()) || changed.contains(&name.as_str())
                });
                for name in changed {
                    body.entry(*name).or_insert(Value::Null);
                }
            }
        }
        body
    }

    /// Stores a resource. To store the same one again changes nothing.
    pub(super) async fn take(&self, item: Item) -> Result<Outcome, Failure> {
        let noun = &self.noun;
        let mut found = match noun.access {
            Access::Shared => None,
            // The operation that adds it would replace what is there.
            Access::Private => self.find(&item).await?,
        };
        for _ in 0..TRIES {
            let answer = match &found {
                None => {
                    let (path, _) = noun.place(noun.add, &item);
                    self.write(path, self.body(&item, None), None).await?
                }
                Some((stored, tag)) => {
                    let names = differences(noun.fields, stored, &item);
                    if names.is_empty() {
                        return Ok(Outcome::Unchanged);
                    }
                    if !self.update {
                        return Ok(Outcome::Different(names));
                    }
                    let (path, _) = noun.place(noun.update, &item);
                    let body = self.body(&item, Some(&names));
                    self.write(path, body, Some(tag.clone())).await?
                }
            };
            match (answer.status, &found) {
                (StatusCode::CREATED, _) => return Ok(Outcome::Imported),
                (StatusCode::OK, _) => return Ok(Outcome::Updated),
                (StatusCode::CONFLICT, None)
                | (StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED, Some(_)) => {}
                _ => return Err(refusal(&answer)),
            }
            found = self.find(&item).await?;
        }
        let reason = format!("others kept changing the {} meanwhile", noun.one);
        Err(Failure::Refused(reason))
    }
}

fn stop(error: CallError) -> Failure {
    Failure::Stop(error.into())
}

/// The failure that an unsuccessful response means: for one record, or for the whole import.
fn refusal(answer: &Answer) -> Failure {
    let problem = answer.problem();
    match answer.status {
        StatusCode::UNAUTHORIZED => Failure::Stop(anyhow!("the account is refused: {problem}")),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            Failure::Stop(anyhow!("this is not the {REALM} API: {problem}"))
        }
        // A refusal by the gateway would meet the following records too; one by the service is about this one.
        StatusCode::FORBIDDEN if answer.problem_type().is_none() => {
            Failure::Stop(anyhow!("the gateway refuses: {problem}"))
        }
        _ => Failure::Refused(problem),
    }
}
