//! The surroundings of a test: a provider, its mail, and its users.

use std::sync::{Arc, Mutex};

use accounts::identity::{
    Challenge, ChallengeAnswer, ClientContext, Confirmed, Email, Identity, IdentityError,
    SignInStep, SignUp, SignedInUser, Tokens,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    clock::{Clock as _, SystemClock},
    user::UserId,
};
use local::{identity::EmbeddedIdentity, mailbox::Mailbox};
use movies::Name;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use time::Duration;
use totp_rs::{Builder, Secret};

use crate::{backend::TestClock, cognito::Pool};

pub(crate) const PASSWORD: &str = "Correct-Horse-7-Battery";
pub(crate) const OTHER_PASSWORD: &str = "Another-Horse-8-Battery";
pub(crate) const THIRD_PASSWORD: &str = "Third-Horse-9-Battery";
pub(crate) const WEAK: &str = "password";

/// Longer than the time for which the providers accept an old refresh token as a retry.
const GRACE: Duration = Duration::minutes(2);
/// The time step of the codes of an authenticator app, in seconds.
const STEP: u64 = 30;

pub(crate) enum Kind {
    Embedded {
        identity: Arc<EmbeddedIdentity>,
        mailbox: Mailbox,
        clock: Arc<TestClock>,
    },
    Cognito(Pool),
}

pub(crate) struct World {
    pub(crate) identity: Arc<dyn Identity>,
    pub(crate) client: ClientContext,
    kind: Kind,
    /// Providers may share a mailbox, so every test has addresses of its own.
    domain: String,
    /// The last time step that a code was made for.
    last_step: Mutex<u64>,
}

pub(crate) fn secret(text: &str) -> SecretString {
    text.into()
}

impl World {
    pub(crate) fn new(identity: Arc<dyn Identity>, kind: Kind) -> Self {
        let client = ClientContext {
            address: Some([192, 0, 2, 7].into()),
            user_agent: Some("Movies/1.0".to_owned()),
        };
        Self {
            identity,
            client,
            kind,
            domain: format!("{}.example.com", uuid::Uuid::new_v4()),
            last_step: Mutex::default(),
        }
    }

    pub(crate) fn email(&self, local: &str) -> Email {
        Email::parse(&format!("{local}@{}", self.domain)).unwrap()
    }

    pub(crate) fn ada(&self) -> Email {
        self.email("ada")
    }

    pub(crate) async fn sign_up(&self, email: &Email, password: &str) -> Result<(), IdentityError> {
        let sign_up = SignUp {
            email: email.clone(),
            password: secret(password),
            name: Some(Name::parse("Ada").unwrap()),
        };
        self.identity.sign_up(sign_up, &self.client).await
    }

    /// Confirms with the code alone, or with the password that the account is to have.
    pub(crate) async fn confirm(
        &self,
        email: &Email,
        code: &str,
        password: Option<&str>,
    ) -> Result<Confirmed, IdentityError> {
        let (code, password) = (secret(code), password.map(secret));
        self.identity
            .confirm_sign_up(email, &code, password.as_ref(), &self.client)
            .await
    }

    /// Asks for another address, with [`PASSWORD`].
    pub(crate) async fn change_email(
        &self,
        user: &SignedInUser,
        to: &Email,
    ) -> Result<(), IdentityError> {
        let current = secret(PASSWORD);
        self.identity.change_email(user, &current, to).await
    }

    /// Turns the authenticator app off, with [`PASSWORD`].
    pub(crate) async fn turn_off_totp(&self, user: &SignedInUser) -> Result<(), IdentityError> {
        self.identity.turn_off_totp(user, &secret(PASSWORD)).await
    }

    pub(crate) async fn resend(&self, email: &Email) -> Result<(), IdentityError> {
        self.identity.resend_code(email, &self.client).await
    }

    pub(crate) async fn forgot(&self, email: &Email) -> Result<(), IdentityError> {
        self.identity.forgot_password(email, &self.client).await
    }

    pub(crate) async fn reset(
        &self,
        email: &Email,
        code: &str,
        new: &str,
    ) -> Result<(), IdentityError> {
        let (code, new) = (secret(code), secret(new));
        let reset = self
            .identity
            .reset_password(email, &code, &new, &self.client);
        reset.await
    }

    pub(crate) async fn try_sign_in(
        &self,
        email: &Email,
        password: &str,
    ) -> Result<SignInStep, IdentityError> {
        let password = secret(password);
        self.identity.sign_in(email, &password, &self.client).await
    }

    /// Signs in without a challenge.
    pub(crate) async fn sign_in(&self, email: &Email, password: &str) -> Tokens {
        done(self.try_sign_in(email, password).await.unwrap())
    }

    /// Signs in up to a challenge.
    pub(crate) async fn challenge(&self, email: &Email, password: &str) -> Challenge {
        match self.try_sign_in(email, password).await.unwrap() {
            SignInStep::Challenge(challenge) => challenge,
            SignInStep::Done(_) => panic!("no challenge"),
        }
    }

    pub(crate) async fn respond(
        &self,
        challenge: &Challenge,
        responses: &[(&str, &str)],
    ) -> Result<SignInStep, IdentityError> {
        let responses = responses.iter();
        let answer = ChallengeAnswer {
            name: challenge.name.clone(),
            session: challenge.session.clone(),
            responses: responses
                .map(|(name, response)| ((*name).to_owned(), secret(response)))
                .collect(),
        };
        self.identity
            .respond_to_challenge(&answer, &self.client)
            .await
    }

    pub(crate) async fn refresh(&self, tokens: &Tokens) -> Result<Tokens, IdentityError> {
        self.identity.refresh(&tokens.refresh, &self.client).await
    }

    /// A confirmed account with [`PASSWORD`].
    pub(crate) async fn account(&self, email: &Email) {
        self.sign_up(email, PASSWORD).await.unwrap();
        let code = self.code(email).await;
        let confirmed = self.confirm(email, &code, Some(PASSWORD)).await;
        assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
    }

    /// The user of a confirmed account with [`PASSWORD`], signed in.
    pub(crate) async fn user(&self, email: &Email) -> SignedInUser {
        self.account(email).await;
        user_of(&self.sign_in(email, PASSWORD).await)
    }

    /// Invites somebody; the password is in the mail.
    pub(crate) async fn invite(&self, email: &Email) {
        match &self.kind {
            Kind::Embedded { identity, .. } => identity.invite(email).await.unwrap(),
            Kind::Cognito(pool) => pool.invite(email).await,
        }
    }

    /// The code, or the password, in the newest letter to this address.
    pub(crate) async fn code(&self, email: &Email) -> String {
        self.mailed(email).await.expect("a letter with a code")
    }

    pub(crate) async fn mailed(&self, email: &Email) -> Option<String> {
        match &self.kind {
            Kind::Embedded { mailbox, .. } => mailbox.code_for(email),
            Kind::Cognito(pool) => pool.mailed(email).await,
        }
    }

    /// Lets the time pass in which an old refresh token counts as a retry.
    pub(crate) fn let_grace_pass(&self) {
        match &self.kind {
            Kind::Embedded { clock, .. } => clock.advance(GRACE),
            // The user pool has no such time.
            Kind::Cognito(_) => {}
        }
    }

    /// Advances the provider's clock, if it can be moved.
    pub(crate) fn let_pass(&self, time: Duration) {
        if let Kind::Embedded { clock, .. } = &self.kind {
            clock.advance(time);
        }
    }

    /// The next code that an authenticator app with this secret shows; no code is returned twice.
    pub(crate) fn totp(&self, key: &SecretString) -> String {
        let time = match &self.kind {
            Kind::Embedded { clock, .. } => {
                clock.advance(Duration::seconds(STEP.try_into().unwrap()));
                clock.now()
            }
            Kind::Cognito(_) => SystemClock.now(),
        };
        let mut last = self.last_step.lock().unwrap();
        let now = u64::try_from(time.unix_timestamp()).unwrap() / STEP;
        // If the provider's clock cannot be moved, the app's clock is ahead of it.
        *last = now.max(*last + 1);
        let key = Secret::try_from_base32(key.expose_secret()).unwrap();
        let app = Builder::new().with_secret(key).build_noncompliant();
        app.generate(*last * STEP).to_string()
    }

    /// Sets an authenticator app up.
    pub(crate) async fn turn_on_totp(&self, user: &SignedInUser) -> SecretString {
        let key = self
            .identity
            .set_up_totp(user, &secret(PASSWORD))
            .await
            .unwrap();
        let code = secret(&self.totp(&key));
        let name = Name::parse("Phone").unwrap();
        let verified = self.identity.verify_totp(user, &code, Some(&name));
        verified.await.unwrap();
        key
    }
}

pub(crate) fn done(step: SignInStep) -> Tokens {
    match step {
        SignInStep::Done(tokens) => tokens,
        SignInStep::Challenge(challenge) => panic!("challenge {}", challenge.name),
    }
}

/// The user that an access token names.
pub(crate) fn user_of(tokens: &Tokens) -> SignedInUser {
    let token = tokens.access.expose_secret();
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let text = |claim: &str| claims[claim].as_str().unwrap().to_owned();
    SignedInUser {
        id: UserId::new(text("sub")),
        username: text("username"),
        access_token: tokens.access.clone(),
    }
}

/// Demands that something fails in one way.
macro_rules! fails {
    ($result:expr, $error:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($error)), "{:?}", result.map(drop));
    }};
}
pub(crate) use fails;
