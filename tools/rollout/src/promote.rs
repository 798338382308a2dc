//! `promote`: moves Production to what Development serves.

use std::time::Duration;

use anyhow::ensure;
use aws_smithy_types::DateTime;
use clap::Args;

use crate::{
    ask::Consent,
    cloud::{
        Cloud,
        function::{LATEST, Publish, description},
        now,
        shifting::{ALL_AT_ONCE, Steps},
        show_time,
        stack::Update,
    },
    follow::{End, Watch},
    marker,
    refusal::Refusal,
    state::{Released, State},
    target::Target,
};

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
    let cloud = Cloud::connect(&args.target).await?;
    let mut state = State::read(&cloud, cloud.stack(&args.target.stack).await?).await?;
    state.refuse_unless_at_rest()?;
    wait_for_deploy(&cloud, &mut state.function, args.target.interval).await?;
    for (_, released) in &mut state.companions {
        wait_for_deploy(&cloud, released, args.target.interval).await?;
    }
    let news = state.news();
    ensure!(!news.is_empty(), nothing_to_promote());
    let config = config(args.shift.as_deref(), &state)?;
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
    ensure!(
        args.min_requests == 0 || steps != Steps::Once,
        Refusal(
            "--min-requests needs a share of the traffic first, and this moves all at once\n  \
            choose another --shift, or leave --min-requests out"
                .to_owned()
        )
    );
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
    let (version, companions) = plan.publish(&cloud).await?;
    println!(
        "{} version {version} is published; moving Production",
        show_time(&now())
    );
    plan.update(&version, &companions)?.begin(&cloud).await?;
    let mut watch = Watch::new(&cloud, &state, &args.target);
    watch.min_requests = args.min_requests;
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

fn nothing_to_promote() -> Refusal {
    Refusal(
        "there is nothing to promote: Production serves what Development serves\n  \
        change Development first: sam build && sam deploy"
            .to_owned(),
    )
}

/// The name of the CodeDeploy configuration: `shift` is a word of ours, or such a name. Without it, a stack without
/// CodeDeploy stays without it: an empty name.
fn config(shift: Option<&str>, state: &State) -> Result<String, Refusal> {
    let name = match shift {
        None if state.stack.parameter("ProductionTrafficShift")?.is_empty() => "",
        None | Some("canary-10") => "CodeDeployDefault.LambdaCanary10Percent10Minutes",
        // The stack's own configuration, because CodeDeploy has none for 1 %.
        Some("canary-1") => match state.resources.get("Canary1PercentConfig") {
            Some(config) => &config.id,
            None => {
                return Err(Refusal(
                    "this stack has no configuration for --shift canary-1\n  \
                    deploy this project's template with ProductionTrafficShift set, or choose another shift"
                        .to_owned(),
                ));
            }
        },
        Some("linear") => "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
        Some("all-at-once") => ALL_AT_ONCE,
        Some(name) => name,
    };
    Ok(name.to_owned())
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

        let (mut calls, mut companions) = (Vec::new(), Vec::new());
        for (_, released) in &self.state.companions {
            companions.push(match new_companion(released) {
                Some(publish) => {
                    calls.push(publish.describe());
                    PUBLISHED.to_owned()
                }
                None => released.serving.number.clone(),
            });
        }
        calls.push(self.new_version(&companions).describe());
        calls.push(self.update(PUBLISHED, &companions)?.describe());
        Ok(calls)
    }

    fn new_version(&self, companions: &[String]) -> Publish {
        Publish {
            function: self.state.function.name.clone(),
            latest: self.state.function.latest.clone(),
            description: description(&self.state.newest_api_deployment, companions),
        }
    }

    /// Publishes the new versions; returns the versions of the function and of its companions.
    async fn publish(&self, cloud: &Cloud) -> anyhow::Result<(String, Vec<String>)> {
        let state = self.state;
        let interval = self.args.target.interval;
        let (mut companions, mut same) = (Vec::new(), true);
        for (_, released) in &state.companions {
            let version = match new_companion(released) {
                Some(publish) => publish.run(cloud, interval).await?,
                None => released.serving.number.clone(),
            };
            same &= version == released.serving.number;
            companions.push(version);
        }
        let version = self.new_version(&companions).run(cloud, interval).await?;
        same &= version == state.function.serving.number;
        let same_api = state.api_deployment.as_ref() == Some(&state.newest_api_deployment);
        ensure!(
            !(same && same_api && state.is_pinned()),
            nothing_to_promote()
        );
        Ok((version, companions))
    }

    fn update(&self, version: &str, companions: &[String]) -> Result<Update<'_>, Refusal> {
        let state = self.state;
        let expected_changes = self.args.expect_change.join(",");
        let rollouts = marker::with_one_more(&state.stack, &format!("v{version}"), &now())?;
        let parameters = [
            ("ProductionVersion", version),
            ("ProductionApiDeploymentId", &state.newest_api_deployment),
            ("ProductionTrafficShift", &self.config),
            ("ProductionExpectedChanges", &expected_changes),
            ("ProductionRollouts", &rollouts),
            ("PreviousProductionVersion", &state.function.serving.number),
            (
                "PreviousProductionApiDeploymentId",
                state.api_deployment.as_deref().unwrap_or_default(),
            ),
        ];
        let of_companions = state.companions.iter().zip(companions);
        let of_companions = of_companions.flat_map(|((of, released), version)| {
            let before = &released.serving.number;
            [(of.version, version), (of.previous_version, before)]
                .map(|(name, value)| (name, value.to_owned()))
        });
        let parameters = parameters.map(|(name, value)| (name, value.to_owned()));
        let parameters = parameters.into_iter().chain(of_companions);
        let mut update = Update::new(&state.stack, parameters, self.overrides_policy)?;
        let alarm = self.alarm.clone();
        update.bake = alarm.map(|alarm| (alarm, self.args.bake));
        Ok(update)
    }
}

/// The publication of a companion; `None` if it has nothing new.
fn new_companion(released: &Released) -> Option<Publish> {
    released.has_news().then(|| Publish {
        function: released.name.clone(),
        latest: released.latest.clone(),
        description: String::new(),
    })
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
    if let Err(error) = update.begin(cloud).await {
        println!(
            "the alarm that watched stays set ({error:#}); the next promote or rollback replaces it"
        );
    }
    Ok(())
}

/// Waits for the last deployment to Development, and refuses a function that failed to update or has other code.
async fn wait_for_deploy(
    cloud: &Cloud,
    released: &mut Released,
    interval: Duration,
) -> anyhow::Result<()> {
    let Released {
        name,
        development_name,
        ..
    } = &*released;
    let development = cloud.updated(development_name, LATEST, interval).await?;
    let latest = cloud.updated(name, LATEST, interval).await?;
    ensure!(
        latest.code_sha256 == development.code_sha256,
        Refusal(format!(
            "function {name} has other code than {development_name}, so what would be released is not what was tried\n  \
            deploy again, both get the same code then: sam build && sam deploy"
        ))
    );
    released.development = development;
    released.latest = latest;
    Ok(())
}
