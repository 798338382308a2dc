//! Compatible formats (`docs/adr/0015-formats-outlive-versions.md`): the function reads the formats of every release,
//! also with members that a later release may add, and writes the formats of the newest release.

mod read;
mod survive;
mod written;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tests::{
    formats::{Release, from_the_future, releases, with},
    runtime_api::Function,
    stub::{Canned, Stub},
};

use crate::world::{World, authorization_of, post, rest, with_header, with_query};

/// The user in all recorded formats.
const USER: &str = "5f0c2d1e-7a3b-4c58-9d6e-8b1a2c3d4e5f";

/// The files of the private resources.
const PRIVATE: [&str; 2] = ["watchlist.json", "pictures.json"];

const FIND: &str = "/movies/findbytitleandyear";
const LIST: &str = "/movies";
const UPDATE: &str = "/movies/update-movie";

/// The answers of AWS by operation, in the order in which they are sent; the last one is repeated.
type Answers = Arc<Mutex<HashMap<&'static str, Vec<Canned>>>>;

/// The function on a stub of AWS, which answers an operation with `{}` unless a test sets its answers.
struct Scene {
    world: World,
    answers: Answers,
    _function: Function,
}

/// An answer to a client.
struct Answer {
    status: u64,
    headers: Value,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }
}

impl Scene {
    async fn start() -> Self {
        let answers = Answers::default();
        let known = Arc::clone(&answers);
        let aws =
            Stub::start(
                move |asked| match known.lock().unwrap().get_mut(asked.target.as_str()) {
                    None => Canned::ok(json!({})),
                    Some(last) if last.len() == 1 => last[0].clone(),
                    Some(to_come) => to_come.remove(0),
                },
            );
        let world = World::on(aws).await;
        let function = world.start_function("7");
        let scene = Self {
            world,
            answers,
            _function: function,
        };
        let attributes = json!([{ "Name": "email", "Value": "ada@example.com" }]);
        let user = json!({ "Username": USER, "UserAttributes": attributes });
        scene.answer("GetUser", Canned::ok(user));
        scene
    }

    /// Sets the answer to an operation.
    fn answer(&self, operation: &'static str, answer: Canned) {
        self.answer_in_turn(operation, vec![answer]);
    }

    /// Sets the answers to an operation, in this order; the last one is repeated.
    fn answer_in_turn(&self, operation: &'static str, answers: Vec<Canned>) {
        self.answers.lock().unwrap().insert(operation, answers);
    }

    /// Sends the user's request.
    async fn ask(&self, event: Value) -> Answer {
        self.world.dynamo.forget();
        let authorization = authorization_of(USER);
        let event = with_header(event, "Authorization", &authorization);
        let answer = self.world.runtime_api.invoke(event).await;
        let body = answer["body"].as_str().unwrap_or_default();
        Answer {
            status: answer["statusCode"].as_u64().expect("an answer"),
            headers: answer["headers"].clone(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    /// The body of the only call of this operation by the last request.
    fn call(&self, operation: &str) -> Value {
        let calls = self.world.calls().into_iter();
        let calls: Vec<_> = calls.filter(|asked| asked.target == operation).collect();
        assert_eq!(calls.len(), 1, "{operation}");
        calls[0].body().clone()
    }
}

/// The entries of this file in all releases, by name: each as recorded, and with members that a later release may add.
fn recorded(file: &str) -> Vec<(String, Value)> {
    let entries = releases().into_iter().flat_map(|release| {
        let entries = release.read(file).as_object().unwrap().clone();
        let name = release.name();
        entries
            .into_iter()
            .map(move |(entry, value)| (format!("{entry} of {name}"), value))
    });
    let with_future = entries.flat_map(|(name, entry)| {
        let mut newer = entry.clone();
        newer["item"] = of_the_future(&entry["item"]);
        let newer_name = format!("{name}, with what is to come");
        [(name, entry), (newer_name, newer)]
    });
    with_future.collect()
}

/// Adds unknown attributes to an item, and to the result within it.
fn of_the_future(item: &Value) -> Value {
    let others = from_the_future("dynamodb");
    let mut item = with(item, &others);
    if item.get("result").is_some() {
        item["result"]["M"] = with(&item["result"]["M"], &others);
    }
    item
}

/// The entries of a release's file.
fn entries(release: &Release, file: &str) -> serde_json::Map<String, Value> {
    release.read(file).as_object().unwrap().clone()
}

/// The request for the movie of an item.
fn find(item: &Value) -> Value {
    let query = json!({ "title": item["title"]["S"], "year": item["year"]["N"] });
    with_query(rest("Production", FIND, FIND), &query)
}

/// A recorded request.
fn request(recorded: &Value) -> Value {
    let mut event = post(recorded["path"].as_str().unwrap(), &recorded["body"]);
    if let Some(method) = recorded.get("method") {
        event["httpMethod"] = method.clone();
    }
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        event = with_header(event, name, value.as_str().unwrap());
    }
    event
}

/// A request with this method, path and query.
fn get(method: &str, path: &str, query: &Value) -> Value {
    let mut event = with_query(rest("Production", path, path), query);
    event["httpMethod"] = method.into();
    event
}
