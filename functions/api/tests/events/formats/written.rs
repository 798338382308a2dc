//! The function writes the formats of the newest release. A changed format fails here and has to be recorded.

use serde_json::{Map, Value, json};
use tests::{
    formats::{is_as_recorded, newest},
    stub::Canned,
};

use super::{LIST, PRIVATE, Scene, USER, entries, find, get, request};
use crate::world::post;

#[test]
fn movies_are_written_and_shown_as_recorded() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let mut found = Map::new();
        for (name, mut movie) in entries(&newest(), "movies.json") {
            if movie.get("path").is_some() {
                let answer = scene.ask(request(&movie)).await;
                assert_eq!(answer.status, 201, "{name}: {}", answer.body);
                movie["item"] =
                    scene.call("TransactWriteItems")["TransactItems"][0]["Put"]["Item"].take();
            }
            let recorded = newest().read("movies.json")[&name]["item"].take();
            scene.answer("GetItem", Canned::ok(json!({ "Item": recorded })));
            let answer = scene.ask(find(&recorded)).await;
            movie["tag"] = answer.header("etag").into();
            movie["answer"] = answer.body;
            found.insert(name, movie);
        }
        is_as_recorded("movies.json", &found.into());
    });
}

#[test]
fn private_resources_are_written_and_shown_as_recorded() {
    for file in PRIVATE {
        is_written_and_shown_as_recorded(file);
    }
}

fn is_written_and_shown_as_recorded(file: &str) {
    tests::block_on(async {
        let scene = Scene::start().await;
        let mut found = Map::new();
        for (name, mut entry) in entries(&newest(), file) {
            let answer = scene.ask(request(&entry)).await;
            assert_eq!(answer.status, 201, "{name}: {}", answer.body);
            entry["item"] =
                scene.call("TransactWriteItems")["TransactItems"][0]["Put"]["Item"].take();
            let recorded = newest().read(file)[&name]["item"].take();
            scene.answer("GetItem", Canned::ok(json!({ "Item": recorded })));
            let path = entry["path"].as_str().unwrap();
            let answer = scene.ask(get("GET", path, &Value::Null)).await;
            entry["tag"] = answer.header("etag").into();
            entry["answer"] = answer.body;
            found.insert(name, entry);
        }
        is_as_recorded(file, &found.into());
    });
}

/// The recorded movie needs every member, or a new attribute would not be recorded.
#[test]
fn the_full_movie_has_every_member_of_the_contract() {
    let contract: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(include_str!("../../../../../openapi.yaml")).unwrap();
    let schema = &contract["components"]["schemas"]["AddMovieRequest"]["properties"];
    let members = schema.as_mapping().unwrap().keys();
    let mut members: Vec<_> = members.map(|name| name.as_str().unwrap()).collect();
    members.sort_unstable();
    let movie = newest().read("movies.json")["full"].take();
    let told: Vec<_> = movie["body"].as_object().unwrap().keys().collect();
    assert_eq!(told, members);
}

#[test]
fn idempotency_records_are_written_as_recorded() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let full = newest().read("movies.json")["full"]["item"].take();
        let both = json!({ "Responses": [{}, { "Item": full }] });
        let mut found = Map::new();
        for (name, mut record) in entries(&newest(), "idempotency-records.json") {
            scene.answer("TransactGetItems", Canned::ok(both.clone()));
            if record.get("path").is_some() {
                let answer = scene.ask(request(&record)).await;
                record["status"] = answer.status.into();
                record["answer"] = if answer.status < 400 {
                    answer.body
                } else {
                    json!({ "type": answer.body["type"] })
                };
                let asked = scene.call("TransactWriteItems");
                record["item"] = asked["TransactItems"][0]["Put"]["Item"].clone();
            } else {
                let delete = get("DELETE", "/me", &json!({ "movies": "delete" }));
                // The deletion is not finished, because the index of a user's movies may lag behind.
                assert_eq!(scene.ask(delete).await.status, 202);
                record["item"] = scene.call("PutItem")["Item"].take();
            }
            found.insert(name, record);
        }
        is_as_recorded("idempotency-records.json", &found.into());
    });
}

#[test]
fn cursors_are_written_as_recorded() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let mut found = newest().read("cursors.json");
        let full = newest().read("movies.json")["full"]["item"].take();
        for listing in found.as_array_mut().unwrap() {
            let page = json!({ "Items": [], "LastEvaluatedKey": listing["key"] });
            scene.answer("Scan", Canned::ok(page.clone()));
            scene.answer("Query", Canned::ok(page));
            let path = listing["path"].as_str().unwrap();
            if path != LIST {
                // The export queries the idempotency records first, and what else belongs to the user last.
                let keys = json!({ "Items": [listing["key"]], "LastEvaluatedKey": listing["key"] });
                let none = || json!({ "Items": [] });
                let in_turn = [none(), keys, none()].map(Canned::ok);
                scene.answer_in_turn("Query", in_turn.into());
                scene.answer("GetItem", Canned::ok(json!({ "Item": full })));
            }
            let answer = scene.ask(get("GET", path, &listing["query"])).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let at = if path == LIST { "" } else { "/movies" };
            let cursor = answer.body.pointer(&format!("{at}/nextCursor"));
            listing["cursor"] = cursor.expect("another page").clone();
        }
        is_as_recorded("cursors.json", &found);
    });
}

#[test]
fn the_session_of_a_challenge_is_written_as_recorded() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let mut found = newest().read("challenge.json");
        assert_eq!(found["user"], USER);
        let challenge = json!({
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "ChallengeParameters": { "USER_ID_FOR_SRP": found["user"] },
            "Session": found["sessionOfCognito"],
        });
        scene.answer("AdminInitiateAuth", Canned::ok(challenge));
        let account = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
        let answer = scene.ask(post("/auth/sign-in", &account)).await;
        found["session"] = answer.body["challenge"]["session"].clone();
        assert!(found["session"].is_string(), "{}", answer.body);
        is_as_recorded("challenge.json", &found);
    });
}
