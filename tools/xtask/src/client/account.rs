//! The account of the client.

use anyhow::{Context as _, ensure};
use clap::Args;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{Address, Answer, post};

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

/// The account on `cargo dev`. It is always the same, so that a later import may change what an earlier one added.
/// Its password is no secret: everybody who reaches that server can create an account by reading its mailbox.
const IMPORTER: &str = "importer@example.com";
const IMPORTER_PASSWORD: &str = "Not-a-secret-2-anyone";

impl Account {
    pub(super) async fn choose(
        http: &reqwest::Client,
        address: &Address,
        args: &SignInArgs,
    ) -> anyhow::Result<Self> {
        let is_free = args.email.is_none() && args.password.is_none() && address.is_loopback();
        if is_free && mailbox(http, address, IMPORTER).await?.is_some() {
            return Self::local(http, address, IMPORTER, IMPORTER_PASSWORD).await;
        }
        let email = args.email.clone().with_context(|| {
            format!("{address} needs an account: give --email, or set MOVIES_EMAIL")
        })?;
        let password = match &args.password {
            Some(password) => password.clone(),
            None => rpassword::prompt_password("Password: ")
                .context("no password: set MOVIES_PASSWORD")?
                .into(),
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
        is(&answer, StatusCode::ACCEPTED, "signing up")?;
        let letters = mailbox(http, address, email).await?.unwrap_or_default();
        let code = letters.iter().find_map(|letter| letter["code"].as_str());
        let code = code.with_context(|| {
            format!("{email} has another password there: give --email and --password")
        })?;
        let body = json!({"email": email, "code": code, "password": password});
        let answer = post(http, address, "/auth/confirm-sign-up", &body).await?;
        is(&answer, StatusCode::NO_CONTENT, "confirming the account")?;
        Ok(account)
    }

    /// Signs in; returns the access token.
    pub(super) async fn sign_in(
        &self,
        http: &reqwest::Client,
        address: &Address,
    ) -> anyhow::Result<SecretString> {
        let body = json!({
            "email": self.email.expose_secret(),
            "password": self.password.expose_secret(),
        });
        let answer = post(http, address, "/auth/sign-in", &body).await?;
        is(&answer, StatusCode::OK, "signing in")?;
        let signed_in: Value = serde_json::from_slice(&answer.body)
            .context("the answer to the sign-in is not what the API document says")?;
        let token = signed_in["accessToken"].as_str().context(
            "this account needs more than a password to sign in; give --email of one that does not",
        )?;
        Ok(token.into())
    }
}

/// Fails if an answer has another status.
fn is(answer: &Answer, status: StatusCode, what: &str) -> anyhow::Result<()> {
    ensure!(
        answer.status == status,
        "{what} failed: {}",
        answer.problem()
    );
    Ok(())
}

/// The e-mails to an address that `cargo dev` would have sent, newest first; `None` from a deployment, which has no mailbox.
async fn mailbox(
    http: &reqwest::Client,
    address: &Address,
    email: &str,
) -> anyhow::Result<Option<Vec<Value>>> {
    let answer = http
        .get(address.of_server("/mailbox"))
        .query(&[("email", email)])
        .header(http::header::ACCEPT, "application/json")
        .send()
        .await
        .with_context(|| format!("nothing answers at {address}; is `cargo dev` running?"))?;
    if !answer.status().is_success() {
        return Ok(None);
    }
    Ok(answer.json().await.ok())
}
