//! `status`: the version that each stage serves, since when, and what is newer in Development.

use clap::Args;

use crate::{
    cloud::show_time,
    follow::{End, Watch},
    state::{State, refuse_unless_well},
    target::Target,
    view::percent,
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
    let cloud = args.target.connect().await?;
    let state = args.target.state(&cloud).await?;
    if args.follow && (state.stack.is_busy() || state.rollout.is_some()) {
        let watch = Watch::new(&cloud, &state, &args.target);
        return watch.until_over(None).await;
    }
    let alarms = match cloud.alarms(&state.resources).await {
        Ok(alarms) => alarms
            .iter()
            .map(|alarm| format!("{} {}", alarm.name, alarm.state))
            .collect(),
        Err(error) => vec![format!("not known ({error:#})")],
    };
    println!("{}", describe(&state, &alarms));
    if state.stack.is_busy() {
        return Ok(End::Done);
    }
    refuse_unless_well(&state.stack)?;
    Ok(End::Done)
}

fn describe(state: &State, alarms: &[String]) -> String {
    let row = |stage: &str, version: &str, share: &str, since: &str, code: &str, api: &str| {
        format!("{stage:<12} {version:<8} {share:>7}  {since:<20}  {code:<12}  {api}")
    };
    let short = |code: &str| code.chars().take(12).collect::<String>();
    let unknown = "-".to_owned();
    let since = |time: Option<String>| time.unwrap_or_else(|| unknown.clone());
    let moved = state.resources.get("ProductionAlias");
    let moved = since(
        moved
            .and_then(|alias| alias.updated)
            .map(|time| show_time(&time)),
    );
    let deployed = format!(
        "{}Z",
        state
            .function
            .development
            .modified
            .split('.')
            .next()
            .unwrap_or_default()
    );
    let api = state.api_deployment.as_ref().unwrap_or(&unknown);
    let weighted = state.function.alias.weighted.as_ref();
    let share = percent(1.0 - weighted.map_or(0.0, |(_, share)| *share));
    let mut lines = vec![
        format!("stack {} {}", state.stack.name, state.stack.status),
        row(
            "stage",
            "version",
            "traffic",
            "since",
            "code",
            "API deployment",
        ),
        row(
            "Development",
            "$LATEST",
            "100 %",
            &deployed,
            &short(&state.function.development.code_sha256),
            &state.newest_api_deployment,
        ),
        row(
            "Production",
            &state.function.alias.version,
            &share,
            &moved,
            &short(&state.function.serving.code_sha256),
            api,
        ),
    ];
    if let Some((version, share)) = weighted {
        lines.push(row("", version, &percent(*share), "", "", ""));
    }
    let news = state.news();
    lines.push(match news.as_slice() {
        [] => "newer in Development: nothing".to_owned(),
        news => format!("newer in Development: {}", news.join(", ")),
    });
    if !alarms.is_empty() {
        lines.push(format!("alarms: {}", alarms.join(", ")));
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
