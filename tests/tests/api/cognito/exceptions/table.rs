//! The meanings of the exceptions of the operations that are called.

/// The meanings of exceptions, from whatever operation.
pub(super) const MEANINGS: &[(&str, &[&str])] = &[
    (
        "wrong credentials",
        &["NotAuthorizedException", "UserNotFoundException"],
    ),
    ("not confirmed", &["UserNotConfirmedException"]),
    ("reset required", &["PasswordResetRequiredException"]),
    (
        "session ended",
        &["RefreshTokenReuseException", "UnauthorizedException"],
    ),
    (
        "wrong code",
        &[
            "AliasExistsException",
            "CodeMismatchException",
            "EnableSoftwareTokenMFAException",
            "ExpiredCodeException",
        ],
    ),
    ("weak password", &["InvalidPasswordException"]),
    (
        "password used before",
        &["PasswordHistoryPolicyViolationException"],
    ),
    (
        "not possible",
        &[
            "SoftwareTokenMFANotFoundException",
            "UnsupportedTokenTypeException",
            "WebAuthnConfigurationMissingException",
            "WebAuthnNotEnabledException",
        ],
    ),
    (
        "not accepted",
        &[
            "WebAuthnCredentialNotSupportedException",
            "WebAuthnOriginNotAllowedException",
            "WebAuthnRelyingPartyMismatchException",
        ],
    ),
    (
        "registration ended",
        &[
            "WebAuthnChallengeNotFoundException",
            "WebAuthnClientMismatchException",
        ],
    ),
    (
        "too many attempts",
        &["LimitExceededException", "TooManyFailedAttemptsException"],
    ),
    (
        "throttled",
        &["ForbiddenException", "TooManyRequestsException"],
    ),
    (
        "misconfigured",
        &[
            "AccessDeniedException",
            "FeatureUnavailableInTierException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidUserPoolConfigurationException",
            "MFAMethodNotFoundException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "UnsupportedOperationException",
            "UserPoolAddOnNotEnabledException",
        ],
    ),
    (
        "unavailable",
        &[
            "CodeDeliveryFailureException",
            "ConcurrentModificationException",
            "InternalErrorException",
            "InternalServerException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UsernameExistsException",
        ],
    ),
];

/// Exceptions of every service of AWS, which are not in the API's own model.
pub(super) const COMMON: &[(&str, &str)] = &[
    ("IncompleteSignature", "misconfigured"),
    ("InvalidSignatureException", "misconfigured"),
    ("MissingAuthenticationToken", "misconfigured"),
    ("RequestLimitExceeded", "throttled"),
    ("ThrottlingException", "throttled"),
    ("UnrecognizedClientException", "misconfigured"),
    ("Surprise", "unavailable"),
];

/// The meanings that differ for some operations; the first entry that matches counts.
pub(super) const UNLESS: &[(&[&str], &[&str], &str)] = &[
    (
        &["sign_up"],
        &["CodeDeliveryFailureException", "UsernameExistsException"],
        "success",
    ),
    (
        &["sign_up", "sign_out_everywhere", "delete_account"],
        &["NotAuthorizedException"],
        "misconfigured",
    ),
    (
        &["resend_code", "forgot_password"],
        &[
            "CodeDeliveryFailureException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
        "success",
    ),
    (
        &["confirm_sign_up", "reset_password"],
        &[
            "InvalidParameterException",
            "NotAuthorizedException",
            "PasswordResetRequiredException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
        "wrong code",
    ),
    (
        &["sign_in"],
        &["InvalidParameterException", "UserLambdaValidationException"],
        "wrong credentials",
    ),
    // The caller has proved nothing yet.
    (
        &["sign_in_with_passkey"],
        &[
            "InvalidParameterException",
            "NotAuthorizedException",
            "PasswordResetRequiredException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
        "wrong credentials",
    ),
    // The user has the maximum number of passkeys.
    (
        &["start_passkey_registration", "add_passkey"],
        &["LimitExceededException"],
        "not possible",
    ),
    // The token is asked for once more, and is still good.
    (
        &["add_passkey"],
        &["InvalidParameterException", "NotAuthorizedException"],
        "not accepted",
    ),
    (
        &["passkeys", "delete_passkey"],
        &["LimitExceededException"],
        "throttled",
    ),
    (
        &["passkeys", "delete_passkey"],
        &[
            "SoftwareTokenMFANotFoundException",
            "UnsupportedTokenTypeException",
            "WebAuthnConfigurationMissingException",
            "WebAuthnNotEnabledException",
        ],
        "success",
    ),
    (
        &["delete_passkey"],
        &["InvalidParameterException", "ResourceNotFoundException"],
        "success",
    ),
    (
        &["respond_to_challenge"],
        &["UserLambdaValidationException"],
        "wrong credentials",
    ),
    (
        &["respond_to_challenge"],
        &[
            "AliasExistsException",
            "InvalidParameterException",
            "MFAMethodNotFoundException",
            "SoftwareTokenMFANotFoundException",
        ],
        "not accepted",
    ),
    (
        &["sign_out"],
        &[
            "InvalidParameterException",
            "NotAuthorizedException",
            "UnauthorizedException",
            "UnsupportedTokenTypeException",
            "UserNotFoundException",
        ],
        "success",
    ),
    (
        &["sign_out_everywhere", "delete_account"],
        &["UserNotFoundException"],
        "success",
    ),
    (
        &["refresh"],
        &["InvalidParameterException"],
        "session ended",
    ),
    (
        &["change_email"],
        &[
            "AliasExistsException",
            "CodeDeliveryFailureException",
            "InvalidParameterException",
            "UserLambdaValidationException",
        ],
        "success",
    ),
    (
        &["verify_email", "verify_totp"],
        &["InvalidParameterException"],
        "wrong code",
    ),
    (
        &["set_up_totp", "turn_off_totp", "change_password"],
        &["InvalidParameterException"],
        "not possible",
    ),
    (
        &["set_up_totp", "verify_totp", "turn_off_totp"],
        &["InvalidUserPoolConfigurationException"],
        "not possible",
    ),
    (
        &["sessions"],
        &[
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
        ],
        "success",
    ),
    // The token is asked for once more, and is still good.
    (
        &["change_password"],
        &["NotAuthorizedException"],
        "wrong credentials",
    ),
    (
        &["change_name", "change_email", "turn_off_totp"],
        &["NotAuthorizedException"],
        "misconfigured",
    ),
    (
        &[
            "respond_to_challenge",
            "refresh",
            "profile",
            "change_name",
            "change_email",
            "verify_email",
            "change_password",
            "set_up_totp",
            "verify_totp",
            "turn_off_totp",
            "start_passkey_registration",
            "add_passkey",
            "passkeys",
            "delete_passkey",
            "sessions",
        ],
        &[
            "NotAuthorizedException",
            "PasswordResetRequiredException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
        "session ended",
    ),
];
