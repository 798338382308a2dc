//! The answers that a version has to give.

use std::collections::BTreeMap;

use service::nouns::LIST;

use crate::{
    candidate::{Answer, Candidate, Fault},
    shape::differences,
};

/// The paths that are requested from the new version and from the one before: all that can be read without an account,
/// and two requests that are refused.
const COMPARED: [&str; 5] = [HEALTH, LIST, CONFIGURATION, "/me", "/there/is/no/such/path"];

const HEALTH: &str = "/health";
const CONFIGURATION: &str = "/auth/configuration";

/// The reason for accepting a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The version is older than the one that serves: a rollback, which must not be held up.
    Rollback,
    /// Its answers are right; `announced` lists the differences from the version before, all of them expected.
    Checked { announced: Vec<String> },
}

/// Checks the version with requests without an account: it runs, it refuses callers without a token, and it has
/// Production's user pool. Then compares its answers with those of the version that serves.
///
/// # Errors
/// The first [`Fault`].
pub(crate) async fn run(candidate: &Candidate) -> Result<Passed, Fault> {
    let of_alias = |reason| Fault {
        call: "alias",
        reason,
    };
    let serving = candidate.serving().await.map_err(of_alias)?;
    if candidate.version < serving {
        return Ok(Passed::Rollback);
    }
    let mut answers = BTreeMap::new();
    for path in COMPARED {
        let answer = candidate.get(candidate.version, path).await;
        let checked = answer.and_then(|answer| {
            check(candidate, path, &answer)?;
            Ok(answer)
        });
        let answer = checked.map_err(|reason| Fault { call: path, reason })?;
        answers.insert(path, answer);
    }
    if candidate.version == serving {
        return Ok(Passed::Checked {
            announced: Vec::new(),
        });
    }
    compare(candidate, serving, &answers).await
}

/// Skips the paths that the serving version fails to answer: a broken answer is no reference.
async fn compare(
    candidate: &Candidate,
    serving: u64,
    answers: &BTreeMap<&'static str, Answer>,
) -> Result<Passed, Fault> {
    let mut announced = Vec::new();
    for (path, new) in answers {
        let Ok(old) = candidate.get(serving, path).await else {
            continue;
        };
        if old.status_code >= 500 {
            continue;
        }
        let found = differences(&old, new);
        if found.is_empty() {
            continue;
        }
        let found = found.join(", ");
        if !candidate.expected_changes.iter().any(|known| known == path) {
            let reason = format!("other than version {serving}: {found}");
            return Err(Fault { call: path, reason });
        }
        announced.push(format!("{path}: {found}"));
    }
    Ok(Passed::Checked { announced })
}

fn check(candidate: &Candidate, path: &str, answer: &Answer) -> Result<(), String> {
    match path {
        HEALTH => {
            status(answer, 200)?;
            let served_by = answer.header("X-Served-By").unwrap_or_default();
            let version = served_by.rsplit('/').next();
            same("status", answer.json()["status"].as_str(), "ok")?;
            same("version", version, &candidate.version.to_string())
        }
        LIST => {
            status(answer, 401)?;
            let kind = answer.header("Content-Type");
            same("content type", kind, "application/problem+json")?;
            match answer.json()["status"].as_u64() {
                Some(401) => Ok(()),
                _ => Err("not a problem of status 401".to_owned()),
            }
        }
        CONFIGURATION => {
            status(answer, 200)?;
            let pool = &answer.json()["userPoolId"];
            same("user pool", pool.as_str(), &candidate.user_pool_id)
        }
        // These answers are only compared with those of the version before.
        _ => Ok(()),
    }
}

fn status(answer: &Answer, expected: u16) -> Result<(), String> {
    if answer.status_code == expected {
        return Ok(());
    }
    Err(format!("status {}, not {expected}", answer.status_code))
}

/// The values are public: a status, a version, a pool's id.
fn same(what: &str, found: Option<&str>, expected: &str) -> Result<(), String> {
    match found {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(format!("{what} {found:?}, not {expected:?}")),
        None => Err(format!("no {what}")),
    }
}
