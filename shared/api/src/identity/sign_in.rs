//! What goes in and comes out when somebody signs up or in.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use secrecy::SecretString;

use super::Email;
use crate::movie::{Name, UserId};

/// From where a request comes. The provider judges by it whether a sign-in is suspicious.
#[derive(Debug, Clone, Default)]
pub struct ClientContext {
    /// The address that the request came from, as the gateway saw it; never a header of the client.
    pub address: Option<IpAddr>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
}

/// What a new account is made from.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The address, which one signs in with.
    pub email: Email,
    /// The password.
    pub password: SecretString,
    /// What to call the person.
    pub name: Option<Name>,
}

/// What the owner of a confirmed address does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Signs in.
    SignIn,
    /// Sets a password with the code that was mailed: the account has none yet.
    ResetPassword,
}

/// The end of a hosted sign-in: the code that came back to the app, and what shows that it is the
/// app that asked.
#[derive(Debug, Clone)]
pub struct CodeExchange {
    /// The authorization code.
    pub code: SecretString,
    /// The `code_verifier`, whose SHA-256 the app sent when it asked (RFC 7636, section 4.1).
    pub verifier: SecretString,
    /// Where the code came back to.
    pub redirect_uri: String,
}

/// What a sign-in gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For this API.
    pub access: SecretString,
    /// For the app: who signed in.
    pub id: SecretString,
    /// For new tokens.
    pub refresh: SecretString,
    /// How long the access token is in force.
    pub expires_in: Duration,
}

/// Where a sign-in has got to.
#[derive(Debug, Clone)]
pub enum SignInStep {
    /// The user is signed in.
    Done(Tokens),
    /// Something else has to be proved first.
    Challenge(Challenge),
}

/// What has to be proved before a user is signed in. Names and parameters are the provider's: an app
/// knows what to do with them, the service only passes them on (Amazon Cognito API Reference,
/// `RespondToAuthChallenge`).
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Its name, such as `SOFTWARE_TOKEN_MFA`.
    pub name: String,
    /// What the app needs to know for it.
    pub parameters: BTreeMap<String, String>,
    /// The challenges to choose from, where a choice is the challenge.
    pub available: Vec<String>,
    /// To be sent back with the answer.
    pub session: SecretString,
}

/// The answer to a challenge.
#[derive(Debug, Clone)]
pub struct ChallengeAnswer {
    /// The challenge's name.
    pub name: String,
    /// The challenge's session.
    pub session: SecretString,
    /// What the challenge asks for, by name.
    pub responses: BTreeMap<String, SecretString>,
}

/// A user who sent a good access token.
#[derive(Debug, Clone)]
pub struct SignedInUser {
    /// The user.
    pub id: UserId,
    /// The name by which the provider knows the user.
    pub username: String,
    /// The access token.
    pub access_token: SecretString,
}
