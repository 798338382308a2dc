//! A store and accounts that panic, whatever they are asked.

use api::{
    idempotency::{Once, Remembered},
    identity::{
        ChallengeAnswer, ClientContext, CodeExchange, Confirmed, Email, Identity, IdentityError,
        Passkey, PasskeyId, Profile, Sessions, SignInStep, SignUp, SignedInUser, Tokens,
        WebAuthnJson,
    },
    movie::{Changes, Movie, MovieKey, Name, UserId},
    page::{Page, PageRequest},
    store::{Guard, KeyPage, MovieStore, StoreError, Written},
};
use async_trait::async_trait;
use secrecy::SecretString;
use time::OffsetDateTime;

/// The message of the panic of a broken service.
pub const BROKEN: &str = "broken on purpose";

/// A store and accounts of which every call panics.
#[derive(Debug)]
pub(crate) struct Broken;

#[async_trait]
impl MovieStore for Broken {
    async fn get(&self, _: &MovieKey) -> Result<Option<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn list(&self, _: &PageRequest) -> Result<Page, StoreError> {
        panic!("{BROKEN}")
    }

    async fn add(&self, _: &Movie, _: Option<&Once>) -> Result<Written<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn update(
        &self,
        _: &MovieKey,
        _: &Changes,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn delete(
        &self,
        _: &MovieKey,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn added_by(
        &self,
        _: &UserId,
        _: u8,
        _: Option<&MovieKey>,
    ) -> Result<KeyPage, StoreError> {
        panic!("{BROKEN}")
    }

    async fn disown(&self, _: &MovieKey, _: &UserId, _: OffsetDateTime) -> Result<(), StoreError> {
        panic!("{BROKEN}")
    }

    async fn delete_of(&self, _: &MovieKey, _: &UserId) -> Result<(), StoreError> {
        panic!("{BROKEN}")
    }

    fn lag(&self) -> time::Duration {
        panic!("{BROKEN}")
    }

    async fn begin_leaving(
        &self,
        _: &UserId,
        _: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        panic!("{BROKEN}")
    }

    async fn is_leaving(&self, _: &UserId, _: OffsetDateTime) -> Result<bool, StoreError> {
        panic!("{BROKEN}")
    }

    async fn remembered(&self, _: &UserId) -> Result<Vec<Remembered>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn forget(&self, _: &UserId) -> Result<(), StoreError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl Identity for Broken {
    async fn sign_up(&self, _: SignUp, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn confirm_sign_up(
        &self,
        _: &Email,
        _: &SecretString,
        _: Option<&SecretString>,
        _: &ClientContext,
    ) -> Result<Confirmed, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_in(
        &self,
        _: &Email,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn resend_code(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_in_with_passkey(
        &self,
        _: &Email,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn respond_to_challenge(
        &self,
        _: &ChallengeAnswer,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn exchange_code(
        &self,
        _: &CodeExchange,
        _: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn refresh(&self, _: &SecretString, _: &ClientContext) -> Result<Tokens, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out(&self, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn forgot_password(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn reset_password(
        &self,
        _: &Email,
        _: &SecretString,
        _: &SecretString,
        _: &ClientContext,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn profile(&self, _: &SignedInUser) -> Result<Profile, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_name(&self, _: &SignedInUser, _: Option<&Name>) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_email(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &Email,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn verify_email(&self, _: &SignedInUser, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn change_password(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn set_up_totp(
        &self,
        _: &SignedInUser,
        _: &SecretString,
    ) -> Result<SecretString, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn verify_totp(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: Option<&Name>,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn turn_off_totp(&self, _: &SignedInUser, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn start_passkey_registration(
        &self,
        _: &SignedInUser,
        _: &SecretString,
    ) -> Result<WebAuthnJson, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn add_passkey(&self, _: &SignedInUser, _: &WebAuthnJson) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn passkeys(&self, _: &SignedInUser) -> Result<Vec<Passkey>, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn delete_passkey(&self, _: &SignedInUser, _: &PasskeyId) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sessions(&self, _: &SignedInUser) -> Result<Sessions, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out_everywhere(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn delete_account(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}
