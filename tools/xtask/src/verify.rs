//! `cargo xtask verify`: the tests of the API that change nothing, against any deployment.
//!
//! | step | where |
//! | --- | --- |
//! | the deployment | [`stack`] asks CloudFormation for the URL of a stage |
//! | the requests | [`checks`]: nothing that creates an account, writes, or sends a mail |
//! | the rules for a response | [`judge`]: as `openapi.yaml` says, or as the gateway documents its own |
//! | the output | [`report`] |

mod checks;
mod judge;
mod report;
mod stack;

use std::{path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use http::HeaderValue;
use local::server::Stage;

use self::{checks::Checks, stack::Stack};
use crate::client::{self, Address};

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("deployment").args(["url", "stack"])),
    after_help = "\
Examples:
  cargo xtask verify                                      the running `cargo dev`
  cargo xtask verify --stack STACK --stage Development    a stack on AWS, found by the AWS CLI
  cargo xtask verify --url https://abc.execute-api.eu-west-1.amazonaws.com/Production --stage Production
  ACCESS_TOKEN=eyJ... cargo xtask verify --token-env ACCESS_TOKEN
  cargo xtask verify --emulated-gateway \\
    --url http://127.0.0.1:4566/_aws/execute-api/abc/Production
                                                          the local cloud of `cargo xtask cloud --keep`

Makes no account, writes nothing, sends no mail, and needs no account. Answers are compared with the
openapi.yaml of this checkout, so an older deployment may differ. Each request is made once: one that
was refused for lack of time counts as failed. With --token-env, reading calls are checked as well.

Exit status: 0 if every check passed, 1 if some failed, 2 if it could not begin: the arguments are
wrong, there is no such stack, or nothing answers."
)]
pub(crate) struct VerifyArgs {
    /// Base URL of the stage [default: `http://127.0.0.1:3000/Development`]
    #[arg(long)]
    url: Option<Address>,
    /// The stack whose URL is looked up, with the AWS CLI; `AWS_PROFILE` and `AWS_REGION` choose where
    #[arg(long, value_name = "NAME", requires = "stage")]
    stack: Option<String>,
    /// The stage that must answer: Development or Production
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
    /// The variable that has an access token, for the checks that need one
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
    /// An origin whose pages may call [default: the stack's first, else `https://app.example.com`]
    #[arg(long)]
    origin: Option<String>,
    /// The gateway is an emulator that does not read openapi.yaml's gateway responses: of its own
    /// answers only the status is checked
    #[arg(long)]
    emulated_gateway: bool,
}

const LOCAL: &str = "http://127.0.0.1:3000/Development";

/// An origin that is allowed if all origins are.
const ANY_ORIGIN: &str = "https://app.example.com";

const COULD_NOT_BEGIN: u8 = 2;

/// Parses the argument `--stage`.
pub(crate) fn stage(name: &str) -> Result<Stage, String> {
    Stage::named(name).ok_or_else(|| "it is Development or Production".to_owned())
}

pub(crate) async fn run(args: VerifyArgs) -> ExitCode {
    match verify(args).await {
        Ok(tally) => {
            println!("\n{tally}");
            ExitCode::from(u8::from(tally.failed > 0))
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(COULD_NOT_BEGIN)
        }
    }
}

async fn verify(args: VerifyArgs) -> anyhow::Result<report::Tally> {
    let token = args.token_env.as_deref().map(token).transpose()?;
    let stack = match (&args.stack, args.stage) {
        (Some(name), Some(stage)) => Stack::look_up(Path::new("aws"), name, stage).await?,
        _ => Stack {
            address: args.url.map_or_else(|| LOCAL.parse(), Ok)?,
            origin: None,
            user_pool: None,
        },
    };
    let origin = args.origin.or(stack.origin);
    println!("{}\n", stack.address);
    let checks = Checks {
        http: client::http(&stack.address)?,
        address: stack.address,
        origin: origin.unwrap_or_else(|| ANY_ORIGIN.to_owned()),
        emulated_gateway: args.emulated_gateway,
        token,
        stage: args.stage,
        user_pool: stack.user_pool,
    };
    checks.run(|row| println!("{row}")).await
}

/// Reads the access token from a variable, because arguments show in the list of processes.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the command names the variable"
)]
fn token(variable: &str) -> anyhow::Result<HeaderValue> {
    std::env::var(variable)
        .ok()
        .and_then(|token| bearer(&token))
        .with_context(|| format!("--token-env: the variable {variable} has no token"))
}

/// The `Authorization` header with a token. `Debug` does not show it.
fn bearer(token: &str) -> Option<HeaderValue> {
    let token = token.trim();
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    (!token.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests;
