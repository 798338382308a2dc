//! The metrics that count the outcomes of operations.

use super::metric::{
    MOVIES_ADDED, MOVIES_DELETED, MOVIES_UPDATED, Metric, SIGN_IN_FAILURES, SIGN_INS, SIGN_UPS,
};

/// The outcome of a request, as far as a metric counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The operation succeeded, now and not in an earlier request.
    Done,
    /// The caller's proof of identity was refused.
    Refused,
}

const WORK: [(&str, Outcome, Metric); 11] = [
    ("addMovie", Outcome::Done, MOVIES_ADDED),
    ("updateMovie", Outcome::Done, MOVIES_UPDATED),
    ("deleteMovie", Outcome::Done, MOVIES_DELETED),
    ("confirmSignUp", Outcome::Done, SIGN_UPS),
    ("signIn", Outcome::Done, SIGN_INS),
    ("signIn", Outcome::Refused, SIGN_IN_FAILURES),
    ("signInWithPasskey", Outcome::Refused, SIGN_IN_FAILURES),
    ("respondToChallenge", Outcome::Done, SIGN_INS),
    ("respondToChallenge", Outcome::Refused, SIGN_IN_FAILURES),
    ("exchangeCode", Outcome::Done, SIGN_INS),
    ("exchangeCode", Outcome::Refused, SIGN_IN_FAILURES),
];

/// The metric that counts this outcome of the operation with this `operationId`.
pub(crate) fn counted(operation: &str, outcome: Outcome) -> Option<Metric> {
    WORK.into_iter()
        .find(|(of, when, _)| *of == operation && *when == outcome)
        .map(|(_, _, metric)| metric)
}

/// True if a metric counts any outcome of the operation.
pub(crate) fn is_counted(operation: &str) -> bool {
    WORK.iter().any(|(of, _, _)| *of == operation)
}
