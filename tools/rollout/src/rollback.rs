//! `rollback`: moves Production back to the version before, during a rollout or after one.

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::{
    ask::Consent,
    cloud::{Cloud, function::see_versions, now, shifting::ALL_AT_ONCE, stack::Update},
    companion::COMPANIONS,
    follow::{End, Watch},
    marker,
    refusal::Refusal,
    state::State,
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
    let cloud = Cloud::connect(&args.target).await?;
    let state = State::read(&cloud, cloud.stack(&args.target.stack).await?).await?;
    match &state.rollout {
        // To stop a rollback would serve the new version again.
        Some(deployment)
            if state.is_going_back() || cloud.deployment(deployment).await?.goes_back =>
        {
            bail!(Refusal(
                "Production is going back already\n  watch it with: cargo xtask status --follow"
                    .to_owned()
            ))
        }
        Some(_) if args.to.is_some() || args.api_deployment.is_some() => bail!(Refusal(
            "a rollout is in progress: it can only be ended, not sent to another version\n  \
            run cargo xtask rollback without --to and --api-deployment, then with them"
                .to_owned()
        )),
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
        companions,
    } = destination(cloud, state, args).await?;
    ensure!(
        version != state.function.alias.version
            || Some(&api_deployment) != state.api_deployment.as_ref(),
        Refusal(format!(
            "Production serves that already: version {version}, API deployment {api_deployment}\n  \
            name another version with --to"
        ))
    );
    ensure!(
        cloud.has_deployment(&state.api, &api_deployment).await?,
        Refusal(format!(
            "the API has no deployment {api_deployment}\n  {}",
            see_deployments(&state.api)
        ))
    );
    println!(
        "Take Production of stack {} back at once\n  now:  version {}, API deployment {}\n  then: version {version}, API deployment {api_deployment}",
        state.stack.name,
        state.function.alias.version,
        state.api_deployment.as_deref().unwrap_or("-"),
    );
    // A stack without CodeDeploy stays without it.
    let shift = match state.stack.parameter("ProductionTrafficShift")? {
        "" => "",
        _ => ALL_AT_ONCE,
    };
    let label = format!("back to v{version}");
    let rollouts = marker::with_one_more(&state.stack, &label, &now())?;
    let of_companions = state.companions.iter().zip(companions);
    let of_companions = of_companions.map(|((of, _), version)| (of.version, version));
    let parameters = [
        ("ProductionVersion", version.clone()),
        ("ProductionApiDeploymentId", api_deployment),
        ("ProductionTrafficShift", shift.to_owned()),
        ("ProductionExpectedChanges", String::new()),
        ("ProductionRollouts", rollouts),
    ];
    let overrides_policy = cloud.has_policy(&state.stack.name).await?;
    let parameters = parameters.into_iter().chain(of_companions);
    let update = Update::new(&state.stack, parameters, overrides_policy)?;
    if !args.consent.to(&[update.describe()])? {
        return Ok(End::Done);
    }
    update.begin(cloud).await?;
    let watch = Watch::new(cloud, state, &args.target);
    let end = watch.until_over(state.stack.updated).await?;
    if end == End::Done {
        println!("Production serves version {version}.");
    }
    Ok(end)
}

/// The advice to look at the deployments of an API.
fn see_deployments(api: &str) -> String {
    format!("see them with: aws apigateway get-deployments --rest-api-id {api}")
}

/// The target of a rollback.
struct Destination {
    version: String,
    /// The API deployment of this version.
    api_deployment: String,
    /// The versions of the companions of this version; of one that is not known, the one that serves now.
    companions: Vec<String>,
}

async fn destination(cloud: &Cloud, state: &State, args: &RollbackArgs) -> Result<Destination> {
    let noted = |name| {
        let value: Option<&String> = state.stack.parameters.get(name);
        value.filter(|value| !value.is_empty()).cloned()
    };
    let function = &state.function.name;
    let number = match args.to {
        Some(to) => to.to_string(),
        None => noted("PreviousProductionVersion").ok_or_else(|| {
            Refusal(format!(
                "there is nothing to go back to: Production has served nothing else\n  \
                name a version with --to; {}",
                see_versions(function)
            ))
        })?,
    };
    let version = cloud.version(function, &number).await?;
    let (known, companions) = match args.to {
        Some(_) => (version.api_deployment, version.companions),
        None => (
            noted("PreviousProductionApiDeploymentId"),
            COMPANIONS
                .iter()
                .map(|of| noted(of.previous_version))
                .collect(),
        ),
    };
    let serving = state.companions.iter();
    let serving = serving.map(|(_, released)| released.alias.version.clone());
    let companions = companions.into_iter().zip(serving);
    let api = args.api_deployment.clone().or(known);
    let api = api.ok_or_else(|| {
        Refusal(format!(
            "it is not known which API deployment version {number} was promoted with\n  \
            name it with --api-deployment; {}",
            see_deployments(&state.api)
        ))
    })?;
    Ok(Destination {
        version: number,
        api_deployment: api,
        companions: companions
            .map(|(known, serving)| known.unwrap_or(serving))
            .collect(),
    })
}
