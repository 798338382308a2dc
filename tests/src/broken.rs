//! A store and accounts that panic, whatever they are asked.

use std::sync::Arc;

use accounts::identity::{
    AccountOperations, ChallengeAnswer, ClientContext, CodeExchange, Confirmed, Email,
    HostedSignInOperations, IdentityError, Name, Passkey, PasskeyId, PasskeyOperations,
    PasswordOperations, Profile, SessionOperations, Sessions, SignInOperations, SignInStep, SignUp,
    SignUpOperations, SignedInUser, Tokens, TotpOperations, WebAuthnJson,
};
use async_trait::async_trait;
use kit::{
    changes::{Changes, ChangesRequest, Head},
    files::{FileForm, FileName, Files, FilesError, Upload},
    idempotency::Once,
    page::{KeyPage, Page, PageRequest},
    resource::{Entity, Resource},
    search::{SearchPage, SearchRequest},
    store::{Guard, Records, Refusal, Remembered, Store, StoreError, StoreSource, Written},
    user::UserId,
};
use secrecy::SecretString;
use time::OffsetDateTime;

/// The message of the panic of a broken service.
pub const BROKEN: &str = "broken on purpose";

/// A store and accounts of which every call panics.
#[derive(Debug)]
pub(crate) struct Broken;

#[async_trait]
impl<R: Resource> Store<R> for Broken {
    async fn get(&self, _: &R::Key) -> Result<Option<Entity<R>>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn list(&self, _: &PageRequest<R::Key>) -> Result<Page<R>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn search(&self, _: &SearchRequest) -> Result<SearchPage<R>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn add(&self, _: &Entity<R>, _: Option<&Once>) -> Result<Written<Entity<R>>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn update(
        &self,
        _: &R::Key,
        _: &R::Changes,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<Entity<R>>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn delete(
        &self,
        _: &R::Key,
        _: &Guard<'_>,
        _: OffsetDateTime,
        _: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn refuse(&self, _: &Once, _: Refusal, _: OffsetDateTime) -> Result<Refusal, StoreError> {
        panic!("{BROKEN}")
    }

    async fn owned_by(
        &self,
        _: &UserId,
        _: u8,
        _: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>, StoreError> {
        panic!("{BROKEN}")
    }

    async fn disown(&self, _: &R::Key, _: &UserId, _: OffsetDateTime) -> Result<(), StoreError> {
        panic!("{BROKEN}")
    }

    async fn delete_owned(&self, _: &R::Key, _: &UserId) -> Result<(), StoreError> {
        panic!("{BROKEN}")
    }

    fn lag(&self) -> time::Duration {
        panic!("{BROKEN}")
    }

    async fn head(&self, _: Option<&UserId>, _: OffsetDateTime) -> Result<Head, StoreError> {
        panic!("{BROKEN}")
    }

    async fn changes(&self, _: &ChangesRequest) -> Result<Changes<R>, StoreError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl Files for Broken {
    fn url(&self, _: &FileName) -> Result<String, FilesError> {
        panic!("{BROKEN}")
    }

    async fn permit(&self, _: &FileName, _: &FileForm<'_>) -> Result<Upload, FilesError> {
        panic!("{BROKEN}")
    }

    async fn delete(&self, _: &FileName) -> Result<(), FilesError> {
        panic!("{BROKEN}")
    }
}

impl StoreSource for Broken {
    fn store<R: Resource>(&self) -> Arc<dyn Store<R>> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Records for Broken {
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
impl SignUpOperations for Broken {
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

    async fn resend_code(&self, _: &Email, _: &ClientContext) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl SignInOperations for Broken {
    async fn sign_in(
        &self,
        _: &Email,
        _: &SecretString,
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
}

#[async_trait]
impl HostedSignInOperations for Broken {
    async fn exchange_code(
        &self,
        _: &CodeExchange,
        _: &ClientContext,
    ) -> Result<Tokens, IdentityError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl SessionOperations for Broken {
    async fn refresh(&self, _: &SecretString, _: &ClientContext) -> Result<Tokens, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out(&self, _: &SecretString) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sessions(&self, _: &SignedInUser) -> Result<Sessions, IdentityError> {
        panic!("{BROKEN}")
    }

    async fn sign_out_everywhere(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl PasswordOperations for Broken {
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

    async fn change_password(
        &self,
        _: &SignedInUser,
        _: &SecretString,
        _: &SecretString,
    ) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl AccountOperations for Broken {
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

    async fn delete_account(&self, _: &SignedInUser) -> Result<(), IdentityError> {
        panic!("{BROKEN}")
    }
}

#[async_trait]
impl TotpOperations for Broken {
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
}

#[async_trait]
impl PasskeyOperations for Broken {
    async fn sign_in_with_passkey(
        &self,
        _: &Email,
        _: &ClientContext,
    ) -> Result<SignInStep, IdentityError> {
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
}
