//! The faults between the function and AWS: which there are, and which one the n-th request meets.

use std::collections::BTreeMap;

use fastrand::Rng;
use parking_lot::Mutex;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The request is lost: the connection closes.
    LoseRequest,
    /// The request is carried out, and the connection closes before the answer.
    LoseAnswer,
    /// The request arrives after the function has given up, and is carried out then.
    Late,
    /// The request arrives twice, as when the SDK sends it again; the second answer counts.
    Twice,
    /// The connection closes in the middle of the answer.
    Cut,
    /// The answer comes byte by byte.
    Drip,
    /// There is no answer, and the connection stays open.
    BlackHole,
    /// The request is carried out, and the answer is 500.
    ErrorAfter,
    /// An error in place of the answer; the request is not carried out.
    Answer(Error),
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::LoseRequest,
        Self::LoseAnswer,
        Self::Late,
        Self::Twice,
        Self::Cut,
        Self::Drip,
        Self::BlackHole,
        Self::ErrorAfter,
        Self::Answer(Error::Internal),
        Self::Answer(Error::Validation),
        Self::Answer(Error::Throughput),
        Self::Answer(Error::Throttling),
        Self::Answer(Error::Expired),
        Self::Answer(Error::Garbage),
        Self::Answer(Error::Page),
        Self::Answer(Error::Conflict),
        Self::Answer(Error::CancelledByThroughput),
        Self::Answer(Error::CancelledByThrottling),
        Self::Answer(Error::CancelledByValidation),
    ];

    /// True if this kind of request can meet it.
    #[must_use]
    pub fn can_meet(self, asked: Asked) -> bool {
        match self {
            Self::Answer(error) => error.reason().is_none() || asked == Asked::Transaction,
            // What the SDK does not send again does not arrive twice.
            Self::Twice => matches!(asked, Asked::Read | Asked::Transaction),
            _ => true,
        }
    }
}

/// An error that AWS may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Error {
    /// 500.
    Internal,
    /// 400: the request is malformed, which the SDK does not repeat.
    Validation,
    /// 400: the table is asked too often.
    Throughput,
    /// 400: the account is asked too often.
    Throttling,
    /// 400: the credentials are too old.
    Expired,
    /// 400: another transaction is at work on an item.
    Conflict,
    /// 400: a transaction is cancelled because a table is asked too often.
    CancelledByThroughput,
    /// 400: a transaction is cancelled because the account is asked too often.
    CancelledByThrottling,
    /// 400: a transaction is cancelled because it was malformed, it says.
    CancelledByValidation,
    /// 200 with what is no JSON.
    Garbage,
    /// 502 with a page in HTML.
    Page,
}

/// What a request to AWS is, as far as faults depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A read of DynamoDB.
    Read,
    /// A transaction, which has a token and may be repeated.
    Transaction,
    /// A write of DynamoDB that is no transaction.
    Write,
    /// An operation of Cognito.
    Cognito,
}

/// Chooses the faults. The n-th request of a seed meets the same one in each run; which request is the n-th, the system decides.
#[derive(Debug)]
pub struct Faults {
    random: Mutex<Rng>,
    /// The fault of the next requests, in place of those of the seed.
    only: Option<Only>,
    injected: Mutex<BTreeMap<String, u64>>,
}

/// One fault alone.
#[derive(Debug)]
struct Only {
    fault: Fault,
    /// How many of the next requests meet it.
    left: Mutex<usize>,
}

impl Faults {
    /// The faults of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            random: Mutex::new(Rng::with_seed(seed ^ 0x5eed_fa17)),
            only: None,
            injected: Mutex::default(),
        }
    }

    /// This fault at each request.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self::first(fault, usize::MAX)
    }

    /// This fault at the first requests, so many of them.
    #[must_use]
    pub fn first(fault: Fault, requests: usize) -> Self {
        let left = Mutex::new(requests);
        Self {
            only: Some(Only { fault, left }),
            ..Self::new(0)
        }
    }

    /// The fault that the next request meets.
    pub fn next(&self, asked: Asked) -> Option<Fault> {
        if let Some(Only { fault, left }) = &self.only {
            let mut left = left.lock();
            let meets_it = *left > 0;
            *left = left.saturating_sub(1);
            return meets_it.then_some(*fault);
        }
        let (which, detail) = {
            let mut random = self.random.lock();
            (random.u16(..1_000), random.u8(..12))
        };
        let fault = fault(which, detail, asked)?;
        self.count(&format!("{fault:?}"));
        Some(fault)
    }

    /// Notes that something was done to the run.
    pub fn count(&self, name: &str) {
        *self.injected.lock().entry(name.to_owned()).or_default() += 1;
    }

    /// The faults that were injected so far.
    #[must_use]
    pub fn injected(&self) -> BTreeMap<String, u64> {
        self.injected.lock().clone()
    }
}

fn fault(which: u16, detail: u8, asked: Asked) -> Option<Fault> {
    let transaction = asked == Asked::Transaction;
    Some(match which {
        0..8 => Fault::LoseRequest,
        8..24 => Fault::LoseAnswer,
        // These cost seconds each.
        24..26 => Fault::Late,
        26 => Fault::BlackHole,
        27..30 => Fault::Drip,
        30..36 if Fault::Twice.can_meet(asked) => Fault::Twice,
        36..42 => Fault::Cut,
        42..46 => Fault::ErrorAfter,
        46..66 => Fault::Answer(match detail {
            0 | 1 => Error::Internal,
            2 => Error::Validation,
            3 | 4 => Error::Throughput,
            6 => Error::Expired,
            7 => Error::Garbage,
            8 => Error::Page,
            9 if transaction => Error::Conflict,
            10 if transaction => Error::CancelledByThroughput,
            11 if transaction => Error::CancelledByThrottling,
            _ => Error::Throttling,
        }),
        66..68 if transaction => Fault::Answer(Error::CancelledByValidation),
        _ => return None,
    })
}

impl Error {
    /// Its status, and its name at DynamoDB or Cognito.
    #[must_use]
    pub fn status_and_name(self, asked: Asked) -> (u16, &'static str) {
        let of_cognito = asked == Asked::Cognito;
        match self {
            Self::Internal if of_cognito => (500, "InternalErrorException"),
            Self::Internal => (500, "InternalServerError"),
            Self::Validation if of_cognito => (400, "InternalErrorException"),
            Self::Validation => (400, "ValidationException"),
            Self::Throughput | Self::Throttling if of_cognito => (400, "TooManyRequestsException"),
            Self::Throughput => (400, "ProvisionedThroughputExceededException"),
            Self::Throttling => (400, "ThrottlingException"),
            Self::Expired => (400, "ExpiredTokenException"),
            Self::Conflict
            | Self::CancelledByThroughput
            | Self::CancelledByThrottling
            | Self::CancelledByValidation => (400, "TransactionCanceledException"),
            Self::Garbage => (200, ""),
            Self::Page => (502, ""),
        }
    }

    /// The reason of a cancelled transaction.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Conflict => Some("TransactionConflict"),
            Self::CancelledByThroughput => Some("ProvisionedThroughputExceeded"),
            Self::CancelledByThrottling => Some("ThrottlingError"),
            Self::CancelledByValidation => Some("ValidationError"),
            _ => None,
        }
    }
}
