//! Accounts: the trait [`Identity`] and its implementation on Amazon Cognito ([`cognito`]).

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
use kit::value::Line;
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

/// The result of an operation of an identity provider.
pub type Result<T, E = IdentityError> = std::result::Result<T, E>;

/// The name of a user or of a device.
pub type Name = Line;

/// Keeps accounts and issues tokens.
///
/// # What every identity provider promises
/// 1. **Silence.** A sign-up, a request for a code and a request to reset a password succeed in the same way whether or
///    not the address has an account, and however often they are sent. Only the mailbox of the address sees the
///    difference. A provider that has sent enough mail to an address sends none for a while, and responds as before.
/// 2. **The mailbox owns the account.** An account can sign in only after its address was confirmed with a code that
///    was sent to it, and nothing that was set up before the confirmation is kept: the password is the one that was
///    sent with the code. Without one, a password that somebody else may have chosen is not kept: the provider mails a
///    code to set a new one ([`Confirmed::ResetPassword`]), unless it knows that there was only one sign-up.
/// 3. A wrong password and an unknown address fail in the same way.
/// 4. A code can be used once and for a limited time, and the number of attempts is limited. Attempts are counted in
///    the same way whether or not there is an account, and a caller cannot see the success of another.
/// 5. A refresh token that was revoked, by a sign-out or because an old one was used again, gives no more tokens from
///    then on. Where refresh tokens rotate, an old one counts as a retry only until its successor was used. Access
///    tokens that were issued before stay valid until they expire for a service that only verifies the signature; the
///    provider itself refuses them.
/// 6. **Proof again.** An access token alone cannot change the address, the password or the second factor, and cannot
///    add a passkey: each requires the current password as well. It can delete a passkey, because that gives no access.
///    An address is changed only after the new one was verified, and belongs to one account at most. The old address
///    receives a notice, if the provider can send other mail than codes.
/// 7. Every deletion and revocation can be repeated: it succeeds if the target is gone.
/// 8. Passwords, codes, tokens and addresses are never logged and never part of an error.
///
/// # Errors
/// Every operation may return [`TooManyAttempts`](IdentityError::TooManyAttempts),
/// [`Throttled`](IdentityError::Throttled), [`Unavailable`](IdentityError::Unavailable) and
/// [`Misconfigured`](IdentityError::Misconfigured); those that send mail, [`EmailQuota`](IdentityError::EmailQuota);
/// those of a signed-in user, [`SessionEnded`](IdentityError::SessionEnded) and
/// [`NotPossible`](IdentityError::NotPossible); those that take a code, [`WrongCode`](IdentityError::WrongCode); those that take
/// the current password, [`WrongCredentials`](IdentityError::WrongCredentials). An operation lists the other errors that it
/// may return.
pub trait Identity:
    SignUpOperations
    + SignInOperations
    + HostedSignInOperations
    + SessionOperations
    + PasswordOperations
    + AccountOperations
    + TotpOperations
    + PasskeyOperations
{
}

impl<T> Identity for T where
    T: SignUpOperations
        + SignInOperations
        + HostedSignInOperations
        + SessionOperations
        + PasswordOperations
        + AccountOperations
        + TotpOperations
        + PasskeyOperations
{
}

/// Creates accounts. See [`Identity`].
#[async_trait]
pub trait SignUpOperations: Send + Sync {
    /// Creates an account and sends a confirmation code to its address.
    ///
    /// # Errors
    /// [`IdentityError::WeakPassword`].
    async fn sign_up(&self, sign_up: SignUp, client: &ClientContext) -> Result<()>;

    /// Confirms an account's address, and sets the account's password: see promise 2.
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
    ) -> Result<Confirmed>;

    /// Sends the confirmation code again, if the address has an account that is not confirmed.
    async fn resend_code(&self, email: &Email, client: &ClientContext) -> Result<()>;
}

/// Signs users in. See [`Identity`].
#[async_trait]
pub trait SignInOperations: Send + Sync {
    /// Exchanges a password for tokens, or for a challenge.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`], [`IdentityError::NotConfirmed`] (from Cognito even with a wrong password),
    /// [`IdentityError::ResetRequired`].
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        client: &ClientContext,
    ) -> Result<SignInStep>;

    /// Responds to a challenge, and returns tokens or the next challenge.
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`], [`IdentityError::WeakPassword`],
    /// [`IdentityError::SessionEnded`], [`IdentityError::NotAccepted`],
    /// [`IdentityError::WrongCredentials`].
    async fn respond_to_challenge(
        &self,
        answer: &ChallengeAnswer,
        client: &ClientContext,
    ) -> Result<SignInStep>;
}

/// Ends hosted sign-ins. See [`Identity`].
#[async_trait]
pub trait HostedSignInOperations: Send + Sync {
    /// Exchanges the code of a hosted sign-in for tokens (RFC 6749, section 4.1.3; RFC 7636).
    ///
    /// # Errors
    /// [`IdentityError::WrongCode`] for a code that is unknown, used or expired, or that was issued for another
    /// redirect URI or verifier; [`IdentityError::NotPossible`] where there is no hosted sign-in.
    async fn exchange_code(
        &self,
        exchange: &CodeExchange,
        client: &ClientContext,
    ) -> Result<Tokens>;
}

/// Continues, lists and ends sessions. See [`Identity`].
#[async_trait]
pub trait SessionOperations: Send + Sync {
    /// Exchanges a refresh token for new tokens. Where refresh tokens rotate, the one that was sent becomes invalid
    /// soon after; where they do not, it is returned unchanged.
    ///
    /// # Errors
    /// [`IdentityError::SessionEnded`].
    async fn refresh(&self, refresh_token: &SecretString, client: &ClientContext)
    -> Result<Tokens>;

    /// Ends the session of a refresh token. An invalid token is no error.
    async fn sign_out(&self, refresh_token: &SecretString) -> Result<()>;

    /// Lists the sessions of the user that the provider knows.
    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions>;

    /// Revokes every refresh token of the user. This works after the session has ended, too.
    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<()>;
}

/// Replaces passwords. See [`Identity`].
#[async_trait]
pub trait PasswordOperations: Send + Sync {
    /// Sends a code to set a new password, if the address has a confirmed account.
    async fn forgot_password(&self, email: &Email, client: &ClientContext) -> Result<()>;

    /// Sets a new password with a code of [`forgot_password`](Self::forgot_password), and ends every session. Also
    /// removes a second factor and passkeys that were set up before the account had this address. On Cognito they stay,
    /// because Cognito tells only the user when they were set up, and lets only the user remove a passkey.
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
    ) -> Result<()>;

    /// Replaces the password.
    ///
    /// # Errors
    /// [`IdentityError::WeakPassword`].
    async fn change_password(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()>;
}

/// Reads, changes and deletes an account. See [`Identity`].
#[async_trait]
pub trait AccountOperations: Send + Sync {
    /// Returns the profile of the user.
    async fn profile(&self, user: &SignedInUser) -> Result<Profile>;

    /// Changes or removes the user's name.
    async fn change_name(&self, user: &SignedInUser, name: Option<&Name>) -> Result<()>;

    /// Sends a code to a new address, to which [`verify_email`](Self::verify_email) then changes the account's. If
    /// another account has the address, only its mailbox is told.
    async fn change_email(
        &self,
        user: &SignedInUser,
        current: &SecretString,
        to: &Email,
    ) -> Result<()>;

    /// Changes the account's address to the one that the code was sent to. Sends a notice to the old address, if the
    /// provider can.
    async fn verify_email(&self, user: &SignedInUser, code: &SecretString) -> Result<()>;

    /// Deletes the account. This works after the session has ended, too.
    async fn delete_account(&self, user: &SignedInUser) -> Result<()>;
}

/// Turns authenticator apps on and off. See [`Identity`].
#[async_trait]
pub trait TotpOperations: Send + Sync {
    /// Creates a secret for an authenticator app, in base32 (RFC 4648). Nothing changes until a code of this secret was
    /// [verified](Self::verify_totp).
    async fn set_up_totp(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<SecretString>;

    /// Verifies a code of the authenticator app (RFC 6238). From then on, every sign-in with a password requires one.
    async fn verify_totp(
        &self,
        user: &SignedInUser,
        code: &SecretString,
        device: Option<&Name>,
    ) -> Result<()>;

    /// Turns the authenticator app off, so that a sign-in requires no code of it.
    async fn turn_off_totp(&self, user: &SignedInUser, current: &SecretString) -> Result<()>;
}

/// Keeps passkeys, and signs users in with them. See [`Identity`].
#[async_trait]
pub trait PasskeyOperations: Send + Sync {
    /// Starts a sign-in with a passkey. Returns the challenge `WEB_AUTHN`, whose parameter `CREDENTIAL_REQUEST_OPTIONS`
    /// is the JSON text of WebAuthn's
    /// [`PublicKeyCredentialRequestOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson).
    /// The [response](SignInOperations::respond_to_challenge) to it is `CREDENTIAL`, the JSON text of an
    /// [`AuthenticationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson). No other
    /// factor is required: a passkey and its user verification are two factors.
    ///
    /// The embedded identity returns a challenge for every address, always in the same way. Cognito returns one only if
    /// the address has an account with a passkey, and so shows that it has.
    ///
    /// # Errors
    /// [`IdentityError::WrongCredentials`]; [`IdentityError::NotPossible`] where the pool has no passkeys.
    async fn sign_in_with_passkey(
        &self,
        email: &Email,
        client: &ClientContext,
    ) -> Result<SignInStep>;

    /// Starts the registration of a passkey. Returns the options to create it with, WebAuthn's
    /// [`PublicKeyCredentialCreationOptionsJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson).
    /// Nothing changes until a credential that was created with them was [added](Self::add_passkey). A new registration
    /// ends the one before.
    ///
    /// # Errors
    /// [`IdentityError::NotPossible`] also if the user cannot have more passkeys, or the pool does not support them.
    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson>;

    /// Adds the passkey that the app created, WebAuthn's
    /// [`RegistrationResponseJSON`](https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson). From then on,
    /// the user can sign in with it.
    ///
    /// # Errors
    /// [`IdentityError::NotAccepted`] if the credential does not verify, [`IdentityError::RegistrationEnded`] if no
    /// registration was started, or too long ago.
    async fn add_passkey(&self, user: &SignedInUser, credential: &WebAuthnJson) -> Result<()>;

    /// Lists the passkeys of the user.
    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<Passkey>>;

    /// Deletes a passkey. A passkey that the user does not have is no error.
    async fn delete_passkey(&self, user: &SignedInUser, id: &PasskeyId) -> Result<()>;
}
