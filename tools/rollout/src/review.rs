//! `review`: the changes of a change set that reach Production, before it is executed.

use anyhow::ensure;
use clap::Args;

use crate::{
    ask::Consent,
    cloud::{
        Cloud,
        changes::{Change, ChangeSet},
    },
    follow::{End, Watch},
    refusal::Refusal,
    state::{State, refuse_unless_well},
    target::Target,
};

/// Resources that a deployment may change in any way: Production does not use them, or uses them only after a
/// promotion.
const FREE: [&str; 5] = [
    "Dashboard",
    "PreTrafficFunction",
    "PreTrafficFunctionLogs",
    "PreTrafficFunctionRole",
    "TestPermission",
];

/// Prefixes of the names of such resources. SAM names API deployments by a hash of the API; Production's stage stays at
/// the one that it was promoted to.
const FREE_PREFIXES: [&str; 3] = ["Development", "ApiDevelopment", "ApiDeployment"];

/// Resources of which only these properties may change.
const FREE_PROPERTIES: [(&str, &[&str]); 4] = [
    // Clients see these only through an API deployment, which is made from them.
    ("Api", &["Body", "BodyS3Location"]),
    // These belong to $LATEST, which no client calls; published versions keep their own.
    ("ProductionFunction", OF_A_VERSION),
    ("ProductionPreSignUpFunction", OF_A_VERSION),
    ("ProductionChangesFunction", OF_A_VERSION),
];

/// The properties of a function that a published version keeps ("Manage Lambda function versions", AWS Lambda Developer
/// Guide). The choice of a role is one; the permissions of the role are not.
const OF_A_VERSION: &[&str] = &[
    "Architectures",
    "Code",
    "Description",
    "Environment",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Tags",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
];

/// Arguments of `review`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sam build && sam deploy --no-execute-changeset && cargo xtask review --execute
  cargo xtask review                                     what the newest change set would change
  cargo xtask review --execute --allow ProductionUserPool

Shows every change, and refuses those that reach Production without being promoted: roles, user pools,
clients, tables, limits, and what both stages share. Exit status: 0 nothing of Production changes, or it
was allowed; 1 error; 2 refused (nothing was changed); 3 the update failed and went back; 130 no longer
watched (it goes on).")]
pub(crate) struct ReviewArgs {
    /// A resource of Production that may change; may be given several times
    #[arg(long, value_name = "LOGICAL_ID")]
    allow: Vec<String>,
    /// Execute the change set if nothing is refused, and watch
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: ReviewArgs) -> anyhow::Result<End> {
    let cloud = Cloud::connect(&args.target).await?;
    let stack = cloud.stack(&args.target.stack).await?;
    let Some(change_set) = cloud.newest_change_set(&stack.name).await? else {
        println!("there is no change set to be executed: nothing changes");
        return Ok(End::Done);
    };
    let is_first = stack.status == "REVIEW_IN_PROGRESS";
    println!("{}", describe(&change_set, is_first));
    if !is_first {
        refuse_unless_well(&stack)?;
        let touching = change_set
            .changes
            .iter()
            .filter(|one| reaches_production(one));
        let refused: Vec<_> = touching
            .map(|change| change.resource.as_str())
            .filter(|resource| args.allow.iter().all(|allowed| allowed != resource))
            .collect();
        ensure!(
            refused.is_empty(),
            Refusal(format!(
                "the change set reaches what Production uses now, without a promotion: {}\n  \
                look at each change above; if it is meant: cargo xtask review --execute --allow {}",
                refused.join(", "),
                refused.join(" --allow ")
            ))
        );
    }
    if !args.execute {
        return Ok(End::Done);
    }
    let call = format!(
        "cloudformation ExecuteChangeSet StackName={} ChangeSetName={}",
        stack.name, change_set.name
    );
    if !args.consent.to(&[call])? {
        return Ok(End::Done);
    }
    cloud.execute(&stack.name, &change_set.name).await?;
    if is_first {
        println!(
            "The stack is being made; watch it with: aws cloudformation wait stack-create-complete --stack-name {}",
            stack.name
        );
        return Ok(End::Done);
    }
    let before = stack.updated;
    let state = State::read(&cloud, stack).await?;
    Watch::new(&cloud, &state, &args.target)
        .until_over(before)
        .await
}

/// True if a change reaches Production at once: every one does, except those that are known not to.
fn reaches_production(change: &Change) -> bool {
    let name = change.resource.as_str();
    if FREE.contains(&name) || FREE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return false;
    }
    let free = FREE_PROPERTIES.iter().find(|(known, _)| *known == name);
    let Some((_, free)) = free else {
        return true;
    };
    let is_free = |property: &String| free.contains(&property.as_str());
    change.action != "Modify"
        || change.replaced
        || change.properties.is_empty()
        || !change.properties.iter().all(is_free)
}

fn describe(change_set: &ChangeSet, is_first: bool) -> String {
    let mut lines = vec![format!("change set {}", change_set.name)];
    for change in &change_set.changes {
        let reaches = !is_first && reaches_production(change);
        let line = format!(
            "{:<12} {:<8} {:<40} {}{}",
            if reaches { "PRODUCTION" } else { "" },
            change.action,
            change.resource,
            change.properties.join(", "),
            if change.replaced { " (replaced)" } else { "" },
        );
        lines.push(line.trim_end().to_owned());
    }
    if change_set.changes.is_empty() {
        lines.push("nothing changes".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
