//! What the operations of the signed-in user are asked.

use secrecy::SecretString;
use validator::{Validate, ValidationError};

use super::super::{
    auth::parse_email,
    error::ApiError,
    fault::Fault,
    json::{Members, ReadMembers},
    query::{Parameters, ReadParameters},
    rules,
};
use crate::{
    account::Movies,
    identity::Email,
    movie::{MovieKey, Name, UserId},
    page::read_cursor_of,
};

#[derive(Validate)]
pub(in crate::http) struct UpdateProfileRequest {
    /// `None`: not given; `Some(None)`: null.
    #[validate(custom(function = rules::name))]
    name: Option<Option<String>>,
}

impl ReadMembers for UpdateProfileRequest {
    fn read(members: &mut Members<'_>) -> Self {
        let given = members.has("name");
        let mut clear = members.take_clear();
        if !given && clear.is_empty() {
            members.refuse(Fault::new(
                "name",
                "required",
                "is required, or `clear` to remove it",
            ));
        }
        let mut name = members.take_nullable("name");
        clear.remove("name", &mut name, members);
        clear.refuse_the_rest(members);
        Self { name }
    }
}

impl UpdateProfileRequest {
    pub(super) fn into_name(self) -> Result<Option<Name>, ApiError> {
        let name = self.name.flatten();
        Ok(name.as_deref().map(Name::parse).transpose()?)
    }
}

#[derive(Validate)]
pub(in crate::http) struct CodeRequest {
    #[validate(required, custom(function = rules::code))]
    code: Option<String>,
}

impl ReadMembers for CodeRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            code: members.take("code"),
        }
    }
}

impl CodeRequest {
    pub(super) fn into_code(self) -> SecretString {
        self.code.unwrap_or_default().into()
    }
}

/// An address, and the proof that it is the user who asks.
#[derive(Validate)]
pub(in crate::http) struct ChangeEmailRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(skip)]
    current_password: Option<SecretString>,
}

impl ReadMembers for ChangeEmailRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            current_password: members.take_password("currentPassword"),
        }
    }
}

impl ChangeEmailRequest {
    /// The current password and the new address.
    pub(super) fn into_parts(self) -> Result<(SecretString, Email), ApiError> {
        let email = parse_email(self.email)?;
        Ok((self.current_password.unwrap_or_default(), email))
    }
}

/// The proof that it is the user who asks, and nothing else.
#[derive(Validate)]
pub(in crate::http) struct CurrentPasswordRequest {
    #[validate(skip)]
    current_password: Option<SecretString>,
}

impl ReadMembers for CurrentPasswordRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            current_password: members.take_password("currentPassword"),
        }
    }
}

impl CurrentPasswordRequest {
    pub(super) fn into_password(self) -> SecretString {
        self.current_password.unwrap_or_default()
    }
}

#[derive(Validate)]
pub(in crate::http) struct ChangePasswordRequest {
    #[validate(skip)]
    current_password: Option<SecretString>,
    #[validate(skip)]
    new_password: Option<SecretString>,
}

impl ReadMembers for ChangePasswordRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            current_password: members.take_password("currentPassword"),
            new_password: members.take_password("newPassword"),
        }
    }
}

impl ChangePasswordRequest {
    /// The current password and the new one.
    pub(super) fn into_parts(self) -> (SecretString, SecretString) {
        (
            self.current_password.unwrap_or_default(),
            self.new_password.unwrap_or_default(),
        )
    }
}

#[derive(Validate)]
pub(in crate::http) struct VerifyTotpRequest {
    #[validate(required, custom(function = rules::code))]
    code: Option<String>,
    #[validate(custom(function = rules::name))]
    device_name: Option<String>,
}

impl ReadMembers for VerifyTotpRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            code: members.take("code"),
            device_name: members.take("deviceName"),
        }
    }
}

impl VerifyTotpRequest {
    pub(super) fn into_parts(self) -> Result<(SecretString, Option<Name>), ApiError> {
        let device = self.device_name.as_deref().map(Name::parse).transpose()?;
        Ok((self.code.unwrap_or_default().into(), device))
    }
}

#[derive(Validate)]
pub(in crate::http) struct ExportMyDataRequest {
    #[validate(skip)]
    cursor: Option<String>,
}

impl ReadParameters for ExportMyDataRequest {
    fn read(parameters: &mut Parameters) -> Self {
        Self {
            cursor: parameters.take("cursor"),
        }
    }
}

impl ExportMyDataRequest {
    /// The movie that the page before ended with.
    pub(super) fn into_after(self, user: &UserId) -> Result<Option<MovieKey>, ApiError> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        read_cursor_of(user, &cursor).map(Some).map_err(|error| {
            ApiError::fault(Fault::new("cursor", "invalid_value", error.to_string()))
        })
    }
}

#[derive(Validate)]
pub(in crate::http) struct DeleteMyAccountRequest {
    #[validate(required, custom(function = delete_or_disown))]
    movies: Option<String>,
}

impl ReadParameters for DeleteMyAccountRequest {
    fn read(parameters: &mut Parameters) -> Self {
        Self {
            movies: parameters.take("movies"),
        }
    }
}

const DELETE: &str = "delete";
const DISOWN: &str = "disown";

fn delete_or_disown(text: &str) -> Result<(), ValidationError> {
    if [DELETE, DISOWN].contains(&text) {
        return Ok(());
    }
    let message = format!("must be `{DELETE}` or `{DISOWN}`");
    Err(ValidationError::new("invalid_value").with_message(message.into()))
}

impl DeleteMyAccountRequest {
    /// What becomes of the movies.
    pub(super) fn into_movies(self) -> Movies {
        match self.movies.as_deref() {
            Some(DELETE) => Movies::Delete,
            _ => Movies::Disown,
        }
    }
}
