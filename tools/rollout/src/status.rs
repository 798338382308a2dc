//! `status`: the version that each stage serves, since when, and what is newer in Development.

use clap::Args;

use crate::{
    cloud::{Cloud, show_time},
    follow::{End, Watch},
    state::{State, refuse_unless_well},
    target::Target,
    view::{alarms, percent},
};

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask status                           what serves where
  cargo xtask status --follow                  watch the rollout that goes on

Changes nothing. Exit status: 0 fine, 1 error, 2 no such stack or a broken one; with --follow also 3
if the rollout went back, 130 if it was no longer watched.")]
pub(crate) struct StatusArgs {
    /// Watch the rollout that goes on, to its end
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) async fn run(args: StatusArgs) -> anyhow::Result<End> {
    let cloud = Cloud::connect(&args.target).await?;
    let state = State::read(&cloud, cloud.stack(&args.target.stack).await?).await?;
    if args.follow && (state.stack.is_busy() || state.rollout.is_some()) {
        let watch = Watch::new(&cloud, &state, &args.target);
        return watch.until_over(None).await;
    }
    let alarms = match cloud.alarms(&state.resources).await {
        Ok(found) => alarms(&found),
        Err(error) => format!("not known ({error:#})"),
    };
    println!("{}", describe(&state, &alarms));
    if state.stack.is_busy() {
        return Ok(End::Done);
    }
    refuse_unless_well(&state.stack)?;
    Ok(End::Done)
}

fn describe(state: &State, alarms: &str) -> String {
    let row = |[stage, version, share, since, code, api]: [&str; 6]| {
        // Of the hash of the code, the beginning is enough.
        format!("{stage:<12} {version:<8} {share:>7}  {since:<20}  {code:<12.12}  {api}")
    };
    let function = &state.function;
    let moved = state.resources.get("ProductionAlias");
    let moved = moved.and_then(|alias| alias.updated);
    let moved = moved.map_or_else(|| "-".to_owned(), |time| show_time(&time));
    let (deployed, _) = function
        .development
        .modified
        .split_once('.')
        .unwrap_or((&function.development.modified, ""));
    let weighted = function.alias.weighted.as_ref();
    let mut lines = vec![
        format!("stack {} {}", state.stack.name, state.stack.status),
        row([
            "stage",
            "version",
            "traffic",
            "since",
            "code",
            "API deployment",
        ]),
        row([
            "Development",
            "$LATEST",
            "100 %",
            &format!("{deployed}Z"),
            &function.development.code_sha256,
            &state.newest_api_deployment,
        ]),
        row([
            "Production",
            &function.alias.version,
            &percent(1.0 - weighted.map_or(0.0, |(_, share)| *share)),
            &moved,
            &function.serving.code_sha256,
            state.api_deployment.as_deref().unwrap_or("-"),
        ]),
    ];
    if let Some((version, share)) = weighted {
        lines.push(row(["", version, &percent(*share), "", "", ""]));
    }
    let news = state.news();
    let news = if news.is_empty() {
        "nothing"
    } else {
        &news.join(", ")
    };
    lines.push(format!("newer in Development: {news}"));
    if !alarms.is_empty() {
        lines.push(format!("alarms: {alarms}"));
    }
    if let Some(rollout) = &state.rollout {
        lines.push(format!(
            "rollout in progress: {rollout} (cargo xtask status --follow)"
        ));
    } else if state.stack.is_well()
        && let Err(refusal) = state.refuse_unless_at_rest()
    {
        lines.push(format!("attention: {refusal}"));
    }
    lines.join("\n")
}
