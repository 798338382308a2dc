//! A request of every kind, with the answers of AWS and the expected log line.

use serde_json::{Value, json};
use tests::{
    aws::{cancelled, condition_failed, error, item, tokens},
    stub::{Asked, Canned},
};

use crate::world::{TITLE, post, rest, with_header, with_query};

/// A request.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) event: Value,
    /// The answers of AWS, one for each call.
    pub(super) answers: &'static [fn(&Asked) -> Canned],
    pub(super) status: u16,
    pub(super) problem: Option<&'static str>,
    pub(super) route: &'static str,
    /// The metrics, besides `Requests`.
    pub(super) metrics: &'static [&'static str],
    pub(super) calls: u64,
    pub(super) read: f64,
    pub(super) write: f64,
}

const EMAIL: &str = "ada.of.telemetry@example.com";
const PASSWORD: &str = "correct-Horse-7-of-telemetry";
const CODE: &str = "493817";
const NAME: &str = "Ada of Telemetry";

/// Texts that no line may hold.
pub(super) const SECRETS: [&str; 10] = [
    EMAIL,
    PASSWORD,
    CODE,
    NAME,
    TITLE,
    "Fast",
    "of-cognito",
    "Bearer ey",
    "session-of-telemetry",
    "X-Amz",
];

const FIND: &str = "/movies/findbytitleandyear";
const LIST: &str = "/movies";
const CHANGES: &str = "/movies/changes";
const ADD: &str = "/movies/add-movie";
const UPDATE: &str = "/movies/update-movie";
const DELETE: &str = "/movies/delete-movie";
const ENTRY: &str = "/me/watchlist/{entryId}";
const PICTURE: &str = "/me/pictures/{pictureId}";
const SIGN_IN: &str = "/auth/sign-in";
const RESPOND: &str = "/auth/respond-to-challenge";

fn find() -> Value {
    rest("Production", FIND, FIND)
}

fn with_key(event: Value) -> Value {
    with_header(event, "Idempotency-Key", "key-1")
}

fn write(path: &str) -> Value {
    let mut body = json!({ "title": TITLE, "year": 2009 });
    if path == UPDATE {
        body["info"] = "-".into();
    }
    post(path, &body)
}

/// A request for an entry of the watchlist.
fn of_entry(method: &str, body: &Value) -> Value {
    at_resource(method, "/me/watchlist/e-1", ENTRY, body)
}

/// A request for a picture.
fn of_picture(method: &str, body: &Value) -> Value {
    at_resource(method, "/me/pictures/p-1", PICTURE, body)
}

fn put_picture() -> Value {
    of_picture("PUT", &json!({ "contentType": "image/png", "size": 3 }))
}

fn at_resource(method: &str, path: &str, resource: &str, body: &Value) -> Value {
    let mut event = post(path, body);
    event["resource"] = resource.into();
    event["httpMethod"] = method.into();
    if body.is_null() {
        event["body"] = Value::Null;
    }
    event
}

fn put_entry() -> Value {
    of_entry("PUT", &json!({ "title": TITLE, "year": 2009 }))
}

fn changed_entry(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    let moment = json!({ "S": "2026-03-14T09:26:53.000000Z" });
    let entry = json!({
        "owner": { "S": "ada" }, "entryId": { "S": "e-1" }, "title": { "S": TITLE }, "year": { "N": "2009" },
        "version": { "N": "2" }, "createdAt": moment, "updatedAt": moment,
    });
    Canned::ok(json!({ "Attributes": entry, "ConsumedCapacity": cost(3.0) }))
}

fn picture() -> Value {
    let moment = json!({ "S": "2026-03-14T09:26:53.000000Z" });
    json!({
        "owner": { "S": "someone" }, "pictureId": { "S": "p-1" }, "contentType": { "S": "image/png" }, "size": { "N": "3" },
        "url": { "S": "https://files.example.com/files/x" }, "version": { "N": "2" }, "createdAt": moment, "updatedAt": moment,
    })
}

fn a_picture(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "Item": picture(), "ConsumedCapacity": cost(0.5) }))
}

fn changed_picture(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "Attributes": picture(), "ConsumedCapacity": cost(3.0) }))
}

/// The answer of S3 to the deletion of a file.
fn deleted_file(asked: &Asked) -> Canned {
    assert_eq!(asked.method, "DELETE");
    let (path, query) = asked.path.split_once('?').unwrap();
    assert!(path.starts_with("/files/"), "{path}");
    assert!(query.contains("X-Amz-Signature="), "{query}");
    Canned {
        status: 204,
        body: Value::Null,
    }
}

fn deleted(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "ConsumedCapacity": cost(3.0) }))
}

fn sign_in() -> Value {
    post(SIGN_IN, &json!({ "email": EMAIL, "password": PASSWORD }))
}

fn confirm() -> Value {
    post(
        "/auth/confirm-sign-up",
        &json!({ "email": EMAIL, "code": CODE, "password": PASSWORD }),
    )
}

/// The session is as the service packs it: with the name of the user in front.
fn respond() -> Value {
    post(
        RESPOND,
        &json!({
            "challengeName": "SOFTWARE_TOKEN_MFA",
            "session": "YWRh.session-of-telemetry",
            "responses": { "SOFTWARE_TOKEN_MFA_CODE": CODE },
        }),
    )
}

fn cost(units: f64) -> Value {
    json!({ "TableName": "movies-Production", "CapacityUnits": units })
}

/// Capacity units of both tables.
fn costs(movies: f64, idempotency: f64) -> Value {
    json!([
        cost(movies),
        { "TableName": "idempotency-Production", "CapacityUnits": idempotency },
    ])
}

fn asked_for_cost(asked: &Asked) {
    assert_eq!(asked.body()["ReturnConsumedCapacity"], "TOTAL");
}

pub(super) fn a_movie(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "Item": item("someone"), "ConsumedCapacity": cost(1.5) }))
}

fn no_movie(_: &Asked) -> Canned {
    Canned::ok(json!({ "ConsumedCapacity": cost(0.5) }))
}

fn entries(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    let entry = json!({
        "place": { "S": "fast\tMetropolis\t1927" }, "partition": { "S": "1927" },
        "sort": { "S": "Metropolis" }, "words": { "S": "fast" },
    });
    Canned::ok(json!({ "Items": [entry], "ConsumedCapacity": cost(2.0) }))
}

fn head(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    let head = json!({ "epoch": { "S": "an epoch" }, "last": { "N": "7" } });
    Canned::ok(json!({ "Item": head, "ConsumedCapacity": cost(0.5) }))
}

fn a_page(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "Items": [item("someone")], "ConsumedCapacity": cost(1.5) }))
}

fn batch(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    let items = json!({ "movies-Production": [item("someone")] });
    Canned::ok(json!({ "Responses": items, "ConsumedCapacity": [cost(1.5)] }))
}

fn written(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "Attributes": item("someone"), "ConsumedCapacity": cost(3.0) }))
}

fn written_together(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({ "ConsumedCapacity": costs(4.0, 2.0) }))
}

fn read_with_key(asked: &Asked) -> Canned {
    asked_for_cost(asked);
    Canned::ok(json!({
        "Responses": [{}, { "Item": item("someone") }], "ConsumedCapacity": costs(2.0, 2.5),
    }))
}

/// The answer of a table that has the record of this very request.
fn written_before(asked: &Asked) -> Canned {
    let record = asked.body()["TransactItems"][0]["Put"]["Item"].clone();
    let failed = "ConditionalCheckFailed";
    cancelled(&[(failed, Some(record)), (failed, None), ("None", None)])
}

fn exists(_: &Asked) -> Canned {
    cancelled(&[("ConditionalCheckFailed", None), ("None", None)])
}

fn leaving(_: &Asked) -> Canned {
    cancelled(&[("None", None), ("ConditionalCheckFailed", None)])
}

fn refused(_: &Asked) -> Canned {
    condition_failed(Some(item("someone else")))
}

fn throttled(_: &Asked) -> Canned {
    error("ProvisionedThroughputExceededException")
}

fn out_of_order(_: &Asked) -> Canned {
    error("ResourceNotFoundException")
}

fn fails(_: &Asked) -> Canned {
    Canned {
        status: 500,
        ..error("InternalServerError")
    }
}

fn accepted(_: &Asked) -> Canned {
    Canned::ok(json!({ "UserConfirmed": false, "UserSub": "x" }))
}

fn signed_in(_: &Asked) -> Canned {
    Canned::ok(tokens())
}

fn challenged(_: &Asked) -> Canned {
    Canned::ok(json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "ChallengeParameters": { "USER_ID_FOR_SRP": "ada" },
        "Session": "session-of-telemetry",
    }))
}

fn wrong(_: &Asked) -> Canned {
    error("NotAuthorizedException")
}

fn wrong_code(_: &Asked) -> Canned {
    error("CodeMismatchException")
}

fn cognito_throttled(_: &Asked) -> Canned {
    error("TooManyRequestsException")
}

#[rustfmt::skip]
pub(super) fn all() -> Vec<Case> {
    let case = |name, event, route, status, problem, metrics, answers, (calls, read, write)| Case {
        name, event, answers, status, problem, route, metrics, calls, read, write,
    };
    let at = |path: &str| rest("Production", path, path);
    let mut unsigned = find();
    unsigned["headers"] = json!({});
    unsigned["multiValueHeaders"] = json!({});
    let account = json!({ "email": EMAIL, "password": PASSWORD, "name": NAME });
    let none = (0, 0.0, 0.0);
    vec![
        case("the first", find(), FIND, 200, None, &["ColdStarts", "Latency"], &[a_movie], (1, 1.5, 0.0)),
        case("the second", find(), FIND, 200, None, &["Latency"], &[a_movie], (1, 1.5, 0.0)),
        case("again after a failure", find(), FIND, 200, None, &["Latency"], &[fails, a_movie], (2, 1.5, 0.0)),
        case("not found", find(), FIND, 404, Some("movie-not-found"), &["Http4xx", "Latency"], &[no_movie], (1, 0.5, 0.0)),
        case("unsigned", unsigned, FIND, 401, Some("unauthorized"), &["Http4xx", "Latency"], &[], none),
        case("no route", at("/Fast/Furious"), "-", 404, Some("not-found"), &["Http4xx"], &[], none),
        case("out of order", find(), FIND, 503, Some("unavailable"), &["Http5xx", "Latency"], &[out_of_order], (1, 0.0, 0.0)),

        case("add", write(ADD), ADD, 201, None, &["Latency", "MoviesAdded"], &[written_together], (1, 0.0, 6.0)),
        case("add what exists", write(ADD), ADD, 409, Some("movie-exists"), &["Http4xx", "Latency"], &[exists], (1, 0.0, 0.0)),
        case("add while leaving", write(ADD), ADD, 401, Some("session-ended"), &["Http4xx", "Latency"], &[leaving], (1, 0.0, 0.0)),
        case("add with a key", with_key(write(ADD)), ADD, 201, None, &["Latency", "MoviesAdded"], &[written_together], (1, 0.0, 6.0)),
        case("add again", with_key(write(ADD)), ADD, 201, None, &["Latency"], &[written_before], (1, 0.0, 0.0)),
        case("update", write(UPDATE), UPDATE, 200, None, &["Latency", "MoviesUpdated"], &[written], (1, 0.0, 3.0)),
        case("update with a key", with_key(write(UPDATE)), UPDATE, 200, None, &["Latency", "MoviesUpdated"], &[read_with_key, written_together], (2, 4.5, 6.0)),
        case("update of another's", write(UPDATE), UPDATE, 403, Some("forbidden"), &["Http4xx", "Latency"], &[refused], (1, 0.0, 0.0)),
        case("update while throttled", write(UPDATE), UPDATE, 503, Some("throttled"), &["Http5xx", "Latency", "Throttles"], &[throttled], (1, 0.0, 0.0)),
        case("delete", write(DELETE), DELETE, 204, None, &["Latency", "MoviesDeleted"], &[deleted], (1, 0.0, 3.0)),
        case("delete with a key", with_key(write(DELETE)), DELETE, 204, None, &["Latency", "MoviesDeleted"], &[written_together], (1, 0.0, 6.0)),
        case("delete again", with_key(write(DELETE)), DELETE, 204, None, &["Latency"], &[written_before], (1, 0.0, 0.0)),
        case("search", with_query(at(LIST), &json!({ "q": "Fast" })), LIST, 200, None, &["Latency"], &[entries, batch], (2, 3.5, 0.0)),
        case("begin a feed", with_query(at(CHANGES), &json!({})), CHANGES, 200, None, &["Latency"], &[head, a_page], (2, 2.0, 0.0)),
        case("begin the first feed", with_query(at(CHANGES), &json!({})), CHANGES, 200, None, &["Latency"], &[no_movie, deleted, head, a_page], (4, 2.5, 3.0)),
        case("go on with a feed too late", with_query(at(CHANGES), &json!({ "since": "MA" })), CHANGES, 410, Some("cursor-expired"), &["Http4xx", "Latency"], &[], none),

        case("put an entry", put_entry(), ENTRY, 201, None, &["Latency", "WatchlistEntriesAdded"], &[written_together], (1, 0.0, 6.0)),
        case("put it again", put_entry(), ENTRY, 200, None, &["Latency", "WatchlistEntriesUpdated"], &[exists, changed_entry], (2, 0.0, 3.0)),
        case("update an entry", of_entry("PATCH", &json!({ "watched": true })), ENTRY, 200, None, &["Latency", "WatchlistEntriesUpdated"], &[changed_entry], (1, 0.0, 3.0)),
        case("delete an entry", of_entry("DELETE", &Value::Null), ENTRY, 204, None, &["Latency", "WatchlistEntriesDeleted"], &[deleted], (1, 0.0, 3.0)),

        case("put a picture", put_picture(), PICTURE, 201, None, &["Latency", "PicturesAdded"], &[written_together], (1, 0.0, 6.0)),
        case("put a picture again", put_picture(), PICTURE, 200, None, &["Latency", "PicturesUpdated"], &[exists, changed_picture], (2, 0.0, 3.0)),
        case("delete a picture", of_picture("DELETE", &Value::Null), PICTURE, 204, None, &["Latency", "PicturesDeleted"], &[a_picture, deleted_file, deleted], (2, 0.5, 3.0)),

        case("sign up", post("/auth/sign-up", &account), "/auth/sign-up", 202, None, &["Latency"], &[accepted], none),
        case("confirm", confirm(), "/auth/confirm-sign-up", 204, None, &["Latency", "SignUps"], &[accepted, accepted, accepted], none),
        case("confirm with a wrong code", confirm(), "/auth/confirm-sign-up", 400, Some("wrong-code"), &["Http4xx", "Latency"], &[wrong_code], none),
        case("sign in", sign_in(), SIGN_IN, 200, None, &["Latency", "SignIns"], &[signed_in], none),
        case("sign in, first step", sign_in(), SIGN_IN, 200, None, &["Latency"], &[challenged], none),
        case("sign in, last step", respond(), RESPOND, 200, None, &["Latency", "SignIns"], &[signed_in], none),
        case("sign in, another step", respond(), RESPOND, 200, None, &["Latency"], &[challenged], none),
        case("sign in, wrong code", respond(), RESPOND, 400, Some("wrong-code"), &["Http4xx", "Latency", "SignInFailures"], &[wrong_code], none),
        case("sign in, wrong password", sign_in(), SIGN_IN, 401, Some("wrong-credentials"), &["Http4xx", "Latency", "SignInFailures"], &[wrong], none),
        case("sign in, malformed", post(SIGN_IN, &json!({ "email": EMAIL })), SIGN_IN, 400, Some("invalid-request"), &["Http4xx", "Latency"], &[], none),
        case("sign in while throttled", sign_in(), SIGN_IN, 503, Some("throttled"), &["Http5xx", "Latency", "Throttles"], &[cognito_throttled, cognito_throttled, cognito_throttled], none),
        case("refresh", post("/auth/refresh", &json!({ "refreshToken": "token-of-cognito" })), "/auth/refresh", 200, None, &["Latency"], &[signed_in], none),
    ]
}
