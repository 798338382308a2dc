//! The account of the client.

use std::io::IsTerminal as _;

use anyhow::{Context as _, bail};
use clap::Args;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Address, post};

/// The options to sign in. Without an address and a password, an account is created if the target is `cargo dev` on
/// this machine.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Signing in")]
pub(crate) struct SignInArgs {
    /// E-mail address of an account there [not needed for `cargo dev`]
    #[arg(long, env = "MOVIES_EMAIL", hide_env_values = true)]
    pub(crate) email: Option<String>,
    /// Its password; others can read it from the list of processes, so better use the variable, or
    /// neither and be asked for it
    #[arg(long, env = "MOVIES_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<SecretString>,
}

#[derive(Debug)]
pub(crate) struct Account {
    email: SecretString,
    password: SecretString,
}

/// The account on `cargo dev`. It is always the same, so that a later import may change the movies of an earlier one.
/// Its password is no secret: everybody who reaches that server can create an account by reading its mailbox.
const IMPORTER: &str = "importer@example.com";
const IMPORTER_PASSWORD: &str = "Not-a-secret-2-anyone";

impl Account {
    pub(super) async fn choose(
        http: &reqwest::Client,
        address: &Address,
        args: &SignInArgs,
    ) -> anyhow::Result<Self> {
        if args.email.is_none() && args.password.is_none() && address.is_loopback() {
            let mailbox = Mailbox { http, address };
            if mailbox.read(IMPORTER).await?.is_some() {
                return Self::local(http, address, IMPORTER, IMPORTER_PASSWORD).await;
            }
        }
        Self::ask(args, address)
    }

    fn ask(args: &SignInArgs, address: &Address) -> anyhow::Result<Self> {
        let can_ask = std::io::stdin().is_terminal();
        let email = match &args.email {
            Some(email) => email.clone(),
            None if can_ask => prompt(&format!("E-mail address for {address}: "))?,
            None => bail!("{address} needs an account: give --email, or set MOVIES_EMAIL"),
        };
        let password = match &args.password {
            Some(password) => password.clone(),
            None if can_ask => rpassword::prompt_password("Password: ")?.into(),
            None => bail!("no password: set MOVIES_PASSWORD"),
        };
        Ok(Self {
            email: email.into(),
            password,
        })
    }

    /// An account on `cargo dev`, created if it does not exist.
    pub(super) async fn local(
        http: &reqwest::Client,
        address: &Address,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let account = Self {
            email: email.into(),
            password: password.into(),
        };
        if account.sign_in(http, address).await.is_ok() {
            return Ok(account);
        }
        let body = json!({"email": email, "password": password});
        let answer = post(http, address, "/auth/sign-up", &body).await?;
        if answer.status != StatusCode::ACCEPTED {
            bail!("signing up failed: {}", answer.problem());
        }
        let mail = Mailbox { http, address };
        let mail = mail.read(email).await?.unwrap_or_default();
        let code = mail.into_iter().find_map(|message| message.code);
        let code = code.with_context(|| {
            format!("{email} has another password there: give --email and --password")
        })?;
        let body = json!({"email": email, "code": code, "password": password});
        let answer = post(http, address, "/auth/confirm-sign-up", &body).await?;
        if answer.status != StatusCode::NO_CONTENT {
            bail!("confirming the account failed: {}", answer.problem());
        }
        Ok(account)
    }

    /// Signs in; returns the access token.
    pub(super) async fn sign_in(
        &self,
        http: &reqwest::Client,
        address: &Address,
    ) -> anyhow::Result<SecretString> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct SignIn {
            #[serde(default)]
            access_token: Option<String>,
        }
        let body = json!({
            "email": self.email.expose_secret(),
            "password": self.password.expose_secret(),
        });
        let answer = post(http, address, "/auth/sign-in", &body).await?;
        if answer.status != StatusCode::OK {
            bail!("signing in failed: {}", answer.problem());
        }
        let sign_in: SignIn = serde_json::from_slice(&answer.body)
            .context("the answer to the sign-in is not what the API document says")?;
        let token = sign_in.access_token.context(
            "this account needs more than a password to sign in; give --email of one that does not",
        )?;
        Ok(token.into())
    }
}

fn prompt(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// The mailbox of `cargo dev`, which shows the e-mails that it would have sent. A deployment has none.
struct Mailbox<'a> {
    http: &'a reqwest::Client,
    address: &'a Address,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    code: Option<String>,
}

impl Mailbox<'_> {
    /// The messages to an address, newest first; `None` if the server has no mailbox.
    async fn read(&self, email: &str) -> anyhow::Result<Option<Vec<Message>>> {
        let answer = self
            .http
            .get(self.address.of_server("/mailbox"))
            .query(&[("email", email)])
            .header(http::header::ACCEPT, "application/json")
            .send()
            .await
            .with_context(|| {
                let address = self.address;
                format!("nothing answers at {address}; is `cargo dev` running?")
            })?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(answer.json().await.ok())
    }
}
