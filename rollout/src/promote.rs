//! `promote`: Production gets what Development serves.

use clap::Args;

use crate::{
    ask::Consent,
    cloud::{
        Cloud,
        function::{LATEST, Publish, Update as FunctionUpdate, Version, description},
        now, show_time,
        stack::Update,
    },
    follow::{End, Watch},
    refusal::Refusal,
    shift::{self, Shift},
    state::{Released, parameter},
    target::Target,
};

/// How often a function that is being updated is looked at before giving up.
const LOOKS: u32 = 24;

/// Arguments of `promote`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask promote --dry-run                what would be done
  cargo xtask promote                          10 % for 10 minutes, then all
  cargo xtask promote --shift canary-1         1 % first
  cargo xtask promote --yes --stack movies     in a pipeline

Nothing is built: Production gets the very code that Development runs. An alarm, or a failed check of
the version, sends all traffic back. Exit status: 0 done, 1 error, 2 refused (nothing that serves was
changed), 3 went back, 130 no longer watched (the rollout goes on).")]
pub(crate) struct PromoteArgs {
    /// How traffic moves: canary-1, canary-10, linear, all-at-once or the name of a CodeDeploy
    /// configuration [default: canary-10]
    #[arg(long)]
    shift: Option<Shift>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    consent: Consent,
}

/// Runs the command.
pub(crate) async fn run(args: PromoteArgs) -> anyhow::Result<End> {
    let cloud = args.target.connect().await?;
    let mut state = args.target.state(&cloud).await?;
    state.refuse_unless_at_rest()?;
    for released in [&mut state.function, &mut state.sign_up] {
        wait_for_deploy(&cloud, released, &args).await?;
    }
    let news = state.news();
    if news.is_empty() {
        return Err(Refusal::NothingToPromote.into());
    }
    let config = shift::config(args.shift.as_ref(), &state)?;
    let steps = match config.as_str() {
        "" => "all at once (this stack has no CodeDeploy)".to_owned(),
        config => format!("{} ({config})", cloud.steps(config).await?.describe()),
    };
    let overrides_policy = cloud.has_policy(&state.stack.name).await?;
    println!(
        "Promote Development to Production of stack {}\n  now:     version {}, code {}, API deployment {}\n  then:    a version of that code, {}, API deployment {}\n  changed: {}\n  traffic: {steps}",
        state.stack.name,
        state.function.serving.number,
        state.function.serving.code_sha256,
        state.api_deployment.as_deref().unwrap_or("-"),
        state.function.development.code_sha256,
        state.newest_api_deployment,
        news.join(", "),
    );
    let publish_trigger = state.has_new_trigger().then(|| Publish {
        function: state.sign_up.name.clone(),
        latest: state.sign_up.latest.clone(),
        description: String::new(),
    });
    let publish = |sign_up: &str| Publish {
        function: state.function.name.clone(),
        latest: state.function.latest.clone(),
        description: description(&state.newest_api_deployment, sign_up),
    };
    let update = |version: &str, sign_up: &str| {
        let parameters = [
            (parameter::VERSION, version),
            (parameter::SIGN_UP_VERSION, sign_up),
            (
                parameter::PREVIOUS_SIGN_UP_VERSION,
                &state.sign_up.serving.number,
            ),
            (parameter::API_DEPLOYMENT, &state.newest_api_deployment),
            (parameter::SHIFT, &config),
            (parameter::PREVIOUS_VERSION, &state.function.serving.number),
            (
                parameter::PREVIOUS_API_DEPLOYMENT,
                state.api_deployment.as_deref().unwrap_or_default(),
            ),
        ];
        let parameters = parameters.map(|(name, value)| (name, value.to_owned()));
        Update::new(&state.stack, parameters, overrides_policy)
    };
    let same_trigger = &state.sign_up.serving.number;
    let planned_trigger = match publish_trigger {
        Some(_) => "(the version published)",
        None => same_trigger,
    };
    let mut calls: Vec<_> = publish_trigger.iter().map(Publish::describe).collect();
    calls.push(publish(planned_trigger).describe());
    calls.push(update("(the version published)", planned_trigger)?.describe(&state.stack));
    if !args.consent.to(&calls)? {
        return Ok(End::Done);
    }
    let sign_up = match &publish_trigger {
        Some(publish) => {
            let version = publish.run(&cloud).await?;
            wait_for_version(&cloud, &publish.function, &version, &args).await?;
            version
        }
        None => same_trigger.clone(),
    };
    let version = publish(&sign_up).run(&cloud).await?;
    wait_for_version(&cloud, &state.function.name, &version, &args).await?;
    let same_api = state.api_deployment.as_ref() == Some(&state.newest_api_deployment);
    let same = version == state.function.serving.number && sign_up == *same_trigger;
    if same && same_api && state.is_pinned() {
        return Err(Refusal::NothingToPromote.into());
    }
    println!(
        "{} version {version} is published; moving Production",
        show_time(&now())
    );
    update(&version, &sign_up)?
        .begin(&cloud, &state.stack)
        .await?;
    let watch = Watch::new(&cloud, &state, &args.target);
    let end = watch.until_over(state.stack.updated).await?;
    if end == End::Done {
        println!(
            "Production serves version {version}.\n  back again: cargo xtask rollback --to {} --api-deployment {} {}",
            state.function.serving.number,
            state.api_deployment.as_deref().unwrap_or_default(),
            args.target.arguments(),
        );
    }
    Ok(end)
}

/// Waits until the last deploy to Development is through.
async fn wait_for_deploy(
    cloud: &Cloud,
    released: &mut Released,
    args: &PromoteArgs,
) -> anyhow::Result<()> {
    released.development = settled(cloud, &released.development_name, LATEST, args).await?;
    released.latest = settled(cloud, &released.name, LATEST, args).await?;
    Ok(released.refuse_unless_deployed()?)
}

/// Waits until Lambda can run the version.
async fn wait_for_version(
    cloud: &Cloud,
    function: &str,
    version: &str,
    args: &PromoteArgs,
) -> anyhow::Result<()> {
    let version = settled(cloud, function, version, args).await?;
    let function = function.to_owned();
    match version.update {
        FunctionUpdate::Done => Ok(()),
        FunctionUpdate::Busy => Err(Refusal::FunctionBusy { function }.into()),
        FunctionUpdate::Failed(reason) => Err(Refusal::FunctionFailed { function, reason }.into()),
    }
}

async fn settled(
    cloud: &Cloud,
    function: &str,
    number: &str,
    args: &PromoteArgs,
) -> anyhow::Result<Version> {
    let mut looks = 0;
    loop {
        let version = cloud.version(function, number).await?;
        let version = version.ok_or_else(|| Refusal::NoSuchVersion {
            function: function.to_owned(),
            version: number.to_owned(),
        })?;
        looks += 1;
        if version.update != FunctionUpdate::Busy || looks == LOOKS {
            return Ok(version);
        }
        tokio::time::sleep(args.target.interval()).await;
    }
}
