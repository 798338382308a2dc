//! The service on a DynamoDB and a Cognito that fail: every request is answered in time, and asks again only where that helps.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kit::resource::Revision;
use serde_json::{Value, json};
use tests::{
    api::{Api, Request},
    aws::{TITLE, YEAR, cancelled, condition_failed, error, item, tokens},
    issuer::{Issuer, KEY, claims},
    service::{Service, USER},
    stub::{Asked, Canned, Nowhere, Reply, Stub},
};
use time::macros::datetime;

crate::tests![
    a_service_that_refuses_connections_is_503,
    a_service_that_never_answers_is_503_in_time,
    a_service_whose_answers_never_end_is_503_in_time,
    a_service_that_answers_late_once_is_asked_again_where_that_is_safe,
    a_write_that_is_answered_late_is_repeated_as_the_same_transaction,
    a_write_without_a_key_is_sent_once,
    a_transaction_that_is_still_at_work_is_asked_for_again,
    a_service_that_throttles_is_503,
    a_service_that_fails_is_503,
    a_request_has_one_budget_for_all_its_calls,
    a_cognito_that_never_answers_stops_no_reads,
    retries_end_when_nothing_succeeds,
    what_follows_a_change_has_a_second_of_its_own,
];

/// The time in which every request is answered.
const IN_TIME: Duration = Duration::from_secs(5);

/// Longer than any request takes.
const NEVER: Duration = Duration::from_mins(5);
/// Longer than a request may take.
const LATE: Duration = Duration::from_millis(4_500);

/// The fault of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// It has none.
    None,
    /// It carries out every call, and never answers.
    NeverAnswers,
    /// It carries out every call, and answers the one of this number late.
    AnswersLate(usize),
    /// It throttles every call.
    Throttles,
    /// It fails to carry out any call.
    Fails,
}

/// DynamoDB with one movie, and Cognito with one user, which have a fault.
struct Faulty {
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: usize,
    /// True if the movie was written.
    is_written: bool,
    /// The token of the transaction that was carried out.
    transaction: Option<Value>,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        let state = Mutex::default();
        Self { fault, state }
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        let mut reply = Reply::from(match self.fault {
            Fault::Throttles => error("ThrottlingException"),
            Fault::Fails => Canned {
                status: 500,
                ..error("InternalServerError")
            },
            _ => state.carry_out(asked),
        });
        reply.delay = match self.fault {
            Fault::NeverAnswers => NEVER,
            Fault::AnswersLate(call) if state.calls == call => LATE,
            _ => Duration::ZERO,
        };
        reply
    }
}

impl State {
    /// Carries out a call as AWS does: a transaction once, and a write with a condition if that is met.
    fn carry_out(&mut self, asked: &Asked) -> Canned {
        let is_written = self.is_written;
        match asked.target.as_str() {
            "GetItem" => Canned::ok(json!({ "Item": item(USER) })),
            "Scan" => Canned::ok(json!({ "Items": [item(USER)], "Count": 1, "ScannedCount": 1 })),
            "TransactGetItems" => Canned::ok(json!({ "Responses": [{}, { "Item": item(USER) }] })),
            "TransactWriteItems" => {
                let token = &asked.body()["ClientRequestToken"];
                match &self.transaction {
                    Some(known) if known == token => Canned::ok(json!({})),
                    Some(_) => cancelled(&[("ConditionalCheckFailed", None)]),
                    None => {
                        self.transaction = Some(token.clone());
                        Canned::ok(json!({}))
                    }
                }
            }
            "UpdateItem" => {
                self.is_written = true;
                let mut written = item(USER);
                written["version"]["N"] = "2".into();
                if is_written {
                    condition_failed(Some(written))
                } else {
                    Canned::ok(json!({ "Attributes": written }))
                }
            }
            _ => Canned::ok(tokens()),
        }
    }
}

/// A service on a DynamoDB and a Cognito at one URL.
async fn on(url: &str) -> (Api, Issuer) {
    let issuer = Issuer::start().await;
    let api = Service::on_aws(url, url, &issuer).api();
    (api, issuer)
}

async fn faulty(fault: Fault) -> (Api, Stub, Issuer) {
    let aws = Faulty::new(fault);
    let aws = Stub::start(move |asked| aws.answer(asked)).await;
    let (api, issuer) = on(aws.url()).await;
    (api, aws, issuer)
}

type Operation = fn(&Api) -> Request;

/// The operations, of each kind of call.
const OPERATIONS: [(&str, Operation); 8] = [
    ("find", find),
    ("list", list),
    ("add with a key", add),
    ("update", update),
    ("update with a condition", update_if_unchanged),
    ("update with a key", update_with_key),
    ("update by an editor", update_by_editor),
    ("sign in", sign_in),
];

fn find(api: &Api) -> Request {
    api.find(TITLE, YEAR)
}

fn list(api: &Api) -> Request {
    api.list("")
}

fn add(api: &Api) -> Request {
    let movie = json!({ "title": TITLE, "year": YEAR });
    api.add(&movie).key("k")
}

fn add_without_key(api: &Api) -> Request {
    api.add(&json!({ "title": TITLE, "year": YEAR }))
}

fn delete(api: &Api) -> Request {
    api.delete(TITLE, YEAR)
}

fn update(api: &Api) -> Request {
    api.update(&json!({ "title": TITLE, "year": YEAR, "info": "-" }))
}

fn update_if_unchanged(api: &Api) -> Request {
    let revision = Revision::first(datetime!(2026-03-14 09:26:53 UTC));
    update(api).header("if-match", format!("\"{revision}\""))
}

fn update_with_key(api: &Api) -> Request {
    update(api).key("k")
}

fn update_by_editor(api: &Api) -> Request {
    let mut claims = claims("someone-else");
    claims["cognito:groups"] = json!(["editors"]);
    update_if_unchanged(&api.with_token(&KEY.token(&claims)))
}

fn sign_in(api: &Api) -> Request {
    let account = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    api.post("/auth/sign-in", &account)
}

/// The outcome of an operation: its status and the problem, and the number of calls.
type Outcome = (u16, &'static str, usize);

/// Each operation over services of its own with the same fault.
async fn each(fault: Fault, drip: Option<Duration>, expected: [Outcome; 8]) {
    join_all(OPERATIONS.into_iter().zip(expected).map(
        |((name, operation), (status, slug, calls))| async move {
            let (api, aws, _issuer) = faulty(fault).await;
            if let Some(pause) = drip {
                aws.drip(pause);
            }
            demand(&format!("{fault:?}: {name}"), operation(&api), status, slug).await;
            assert_eq!(aws.asked().len(), calls, "{fault:?}: {name}");
        },
    ))
    .await;
}

/// Demands an answer in time, of this status and problem type.
async fn demand(name: &str, request: Request, status: u16, slug: &str) {
    let began = Instant::now();
    let answer = request.send().await;
    let took = began.elapsed();
    assert_eq!(answer.status, status, "{name}: {answer}");
    assert!(took < IN_TIME, "{name}: {took:?}");
    if status == 503 {
        assert_eq!(answer.header("retry-after"), Some("1"), "{name}");
        answer.problem(503, slug);
    }
}

async fn a_service_that_refuses_connections_is_503() {
    let nowhere = Nowhere::new();
    let (api, _issuer) = on(&nowhere.url()).await;
    for (name, operation) in OPERATIONS {
        let slug = match name {
            "sign in" => "provider-unavailable",
            _ => "unavailable",
        };
        demand(name, operation(&api), 503, slug).await;
    }
}

/// The outcomes with a service that gives no whole answer. A call that may not be repeated has all the time. Another one of the store
/// has three attempts, and of Cognito two, because it may take longer.
const SILENT: [Outcome; 8] = [
    (503, "unavailable", 3),
    (503, "unavailable", 3),
    (503, "unavailable", 3),
    (503, "unavailable", 1),
    (503, "unavailable", 1),
    (503, "unavailable", 3),
    (503, "unavailable", 3),
    (503, "provider-unavailable", 2),
];

async fn a_service_that_never_answers_is_503_in_time() {
    each(Fault::NeverAnswers, None, SILENT).await;
}

async fn a_service_whose_answers_never_end_is_503_in_time() {
    // The shortest answer has two bytes.
    let pause = Some(Duration::from_secs(3));
    each(Fault::None, pause, SILENT).await;
}

/// An update without a key may have happened, and then a second one would fail its condition: 412 for a write that was made.
async fn a_service_that_answers_late_once_is_asked_again_where_that_is_safe() {
    let expected = [
        (200, "", 2),
        (200, "", 2),
        (201, "", 2),
        (503, "unavailable", 1),
        (503, "unavailable", 1),
        (200, "", 3),
        (200, "", 3),
        (200, "", 2),
    ];
    each(Fault::AnswersLate(1), None, expected).await;
}

/// DynamoDB knows a transaction by its token. Another token would be a false 409 for the addition, and a false 412 for the update.
async fn a_write_that_is_answered_late_is_repeated_as_the_same_transaction() {
    let late: [(usize, Operation, u16); 2] = [(1, add, 201), (2, update_with_key, 200)];
    for (call, operation, status) in late {
        let (api, aws, _issuer) = faulty(Fault::AnswersLate(call)).await;
        let answer = operation(&api).send().await.is(status);
        assert!(!answer.is_replay());
        let asked = aws.asked();
        let mut tokens: Vec<_> = asked
            .iter()
            .map(|asked| &asked.body()["ClientRequestToken"])
            .filter(|token| token.is_string())
            .collect();
        assert_eq!(tokens.len(), 2, "{status}");
        tokens.dedup();
        assert_eq!(tokens.len(), 1, "{status}");
    }
}

/// A second attempt could be refused, and the first one carried out after that. Only a key can prevent it.
async fn a_write_without_a_key_is_sent_once() {
    let late: [(usize, Operation); 4] = [
        (1, add_without_key),
        (1, update),
        (1, delete),
        (2, update_by_editor),
    ];
    for (call, operation) in late {
        let (api, aws, _issuer) = faulty(Fault::AnswersLate(call)).await;
        let answer = operation(&api).send().await;
        answer.problem(503, "unavailable");
        assert_eq!(aws.asked().len(), call);
    }
}

/// DynamoDB answers so as long as it carries out the first attempt.
async fn a_transaction_that_is_still_at_work_is_asked_for_again() {
    for (calls_at_work, status) in [(2, 201), (3, 409)] {
        let calls = Arc::new(Mutex::new(0));
        let aws = Stub::start(move |_| {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            let mut reply = Reply::from(if *calls <= calls_at_work {
                error("TransactionInProgressException")
            } else {
                Canned::ok(json!({}))
            });
            if *calls == 1 {
                reply.delay = LATE;
            }
            reply
        })
        .await;
        let (api, _issuer) = on(aws.url()).await;
        let answer = add(&api).send().await.is(status);
        if status == 409 {
            let answer = answer.problem(409, "request-in-flight");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(aws.asked().len(), 3);
    }
}

async fn a_service_that_throttles_is_503() {
    let calls = [3, 3, 3, 1, 1, 3, 3, 3];
    let expected = calls.map(|calls| (503, "throttled", calls));
    each(Fault::Throttles, None, expected).await;
}

async fn a_service_that_fails_is_503() {
    let calls = [3, 3, 3, 1, 1, 3, 3, 3];
    let mut expected = calls.map(|calls| (503, "unavailable", calls));
    expected[7].1 = "provider-unavailable";
    each(Fault::Fails, None, expected).await;
}

/// The read takes a second, and the write never ends.
async fn a_request_has_one_budget_for_all_its_calls() {
    let aws = Stub::start(|asked| {
        let mut reply = Reply::from(State::default().carry_out(asked));
        reply.delay = match asked.target.as_str() {
            "TransactGetItems" => Duration::from_secs(1),
            _ => NEVER,
        };
        reply
    })
    .await;
    let (api, _issuer) = on(aws.url()).await;
    demand("update", update_with_key(&api), 503, "unavailable").await;
    let targets = aws.targets();
    let writes = targets.iter().filter(|of| *of == "TransactWriteItems");
    assert!((2..=3).contains(&writes.count()), "{targets:?}");
}

async fn a_cognito_that_never_answers_stops_no_reads() {
    let cognito = Faulty::new(Fault::NeverAnswers);
    let cognito = Stub::start(move |asked| cognito.answer(asked)).await;
    let dynamo = Faulty::new(Fault::None);
    let dynamo = Stub::start(move |asked| dynamo.answer(asked)).await;
    let issuer = Issuer::start().await;
    let api = Service::on_aws(dynamo.url(), cognito.url(), &issuer).api();
    let signing_in = sign_in(&api);
    let signing_in = tokio::spawn(async move {
        demand("sign in", signing_in, 503, "provider-unavailable").await;
    });
    while cognito.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    for operation in [find, list, add, update] {
        assert!(operation(&api).send().await.status < 300);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(!signing_in.is_finished());
    assert_eq!(cognito.asked().len(), 1);
    signing_in.await.unwrap();
}

/// Retries are paid for with tokens, which successes bring back.
async fn retries_end_when_nothing_succeeds() {
    const REQUESTS: usize = 30;
    let (api, aws, _issuer) = faulty(Fault::Fails).await;
    for _ in 0..REQUESTS {
        find(&api).send().await.problem(503, "unavailable");
    }
    // Ten retries were there at the beginning, and one comes back in ten seconds.
    let calls = aws.asked().len();
    assert!((REQUESTS + 10..=REQUESTS + 12).contains(&calls), "{calls}");
    // Cognito's are others.
    aws.forget();
    sign_in(&api)
        .send()
        .await
        .problem(503, "provider-unavailable");
    assert_eq!(aws.asked().len(), 3);
}

/// The code is used up when the answer comes, so the sessions have to be ended, however late it is.
async fn what_follows_a_change_has_a_second_of_its_own() {
    let cognito = Stub::start(|asked| {
        let mut reply = Reply::from(Canned::ok(json!({})));
        if asked.target == "ConfirmForgotPassword" {
            reply.delay = Duration::from_millis(3_820);
        }
        reply
    })
    .await;
    let (api, _issuer) = on(cognito.url()).await;
    let reset = json!({ "email": "ada@example.com", "code": "123456", "newPassword": "correct-Horse-7-battery" });
    api.post("/auth/reset-password", &reset)
        .send()
        .await
        .is(204);
    assert_eq!(
        cognito.targets(),
        ["ConfirmForgotPassword", "AdminUserGlobalSignOut"]
    );
}
