//! The refusals: the reason, and what to do instead.

/// A reason to do nothing. Nothing that serves was changed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

/// The refusal of a stack with an operation in progress.
pub(crate) fn busy(stack: &str, status: &str) -> Refusal {
    // CloudFormation must cancel it: before and after the shift of the alias, CodeDeploy has no deployment to stop.
    let remedy = match status {
        "UPDATE_IN_PROGRESS" => format!(
            "\n  or take the update back: aws cloudformation cancel-update-stack --stack-name {stack}"
        ),
        _ => String::new(),
    };
    Refusal(format!(
        "stack {stack} is being changed: {status}\n  \
        wait until it is done (cargo xtask status --follow) and try again{remedy}"
    ))
}

/// The refusal of a function that is being updated.
pub(crate) fn function_busy(function: &str) -> Refusal {
    Refusal(format!(
        "function {function} is still being updated\n  \
        wait until it is done, look at Development, and try again"
    ))
}
