//! Passkeys, with a device that makes real ones.

mod adding;
mod signing_in;

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tests::{
    answer::Answer,
    passkey::Device,
    person::{PASSWORD, Person},
    server::TestServer,
};

pub(crate) fn tests() -> Vec<Trial> {
    let tests = [adding::tests(), signing_in::tests()];
    tests.into_iter().flatten().collect()
}

async fn with_passkey(server: &TestServer, email: &str) -> (Person, Device) {
    let person = Person::new(server, email).await;
    let mut device = Device::default();
    person.add_passkey(&mut device, PASSWORD).await;
    (person, device)
}

async fn list(person: &Person) -> Vec<Value> {
    let answer = person.api.get("/me/passkeys").send().await.is(200);
    answer.json()["passkeys"].as_array().unwrap().clone()
}

async fn add(person: &Person, credential: &str) -> Answer {
    let body = json!({ "credential": credential });
    person.api.post("/me/passkeys", &body).send().await
}
