//! The rules for passwords.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The longest password in its [normal form](normal_password), in characters: Cognito's limit.
pub const MAX_PASSWORD: usize = 256;

/// Converts a password to Unicode's normal form C (RFC 8265, section 4.2.1): keyboards write "é" in two ways, and both
/// are the same password.
#[must_use]
pub fn normal_password(text: String) -> SecretString {
    if is_nfc(&text) {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}

/// The policy of the user pool. A test compares it with `template.yaml`.
pub const PASSWORD_POLICY: PasswordPolicy = PasswordPolicy {
    minimum_length: 12,
    require_lowercase: true,
    require_uppercase: true,
    require_numbers: true,
    require_symbols: true,
};

/// The rules for passwords, in the terms of a Cognito user pool (Amazon Cognito Developer Guide, "Password policies").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "so Cognito has it")]
pub struct PasswordPolicy {
    /// The smallest number of characters.
    pub minimum_length: usize,
    /// True if a password needs a letter from a to z.
    pub require_lowercase: bool,
    /// True if a password needs a letter from A to Z.
    pub require_uppercase: bool,
    /// True if a password needs a digit from 0 to 9.
    pub require_numbers: bool,
    /// True if a password needs an ASCII punctuation character, or a space that is not at an end.
    pub require_symbols: bool,
}

/// A rule that a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// The password needs at least this many characters.
    #[error("must be at least {0} characters long")]
    Length(usize),
    /// The password needs a letter from a to z.
    #[error("needs a lower-case letter (a to z)")]
    Lowercase,
    /// The password needs a letter from A to Z.
    #[error("needs an upper-case letter (A to Z)")]
    Uppercase,
    /// The password needs a digit from 0 to 9.
    #[error("needs a digit")]
    Number,
    /// The password needs a symbol.
    #[error("needs a symbol, such as a hyphen")]
    Symbol,
    /// The password must not begin or end with white space, because Cognito refuses that.
    #[error("must not begin or end with a space")]
    OuterSpace,
    /// The password must not have been used before.
    #[error("was used before")]
    New,
    /// A rule that the provider did not name.
    #[error("was refused by the password policy")]
    Unnamed,
}

impl PasswordRule {
    /// The code of the rule, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Length(_) => "too_short",
            Self::Lowercase => "needs_lowercase",
            Self::Uppercase => "needs_uppercase",
            Self::Number => "needs_digit",
            Self::Symbol => "needs_symbol",
            Self::OuterSpace => "outer_space",
            Self::New => "used_before",
            Self::Unnamed => "refused_by_policy",
        }
    }
}

impl PasswordPolicy {
    /// Lists every rule that a password breaks.
    #[must_use]
    pub fn broken_rules(&self, password: &SecretString) -> Vec<PasswordRule> {
        let password = password.expose_secret();
        let lacks = |kind: fn(&char) -> bool| !password.chars().any(|c| kind(&c));
        let too_short = password.chars().count() < self.minimum_length;
        let lowercase = self.require_lowercase && lacks(char::is_ascii_lowercase);
        let uppercase = self.require_uppercase && lacks(char::is_ascii_uppercase);
        let number = self.require_numbers && lacks(char::is_ascii_digit);
        let has_symbol =
            !lacks(char::is_ascii_punctuation) || password.trim_matches(' ').contains(' ');
        [
            (too_short, PasswordRule::Length(self.minimum_length)),
            (lowercase, PasswordRule::Lowercase),
            (uppercase, PasswordRule::Uppercase),
            (number, PasswordRule::Number),
            (self.require_symbols && !has_symbol, PasswordRule::Symbol),
            (password.trim() != password, PasswordRule::OuterSpace),
        ]
        .into_iter()
        .filter_map(|(broken, rule)| broken.then_some(rule))
        .collect()
    }
}

#[cfg(test)]
mod tests;
