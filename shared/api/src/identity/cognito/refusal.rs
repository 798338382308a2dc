//! What Cognito answers in place of a result, and what that means.
//!
//! Only the names of exceptions are kept: a message may quote what was sent.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

use crate::{
    identity::{IdentityError, PasswordRule},
    store::BoxError,
};

/// When a next attempt makes sense; Cognito does not say.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// An exception of Cognito, or none where it could not be reached.
#[derive(Debug)]
pub(super) struct Refusal {
    name: Option<String>,
    message: String,
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for Refusal {
    fn from(error: SdkError<E, R>) -> Self {
        Self::read(error.code(), error.message())
    }
}

/// In place of a `NotAuthorizedException` that is about the app client's secret and not about the
/// user. Nobody's password is wrong then: the function and the user pool do not fit.
const WRONG_CLIENT_SECRET: &str = "NotAuthorizedException (client secret)";

impl Refusal {
    #[cfg(test)]
    pub(super) fn of(name: &str, message: &str) -> Self {
        Self::read(Some(name), Some(message))
    }

    fn read(name: Option<&str>, message: Option<&str>) -> Self {
        let message = message.unwrap_or_default().to_ascii_lowercase();
        let of_secret = ["secret hash", "secret_hash", "client secret"];
        let name = match name {
            Some("NotAuthorizedException")
                if of_secret.iter().any(|words| message.contains(words)) =>
            {
                Some(WRONG_CLIENT_SECRET)
            }
            name => name,
        };
        Self {
            name: name.map(ToOwned::to_owned),
            message,
        }
    }

    /// The exception's name; empty where Cognito could not be reached.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether the message has these words, in lower case. Cognito promises nothing of its messages,
    /// so what follows from them must be safe if they change.
    pub(super) fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// Whether no more mail can be sent today, for anybody.
    pub(super) fn is_of_mail_quota(&self) -> bool {
        self.name() == "LimitExceededException" && self.says("daily email limit")
    }

    /// What an exception means unless an operation says otherwise.
    pub(super) fn meaning(&self) -> IdentityError {
        use IdentityError as Is;
        let Some(name) = &self.name else {
            return unavailable("Cognito could not be reached");
        };
        let cause = || BoxError::from(format!("Cognito answered {name}"));
        match name.as_str() {
            "NotAuthorizedException" | "UserNotFoundException" => Is::WrongCredentials,
            "UserNotConfirmedException" => Is::NotConfirmed,
            "PasswordResetRequiredException" => Is::ResetRequired,
            "RefreshTokenReuseException" | "UnauthorizedException" => Is::SessionEnded,
            // The address that a code was to verify became another account's in the meantime.
            "AliasExistsException"
            | "CodeMismatchException"
            | "EnableSoftwareTokenMFAException"
            | "ExpiredCodeException" => Is::WrongCode,
            "InvalidPasswordException" => Is::WeakPassword(vec![PasswordRule::Unnamed]),
            "PasswordHistoryPolicyViolationException" => Is::WeakPassword(vec![PasswordRule::New]),
            "SoftwareTokenMFANotFoundException"
            | "UnsupportedTokenTypeException"
            | "WebAuthnConfigurationMissingException"
            | "WebAuthnNotEnabledException" => Is::NotPossible,
            // Another device, another origin or another domain than the pool takes.
            "WebAuthnCredentialNotSupportedException"
            | "WebAuthnOriginNotAllowedException"
            | "WebAuthnRelyingPartyMismatchException" => Is::NotAccepted,
            // It took too long, or was begun by another app client.
            "WebAuthnChallengeNotFoundException" | "WebAuthnClientMismatchException" => {
                Is::RegistrationEnded
            }
            "LimitExceededException" if self.is_of_mail_quota() => Is::EmailQuota {
                retry_after: RETRY_AFTER,
            },
            "LimitExceededException" | "TooManyFailedAttemptsException" => Is::TooManyAttempts {
                retry_after: RETRY_AFTER,
            },
            // A pool's firewall counts requests, and sees this service as one client.
            "ForbiddenException"
            | "TooManyRequestsException"
            // Of every service of AWS.
            | "RequestLimitExceeded"
            | "ThrottlingException" => Is::Throttled(cause()),
            // What the template, or whoever changed the pool since, has to put right.
            "AccessDeniedException"
            | "FeatureUnavailableInTierException"
            | "InvalidEmailRoleAccessPolicyException"
            | "InvalidLambdaResponseException"
            | "InvalidParameterException"
            | "InvalidSmsRoleAccessPolicyException"
            | "InvalidSmsRoleTrustRelationshipException"
            | "InvalidUserPoolConfigurationException"
            | "MFAMethodNotFoundException"
            | "OperationNotEnabledException"
            | "ResourceNotFoundException"
            | "UnsupportedOperationException"
            | "UserPoolAddOnNotEnabledException"
            | WRONG_CLIENT_SECRET
            // Of every service of AWS.
            | "IncompleteSignature"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "UnrecognizedClientException" => Is::Misconfigured(cause()),
            "CodeDeliveryFailureException"
            | "ConcurrentModificationException"
            | "InternalErrorException"
            | "InternalServerException"
            | "UnexpectedLambdaException"
            | "UserLambdaValidationException"
            | "UsernameExistsException" => Is::Unavailable(cause()),
            _ => unavailable(format!("Cognito answered {name}, which is not known here")),
        }
    }

    /// What an exception means to an operation that a user's access token allows: whatever is wrong
    /// with the user's standing is put right by signing in again.
    pub(super) fn in_session(&self) -> IdentityError {
        match self.name() {
            "NotAuthorizedException"
            | "PasswordResetRequiredException"
            | "UserNotConfirmedException"
            | "UserNotFoundException" => IdentityError::SessionEnded,
            _ => self.meaning(),
        }
    }

    /// What an exception means to an operation of an administrator, on a user whose access token was
    /// good a moment before.
    pub(super) fn of_administrator(&self) -> IdentityError {
        match self.name() {
            // It is this service that Cognito does not allow this, not a user.
            "NotAuthorizedException" => {
                IdentityError::Misconfigured("Cognito answered NotAuthorizedException".into())
            }
            _ => self.in_session(),
        }
    }

    /// What an exception means to an operation that checks a code, which a stranger may guess for an
    /// address: whatever else there is to know of the account looks like a wrong code.
    pub(super) fn of_code(&self) -> IdentityError {
        match self.name() {
            "InvalidParameterException"
            | "NotAuthorizedException"
            | "PasswordResetRequiredException"
            | "UserNotConfirmedException"
            | "UserNotFoundException" => IdentityError::WrongCode,
            _ => self.meaning(),
        }
    }
}

pub(super) fn unavailable(error: impl Into<BoxError>) -> IdentityError {
    IdentityError::Unavailable(error.into())
}
