//! `cargo dev`: the whole service on this machine.

mod console;

use std::{
    fmt::Write as _,
    net::{AddrParseError, IpAddr},
    path::PathBuf,
    process::ExitCode,
};

use accounts::identity::Email;
use clap::{CommandFactory as _, Parser};
use local::{
    identity::RelyingParty,
    server::{Data, HostName, Options, RedirectUri, Server, Stage, StartError},
    tour::tour,
};
use service::nouns::NAME;

/// Runs the whole service on this machine: no cloud account, nothing to install.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version, after_help = EXAMPLES)]
struct Arguments {
    /// The port to listen on; 0 takes any that is free
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The address to listen on besides 127.0.0.1, so that phones reach it; 0.0.0.0 or :: for every
    /// address of this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = address)]
    listen: IpAddr,
    /// Answer to this name of the host as well (repeatable); localhost and addresses of this machine
    /// need no mention
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<HostName>,
    /// Speak HTTPS, with a certificate made on the spot; phones trust it once its authority is
    /// installed, which is at /ca.crt
    #[arg(long)]
    tls: bool,
    /// The folder in which all data is kept
    #[arg(long, value_name = "DIR", default_value = ".data")]
    data: PathBuf,
    /// Keep everything in memory, until the server stops
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Add the samples that are missing to Development
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
    /// Let a hosted sign-in come back to this address as well (repeatable); the path /callback of
    /// localhost needs no mention, at any port
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<RedirectUri>,
    /// Make passkeys for this domain of yours, which apps on a phone are associated with, instead of
    /// localhost; passkeys stay with the domain that they were made for
    #[arg(long, value_name = "DOMAIN", default_value = "localhost")]
    passkey_domain: String,
    /// Let this origin use them besides the domain's own pages and iOS apps (repeatable): another page,
    /// or an Android app as android:apk-key-hash:HASH, with the SHA-256 of its signing certificate in
    /// base64url
    #[arg(long = "passkey-origin", value_name = "ORIGIN")]
    passkey_origins: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  cargo dev                               keeps its data in .data, on port 3000
  cargo dev --seed                        with samples to look at
  cargo dev --memory --port 0             leaves nothing behind, on any free port
  cargo dev --editor grace@example.com    grace@example.com may change what others added
  cargo dev --invite joan@example.com     joan@example.com is mailed a password to replace
  cargo dev --listen 0.0.0.0 --tls        phones in the same network reach it, over HTTPS
  cargo dev --allow-host laptop.local     may be called by this name
  cargo dev --redirect-uri com.example.app:/signed-in
                                          an app's hosted sign-in comes back there
  cargo dev --passkey-domain example.com  apps of example.com make passkeys, on a phone too
  cargo dev --data /tmp/other             another folder, another world";

/// Parses an address; an IPv6 address may have brackets, as in URLs.
fn address(text: &str) -> Result<IpAddr, AddrParseError> {
    let bare = text.strip_prefix('[').and_then(|v6| v6.strip_suffix(']'));
    bare.unwrap_or(text).parse()
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let relying_party = RelyingParty::new(&arguments.passkey_domain, &arguments.passkey_origins);
    let relying_party = relying_party.unwrap_or_else(|error| {
        let kind = clap::error::ErrorKind::ValueValidation;
        Arguments::command().error(kind, error).exit()
    });
    console::start();
    match run(arguments, relying_party).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = format!("error: {}", console::with_causes(&error));
            say(&error, std::io::stderr());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments, relying_party: RelyingParty) -> Result<(), StartError> {
    let data = if arguments.memory {
        Data::Memory
    } else {
        Data::Folder(arguments.data)
    };
    let server = Server::start(Options {
        listen: arguments.listen,
        port: arguments.port,
        allowed_hosts: arguments.allowed_hosts.clone(),
        tls: arguments.tls,
        data: data.clone(),
        seed: arguments.seed,
        editors: arguments.editors,
        invited: arguments.invited,
        redirect_uris: arguments.redirect_uris,
        relying_party: Some(relying_party),
        ..Options::default()
    })
    .await?;
    say(&banner(&server, &data), std::io::stdout());
    let beyond = beyond(&server, &arguments.allowed_hosts, arguments.tls);
    if !beyond.is_empty() {
        say(&beyond, std::io::stdout());
    }
    if let Err(error) = server.until_stopped().await {
        tracing::warn!(%error, "stopped, because the system does not tell when to");
    }
    say("Stopped.", std::io::stdout());
    Ok(())
}

fn banner(server: &Server, data: &Data) -> String {
    let url = server.url();
    let data = match data {
        Data::Memory => "in memory, until the server stops".to_owned(),
        Data::Folder(folder) => folder.display().to_string(),
    };
    let mut tour = tour(url);
    if url.starts_with("https:") {
        // curl has to trust the authority first.
        let trust = format!(
            "CA=$(mktemp); curl -sk '{url}/ca.crt' > \"$CA\"; export CURL_CA_BUNDLE=\"$CA\"\n"
        );
        tour.insert_str(0, &trust);
    }
    format!(
        "
{NAME} API {version}

  App           {app}
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
        // Passkeys need a name.
        app = url.replace("127.0.0.1", "localhost"),
        development = server.stage_url(Stage::Development),
        production = server.stage_url(Stage::Production),
    )
}

/// The notes on a server that other machines can reach, that has other names, or that uses TLS; empty for any other.
fn beyond(server: &Server, names: &[HostName], tls: bool) -> String {
    let mut text = String::new();
    let urls = server.urls_elsewhere();
    if !urls.is_empty() {
        text.push_str("Phones and other machines in your network reach Development at\n\n");
        for url in urls {
            let _ = writeln!(text, "  {url}/{}", Stage::Development.name());
        }
        text.push_str(
            "\nWarning: so does everybody else there. They can sign up, read and add, and try passwords. Mailbox,
authenticator and reference are shown on this machine only.\n",
        );
        if !tls {
            text.push_str(
                "Passwords and tokens are not encrypted on the way, and iOS and Android refuse plain HTTP unless the app
allows it: --tls helps with both.\n",
            );
        }
    }
    if !names.is_empty() {
        let names: Vec<_> = names.iter().map(HostName::as_str).collect();
        let _ = writeln!(text, "It also answers to {}.", names.join(", "));
    }
    if tls {
        let _ = writeln!(
            text,
            "The certificate is signed by an authority of this server's own. Install it on the phone once: {}/ca.crt",
            urls.first().map_or(server.url(), String::as_str),
        );
    }
    text
}

/// Prints a line, and ignores a closed output.
fn say(text: &str, mut to: impl std::io::Write) {
    let _ = writeln!(to, "{text}");
}
