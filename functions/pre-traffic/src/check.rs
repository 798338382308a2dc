//! What a version has to answer.

use crate::candidate::{Answer, Candidate, Unset};

/// What was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The call, or `settings`.
    pub(crate) call: &'static str,
    /// What was wrong with its answer.
    pub(crate) reason: String,
}

impl Fault {
    /// The check could not even begin.
    pub(crate) fn of_settings(unset: &Unset) -> Self {
        Self {
            call: "settings",
            reason: unset.to_string(),
        }
    }
}

/// Asks the version for what can be had without an account: whether it runs, whether it keeps
/// strangers out, and whether it serves Production's users.
///
/// # Errors
/// The first [`Fault`].
pub(crate) async fn run(candidate: &Candidate) -> Result<(), Fault> {
    ask(candidate, "/health", 200, |answer| {
        let served_by = answer.header("X-Served-By").unwrap_or_default();
        let version = served_by.rsplit('/').next();
        same("status", answer.json()["status"].as_str(), "ok")?;
        same("version", version, candidate.version())
    })
    .await?;
    ask(candidate, "/movies", 401, |answer| {
        let kind = answer.header("Content-Type");
        same("content type", kind, "application/problem+json")?;
        match answer.json()["status"].as_u64() {
            Some(401) => Ok(()),
            _ => Err("not a problem of status 401".to_owned()),
        }
    })
    .await?;
    ask(candidate, "/auth/configuration", 200, |answer| {
        let pool = &answer.json()["userPoolId"];
        same("user pool", pool.as_str(), &candidate.user_pool_id)
    })
    .await
}

async fn ask(
    candidate: &Candidate,
    path: &'static str,
    status: u16,
    check: impl FnOnce(&Answer) -> Result<(), String>,
) -> Result<(), Fault> {
    let checked = match candidate.get(path).await {
        Ok(answer) if answer.status_code != status => {
            Err(format!("status {}, not {status}", answer.status_code))
        }
        Ok(answer) => check(&answer),
        Err(reason) => Err(reason),
    };
    checked.map_err(|reason| Fault { call: path, reason })
}

/// The values are public: a status, a version, a pool's id.
fn same(what: &str, found: Option<&str>, expected: &str) -> Result<(), String> {
    match found {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(format!("{what} {found:?}, not {expected:?}")),
        None => Err(format!("no {what}")),
    }
}
