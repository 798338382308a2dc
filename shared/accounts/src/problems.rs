//! The problems of accounts, and the errors that they come from.

use kit::http::{ApiError, Fault, problems};

pub use self::table::*;

use crate::{
    identity::{IdentityError, PasswordRule},
    token::TokenError,
};

/// The rows of the table of failures.
#[rustfmt::skip]
mod table {
    use kit::http::{Problem, StatusCode as S};

    /// All of them.
    pub const ALL: &[Problem] = &[
        NO_TOKEN, BAD_TOKEN, TOKEN_NOT_VERIFIABLE, INSUFFICIENT_SCOPE, WRONG_CREDENTIALS, NOT_CONFIRMED, RESET_REQUIRED,
        WRONG_CURRENT_PASSWORD, WRONG_CODE, WEAK_PASSWORD, NOT_POSSIBLE, TOO_MANY_ATTEMPTS, EMAIL_QUOTA, PROVIDER_UNAVAILABLE,
    ];
    /// No access token was sent.
    pub const NO_TOKEN: Problem = Problem::new(S::UNAUTHORIZED, "unauthorized", "A valid access token is needed",
        "Send an access token: `Authorization: Bearer <accessToken>`.").challenging("");
    /// The access token was not accepted.
    pub const BAD_TOKEN: Problem = Problem::new(S::UNAUTHORIZED, "unauthorized", "A valid access token is needed",
        "The one that was sent was not accepted. Sign in or refresh, and send the new one.").challenging("error=\"invalid_token\"");
    /// The keys to verify the access token with are not available.
    pub const TOKEN_NOT_VERIFIABLE: Problem = Problem::new(S::UNAUTHORIZED, "token-not-verifiable", "The access token cannot be checked at the moment",
        "It may be good. Keep it, do not sign the user out, and try again as the header `Retry-After` says.").challenging("error=\"invalid_token\"");
    /// The access token lacks the scope of this API.
    pub const INSUFFICIENT_SCOPE: Problem = Problem::new(S::FORBIDDEN, "insufficient-scope", "The access token was made for something else",
        "It lacks the scope that the header `WWW-Authenticate` names. Sign in through this API.").challenging("error=\"insufficient_scope\", scope=\"aws.cognito.signin.user.admin\"");
    /// The address or the password is wrong.
    pub const WRONG_CREDENTIALS: Problem = Problem::new(S::UNAUTHORIZED, "wrong-credentials", "Wrong e-mail address or password",
        "Check both, or reset the password.").refusing_proof().challenging("");
    /// The account is not confirmed.
    pub const NOT_CONFIRMED: Problem = Problem::new(S::FORBIDDEN, "account-not-confirmed", "The account is not confirmed",
        "Confirm it with the code that was sent to its address.").refusing_proof();
    /// The password has to be reset.
    pub const RESET_REQUIRED: Problem = Problem::new(S::FORBIDDEN, "password-reset-required", "The password has to be reset",
        "Ask for a code with `forgotPassword` and set a new password with `resetPassword`.").refusing_proof();
    /// The current password of a user who is signed in is wrong.
    pub const WRONG_CURRENT_PASSWORD: Problem = Problem::new(S::FORBIDDEN, "wrong-current-password", "The current password is wrong",
        "Check it, or reset the password.");
    /// The code is wrong or has expired.
    pub const WRONG_CODE: Problem = Problem::new(S::BAD_REQUEST, "wrong-code", "The code is wrong or has expired",
        "Check the code, or ask for a new one.").refusing_proof();
    /// The password does not meet the policy.
    pub const WEAK_PASSWORD: Problem = Problem::new(S::BAD_REQUEST, "weak-password", "The password is too weak",
        "Choose one that keeps the rules named in `errors`.");
    /// The account, or its user pool, does not have the feature.
    pub const NOT_POSSIBLE: Problem = Problem::new(S::CONFLICT, "not-possible", "Not possible for this account",
        "The account, or the user pool that it is in, does not have this feature.");
    /// There were too many attempts.
    pub const TOO_MANY_ATTEMPTS: Problem = Problem::new(S::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts",
        "Wait as long as the header `Retry-After` says.").refusing_proof();
    /// No more mail can be sent.
    pub const EMAIL_QUOTA: Problem = Problem::new(S::TOO_MANY_REQUESTS, "email-quota", "No more e-mail can be sent for now",
        "The service has sent as much as it may. Wait as long as the header `Retry-After` says.");
    /// The identity provider did not answer.
    pub const PROVIDER_UNAVAILABLE: Problem = Problem::new(S::SERVICE_UNAVAILABLE, "provider-unavailable", "Accounts are not available at the moment",
        "The identity provider did not answer. Try again later.");
}

/// The error for the caller of an identity provider's error; a weak password came in this member.
pub(crate) fn of_identity(error: IdentityError, password_member: &'static str) -> ApiError {
    match error {
        IdentityError::WrongCredentials => WRONG_CREDENTIALS.into(),
        IdentityError::NotConfirmed => NOT_CONFIRMED.into(),
        IdentityError::ResetRequired => RESET_REQUIRED.into(),
        IdentityError::WrongCode => WRONG_CODE.into(),
        IdentityError::WeakPassword(rules) => {
            let fault =
                |rule: &PasswordRule| Fault::new(password_member, rule.code(), rule.to_string());
            ApiError::from(WEAK_PASSWORD).with_faults(rules.iter().map(fault).collect())
        }
        IdentityError::SessionEnded => problems::SESSION_ENDED.into(),
        IdentityError::NotAccepted => ApiError::fault(Fault::new(
            "responses",
            "not_accepted",
            "do not fit the challenge",
        )),
        IdentityError::RegistrationEnded => ApiError::fault(Fault::new(
            "credential",
            "expired",
            "comes too late, or no registration was begun: ask for options again",
        )),
        IdentityError::NotPossible => NOT_POSSIBLE.into(),
        IdentityError::TooManyAttempts { retry_after } => {
            ApiError::from(TOO_MANY_ATTEMPTS).retry_after(retry_after)
        }
        IdentityError::EmailQuota { retry_after } => {
            ApiError::from(EMAIL_QUOTA).retry_after(retry_after)
        }
        IdentityError::Throttled(_) => ApiError::from(problems::THROTTLED).because(error).passing(),
        IdentityError::Unavailable(_) => ApiError::from(PROVIDER_UNAVAILABLE)
            .because(error)
            .passing(),
        IdentityError::Misconfigured(_) => ApiError::internal(error),
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::KeysUnavailable(_) => Self::from(TOKEN_NOT_VERIFIABLE)
                .because(error)
                .passing()
                .ours(),
            TokenError::InsufficientScope => Self::from(INSUFFICIENT_SCOPE).because(error),
            _ => Self::from(BAD_TOKEN).because(error),
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        of_identity(error, "password")
    }
}
