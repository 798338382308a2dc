//! `rollback`: moves Production back to the version before, during a rollout or after one.

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    ask::Consent,
    cloud::{Cloud, now, stack::Update},
    follow::{End, Watch},
    marker,
    refusal::Refusal,
    shift::ALL_AT_ONCE,
    state::{State, parameter},
    target::Target,
};

/// Arguments of `rollback`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask rollback                         ends the rollout that goes on, else undoes the last one
  cargo xtask rollback --to 7                  to a certain version, with the API of its time

All traffic goes back at once. Exit status: 0 done, 1 error, 2 refused (nothing was changed), 3 the
rollback itself was stopped, 130 no longer watched (it goes on).")]
pub(crate) struct RollbackArgs {
    /// The version to serve [default: the one before the last promotion]
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
    /// The deployment of the API to serve [default: the one that the version was promoted with]
    #[arg(long, value_name = "ID")]
    api_deployment: Option<String>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: RollbackArgs) -> Result<End> {
    let cloud = args.target.connect().await?;
    let state = args.target.state(&cloud).await?;
    match &state.rollout {
        // To stop a rollback would serve the new version again.
        Some(deployment)
            if state.is_going_back() || cloud.deployment(deployment).await?.goes_back =>
        {
            Err(Refusal::GoingBack.into())
        }
        Some(_) if args.to.is_some() || args.api_deployment.is_some() => {
            Err(Refusal::EndItFirst.into())
        }
        Some(deployment) => end(&cloud, &state, deployment, &args).await,
        None => undo(&cloud, &state, &args).await,
    }
}

/// Stops the rollout in progress. CloudFormation then rolls the stack back.
async fn end(cloud: &Cloud, state: &State, deployment: &str, args: &RollbackArgs) -> Result<End> {
    println!(
        "End the rollout {deployment} of stack {}\n  all traffic goes back to version {}",
        state.stack.name, state.function.alias.version
    );
    let call =
        format!("codedeploy StopDeployment DeploymentId={deployment} AutoRollbackEnabled=true");
    if !args.consent.to(&[call])? {
        return Ok(End::Done);
    }
    cloud.stop(deployment).await?;
    let watch = Watch::new(cloud, state, &args.target);
    match watch.until_over(None).await? {
        End::WentBack(_) => {
            println!(
                "Production serves version {} again.",
                state.function.alias.version
            );
            Ok(End::Done)
        }
        End::Done => {
            bail!("the rollout was through before it could be ended; run rollback again to undo it")
        }
        End::Left => Ok(End::Left),
    }
}

/// Undoes a finished rollout by an update to the earlier version, which moves all traffic at once.
async fn undo(cloud: &Cloud, state: &State, args: &RollbackArgs) -> Result<End> {
    state.refuse_unless_at_rest()?;
    let Destination {
        version,
        api_deployment,
        sign_up,
    } = destination(cloud, state, args).await?;
    if version == state.function.alias.version
        && Some(&api_deployment) == state.api_deployment.as_ref()
    {
        return Err(Refusal::AlreadyThere {
            version,
            api_deployment,
        }
        .into());
    }
    if !cloud.has_deployment(&state.api, &api_deployment).await? {
        let api = state.api.clone();
        return Err(Refusal::NoSuchApiDeployment {
            id: api_deployment,
            api,
        }
        .into());
    }
    println!(
        "Take Production of stack {} back at once\n  now:  version {}, API deployment {}\n  then: version {version}, API deployment {api_deployment}",
        state.stack.name,
        state.function.alias.version,
        state.api_deployment.as_deref().unwrap_or("-"),
    );
    // A stack without CodeDeploy stays without it.
    let shift = match state.stack.parameter(parameter::SHIFT)? {
        "" => "",
        _ => ALL_AT_ONCE,
    };
    let label = format!("back to v{version}");
    let rollouts = marker::with_one_more(&state.stack, &label, &now())?;
    let parameters = [
        (parameter::VERSION, version.clone()),
        (parameter::API_DEPLOYMENT, api_deployment),
        (parameter::SHIFT, shift.to_owned()),
        (parameter::SIGN_UP_VERSION, sign_up),
        (parameter::EXPECTED_CHANGES, String::new()),
        (parameter::ROLLOUTS, rollouts),
    ];
    let overrides_policy = cloud.has_policy(&state.stack.name).await?;
    let update = Update::new(&state.stack, parameters, overrides_policy)?;
    if !args.consent.to(&[update.describe(&state.stack)])? {
        return Ok(End::Done);
    }
    update.begin(cloud, &state.stack).await?;
    let watch = Watch::new(cloud, state, &args.target);
    let end = watch.until_over(state.stack.updated).await?;
    if end == End::Done {
        println!("Production serves version {version}.");
    }
    Ok(end)
}

/// The target of a rollback.
struct Destination {
    version: String,
    /// The API deployment of this version.
    api_deployment: String,
    /// The version of the sign-up trigger of this version; if it is not known, the one that serves now.
    sign_up: String,
}

async fn destination(cloud: &Cloud, state: &State, args: &RollbackArgs) -> Result<Destination> {
    let noted = |name| {
        let value: Option<&String> = state.stack.parameters.get(name);
        value.filter(|value| !value.is_empty()).cloned()
    };
    let function = &state.function.name;
    let number = match args.to {
        Some(to) => to.to_string(),
        None => noted(parameter::PREVIOUS_VERSION).ok_or_else(|| Refusal::NoPrevious {
            function: function.clone(),
        })?,
    };
    let version = cloud.version(function, &number).await?;
    let (known, sign_up) = match args.to {
        Some(_) => (version.api_deployment, version.sign_up),
        None => (
            noted(parameter::PREVIOUS_API_DEPLOYMENT),
            noted(parameter::PREVIOUS_SIGN_UP_VERSION),
        ),
    };
    let api = args.api_deployment.clone().or(known);
    let api = api.ok_or_else(|| Refusal::NoApiDeployment {
        version: number.clone(),
        api: state.api.clone(),
    })?;
    Ok(Destination {
        version: number,
        api_deployment: api,
        sign_up: sign_up.unwrap_or_else(|| state.sign_up.alias.version.clone()),
    })
}
