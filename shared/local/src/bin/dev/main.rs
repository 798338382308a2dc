//! `cargo dev`: the whole service on this machine.

mod console;

use std::{error::Error, path::PathBuf, process::ExitCode};

use api::identity::Email;
use clap::Parser;
use local::{
    server::{Data, Options, Server, Stage, StartError},
    tour::tour,
};

/// Runs the whole service on this machine: no cloud account, nothing to install.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version, after_help = EXAMPLES)]
struct Arguments {
    /// The port to listen on, of 127.0.0.1 only; 0 takes any that is free
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The folder in which movies and accounts are kept
    #[arg(long, value_name = "DIR", default_value = ".data")]
    data: PathBuf,
    /// Keep everything in memory, until the server stops
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Add the sample movies that are missing to Development
    #[arg(long)]
    seed: bool,
    /// Let who signs in with this address change and delete what others added (repeatable); it is
    /// kept with the data, so that a start without it takes nothing back
    #[arg(long = "editor", value_name = "EMAIL", value_parser = email)]
    editors: Vec<Email>,
    /// Make an account for this address, unless it has one, and mail it a temporary password
    /// (repeatable)
    #[arg(long = "invite", value_name = "EMAIL", value_parser = email)]
    invited: Vec<Email>,
    /// Sign tokens with new keys from now on; those signed before stay good until they expire
    #[arg(long)]
    rotate_keys: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo dev                               keeps its data in .data, on port 3000
  cargo dev --seed                        with movies to look at
  cargo dev --memory --port 0             leaves nothing behind, on any free port
  cargo dev --editor grace@example.com    grace@example.com may change every movie
  cargo dev --invite joan@example.com     joan@example.com is mailed a password to replace
  cargo dev --data /tmp/movies            another folder, another world";

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    console::start();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(
                &format!("error: {}", with_causes(&error)),
                std::io::stderr(),
            );
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let data = if arguments.memory {
        Data::Memory
    } else {
        Data::Folder(arguments.data)
    };
    let server = Server::start(Options {
        port: arguments.port,
        data: data.clone(),
        seed: arguments.seed,
        editors: arguments.editors,
        invited: arguments.invited,
        rotate_keys: arguments.rotate_keys,
        ..Options::default()
    })
    .await?;
    say(&banner(&server, &data), std::io::stdout());
    if let Err(error) = server.until_stopped().await {
        tracing::warn!(%error, "stopped, because the system does not tell when to");
    }
    say("Stopped.", std::io::stdout());
    Ok(())
}

fn banner(server: &Server, data: &Data) -> String {
    let url = server.url();
    let development = server.stage_url(Stage::Development);
    let production = server.stage_url(Stage::Production);
    let data = match data {
        Data::Memory => "in memory, until the server stops".to_owned(),
        Data::Folder(folder) => folder.display().to_string(),
    };
    let tour = tour(url);
    format!(
        "
Movies API {version}

  Development   {development}
  Production    {production}
  Reference     {url}/docs
  Contract      {url}/openapi.yaml
  Mailbox       {url}/mailbox
  Authenticator {url}/authenticator
  Data          {data}

Take the tour: paste this into another terminal.

{tour}
Ctrl-C stops the server.
",
        version = env!("CARGO_PKG_VERSION"),
    )
}

/// Prints a line; where no one reads any more, there is no one to tell either.
fn say(text: &str, mut to: impl std::io::Write) {
    let _ = writeln!(to, "{text}");
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str("\n  because ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
