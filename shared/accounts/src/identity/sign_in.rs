//! The types of sign-up and sign-in.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use kit::user::UserId;
use secrecy::SecretString;

use super::{Email, Name};

/// The client of a request. The provider uses it to assess the risk of a sign-in.
#[derive(Debug, Clone, Default)]
pub struct ClientContext {
    /// The IP address of the client, from the gateway and never from a header of the client.
    pub address: Option<IpAddr>,
    /// The header `User-Agent`.
    pub user_agent: Option<String>,
}

/// The data of a new account.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The address, with which the user signs in.
    pub email: Email,
    /// The password.
    pub password: SecretString,
    /// The name of the user.
    pub name: Option<Name>,
}

/// The next step after an address was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The user signs in.
    SignIn,
    /// The user sets a password with the code that was mailed, because the account has none yet.
    ResetPassword,
}

/// The end of a hosted sign-in: the authorization code, and the proof that this app started the sign-in.
#[derive(Debug, Clone)]
pub struct CodeExchange {
    /// The authorization code.
    pub code: SecretString,
    /// The `code_verifier`, whose SHA-256 the app sent at the start (RFC 7636, section 4.1).
    pub verifier: SecretString,
    /// The redirect URI that the code was sent to.
    pub redirect_uri: String,
}

/// The tokens of a sign-in.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token, for this API.
    pub access: SecretString,
    /// The id token, which tells the app who signed in.
    pub id: SecretString,
    /// The refresh token, which gives new tokens.
    pub refresh: SecretString,
    /// The lifetime of the access token.
    pub expires_in: Duration,
}

/// The step that a sign-in has reached.
#[derive(Debug, Clone)]
pub enum SignInStep {
    /// The user is signed in.
    Done(Tokens),
    /// The app has to respond to a challenge first.
    Challenge(Challenge),
}

/// A challenge that comes before the tokens of a sign-in. Names and parameters are the provider's: the app interprets
/// them, the service only passes them on (Amazon Cognito API Reference, `RespondToAuthChallenge`).
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Its name, such as `SOFTWARE_TOKEN_MFA`.
    pub name: String,
    /// The parameters that the app needs for the response.
    pub parameters: BTreeMap<String, String>,
    /// The challenges to choose from, if the challenge is a choice.
    pub available: Vec<String>,
    /// The session, which the app sends back with the response.
    pub session: SecretString,
}

/// The response to a challenge.
#[derive(Debug, Clone)]
pub struct ChallengeAnswer {
    /// The challenge's name.
    pub name: String,
    /// The challenge's session.
    pub session: SecretString,
    /// The values that the challenge requires, by name.
    pub responses: BTreeMap<String, SecretString>,
}

/// A user who sent a valid access token.
#[derive(Debug, Clone)]
pub struct SignedInUser {
    /// The user.
    pub id: UserId,
    /// The user's name at the provider.
    pub username: String,
    /// The access token.
    pub access_token: SecretString,
}
