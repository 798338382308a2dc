//! The function reads the formats of every release.

use serde_json::{Value, json};
use tests::{
    aws::{cancelled, condition_failed, error},
    formats::{from_the_future, has_all_of, releases, with},
    issuer::now,
    stub::{Asked, Canned},
};

use super::{LIST, PRIVATE, Scene, UPDATE, USER, find, get, recorded, request};
use crate::world::{authorization_of, post, with_header};

#[test]
fn movies_are_shown_as_they_were() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for (name, movie) in recorded("movies.json") {
            let item = &movie["item"];
            let shown = |found: &Value, way: &str| {
                let whole = has_all_of(found, &movie["answer"]);
                assert!(whole, "{name}, {way}: {found:#}");
                let text = found.to_string();
                for unknown in from_the_future("dynamodb").as_object().unwrap().keys() {
                    assert!(!text.contains(&format!("\"{unknown}\"")), "{name}: {text}");
                }
            };
            scene.answer("GetItem", Canned::ok(json!({ "Item": item })));
            let answer = scene.ask(find(item)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            shown(&answer.body, "found");
            assert_eq!(answer.header("etag"), movie["tag"], "{name}");

            let items = json!({ "Items": [item], "Count": 1, "ScannedCount": 1 });
            scene.answer("Scan", Canned::ok(items));
            let answer = scene.ask(get("GET", LIST, &Value::Null)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            shown(&answer.body["items"][0], "listed");

            scene.answer("UpdateItem", Canned::ok(json!({ "Attributes": item })));
            let answer = scene.ask(update(item)).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            shown(&answer.body, "updated");
        }
    });
}

fn update(item: &Value) -> Value {
    let body = json!({ "title": item["title"]["S"], "year": item["year"]["N"], "info": "-" });
    post(UPDATE, &body)
}

#[test]
fn private_resources_are_shown_as_they_were() {
    for file in PRIVATE {
        is_shown_as_it_was(file);
    }
}

fn is_shown_as_it_was(file: &str) {
    tests::block_on(async {
        let scene = Scene::start().await;
        for (name, entry) in recorded(file) {
            let item = &entry["item"];
            let path = entry["path"].as_str().unwrap();
            let list = path.rsplit_once('/').unwrap().0;
            scene.answer("GetItem", Canned::ok(json!({ "Item": item })));
            let answer = scene.ask(get("GET", path, &Value::Null)).await;
            assert!(has_all_of(&answer.body, &entry["answer"]), "{name}");
            assert_eq!(answer.body.get("slogan"), None, "{name}");
            assert_eq!(answer.header("etag"), entry["tag"], "{name}");
            let items = json!({ "Items": [item], "Count": 1, "ScannedCount": 1 });
            scene.answer("Query", Canned::ok(items));
            let answer = scene.ask(get("GET", list, &Value::Null)).await;
            let shown = &answer.body["items"][0];
            assert!(has_all_of(shown, &entry["answer"]), "{name}");
        }
    });
}

#[test]
fn entity_tags_hold() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for (name, movie) in recorded("movies.json") {
            let (item, tag) = (&movie["item"], movie["tag"].as_str().unwrap());
            scene.answer("GetItem", Canned::ok(json!({ "Item": item })));
            let answer = scene.ask(with_header(find(item), "If-None-Match", tag));
            assert_eq!(answer.await.status, 304, "{name}");

            scene.answer("UpdateItem", Canned::ok(json!({ "Attributes": item })));
            let answer = scene.ask(with_header(update(item), "If-Match", tag));
            assert_eq!(answer.await.status, 200, "{name}");
            let asked = scene.call("UpdateItem");
            let condition = asked["ConditionExpression"].as_str().unwrap();
            let revision = "#version = :version0 AND createdAt = :createdAt0";
            assert!(condition.contains(revision), "{condition}");
            let values = &asked["ExpressionAttributeValues"];
            assert_eq!(values[":version0"], item["version"], "{name}");
            assert_eq!(values[":createdAt0"], item["createdAt"], "{name}");
        }
    });
}

#[test]
fn writes_with_a_key_are_replayed() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for (name, mut record) in recorded("idempotency-records.json") {
            if record.get("path").is_none() {
                continue;
            }
            assert_eq!(record["item"]["caller"]["S"], USER);
            record["item"]["expiresAt"]["N"] = (now() + 60).to_string().into();
            let is_done = record["status"].as_u64() < Some(400);
            let failed = ("ConditionalCheckFailed", Some(record["item"].clone()));
            let reasons = [failed, ("None", None), ("None", None)];
            // A refusal is recorded without a write of the resource.
            let parts = if is_done { 3 } else { 2 };
            scene.answer("TransactWriteItems", cancelled(&reasons[..parts]));
            let both = json!({ "Responses": [{ "Item": record["item"] }, {}] });
            scene.answer("TransactGetItems", Canned::ok(both));

            let answer = scene.ask(request(&record)).await;
            let replayed = if is_done { "true" } else { "" };
            assert_eq!(answer.header("idempotent-replayed"), replayed, "{name}");
            assert_eq!(answer.status, record["status"], "{name}");
            let body = &answer.body;
            assert!(has_all_of(body, &record["answer"]), "{name}: {body:#}");
            let unknown = answer.body.get("slogan");
            assert!(unknown.is_none(), "{name}: {body:#}");

            let mut other = record.clone();
            other["body"]["title"] = "Another".into();
            assert_eq!(scene.ask(request(&other)).await.status, 422, "{name}");
        }
    });
}

/// A user whose deletion has begun may continue it with a token that Cognito no longer accepts.
#[test]
fn a_deletion_that_has_begun_goes_on() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let delete = || get("DELETE", "/me", &json!({ "movies": "delete" }));
        scene.answer("GetUser", error("NotAuthorizedException"));
        assert_eq!(scene.ask(delete()).await.status, 401);
        for (name, record) in recorded("idempotency-records.json") {
            if record.get("path").is_some() {
                continue;
            }
            let mut item = record["item"].clone();
            item["expiresAt"]["N"] = (now() + 60).to_string().into();
            scene.answer("GetItem", Canned::ok(json!({ "Item": item })));
            let kept = condition_failed(Some(item.clone()));
            scene.answer_in_turn("PutItem", vec![kept, Canned::ok(json!({}))]);
            let answer = scene.ask(delete()).await;
            assert_eq!(answer.status, 204, "{name}: {}", answer.body);
            let asked = scene.world.calls();
            let asked = asked.iter().find(|asked| asked.target == "GetItem");
            let key = json!({ "caller": item["caller"], "key": item["key"] });
            assert_eq!(asked.unwrap().body()["Key"], key, "{name}");
        }
    });
}

#[test]
fn cursors_go_on_where_they_were() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for release in releases() {
            for listing in release.read("cursors.json").as_array().unwrap() {
                let name = format!("{} of {}", listing["query"], release.name());
                let cursor = json!({ "cursor": listing["cursor"] });
                let query = with(&listing["query"], &cursor);
                let path = listing["path"].as_str().unwrap();
                let answer = scene.ask(get("GET", path, &query)).await;
                assert_eq!(answer.status, 200, "{name}: {}", answer.body);
                let asked = scene.world.calls();
                let page = |body: &&Value| body.get("ExclusiveStartKey").is_some();
                let page = asked.iter().map(Asked::body).find(page);
                assert_eq!(page.unwrap()["ExclusiveStartKey"], listing["key"], "{name}");
            }
        }
    });
}

#[test]
fn sign_ins_go_on_where_they_were() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for release in releases() {
            let challenge = release.read("challenge.json");
            let body = json!({
                "challengeName": "SOFTWARE_TOKEN_MFA",
                "session": challenge["session"],
                "responses": { "SOFTWARE_TOKEN_MFA_CODE": "493817" },
            });
            scene.answer(
                "AdminRespondToAuthChallenge",
                Canned::ok(tests::aws::tokens()),
            );
            let answer = scene.ask(post("/auth/respond-to-challenge", &body)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let asked = scene.call("AdminRespondToAuthChallenge");
            assert_eq!(asked["Session"], challenge["sessionOfCognito"]);
            assert_eq!(asked["ChallengeResponses"]["USERNAME"], challenge["user"]);
        }
    });
}

#[test]
fn events_are_understood() {
    tests::block_on(async {
        let scene = Scene::start().await;
        for release in releases() {
            let movie = release.read("movies.json")["full"].take();
            scene.answer("GetItem", Canned::ok(json!({ "Item": movie["item"] })));
            for file in ["events/rest.json", "events/http.json"] {
                let event = release.read(file).to_string();
                let bearer = authorization_of(USER);
                let event = event.replace("Bearer {token}", &bearer);
                let event: Value = serde_json::from_str(&event).unwrap();
                let others = from_the_future("json");
                let mut newer = with(&event, &others);
                newer["requestContext"] = with(&newer["requestContext"], &others);
                for within in ["identity", "http", "authorizer"] {
                    let context = &mut newer["requestContext"][within];
                    if context.is_object() {
                        *context = with(context, &others);
                    }
                }
                for event in [event, newer] {
                    let id = &event["requestContext"]["requestId"];
                    let answer = scene.world.runtime_api.invoke(event.clone()).await;
                    assert_eq!(answer["statusCode"], 200, "{file}: {answer}");
                    assert_eq!(&answer["headers"]["x-request-id"], id, "{file}");
                    let found: Value =
                        serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
                    assert!(has_all_of(&found, &movie["answer"]), "{file}: {found:#}");
                    let call = scene.world.calls().pop().unwrap();
                    let title = &call.body()["Key"]["title"]["S"];
                    assert_eq!(*title, event["queryStringParameters"]["title"]);
                }
            }
        }
    });
}
