//! An update keeps the attributes that this version does not know.

use serde_json::{Value, json};
use tests::{formats::newest, stub::Canned};

use super::{Scene, get, of_the_future};
use crate::world::{post, with_header};

/// The store's own suite shows on a table that an update keeps unknown attributes; this test shows that the function
/// changes a movie by updates only.
#[test]
fn a_movie_that_is_there_is_changed_by_attributes_and_never_written_whole() {
    tests::block_on(async {
        let scene = Scene::start().await;
        let full = newest().read("movies.json")["full"].take();
        let item = of_the_future(&full["item"]);
        let key = json!({ "title": item["title"], "year": item["year"] });
        let change = |mut body: Value| {
            body["title"] = item["title"]["S"].clone();
            body["year"] = item["year"]["N"].clone();
            post("/movies/update-movie", &body)
        };
        // One update sets every member, another removes every member.
        let set = full["body"].clone();
        let mut removed = set.clone();
        for value in removed.as_object_mut().unwrap().values_mut() {
            *value = Value::Null;
        }
        scene.answer("UpdateItem", Canned::ok(json!({ "Attributes": item })));
        let both = json!({ "Responses": [{}, { "Item": item }] });
        scene.answer("TransactGetItems", Canned::ok(both));
        scene.answer("GetItem", Canned::ok(json!({ "Item": item })));
        let events = [
            change(set.clone()),
            with_header(change(set), "Idempotency-Key", "k"),
            change(removed.clone()),
            with_header(change(removed), "Idempotency-Key", "l"),
        ];
        for event in events {
            let answer = scene.ask(event).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            only_known(&scene, &item, &key);
        }
        let movies = [json!({ "Items": [key.clone()] }), json!({ "Items": [] })];
        scene.answer_in_turn("Query", movies.map(Canned::ok).into());
        let disown = get("DELETE", "/me", &json!({ "movies": "disown" }));
        let answer = scene.ask(disown).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        only_known(&scene, &item, &key);
    });
}

/// Demands that the movie was changed by updates alone, which name no unknown attribute.
fn only_known(scene: &Scene, item: &Value, key: &Value) {
    let mut updates = Vec::new();
    for asked in scene.world.calls() {
        match asked.target.as_str() {
            "UpdateItem" => updates.push(asked.body().clone()),
            "PutItem" => assert_eq!(asked.body()["TableName"], "idempotency-Production"),
            "TransactWriteItems" => {
                for item in asked.body()["TransactItems"].as_array().unwrap() {
                    assert_ne!(item["Put"]["TableName"], "movies-Production");
                    updates.extend(item.get("Update").cloned());
                }
            }
            _ => {}
        }
    }
    assert!(!updates.is_empty());
    for update in updates {
        assert_eq!(update["Key"], *key);
        let text = update["UpdateExpression"].to_string()
            + &update["ExpressionAttributeNames"].to_string();
        for unknown in tests::formats::from_the_future("dynamodb")
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(
                item.get(unknown).is_some() && !text.contains(unknown),
                "{text}"
            );
        }
    }
}
