//! Each operation under each fault, one at a time, on a store and an identity provider whose answers are canned.
//!
//! A seeded run meets faults at random. Here every pair is tried, and what the function sent is counted.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tests::{
    aws,
    issuer::{CLIENT, CLIENT_SECRET, ISS, Issuer, KEY, claims},
    stub::{Asked as Received, Canned, Stub},
};

use crate::{
    clock::Clocks,
    exchange::{Answer, Request},
    fault::{Asked, Error, Fault, Faults},
    function::{Gateway, Settings},
    plant::Planted,
    proxy::Proxy,
};

const USER: &str = "0b5f7d4c-3c0f-4b43-9d1f-6c2b8f0e7a11";

/// The time in which every request is answered.
const IN_TIME: Duration = Duration::from_secs(5);

/// The faults that are tried at a time. Most of them are waited for.
const AT_A_TIME: usize = 10;

/// An operation of the API.
#[derive(Debug, Clone)]
struct Operation {
    name: &'static str,
    request: Request,
    /// What it asks for, other than by reading first.
    asks: Asked,
    /// Its status if nothing fails.
    status: u16,
    /// True if it may be carried out twice without harm: it reads, or has an idempotency key.
    repeats: bool,
}

/// An operation under a fault.
#[derive(Debug)]
pub struct Cell {
    /// The operation.
    pub operation: &'static str,
    /// The fault.
    pub fault: Fault,
    /// True if each request of the function meets the fault, false if only the first one does.
    pub always: bool,
    /// The status; `None` if no answer came.
    pub status: Option<u16>,
    /// The time until the answer.
    pub took: Duration,
    /// The number of writes that arrived.
    pub writes: usize,
    /// What should not be.
    pub violations: Vec<String>,
}

/// All pairs of operations and faults.
#[derive(Debug)]
pub struct Table(pub Vec<Cell>);

/// Tries all pairs with this function.
pub async fn run(function: &Path) -> Table {
    let faults = Fault::ALL
        .iter()
        .flat_map(|fault| [(*fault, true), (*fault, false)]);
    let rows = stream::iter(faults).map(|(fault, always)| under(function, fault, always));
    let rows: Vec<_> = rows.buffered(AT_A_TIME).collect().await;
    Table(rows.into_iter().flatten().collect())
}

/// The operations under one fault. Each has a function of its own, which has not failed before.
async fn under(function: &Path, fault: Fault, always: bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    for operation in operations() {
        if fault.can_meet(operation.asks) {
            let mut cell = attempt(function, &operation, fault, always).await;
            if cell.took >= IN_TIME {
                // On a busy machine an answer is late without a fault of the function: not twice.
                cell = attempt(function, &operation, fault, always).await;
            }
            cells.push(cell);
        }
    }
    cells
}

async fn attempt(function: &Path, operation: &Operation, fault: Fault, always: bool) -> Cell {
    let aws = Stub::start(answer).await;
    let issuer = Issuer::start().await;
    let faults = if always {
        Faults::always(fault)
    } else {
        Faults::first(fault, 1)
    };
    let proxy = Proxy::start(aws.url(), Arc::new(faults), Planted::new(None, 0)).await;
    let settings = Settings {
        program: function.to_owned(),
        variables: variables(&proxy.url(), &issuer.url()),
        aws: aws.url().to_owned(),
        clocks: Clocks::new(None, 0),
    };
    let gateway = Gateway::start(1, settings).await;
    // The start is over, and nothing has failed in it.
    gateway.call(&find()).await;
    aws.forget();
    proxy.turn(true);
    let begun = Instant::now();
    let answer = gateway.call(&operation.request).await;
    let took = begun.elapsed();
    let writes = aws.asked().iter().filter(|asked| is_write(asked)).count();
    let violations = violations(operation, fault, always, answer.as_ref(), took, writes);
    Cell {
        operation: operation.name,
        fault,
        always,
        status: answer.map(|answer| answer.status),
        took,
        writes,
        violations,
    }
}

fn violations(
    operation: &Operation,
    fault: Fault,
    always: bool,
    answer: Option<&Answer>,
    took: Duration,
    writes: usize,
) -> Vec<String> {
    let mut violations = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            violations.push(what.to_owned());
        }
    };
    demand(took < IN_TIME, "the answer takes five seconds or more");
    let Some(answer) = answer else {
        demand(false, "there is no answer");
        return violations;
    };
    let is_done = answer.status == operation.status;
    let is_write = matches!(operation.asks, Asked::Transaction | Asked::Write);
    let error = match fault {
        Fault::Answer(error) => Some(error),
        _ => None,
    };
    // The store says that the service's own request was wrong.
    let is_our_fault = matches!(
        error,
        Some(Error::Validation | Error::CancelledByValidation)
    );
    // Another request with the same key is at work, it seems.
    let is_in_flight = error == Some(Error::Conflict) && answer.problem() == "request-in-flight";
    // What the SDK sends again, if it may.
    let passes = error.is_none_or(|error| {
        matches!(
            error,
            Error::Internal | Error::Throughput | Error::Throttling | Error::Page
        )
    });
    match answer.status {
        _ if is_done => demand(
            !is_write || writes > 0,
            "a write is acknowledged that never arrived",
        ),
        503 => demand(answer.retry_after.is_some(), "503 without Retry-After"),
        409 => demand(
            is_in_flight && answer.retry_after.is_some(),
            "409 that the fault does not explain",
        ),
        500 => demand(is_our_fault, "500 for a fault of AWS"),
        _ => demand(false, "a status that the fault does not explain"),
    }
    demand(
        operation.repeats || writes <= 1 || fault == Fault::Twice,
        "a write without a key is sent again",
    );
    demand(
        always || !operation.repeats || is_done || !passes,
        "one fault fails a request that may be repeated",
    );
    violations
}

/// The answers of AWS.
fn answer(asked: &Received) -> Canned {
    let of_nouns = asked.body()["TableName"] != "idempotency";
    Canned::ok(match asked.target.as_str() {
        "GetItem" if of_nouns => json!({ "Item": aws::item(USER) }),
        "TransactGetItems" => json!({ "Responses": [{}, { "Item": aws::item(USER) }] }),
        "Query" => json!({ "Items": [aws::item(USER)], "Count": 1, "ScannedCount": 1 }),
        "UpdateItem" => json!({ "Attributes": aws::item(USER) }),
        "AdminInitiateAuth" | "GetTokensFromRefreshToken" => aws::tokens(),
        _ => json!({}),
    })
}

fn is_write(asked: &Received) -> bool {
    matches!(
        asked.target.as_str(),
        "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem"
    )
}

/// A request of a signed-in user.
fn signed(method: &'static str, resource: &'static str) -> Request {
    let bearer = format!("Bearer {}", KEY.token(&claims(USER)));
    Request::new(method, resource).header("Authorization", &bearer)
}

fn find() -> Request {
    signed("GET", "/movies/findbytitleandyear")
        .query("title", aws::TITLE)
        .query("year", &aws::YEAR)
}

fn operations() -> Vec<Operation> {
    let keyed = |request: Request| request.header("Idempotency-Key", "5f1d2c8e-8f4e-4d8f-9a53");
    let movie = json!({ "title": aws::TITLE, "year": aws::YEAR });
    let changed = json!({ "title": aws::TITLE, "year": aws::YEAR, "rating": 8 });
    let list = signed("GET", "/movies").query("year", &aws::YEAR);
    let add = || signed("POST", "/movies/add-movie").json(movie.clone());
    let update = || signed("POST", "/movies/update-movie").json(changed.clone());
    let delete = || signed("POST", "/movies/delete-movie").json(movie.clone());
    let sign_in = Request::new("POST", "/auth/sign-in")
        .json(json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" }));
    let refresh =
        Request::new("POST", "/auth/refresh").json(json!({ "refreshToken": "refresh-of-cognito" }));
    [
        ("find", find(), Asked::Read, 200, true),
        ("list", list, Asked::Read, 200, true),
        ("add", add(), Asked::Transaction, 201, false),
        (
            "add with a key",
            keyed(add()),
            Asked::Transaction,
            201,
            true,
        ),
        ("update", update(), Asked::Write, 200, false),
        (
            "update with a key",
            keyed(update()),
            Asked::Transaction,
            200,
            true,
        ),
        ("delete", delete(), Asked::Write, 204, false),
        (
            "delete with a key",
            keyed(delete()),
            Asked::Transaction,
            204,
            true,
        ),
        ("sign in", sign_in, Asked::Cognito, 200, false),
        ("refresh", refresh, Asked::Cognito, 200, false),
    ]
    .map(|(name, request, asks, status, repeats)| Operation {
        name,
        request,
        asks,
        status,
        repeats,
    })
    .into()
}

fn variables(aws: &str, keys: &str) -> Vec<(String, String)> {
    let tables = service::nouns::NOUNS
        .iter()
        .map(|noun| (noun.table_variable(), noun.many.to_owned()));
    let others = [
        ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
        ("AWS_ENDPOINT_URL", aws),
        ("STAGE", "Production"),
        ("IDEMPOTENCY_TABLE", "idempotency"),
        ("SEARCH_TABLE", "search"),
        ("CHANGES_TABLE", "changes"),
        ("USER_POOL_ID", ISS.rsplit('/').next().unwrap_or_default()),
        ("USER_POOL_CLIENT_ID", CLIENT),
        ("USER_POOL_CLIENT_SECRET", CLIENT_SECRET),
        ("JWKS_URL", keys),
    ];
    let others = others.map(|(name, value)| (name.to_owned(), value.to_owned()));
    others.into_iter().chain(tables).collect()
}

impl Table {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.0.iter().all(|cell| cell.violations.is_empty())
    }
}

/// A line for each fault, a column for each operation: the status if each request meets the fault, and if only the first one does.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = operations()
            .iter()
            .map(|operation| operation.name)
            .collect();
        let mut cells: BTreeMap<_, Vec<&Cell>> = BTreeMap::new();
        for cell in &self.0 {
            cells
                .entry((cell.fault, cell.operation))
                .or_default()
                .push(cell);
        }
        writeln!(f, "| fault | {} |", names.join(" | "))?;
        writeln!(f, "| --- |{}", " --- |".repeat(names.len()))?;
        for fault in Fault::ALL {
            write!(f, "| {fault:?} |")?;
            for name in &names {
                let statuses: Vec<_> = cells
                    .get(&(fault, *name))
                    .into_iter()
                    .flatten()
                    .map(|cell| {
                        cell.status
                            .map_or("-".to_owned(), |status| status.to_string())
                    })
                    .collect();
                write!(f, " {} |", statuses.join(", "))?;
            }
            writeln!(f)?;
        }
        let longest = self.0.iter().map(|cell| cell.took).max();
        writeln!(
            f,
            "{} pairs, the longest answer after {:.1} s",
            self.0.len(),
            longest.unwrap_or_default().as_secs_f64()
        )?;
        for cell in &self.0 {
            for violation in &cell.violations {
                let Cell {
                    operation,
                    fault,
                    status,
                    took,
                    writes,
                    ..
                } = cell;
                let times = if cell.always { "each time" } else { "once" };
                writeln!(
                    f,
                    "  VIOLATION {operation}, {fault:?} {times}: {violation} (status {status:?}, {took:.1?}, {writes} writes)"
                )?;
            }
        }
        Ok(())
    }
}
