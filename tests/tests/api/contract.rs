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
    the_document_and_the_service_list_the_same_problems,
    every_path_has_a_preflight,
    every_operation_has_its_own_id,
    every_example_keeps_its_schema,
    every_example_of_a_request_is_accepted_and_answered_as_shown,
    an_answer_that_breaks_the_contract_is_noticed,
    what_clients_send_is_written_for_generated_clients,
    every_moment_has_one_form,
    what_is_accepted_beyond_the_schemas_is_described,
    nothing_validates_requests_before_the_service,
];

async fn the_document_and_the_route_table_list_the_same_operations() {
    let routed: BTreeSet<_> = service::operations()
        .iter()
        .map(|route| {
            let method = route.method.as_str().to_lowercase();
            (route.id, method, route.path)
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
    assert_eq!(
        only(&documented, &routed),
        [],
        "not in service::operations()"
    );
}

/// The document has them in the table of the schema `Problem`.
async fn the_document_and_the_service_list_the_same_problems() {
    let problem = &Contract::get().written()["components"]["schemas"]["Problem"];
    let table = problem["properties"]["type"]["description"]
        .as_str()
        .unwrap();
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| `/problems/"));
    let documented: BTreeSet<_> = rows
        .map(|row| {
            let mut cells = row.split('|').map(str::trim).skip(1);
            let kind = cells.next().unwrap().trim_matches('`').to_owned();
            (kind, cells.next().unwrap().parse::<u16>().unwrap())
        })
        .collect();
    let all = service::all_problems().into_iter();
    let mut all: BTreeSet<_> = all
        .map(|problem| {
            (
                format!("/problems/{}", problem.slug),
                problem.status.as_u16(),
            )
        })
        .collect();
    // The gateway alone gives this one.
    all.insert(("/problems/too-many-requests".to_owned(), 429));
    assert_eq!(documented, all);
}

async fn every_path_has_a_preflight() {
    let operations = Contract::get().operations();
    for route in service::operations() {
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
        for differs in ["createdAt", "updatedAt", "etag", "addedBy"] {
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
        ("createdAt", json!("2013-09-02T20:15:00Z")),
        ("updatedAt", json!("2013-09-02T20:15:00.000000+00:00")),
        ("etag", json!("1-61fb994eb4d40")),
        ("imageUrl", json!("not a URL")),
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

/// Calls `visit` with every object that a part of the document holds or refers to, and the path to it.
fn walk<'a>(
    document: &'a Value,
    part: &'a Value,
    way: &str,
    followed: &mut BTreeSet<&'a str>,
    visit: &mut impl FnMut(&str, &'a serde_json::Map<String, Value>),
) {
    match part {
        Value::Object(members) => {
            visit(way, members);
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                if followed.insert(reference) {
                    let target = document.pointer(reference.trim_start_matches('#'));
                    walk(document, target.unwrap(), reference, followed, visit);
                }
                return;
            }
            for (name, value) in members {
                walk(document, value, &format!("{way}/{name}"), followed, visit);
            }
        }
        Value::Array(entries) => {
            for (at, value) in entries.iter().enumerate() {
                walk(document, value, &format!("{way}/{at}"), followed, visit);
            }
        }
        _ => {}
    }
}

/// Generators turn these keywords into empty classes or useless code, cannot send null, or remove members that are not
/// set.
async fn what_clients_send_is_written_for_generated_clients() {
    const REFUSED: [&str; 6] = [
        "oneOf",
        "anyOf",
        "allOf",
        "not",
        "nullable",
        "discriminator",
    ];
    let contract = Contract::get();
    let document = contract.written();
    let mut followed = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut schemas = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for sent in ["requestBody", "parameters"] {
                let way = format!("{method} {path} {sent}");
                walk(
                    document,
                    &operation[sent],
                    &way,
                    &mut followed,
                    &mut |way, members| {
                        schemas += usize::from(members.contains_key("type"));
                        for (name, value) in members {
                            let a_schema_has_it = !way.ends_with("/properties");
                            if a_schema_has_it && REFUSED.contains(&name.as_str()) {
                                found.insert(format!("{way}: {name}"));
                            }
                            // CloudFormation refuses null in what it imports.
                            if value.is_null() {
                                found.insert(format!("{way}: {name} is null"));
                            }
                        }
                    },
                );
            }
        }
    }
    assert!(schemas > 40, "{schemas}");
    assert_eq!(found, BTreeSet::new());
}

async fn every_moment_has_one_form() {
    let contract = Contract::get();
    let document = contract.written();
    let mut moments = 0;
    walk(
        document,
        document,
        "",
        &mut BTreeSet::new(),
        &mut |way, members| {
            if members
                .get("format")
                .is_some_and(|format| format == "date-time")
            {
                assert_eq!(way.trim_start_matches('#'), "/components/schemas/Moment");
            }
            for (name, value) in members {
                let is_time = name.ends_with("At") && way.ends_with("/properties");
                if is_time {
                    assert_eq!(value["$ref"], "#/components/schemas/Moment", "{way}/{name}");
                    moments += 1;
                }
            }
        },
    );
    assert!(moments >= 7, "{moments}");
    let moment = json!({ "$ref": "#/components/schemas/Moment" });
    for (text, holds) in [
        ("2026-03-14T09:26:53.000000Z", true),
        ("2026-03-14T09:26:53.123456Z", true),
        ("2026-03-14T09:26:53Z", false),
        ("2026-03-14T09:26:53.123Z", false),
        ("2026-03-14T09:26:53.1234567Z", false),
        ("2026-03-14T09:26:53.123456+00:00", false),
        ("2026-02-30T09:26:53.123456Z", false),
    ] {
        let violations = contract.violations(&moment, &json!(text));
        assert_eq!(violations.is_empty(), holds, "{text}: {violations:?}");
    }
}

async fn what_is_accepted_beyond_the_schemas_is_described() {
    let contract = Contract::get();
    let add = contract
        .operations()
        .into_iter()
        .find(|operation| operation.id == "addMovie")
        .unwrap();
    let description = add.object["description"].as_str().unwrap();
    let bodies: Vec<_> = description
        .lines()
        .filter(|line| line.starts_with("{ ") && line.ends_with('}'))
        .collect();
    assert_eq!(
        bodies,
        [
            r#"{ "title": "Godzilla vs. Dynamo", "year": "2016", "info": "New from Acme Films, starring John Smith."}"#,
            r#"{ "title": "Love and Friendship", "year": "2016", "info": "New from Amazon Studios, starring Kate Beckinsale."}"#,
        ]
    );
    let server = TestServer::start().await;
    let ada = server.user("ada");
    // The code blocks, the last of which is one body of several lines.
    let blocks: Vec<_> = description.split("```json").skip(1).collect();
    let object = blocks.last().unwrap().split("```").next().unwrap();
    for body in bodies.into_iter().chain([object]) {
        let added = ada.post_text("/movies/add-movie", body.to_owned());
        added.send().await.is(201);
    }
    let components = &contract.written()["components"];
    for part in [
        &components["parameters"]["IdempotencyKey"],
        &components["responses"]["IdempotencyKeyReused"],
    ] {
        let description = part["description"].as_str().unwrap();
        assert!(description.contains("`If-Match`"), "{description}");
    }
}

/// The gateway's validator would count characters as they are sent, and refuse a year that is a string.
async fn nothing_validates_requests_before_the_service() {
    let document = Contract::get().written();
    walk(
        document,
        document,
        "",
        &mut BTreeSet::new(),
        &mut |way, members| {
            for name in members.keys() {
                assert!(
                    !name.starts_with("x-amazon-apigateway-request-validator"),
                    "{way}"
                );
            }
        },
    );
}
