//! The exceptions of Cognito, and the errors that they become.
//!
//! Errors and logs get only the names of exceptions: a message may quote the request.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use kit::store::BoxError;

use crate::identity::{IdentityError, PasswordRule};

/// The value of `retry_after`, because Cognito gives none.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// An exception of Cognito; without a name if Cognito could not be reached.
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

/// The name for a `NotAuthorizedException` that is about the app client's secret and not about the
/// user. It means that the function and the user pool do not match, not that a password is wrong.
const WRONG_CLIENT_SECRET: &str = "NotAuthorizedException (client secret)";

impl Refusal {
    #[cfg(test)]
    pub(super) fn of(name: &str, message: &str) -> Self {
        Self::read(Some(name), Some(message))
    }

    fn read(name: Option<&str>, message: Option<&str>) -> Self {
        let message = message.unwrap_or_default().to_ascii_lowercase();
        let of_secret = ["secret hash", "secret_hash", "client secret"];
        let is_of_secret = name == Some("NotAuthorizedException")
            && of_secret.iter().any(|words| message.contains(words));
        let name = name.map(|name| {
            if is_of_secret {
                WRONG_CLIENT_SECRET
            } else {
                name
            }
        });
        Self {
            name: name.map(ToOwned::to_owned),
            message,
        }
    }

    /// The exception's name; empty if Cognito could not be reached.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Logs the failure of a call whose operation goes on without it.
    pub(super) fn log(&self, what: &'static str) {
        tracing::error!(exception = self.name(), "{what}");
    }

    /// True if the message has these words, in lower case. Cognito promises nothing of its messages, so the service
    /// must stay safe if they change.
    pub(super) fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// True if no more mail can be sent today, for anybody.
    pub(super) fn is_of_mail_quota(&self) -> bool {
        self.name() == "LimitExceededException" && self.says("daily email limit")
    }

    /// The error that an exception becomes, unless an operation maps it otherwise.
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
            // Another account has verified the address since the code was sent.
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
            // The pool does not accept the device, the origin or the domain.
            "WebAuthnCredentialNotSupportedException"
            | "WebAuthnOriginNotAllowedException"
            | "WebAuthnRelyingPartyMismatchException" => Is::NotAccepted,
            // The registration took too long, or another app client began it.
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
            // Exceptions of every service of AWS.
            | "RequestLimitExceeded"
            | "ThrottlingException" => Is::Throttled(cause()),
            // Faults of the template, or of a later change of the pool.
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
            // Exceptions of every service of AWS.
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

    /// The error that an exception becomes in an operation that takes a user's access token: if the user or
    /// the token is refused, signing in again helps.
    pub(super) fn in_session(&self) -> IdentityError {
        match self.name() {
            "NotAuthorizedException"
            | "PasswordResetRequiredException"
            | "UserNotConfirmedException"
            | "UserNotFoundException" => IdentityError::SessionEnded,
            _ => self.meaning(),
        }
    }

    /// The error that an exception becomes in an administrator's operation, on a user whose access token was
    /// valid a moment ago.
    pub(super) fn of_administrator(&self) -> IdentityError {
        match self.name() {
            // Cognito refuses this service here, not the user.
            "NotAuthorizedException" => {
                IdentityError::Misconfigured("Cognito answered NotAuthorizedException".into())
            }
            _ => self.in_session(),
        }
    }

    /// The error that an exception becomes in an operation that checks a code. A stranger may call it with any
    /// address, so every state of the account looks like a wrong code.
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
