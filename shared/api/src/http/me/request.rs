//! The request bodies and queries of the signed-in user's operations.

use secrecy::SecretString;

use super::super::{
    auth::code,
    error::ApiError,
    fault::Fault,
    json::{Members, ReadMembers, text},
    query::{Parameters, ReadParameters},
};
use crate::{
    account::Movies,
    identity::Email,
    movie::{Invalid, MovieKey, Name, UserId},
    page::read_cursor_of,
};

pub(in crate::http) struct UpdateProfileRequest {
    /// `None` removes the name.
    pub(super) name: Option<Name>,
}

impl ReadMembers for UpdateProfileRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let given = members.has("name");
        let mut clear = members.take_clear();
        if !given && clear.is_empty() {
            members.refuse(Fault::new(
                "name",
                "required",
                "is required, or `clear` to remove it",
            ));
        }
        let mut name = members.take_change("name", text(Name::parse));
        clear.remove("name", &mut name, members);
        clear.refuse_the_rest(members);
        Some(Self {
            name: name.into_value(),
        })
    }
}

pub(in crate::http) struct CodeRequest {
    pub(super) code: SecretString,
}

impl ReadMembers for CodeRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let code = members.take_required("code", text(code))?;
        Some(Self { code })
    }
}

/// A body with the new address, and with the current password as proof that the user sends it.
pub(in crate::http) struct ChangeEmailRequest {
    pub(super) email: Email,
    pub(super) current_password: SecretString,
}

impl ReadMembers for ChangeEmailRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let email = members.take_required("email", text(Email::parse));
        let current_password = members.take_password("currentPassword");
        Some(Self {
            email: email?,
            current_password: current_password?,
        })
    }
}

/// A body with the current password only, as proof that the user sends it.
pub(in crate::http) struct CurrentPasswordRequest {
    pub(super) current_password: SecretString,
}

impl ReadMembers for CurrentPasswordRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let current_password = members.take_password("currentPassword")?;
        Some(Self { current_password })
    }
}

pub(in crate::http) struct ChangePasswordRequest {
    pub(super) current_password: SecretString,
    pub(super) new_password: SecretString,
}

impl ReadMembers for ChangePasswordRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let current_password = members.take_password("currentPassword");
        let new_password = members.take_password("newPassword");
        Some(Self {
            current_password: current_password?,
            new_password: new_password?,
        })
    }
}

pub(in crate::http) struct VerifyTotpRequest {
    pub(super) code: SecretString,
    pub(super) device_name: Option<Name>,
}

impl ReadMembers for VerifyTotpRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let code = members.take_required("code", text(code));
        let device_name = members.take("deviceName", text(Name::parse));
        Some(Self {
            code: code?,
            device_name,
        })
    }
}

pub(in crate::http) struct ExportMyDataRequest {
    cursor: Option<String>,
}

impl ReadParameters for ExportMyDataRequest {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let cursor = parameters.take("cursor", |text| Ok(text.to_owned()));
        Some(Self { cursor })
    }
}

impl ExportMyDataRequest {
    /// The last movie of the previous page; `None` for the first page.
    pub(super) fn into_after(self, user: &UserId) -> Result<Option<MovieKey>, ApiError> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        read_cursor_of(user, &cursor).map(Some).map_err(|error| {
            ApiError::fault(Fault::new("cursor", "invalid_value", error.to_string()))
        })
    }
}

pub(in crate::http) struct DeleteMyAccountRequest {
    /// The action on the movies that the user added.
    pub(super) movies: Movies,
}

impl ReadParameters for DeleteMyAccountRequest {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let movies = parameters.take_required("movies", |text| match text {
            "delete" => Ok(Movies::Delete),
            "disown" => Ok(Movies::Disown),
            _ => Err(Invalid::Malformed("`delete` or `disown`")),
        })?;
        Some(Self { movies })
    }
}
