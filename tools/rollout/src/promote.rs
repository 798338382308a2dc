//! `promote`: moves Production to what Development serves.

use aws_smithy_types::DateTime;
use clap::Args;

use crate::{
    ask::Consent,
    cloud::{
        Cloud,
        function::{LATEST, Publish, Update as FunctionUpdate, Version, description},
        now,
        shifting::Steps,
        show_time,
        stack::Update,
    },
    follow::{End, Watch},
    marker,
    refusal::Refusal,
    shift,
    state::{Released, State, parameter},
    target::Target,
};

/// The maximum number of reads while a function is being updated.
const LOOKS: u32 = 24;

/// Arguments of `promote`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask promote --dry-run                what would be done
  cargo xtask promote                          10 % for 10 minutes, then all
  cargo xtask promote --shift canary-1         1 % first
  cargo xtask promote --min-requests 100       goes back if a canary of 10 % met fewer
  cargo xtask promote --expect-change /health  its answer has another form, on purpose
  cargo xtask promote --yes --stack STACK      in a pipeline

Nothing is built: Production gets the very code that Development runs. An alarm, or a failed check of
the version, sends all traffic back. Exit status: 0 done, 1 error, 2 refused (nothing that serves was
changed), 3 went back, 130 no longer watched (the rollout goes on).

--min-requests is seen to by this program: leave it running.")]
pub(crate) struct PromoteArgs {
    /// How traffic moves: canary-1, canary-10, linear, all-at-once or the name of a CodeDeploy
    /// configuration [default: canary-10]
    #[arg(long)]
    shift: Option<String>,
    /// Stop and go back if fewer requests came to the new version before it gets all
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_requests: u64,
    /// A path whose answers may differ from those of the version before; may be given several times
    #[arg(long, value_name = "PATH", value_parser = path)]
    expect_change: Vec<String>,
    /// For how many minutes the gateway's alarm is watched after everything has moved
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(i32).range(0..=180))]
    bake: i32,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    consent: Consent,
}

/// Accepts the same paths as the parameter of the template. CloudFormation would refuse others only after the version
/// is published.
fn path(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-');
    if text.starts_with('/') && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("write the path of an operation, such as /auth/configuration".to_owned())
    }
}

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
    let config = shift::config(args.shift.as_deref(), &state)?;
    let (steps, words) = match config.as_str() {
        "" => (
            Steps::Once,
            "all at once (this stack has no CodeDeploy)".to_owned(),
        ),
        config => {
            let steps = cloud.steps(config).await?;
            (steps, format!("{} ({config})", steps.describe()))
        }
    };
    let expected = expected_requests(&cloud, &state, steps).await;
    if args.min_requests > 0 && steps == Steps::Once {
        return Err(Refusal::NothingIsJudged.into());
    }
    let alarm = cloud.gateway_alarm(&state.resources).await?;
    let overrides_policy = cloud.has_policy(&state.stack.name).await?;
    println!(
        "Promote Development to Production of stack {}\n  now:     version {}, code {}, API deployment {}\n  then:    a version with code {}, API deployment {}\n  changed: {}\n  traffic: {words}\n  expect:  {expected}",
        state.stack.name,
        state.function.serving.number,
        state.function.serving.code_sha256,
        state.api_deployment.as_deref().unwrap_or("-"),
        state.function.development.code_sha256,
        state.newest_api_deployment,
        news.join(", "),
    );
    let plan = Plan {
        state: &state,
        args: &args,
        config,
        alarm,
        overrides_policy,
    };
    if !args.consent.to(&plan.calls()?)? {
        return Ok(End::Done);
    }
    let (version, sign_up) = plan.publish(&cloud).await?;
    println!(
        "{} version {version} is published; moving Production",
        show_time(&now())
    );
    plan.update(&version, &sign_up)?
        .begin(&cloud, &state.stack)
        .await?;
    let watch = Watch::new(&cloud, &state, &args.target).at_least(args.min_requests);
    let end = watch.until_over(state.stack.updated).await?;
    if end == End::Done {
        if plan.alarm.is_some() {
            end_bake(&cloud, &args, overrides_policy).await?;
        }
        println!(
            "Production serves version {version}.\n  back again: cargo xtask rollback --to {} --api-deployment {} {}",
            state.function.serving.number,
            state.api_deployment.as_deref().unwrap_or_default(),
            args.target.arguments(),
        );
    }
    Ok(end)
}

/// The settings of a promotion.
struct Plan<'a> {
    state: &'a State,
    args: &'a PromoteArgs,
    /// The deployment configuration that shifts the traffic; empty without CodeDeploy.
    config: String,
    /// The ARN of the gateway's alarm; `None` if it is not watched.
    alarm: Option<String>,
    overrides_policy: bool,
}

impl Plan<'_> {
    /// The calls in words, for `--dry-run`.
    fn calls(&self) -> Result<Vec<String>, Refusal> {
        const PUBLISHED: &str = "(the version published)";

        let trigger = self.new_trigger();
        let sign_up = match trigger {
            Some(_) => PUBLISHED,
            None => &self.state.sign_up.serving.number,
        };
        let mut calls: Vec<_> = trigger.iter().map(Publish::describe).collect();
        calls.push(self.new_version(sign_up).describe());
        calls.push(self.update(PUBLISHED, sign_up)?.describe(&self.state.stack));
        Ok(calls)
    }

    fn new_trigger(&self) -> Option<Publish> {
        let sign_up = &self.state.sign_up;
        self.state.has_new_trigger().then(|| Publish {
            function: sign_up.name.clone(),
            latest: sign_up.latest.clone(),
            description: String::new(),
        })
    }

    fn new_version(&self, sign_up: &str) -> Publish {
        Publish {
            function: self.state.function.name.clone(),
            latest: self.state.function.latest.clone(),
            description: description(&self.state.newest_api_deployment, sign_up),
        }
    }

    /// Publishes the new versions; returns the versions of the function and of the sign-up trigger.
    async fn publish(&self, cloud: &Cloud) -> anyhow::Result<(String, String)> {
        let state = self.state;
        let before = &state.sign_up.serving.number;
        let sign_up = match self.new_trigger() {
            Some(publish) => {
                let version = publish.run(cloud).await?;
                wait_for_version(cloud, &publish.function, &version, self.args).await?;
                version
            }
            None => before.clone(),
        };
        let version = self.new_version(&sign_up).run(cloud).await?;
        wait_for_version(cloud, &state.function.name, &version, self.args).await?;
        let same_api = state.api_deployment.as_ref() == Some(&state.newest_api_deployment);
        let same = version == state.function.serving.number && sign_up == *before;
        if same && same_api && state.is_pinned() {
            return Err(Refusal::NothingToPromote.into());
        }
        Ok((version, sign_up))
    }

    fn update(&self, version: &str, sign_up: &str) -> Result<Update, Refusal> {
        let state = self.state;
        let expected_changes = self.args.expect_change.join(",");
        let rollouts = marker::with_one_more(&state.stack, &format!("v{version}"), &now())?;
        let parameters = [
            (parameter::VERSION, version),
            (parameter::SIGN_UP_VERSION, sign_up),
            (
                parameter::PREVIOUS_SIGN_UP_VERSION,
                &state.sign_up.serving.number,
            ),
            (parameter::API_DEPLOYMENT, &state.newest_api_deployment),
            (parameter::SHIFT, &self.config),
            (parameter::EXPECTED_CHANGES, &expected_changes),
            (parameter::ROLLOUTS, &rollouts),
            (parameter::PREVIOUS_VERSION, &state.function.serving.number),
            (
                parameter::PREVIOUS_API_DEPLOYMENT,
                state.api_deployment.as_deref().unwrap_or_default(),
            ),
        ];
        let parameters = parameters.map(|(name, value)| (name, value.to_owned()));
        let update = Update::new(&state.stack, parameters, self.overrides_policy)?;
        Ok(update.baked(self.alarm.clone(), self.args.bake))
    }
}

/// The expected requests of the new version before the last step, at the rate of the last hour.
async fn expected_requests(cloud: &Cloud, state: &State, steps: Steps) -> String {
    const HOUR: u32 = 3_600;
    let until = now();
    let since = DateTime::from_secs(until.secs() - i64::from(HOUR));
    let function = &state.function;
    let figures = cloud
        .figures(&function.name, &[&function.serving.number], since, until)
        .await;
    let requests = figures.map(|figures| figures.first().and_then(|figures| figures.requests));
    let Ok(Some(requests)) = requests else {
        return "unknown (the requests of the last hour cannot be read)".to_owned();
    };
    let expected = steps.expected(requests / f64::from(HOUR));
    format!(
        "about {expected:.0} requests to the new version before it gets all ({requests:.0} came in the last hour)"
    )
}

/// Removes the alarm from the stack, so that it does not roll back the next deployment to Development.
async fn end_bake(cloud: &Cloud, args: &PromoteArgs, overrides_policy: bool) -> anyhow::Result<()> {
    let stack = cloud.stack(&args.target.stack).await?;
    let update = Update::new(&stack, [], overrides_policy)?;
    if let Err(error) = update.begin(cloud, &stack).await {
        let why = match error.downcast_ref() {
            Some(Refusal::NothingToPromote) => "CloudFormation sees no change in it".to_owned(),
            _ => format!("{error:#}"),
        };
        println!(
            "the alarm that watched stays set ({why}); the next promote or rollback replaces it"
        );
    }
    Ok(())
}

/// Waits for the last deployment to Development, and refuses a function that failed to update or has other code.
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
    Ok(version.refuse_unless_updated(function)?)
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
        looks += 1;
        if version.update != FunctionUpdate::Busy || looks == LOOKS {
            return Ok(version);
        }
        tokio::time::sleep(args.target.interval).await;
    }
}
