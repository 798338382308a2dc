//! Handles CodeDeploy's event: runs the check, reports the result and logs it.

use std::time::Instant;

use aws_sdk_codedeploy::{
    Client, error::ProvideErrorMetadata as _, types::LifecycleEventStatus as Status,
};
use lambda_runtime::Diagnostic;
use serde::Deserialize;

use crate::{
    candidate::{Candidate, Unset},
    check::{self, Fault, Passed},
};

/// The event that CodeDeploy sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Event {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

/// The result could not be reported to CodeDeploy, which waits until its timeout and gives the deployment up.
#[derive(Debug, thiserror::Error)]
#[error("CodeDeploy was not told: {0}")]
pub(crate) struct NotTold(String);

impl From<NotTold> for Diagnostic {
    fn from(error: NotTold) -> Self {
        Self {
            error_type: "not-told".to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// The check, and the client that reports its result.
#[derive(Debug)]
pub(crate) struct Hook {
    /// The version to check. Missing settings fail each deployment, rather than the function's start, of which
    /// CodeDeploy would not learn.
    pub(crate) candidate: Result<Candidate, Unset>,
    /// The client that reports the result.
    pub(crate) code_deploy: Client,
}

impl Hook {
    /// Checks the version and reports the result to CodeDeploy.
    ///
    /// # Errors
    /// [`NotTold`] if the report failed.
    pub(crate) async fn run(&self, event: Event) -> Result<(), NotTold> {
        let begun = Instant::now();
        let checked = match &self.candidate {
            Ok(candidate) => check::run(candidate).await,
            Err(unset) => Err(Fault::of_settings(unset)),
        };
        let status = match &checked {
            Ok(_) => Status::Succeeded,
            Err(_) => Status::Failed,
        };
        let told = self.tell(&event, status.clone()).await;
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let deployment = event.deployment_id.as_str();
        let version = self.candidate.as_ref().ok().map(Candidate::version);
        let version = version.map(|number| number.to_string());
        let not_told = told.as_ref().err().map(|error| error.0.as_str());
        let (call, reason) = match &checked {
            Ok(_) => (None, None),
            Err(fault) => (Some(fault.call), Some(fault.reason.as_str())),
        };
        let rollback = (checked == Ok(Passed::Rollback)).then_some(true);
        let announced = match &checked {
            Ok(Passed::Checked { announced }) if !announced.is_empty() => {
                Some(announced.join("; "))
            }
            _ => None,
        };
        let status = status.as_str();
        if call.is_none() && not_told.is_none() {
            tracing::info!(
                deployment,
                version,
                status,
                rollback,
                announced,
                took,
                "pre-traffic check"
            );
        } else {
            tracing::error!(
                deployment,
                version,
                status,
                call,
                reason,
                not_told,
                took,
                "pre-traffic check"
            );
        }
        told
    }

    async fn tell(&self, event: &Event, status: Status) -> Result<(), NotTold> {
        self.code_deploy
            .put_lifecycle_event_hook_execution_status()
            .deployment_id(&event.deployment_id)
            .lifecycle_event_hook_execution_id(&event.lifecycle_event_hook_execution_id)
            .status(status)
            .send()
            .await
            .map(drop)
            .map_err(|error| NotTold(error.code().unwrap_or("no answer").to_owned()))
    }
}
