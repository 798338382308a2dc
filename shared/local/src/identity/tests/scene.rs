//! Accounts in memory, a mailbox, and a clock that a test sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use accounts::{
    identity::{
        AccountOperations as _, Challenge, ChallengeAnswer, ClientContext, Confirmed, Email,
        IdentityError, Name, PasswordOperations as _, SessionOperations as _,
        SignInOperations as _, SignInStep, SignUp, SignUpOperations as _, SignedInUser, Tokens,
        TotpOperations as _,
    },
    token::Issuer,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{clock::Clock, user::UserId};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use time::{OffsetDateTime, macros::datetime};

use super::super::EmbeddedIdentity;
use crate::{authenticator, mailbox::Mailbox};

pub(super) const PASSWORD: &str = "Correct-Horse-7-Battery";
pub(super) const OTHER: &str = "Another-Horse-8-Battery";
pub(super) const THIRD: &str = "Third-Horse-9-Battery";

pub(super) type Outcome<T> = Result<T, IdentityError>;

/// A clock that a test sets.
#[derive(Debug, Default)]
pub(super) struct Hand(AtomicI64);

impl Hand {
    pub(super) fn wait(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        let passed = time::Duration::milliseconds(self.0.load(Ordering::SeqCst));
        datetime!(2026-07-01 12:00 UTC) + passed
    }
}

pub(super) fn issuer() -> Issuer {
    Issuer {
        url: "http://127.0.0.1/Development".to_owned(),
        client_id: "local-Development".to_owned(),
    }
}

pub(super) struct Scene {
    pub(super) identity: EmbeddedIdentity,
    pub(super) mailbox: Mailbox,
    pub(super) hand: Arc<Hand>,
    pub(super) ada: Email,
    pub(super) client: ClientContext,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mailbox = Mailbox::default();
        let hand = Arc::new(Hand::default());
        let identity = EmbeddedIdentity::in_memory(issuer(), mailbox.clone(), hand.clone());
        Self {
            identity: identity.unwrap(),
            mailbox,
            hand,
            ada: email("ada@example.com"),
            client: ClientContext::default(),
        }
    }

    /// With an account for Ada.
    pub(super) async fn with_ada() -> Self {
        let scene = Self::new();
        scene.sign_up(PASSWORD).await.unwrap();
        scene.confirm(&scene.code()).await.unwrap();
        scene
    }

    pub(super) fn wait(&self, duration: Duration) {
        self.hand.wait(duration);
    }

    pub(super) async fn sign_up(&self, password: &str) -> Outcome<()> {
        self.sign_up_as(&self.ada, password).await
    }

    /// With the name Ada.
    pub(super) async fn sign_up_named(&self, password: &str) -> Outcome<()> {
        let sign_up = SignUp {
            email: self.ada.clone(),
            password: password.into(),
            name: Some(Name::parse("Ada").unwrap()),
        };
        self.identity.sign_up(sign_up, &self.client).await
    }

    pub(super) async fn sign_up_as(&self, email: &Email, password: &str) -> Outcome<()> {
        let sign_up = SignUp {
            email: email.clone(),
            password: password.into(),
            name: None,
        };
        self.identity.sign_up(sign_up, &self.client).await
    }

    pub(super) fn code(&self) -> String {
        self.mailbox.code_for(&self.ada).unwrap()
    }

    pub(super) async fn confirm(&self, code: &str) -> Outcome<Confirmed> {
        self.confirm_as(&self.ada, code, None).await
    }

    pub(super) async fn confirm_as(
        &self,
        email: &Email,
        code: &str,
        password: Option<&str>,
    ) -> Outcome<Confirmed> {
        let (code, password) = (code.into(), password.map(SecretString::from));
        self.identity
            .confirm_sign_up(email, &code, password.as_ref(), &self.client)
            .await
    }

    /// Asks for another address, with [`PASSWORD`].
    pub(super) async fn change_email(&self, user: &SignedInUser, to: &Email) -> Outcome<()> {
        let current = PASSWORD.into();
        self.identity.change_email(user, &current, to).await
    }

    /// Asks for the secret of an authenticator app, with [`PASSWORD`].
    pub(super) async fn set_up_totp(&self, user: &SignedInUser) -> Outcome<SecretString> {
        self.identity.set_up_totp(user, &PASSWORD.into()).await
    }

    pub(super) async fn begin(&self, password: &str) -> Outcome<SignInStep> {
        let password = password.into();
        self.identity
            .sign_in(&self.ada, &password, &self.client)
            .await
    }

    pub(super) async fn sign_in(&self, password: &str) -> Outcome<Tokens> {
        match self.begin(password).await? {
            SignInStep::Done(tokens) => Ok(tokens),
            SignInStep::Challenge(_) => panic!("a challenge"),
        }
    }

    pub(super) async fn challenge(&self, password: &str) -> Challenge {
        match self.begin(password).await.unwrap() {
            SignInStep::Challenge(challenge) => challenge,
            SignInStep::Done(_) => panic!("no challenge"),
        }
    }

    pub(super) async fn answer(
        &self,
        to: &Challenge,
        name: &str,
        response: &str,
    ) -> Outcome<SignInStep> {
        let answer = ChallengeAnswer {
            name: to.name.clone(),
            session: to.session.clone(),
            responses: [(name.to_owned(), SecretString::from(response))].into(),
        };
        self.identity
            .respond_to_challenge(&answer, &self.client)
            .await
    }

    /// Ada, signed in.
    pub(super) async fn user(&self) -> SignedInUser {
        user(&self.sign_in(PASSWORD).await.unwrap())
    }

    pub(super) async fn reset(&self, of: &Email, code: &str, new: &str) -> Outcome<()> {
        let (code, new) = (code.into(), new.into());
        let identity = &self.identity;
        identity.reset_password(of, &code, &new, &self.client).await
    }

    pub(super) async fn change_password(
        &self,
        user: &SignedInUser,
        current: &str,
        new: &str,
    ) -> Outcome<()> {
        let (current, new) = (current.into(), new.into());
        self.identity.change_password(user, &current, &new).await
    }

    pub(super) async fn refresh(&self, token: &SecretString) -> Outcome<Tokens> {
        self.identity.refresh(token, &self.client).await
    }

    /// Turns an authenticator app on, and returns its secret.
    pub(super) async fn turn_on_totp(&self, user: &SignedInUser) -> String {
        let secret = self.set_up_totp(user).await.unwrap();
        let secret = secret.expose_secret().to_owned();
        let code = self.totp(&secret).into();
        let verified = self.identity.verify_totp(user, &code, None).await;
        verified.unwrap();
        secret
    }

    /// The code that the authenticator app shows now.
    pub(super) fn totp(&self, secret: &str) -> String {
        authenticator::show(secret, self.hand.now()).unwrap().code
    }

    /// The content of the database as text.
    pub(super) fn dump(&self) -> String {
        self.identity.accounts.dump()
    }
}

pub(super) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A code that differs from this one.
pub(super) fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

pub(super) fn claims(token: &SecretString) -> Value {
    let payload = token.expose_secret().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The user of the tokens.
pub(super) fn user(tokens: &Tokens) -> SignedInUser {
    let sub = claims(&tokens.access)["sub"].as_str().unwrap().to_owned();
    SignedInUser {
        id: UserId::new(sub.clone()),
        username: sub,
        access_token: tokens.access.clone(),
    }
}

/// The wait that an attempt was refused with; zero for any other outcome.
pub(super) fn wait<T>(outcome: &Outcome<T>) -> Duration {
    match outcome {
        Err(IdentityError::TooManyAttempts { retry_after }) => *retry_after,
        _ => Duration::ZERO,
    }
}
