//! `openapi.yaml` itself: it lists what the router serves, and its examples are true.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tests::{
    answer::Answer,
    contract::{Contract, Exchange},
    server::TestServer,
};

crate::tests![
    the_document_and_the_route_table_list_the_same_operations,
    every_path_has_a_preflight,
    every_operation_has_its_own_id,
    every_example_keeps_its_schema,
    every_example_of_a_request_is_accepted_and_answered_as_shown,
    an_answer_that_breaks_the_contract_is_noticed,
];

async fn the_document_and_the_route_table_list_the_same_operations() {
    let routed: BTreeSet<_> = api::http::routes()
        .iter()
        .map(|route| {
            let method = route.method.as_str().to_lowercase();
            (route.operation, method, route.path)
        })
        .collect();
    let documented: BTreeSet<_> = Contract::get()
        .operations()
        .iter()
        .filter(|operation| operation.method != "options")
        .map(|operation| (operation.id, operation.method.to_owned(), operation.path))
        .collect();
    let only = |these: &BTreeSet<_>, those: &BTreeSet<_>| {
        these.difference(those).cloned().collect::<Vec<_>>()
    };
    assert_eq!(only(&routed, &documented), [], "not in openapi.yaml");
    assert_eq!(only(&documented, &routed), [], "not in api::http::routes()");
}

async fn every_path_has_a_preflight() {
    let operations = Contract::get().operations();
    for route in api::http::routes() {
        let preflight = operations
            .iter()
            .find(|operation| operation.path == route.path && operation.method == "options");
        let preflight = preflight.unwrap_or_else(|| panic!("no preflight of {}", route.path));
        assert_eq!(preflight.object["security"], json!([]), "{}", route.path);
    }
}

async fn every_operation_has_its_own_id() {
    let operations = Contract::get().operations();
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len());
}

/// The examples of a media type, without their names.
fn examples(media: &Value) -> Vec<&Value> {
    let contract = Contract::get();
    media["examples"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, example)| &contract.resolve(example)["value"])
        .collect()
}

async fn every_example_keeps_its_schema() {
    let contract = Contract::get();
    let mut count = 0;
    for operation in contract.operations() {
        let mut contents = vec![&operation.object["requestBody"]["content"]];
        for response in operation.object["responses"].as_object().unwrap().values() {
            contents.push(&contract.resolve(response)["content"]);
        }
        for media in contents
            .iter()
            .filter_map(|content| content.as_object())
            .flat_map(|content| content.values())
        {
            let examples = examples(media);
            assert!(!examples.is_empty(), "{} lacks examples", operation.id);
            for example in examples {
                let violations = contract.violations(&media["schema"], example);
                assert!(violations.is_empty(), "{}: {violations:?}", operation.id);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

async fn every_example_of_a_request_is_accepted_and_answered_as_shown() {
    let contract = Contract::get();
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut shown = Vec::new();
    let mut answered = Vec::new();
    for id in [
        "addMovie",
        "findMovie",
        "updateMovie",
        "deleteMovie",
        "signUp",
        "confirmSignUp",
        "signIn",
    ] {
        let operations = contract.operations();
        let operation = operations.iter().find(|operation| operation.id == id);
        let operation = operation.unwrap();
        let media = &operation.object["requestBody"]["content"]["application/json"];
        let examples = examples(media);
        assert!(!examples.is_empty());
        for example in examples {
            let answer = ada.post(operation.path, example).send().await;
            match id {
                "addMovie" | "updateMovie" => answered.push(answer.told()),
                // The code in the example is not the one that was sent.
                "confirmSignUp" => {
                    answer.problem(400, "wrong-code");
                    let email = example["email"].as_str().unwrap();
                    let mut real = example.clone();
                    real["code"] = server.code_for(email).unwrap().into();
                    ada.post(operation.path, &real).send().await.is(204);
                }
                _ => assert!(answer.status < 300, "{id}: {answer}"),
            }
        }
        for (status, response) in operation.object["responses"].as_object().unwrap() {
            if status.starts_with('2') && ["addMovie", "updateMovie"].contains(&id) {
                let media = &contract.resolve(response)["content"]["application/json"];
                shown.extend(self::examples(media));
            }
        }
    }
    assert!(!shown.is_empty());
    for example in shown {
        let mut example = example.clone();
        for differs in ["createdAt", "updatedAt", "addedBy"] {
            example.as_object_mut().unwrap().remove(differs);
        }
        assert!(answered.contains(&example), "no answer was {example}");
    }
}

async fn an_answer_that_breaks_the_contract_is_noticed() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let good = ada
        .add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201);
    let problem = ada.find("Aliens", 1986).send().await.is(404);
    let passes = |path: &str, answer: &Answer| {
        let wrong = Contract::get().check(&Exchange {
            method: &Method::POST,
            path,
            headers: &HeaderMap::new(),
            answer,
        });
        wrong.is_empty()
    };
    let (add, find) = ("/movies/add-movie", "/movies/findbytitleandyear");
    assert!(passes(add, &good));
    assert!(passes(find, &problem));
    assert!(!passes(find, &good), "201 is not documented there");
    assert!(!passes("/movies", &good), "there is no POST");
    assert!(!passes("/elsewhere", &good), "there is no such path");

    for header in ["x-request-id", "x-served-by", "etag", "content-type"] {
        let mut bad = good.clone();
        bad.headers.remove(header);
        assert!(!passes(add, &bad), "{header} is missing");
    }
    let change = |answer: &Answer, member: &str, value: Value| {
        let mut body = answer.json();
        body[member] = value;
        let mut bad = answer.clone();
        bad.body = Bytes::from(body.to_string());
        bad
    };
    for (member, value) in [
        ("version", json!(0)),
        ("title", json!(null)),
        ("actors", json!("A")),
        ("createdAt", json!("yesterday")),
        ("releaseDate", json!("2013-02-30")),
    ] {
        assert!(!passes(add, &change(&good, member, value)), "{member}");
    }
    for (member, value) in [
        ("status", json!(400)),
        ("instance", json!("x")),
        ("type", json!("/problems/other")),
        ("detail", json!(null)),
        (
            "errors",
            json!([{ "field": "x", "code": "required", "message": "x" }]),
        ),
    ] {
        assert!(!passes(find, &change(&problem, member, value)), "{member}");
    }
}
