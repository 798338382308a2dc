//! Handles CodeDeploy's event: runs the check, reports the result and logs it.

use std::time::Instant;

use aws_sdk_codedeploy::{
    Client, error::ProvideErrorMetadata as _, types::LifecycleEventStatus as Status,
};
use lambda_runtime::Diagnostic;
use serde::Deserialize;

use crate::{
    candidate::{Candidate, Fault},
    check::{self, Passed},
};

/// The event that CodeDeploy sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Event {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

/// The check, and the client that reports its result.
#[derive(Debug)]
pub(crate) struct Hook {
    /// The version to check. Missing settings fail each deployment, rather than the function's start, of which
    /// CodeDeploy would not learn.
    pub(crate) candidate: Result<Candidate, Fault>,
    /// The client that reports the result.
    pub(crate) code_deploy: Client,
}

impl Hook {
    /// Checks the version and reports the result to CodeDeploy.
    ///
    /// # Errors
    /// Fails if the report failed. CodeDeploy then waits until its timeout and gives the deployment up.
    pub(crate) async fn run(&self, event: Event) -> Result<(), Diagnostic> {
        let begun = Instant::now();
        let checked = match &self.candidate {
            Ok(candidate) => check::run(candidate).await,
            Err(fault) => Err(fault.clone()),
        };
        let status = match &checked {
            Ok(_) => Status::Succeeded,
            Err(_) => Status::Failed,
        };
        let told = self
            .code_deploy
            .put_lifecycle_event_hook_execution_status()
            .deployment_id(&event.deployment_id)
            .lifecycle_event_hook_execution_id(&event.lifecycle_event_hook_execution_id)
            .status(status.clone());
        let told = told.send().await;
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let not_told = told.as_ref().err();
        let not_told = not_told.map(|error| error.code().unwrap_or("no answer"));
        let deployment = event.deployment_id.as_str();
        let version = self.candidate.as_ref().ok();
        let version = version.map(|candidate| candidate.version.to_string());
        let fault = checked.as_ref().err();
        let (call, reason) = fault
            .map(|fault| (fault.call, fault.reason.as_str()))
            .unzip();
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
        match not_told {
            None => Ok(()),
            Some(code) => Err(Diagnostic {
                error_type: "not-told".to_owned(),
                error_message: format!("CodeDeploy was not told: {code}"),
            }),
        }
    }
}
