//! What follows a write: the streams of the tables call the relay, which writes what searches and the feeds read.

use local::server::Stage;
use serde_json::{Value, json};
use tests::api::{Api, encode};

use crate::cloud::{Cloud, eventually, title};

/// The pages of a feed from a cursor on, and the cursor behind them.
async fn pages(api: &Api, path: &str, since: Option<&str>) -> (Vec<Value>, String) {
    let (mut items, mut since) = (Vec::new(), since.map(ToOwned::to_owned));
    loop {
        let query = since.map_or_else(String::new, |since| format!("?since={}", encode(&since)));
        let page = api.get(&format!("{path}{query}")).send().await.is(200);
        let page = page.json();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let next = page["nextSince"].as_str().unwrap().to_owned();
        if page["more"] == false {
            return (items, next);
        }
        since = Some(next);
    }
}

/// Waits until a feed has an item that is wanted, and returns it.
async fn changed(api: &Api, path: &str, since: &str, is: impl Fn(&Value) -> bool + Sync) -> Value {
    let is = &is;
    eventually(path, || async {
        let (items, _) = pages(api, path, Some(since)).await;
        items.into_iter().find(is)
    })
    .await
}

pub(crate) async fn a_change_reaches_the_feed_and_the_searches(cloud: Cloud, stage: Stage) {
    const FEED: &str = "/movies/changes";
    let (ada, title) = (cloud.person(stage).await.api, title());
    // The snapshot, which has nothing of the movie.
    let (items, since) = pages(&ada, FEED, None).await;
    assert!(items.iter().all(|item| item["title"] != *title));

    let movie = json!({ "title": title, "year": 1979, "rating": 8.5 });
    let added = ada.add(&movie).send().await.is(201);
    let item = changed(&ada, FEED, &since, |item| item["title"] == *title).await;
    assert_eq!(item["etag"], added.etag());
    assert_eq!(item["movie"]["rating"], 8.5);
    cloud.until_found(&ada, &title).await;

    let change = json!({ "title": title, "year": 1979, "rating": 9 });
    let updated = ada.update(&change).send().await.is(200);
    let tag = updated.etag();
    changed(&ada, FEED, &since, |item| item["etag"] == tag).await;

    // A snapshot has it, too.
    let (items, _) = pages(&ada, FEED, None).await;
    assert!(items.iter().any(|item| item["etag"] == tag));

    ada.delete(&title, 1979).send().await.is(204);
    let is_gone = |item: &Value| item["title"] == *title && item["deleted"] == true;
    changed(&ada, FEED, &since, is_gone).await;
    eventually("a search without the movie", || async {
        let found = ada.titles(&format!("titlePrefix={}", encode(&title))).await;
        found.is_empty().then_some(())
    })
    .await;
}

pub(crate) async fn a_private_change_reaches_its_user_alone(cloud: Cloud, stage: Stage) {
    const FEED: &str = "/me/watchlist/changes";
    let (ada, bob) = (cloud.person(stage).await.api, cloud.person(stage).await.api);
    let (_, since) = pages(&ada, FEED, None).await;
    let (_, since_of_bob) = pages(&bob, FEED, None).await;
    let entry = json!({ "title": title(), "year": 1979 });
    ada.put("/me/watchlist/e-1", &entry).send().await.is(201);
    let item = changed(&ada, FEED, &since, |item| item["entryId"] == "e-1").await;
    assert_eq!(item["watchlistEntry"]["title"], entry["title"]);
    let (of_bob, _) = pages(&bob, FEED, Some(&since_of_bob)).await;
    assert!(of_bob.is_empty(), "{of_bob:?}");
}
