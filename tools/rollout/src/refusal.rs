//! The refusals: the reason, and what to do instead.

/// A reason to do nothing. Nothing that serves was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "there is no stack {stack} in {region}\n  \
        name another with --stack, --region or --profile, or deploy it first: sam build && sam deploy"
    )]
    NoStack { stack: String, region: String },
    #[error(
        "stack {stack} is in state {status}{reason}\n  \
        {remedy}"
    )]
    StackFailed {
        stack: String,
        status: String,
        reason: String,
        remedy: String,
    },
    #[error(
        "stack {stack} has no {kind} {name}\n  \
        its template is not this project's, or an older one: deploy it first: sam build && sam deploy"
    )]
    NotThisTemplate {
        stack: String,
        kind: &'static str,
        name: &'static str,
    },
    #[error(
        "a rollout is in progress: {deployment}\n  \
        watch it with: cargo xtask status --follow\n  \
        or end it with: cargo xtask rollback"
    )]
    RolloutInProgress { deployment: String },
    #[error(
        "stack {stack} is being changed: {status}\n  \
        wait until it is done (cargo xtask status --follow) and try again{remedy}"
    )]
    Busy {
        stack: String,
        status: String,
        remedy: String,
    },
    #[error(
        "Production is going back already\n  \
        watch it with: cargo xtask status --follow"
    )]
    GoingBack,
    #[error(
        "stack {stack} was changed after it was looked at\n  \
        look again: cargo xtask status"
    )]
    StackChanged { stack: String },
    #[error(
        "Production's alias points to version {found}, but the stack says {expected}: something else moved it\n  \
        put it back, then try again: aws lambda update-alias --function-name {function} --name Production --function-version {expected} --routing-config AdditionalVersionWeights={{}}"
    )]
    Drifted {
        function: String,
        found: String,
        expected: String,
    },
    #[error(
        "Production's stage serves API deployment {found}, but the stack says {expected}: something else moved it\n  \
        put it back, then try again: aws apigateway update-stage --rest-api-id {api} --stage-name Production --patch-operations op=replace,path=/deploymentId,value={expected}"
    )]
    StageDrifted {
        api: String,
        found: String,
        expected: String,
    },
    #[error(
        "function {function} is still being updated\n  \
        wait until it is done, look at Development, and try again"
    )]
    FunctionBusy { function: String },
    #[error(
        "the last update of function {function} failed: {reason}\n  \
        deploy to Development again: sam build && sam deploy"
    )]
    FunctionFailed { function: String, reason: String },
    #[error(
        "function {function} has other code than {development}, so what would be released is not what was tried\n  \
        deploy again, both get the same code then: sam build && sam deploy"
    )]
    CodeDiffers {
        function: String,
        development: String,
    },
    #[error(
        "Development was changed while it was being promoted\n  \
        look at Development again, then promote again"
    )]
    Changed,
    #[error(
        "the change set reaches what Production uses now, without a promotion: {resources}\n  \
        look at each change above; if it is meant: cargo xtask review --execute {allow}"
    )]
    TouchesProduction { resources: String, allow: String },
    #[error(
        "stack {stack} has no change set that can be executed\n  \
        make one: sam build && sam deploy --no-execute-changeset"
    )]
    NoChangeSet { stack: String },
    #[error(
        "--min-requests needs a share of the traffic first, and this moves all at once\n  \
        choose another --shift, or leave --min-requests out"
    )]
    NothingIsJudged,
    #[error(
        "there is nothing to promote: Production serves what Development serves\n  \
        change Development first: sam build && sam deploy"
    )]
    NothingToPromote,
    #[error(
        "CodeDeploy has no configuration {name}\n  \
        choose canary-1, canary-10, linear or all-at-once, or see: aws deploy list-deployment-configs"
    )]
    NoSuchShift { name: String },
    #[error(
        "this stack has no configuration for --shift {shift}\n  \
        deploy this project's template with ProductionTrafficShift set, or choose another shift"
    )]
    ShiftNotInStack { shift: &'static str },
    #[error(
        "nobody is there to be asked\n  \
        pass --yes to go on without a question, or --dry-run to see what would be done"
    )]
    NobodyToAsk,
    #[error("nothing was done, as you say")]
    Declined,
    #[error(
        "there is nothing to go back to: Production has served nothing else\n  \
        name a version with --to; see them with: aws lambda list-versions-by-function --function-name {function}"
    )]
    NoPrevious { function: String },
    #[error(
        "Production serves that already: version {version}, API deployment {api_deployment}\n  \
        name another version with --to"
    )]
    AlreadyThere {
        version: String,
        api_deployment: String,
    },
    #[error(
        "function {function} has no version {version}\n  \
        see them with: aws lambda list-versions-by-function --function-name {function}"
    )]
    NoSuchVersion { function: String, version: String },
    #[error(
        "it is not known which API deployment version {version} was promoted with\n  \
        name it with --api-deployment; see them with: aws apigateway get-deployments --rest-api-id {api}"
    )]
    NoApiDeployment { version: String, api: String },
    #[error(
        "the API has no deployment {id}\n  \
        see them with: aws apigateway get-deployments --rest-api-id {api}"
    )]
    NoSuchApiDeployment { id: String, api: String },
    #[error(
        "a rollout is in progress: it can only be ended, not sent to another version\n  \
        run cargo xtask rollback without --to and --api-deployment, then with them"
    )]
    EndItFirst,
}

impl Refusal {
    /// The refusal of a stack with an operation in progress.
    pub(crate) fn busy(stack: &str, status: &str) -> Self {
        // CloudFormation must cancel it: before and after the shift of the alias, CodeDeploy has no deployment to stop.
        let remedy = match status {
            "UPDATE_IN_PROGRESS" => format!(
                "\n  or take the update back: aws cloudformation cancel-update-stack --stack-name {stack}"
            ),
            _ => String::new(),
        };
        Self::Busy {
            stack: stack.to_owned(),
            status: status.to_owned(),
            remedy,
        }
    }
}
