//! Accounts: the promise ([`Identity`]) and its fulfilment on Amazon Cognito ([`cognito`]).

pub mod cognito;
mod configuration;
mod email;
mod error;
mod otpauth;
mod passkey;
mod password;
mod profile;
mod sign_in;

use async_trait::async_trait;
use secrecy::SecretString;

pub(crate) use self::otpauth::otpauth_uri;
pub use self::{
    configuration::{AuthConfiguration, HostedSignIn, Provider},
    email::Email,
    error::IdentityError,
    passkey::{Passkey, PasskeyId, WebAuthnJson},
    password::{MAX_PASSWORD, PASSWORD_POLICY, PasswordPolicy, PasswordRule, normal_password},
    profile::{Profile, Session, Sessions},
    sign_in::{
        Challenge, ChallengeAnswer, ClientContext, CodeExchange, Confirmed, SignInStep, SignUp,
        SignedInUser, Tokens,
    },
};
use crate::movie::Name;

/// Keeps accounts and issues tokens.
///
/// # What every identity provider promises
/// 1. **Silence.** Signing up, asking for a code and asking to reset a password succeed alike whether or not the
///    address has an account, and however often that is done: only its mailbox learns more. A provider
///    that has sent an address enough mail for a while sends none, and answers as ever.
/// 2. **The mailbox owns the account.** An account can sign in only once its address was confirmed with a code that was
///    sent to it, and nothing that anybody set up before that survives it: the password is the one that
///    came with the code. Without one, no password stays that the confirmer need not have chosen:
///    the provider mails a code to set one ([`Confirmed::ResetPassword`]), unless it knows that there
///    was one sign-up only.
/// 3. A wrong password and an unknown address fail alike.
/// 4. A code is good for one use and for a limited time, and guessing it is limited. Attempts are
///    counted alike whether or not there is an account, and the success of one caller does not show to
///    another.
/// 5. A refresh token that was revoked, by signing out or because an old one was used again, gives no
///    more tokens from that moment on. Where refresh tokens rotate, an old one counts as a retry only
///    until its successor was used. Access tokens that were issued stay in force until they
///    expire, for whoever only checks their signature; the provider itself no longer takes them.
/// 6. **Proof again.** An access token alone changes neither the address, nor the password, nor the second factor, and adds
///    no passkey: each takes the current password as well. It may take a passkey away, which opens nothing. An address is changed only once the new one was verified,
///    and belongs to one account at most. The address that the account had is told, where the provider
///    can send more than codes.
/// 7. Every deletion and revocation may be repeated: what is gone already is success.
/// 8. Passwords, codes, tokens and addresses are never logged and never part of an error.
///
/// # Errors
/// Every operation may answer [`TooManyAttempts`](IdentityError::TooManyAttempts),
/// [`Throttled`](IdentityError::Throttled), [`Unavailable`](IdentityError::Unavailable) and
/// [`Misconfigured`](IdentityError::Misconfigured); those that send mail,
/// [`EmailQuota`](IdentityError::EmailQuota); those of a signed-in user,
/// [`SessionEnded`](IdentityError::SessionEnded) and [`NotPossible`](IdentityError::NotPossible).
/// Each operation names the others that it may answer.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Creates an account and sends a confirmation code to its address.
    ///
    /// # Errors
    /// [`IdentityError::WeakPassword`].
    async fn sign_up(&self, sign_up: SignUp, client: &ClientContext) -> Result<(), IdentityError>;

    /// Confirms an account's address, and gives the account its password: see promise 2.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`], also for an unknown address and a confirmed one;
    /// [`IdentityError::WeakPassword`].
    async fn confirm_sign_up(
        &self,
        email: &Email,
        code: &SecretString,
        password: Option<&SecretString>,
        client: &ClientContext,
    ) -> Result<Confirmed, IdentityError>;

    /// Sends the confirmation code again, if an account waits for it.
    ///
    /// # Errors
    /// See the trait.
    async fn resend_code(&self, email: &Email, client: &ClientContext)
    -> Result<(), IdentityError>;

    /// Exchanges a password for tokens, or for a challenge.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`], [`IdentityError::NotConfirmed`] (Cognito says so
    /// whatever the password), [`IdentityError::ResetRequired`].
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError>;

    /// Begins a sign-in with a passkey: the challenge `WEB_AUTHN`, whose parameter `CREDENTIAL_REQUEST_OPTIONS` is the JSON
    /// text of WebAuthn's
    /// [`PublicKeyCredentialRequestOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson).
    /// It is [answered](Self::respond_to_challenge) with `CREDENTIAL`, the JSON text of an
    /// [`AuthenticationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson), and nothing
    /// more: a passkey and its user verification are two factors. The embedded identity challenges any address, and every
    /// one alike. Cognito does so only if the address has an account with a passkey, and shows that.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`]; [`IdentityError::NotPossible`] where the pool has no passkeys.
    async fn sign_in_with_passkey(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError>;

    /// Answers a challenge: with tokens, or with the next challenge.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`], [`IdentityError::WeakPassword`],
    /// [`IdentityError::SessionEnded`], [`IdentityError::NotAccepted`],
    /// [`IdentityError::WrongCredentials`].
    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep, IdentityError>;

    /// Exchanges the code of a hosted sign-in for tokens (RFC 6749, section 4.1.3; RFC 7636).
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`] for a code that is unknown, used or expired, or that was given
    /// for another redirect URI or verifier; [`IdentityError::NotPossible`] where there is no hosted
    /// sign-in.
    async fn exchange_code(
        &self,
        exchange: &CodeExchange,
        client: &ClientContext,
    ) -> Result<Tokens, IdentityError>;

    /// Exchanges a refresh token for new tokens. Where refresh tokens rotate, the one that was sent
    /// is void soon after; where they do not, it comes back unchanged.
    ///
    /// # Errors
    /// [`IdentityError::SessionEnded`].
    async fn refresh(
        &self,
        refresh_token: &SecretString,
        client: &ClientContext,
    ) -> Result<Tokens, IdentityError>;

    /// Ends the session that a refresh token belongs to; one that is no good is no matter.
    ///
    /// # Errors
    /// See the trait.
    async fn sign_out(&self, refresh_token: &SecretString) -> Result<(), IdentityError>;

    /// Sends a code to set a new password with, if the address has a confirmed account.
    ///
    /// # Errors
    /// See the trait.
    async fn forgot_password(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<(), IdentityError>;

    /// Sets a new password with a code of [`forgot_password`](Self::forgot_password), and ends every
    /// session. A second factor and passkeys that were set up before the address was the account's go too; on
    /// Cognito they stay, for it tells nobody but the user when they were, and lets nobody else remove a passkey.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`], also for an unknown address;
    /// [`IdentityError::WeakPassword`].
    async fn reset_password(
        &self,
        email: &Email,
        code: &SecretString,
        new_password: &SecretString,
        client: &ClientContext,
    ) -> Result<(), IdentityError>;

    /// What is known of the user.
    ///
    /// # Errors
    /// See the trait.
    async fn profile(&self, user: &SignedInUser) -> Result<Profile, IdentityError>;

    /// Changes what to call the user, or removes it.
    ///
    /// # Errors
    /// See the trait.
    async fn change_name(
        &self,
        user: &SignedInUser,
        name: Option<&Name>,
    ) -> Result<(), IdentityError>;

    /// Sends a code to another address, which [`verify_email`](Self::verify_email) then makes the
    /// account's. If it is that of another account, nobody but its mailbox learns so.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`] when the current password is wrong.
    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<(), IdentityError>;

    /// Makes the address that the code was sent to the account's, and tells the one before.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`].
    async fn verify_email(
        &self,
        user: &SignedInUser,
        code: &SecretString,
    ) -> Result<(), IdentityError>;

    /// Replaces the password.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`] when the current one is wrong,
    /// [`IdentityError::WeakPassword`].
    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError>;

    /// Makes a secret for an authenticator app, in base32 (RFC 4648). Nothing changes until a code
    /// made with it was [verified](Self::verify_totp).
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`] when the current password is wrong.
    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString, IdentityError>;

    /// Demands a code of the authenticator app (RFC 6238) at every sign-in from now on.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`].
    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<(), IdentityError>;

    /// Demands no code of an authenticator app any more.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`] when the current password is wrong.
    async fn turn_off_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<(), IdentityError>;

    /// Begins to add a passkey: the options to make one with, WebAuthn's
    /// [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson).
    /// Nothing changes until a credential that was made with them was [added](Self::add_passkey). Beginning again ends what
    /// was begun before.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`] when the current password is wrong; [`IdentityError::NotPossible`] also if
    /// the user has as many passkeys as one may have, or the pool has none.
    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson, IdentityError>;

    /// Adds the passkey that the app made, WebAuthn's
    /// [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson): it signs the user
    /// in from now on.
    ///
    /// # Errors
    /// [`IdentityError::NotAccepted`] when it does not verify, [`IdentityError::RegistrationEnded`] when none was begun, or
    /// too long ago.
    async fn add_passkey(
        &self,
        user: &SignedInUser,
        credential: &WebAuthnJson,
    ) -> Result<(), IdentityError>;

    /// The passkeys of the user.
    ///
    /// # Errors
    /// See the trait.
    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<Passkey>, IdentityError>;

    /// Takes a passkey away; one that the user does not have is no matter.
    ///
    /// # Errors
    /// See the trait.
    async fn delete_passkey(
        &self,
        user: &SignedInUser,
        id: &PasskeyId,
    ) -> Result<(), IdentityError>;

    /// Where the user is signed in, as far as the provider knows.
    ///
    /// # Errors
    /// See the trait.
    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions, IdentityError>;

    /// Revokes every refresh token of the user. It needs no session that is still good.
    ///
    /// # Errors
    /// See the trait.
    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<(), IdentityError>;

    /// Deletes the account. It needs no session that is still good.
    ///
    /// # Errors
    /// See the trait.
    async fn delete_account(&self, user: &SignedInUser) -> Result<(), IdentityError>;
}
