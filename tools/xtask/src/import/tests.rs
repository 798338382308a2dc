//! Imports into a store in memory and into the local server.

use std::sync::atomic::{AtomicI64, Ordering};

use kit::{
    clock::{Clock as _, SystemClock},
    resource::Key as _,
    store::{By, Guard},
    user::UserId,
};
use local::server::{Options, Server, Stage};
use movies::MovieKey;
use serde_json::json;

use super::{into_api::differences, *};

const GOOD: &str = r#"[
{"year": 2013, "title": "Rush", "info": {"directors": ["Ron Howard"], "rating": 8.3, "rank": 2}},
{"year": "2013", "title": "Prisoners", "info": {"plot": "A search.", "release_date": "2013-08-30T00:00:00Z"}}
]"#;

fn movies() -> Noun {
    "movies".parse().unwrap()
}

fn watchlist() -> Noun {
    "watchlist".parse().unwrap()
}

async fn import_into(target: &ApiTarget, file: &str) -> (String, Option<anyhow::Error>) {
    import_with(&target.noun, file, |item| target.take(item)).await
}

async fn import_with<F: Future<Output = Result<Outcome, Failure>>>(
    noun: &Noun,
    file: &str,
    take: impl Fn(Item) -> F,
) -> (String, Option<anyhow::Error>) {
    let source = Source {
        name: "file".to_owned(),
        input: Box::new(io::Cursor::new(file.to_owned())),
        size: None,
    };
    let records = Records::of(source, noun).unwrap();
    let records = judge(records, noun.clone(), 4);
    let (tally, stopped) = import(records, 4, &ProgressBar::hidden(), take).await;
    (tally.to_string(), stopped)
}

/// The result of an import that does not stop.
async fn import_ok(target: &ApiTarget, file: &str) -> String {
    let (line, stopped) = import_into(target, file).await;
    assert!(stopped.is_none(), "{stopped:?}");
    line
}

async fn server() -> Server {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    Server::start(options).await.unwrap()
}

async fn api(noun: Noun, server: &Server, update: bool) -> ApiTarget {
    let address = server.stage_url(Stage::Development).parse().unwrap();
    let client = Client::connect(address, &SignInArgs::default()).await;
    ApiTarget {
        client: client.unwrap(),
        noun,
        update,
    }
}

#[tokio::test]
async fn an_import_keeps_its_promises() {
    let server = server().await;
    let target = api(movies(), &server, false).await;
    let updating = api(movies(), &server, true).await;
    // New, and then unchanged.
    let line = import_ok(&target, GOOD).await;
    assert_eq!(line, "2 imported, 0 unchanged, 0 different, 0 failed");
    let line = import_ok(&target, GOOD).await;
    assert_eq!(line, "0 imported, 2 unchanged, 0 different, 0 failed");

    // A movie that differs is left alone without `--update`.
    let other = GOOD.replace("8.3", "8.4");
    let line = import_ok(&target, &other).await;
    assert_eq!(line, "0 imported, 1 unchanged, 1 different, 0 failed");
    let line = import_ok(&updating, &other).await;
    assert_eq!(line, "0 imported, 1 unchanged, 1 updated, 0 failed");
    let line = import_ok(&target, &other).await;
    assert_eq!(line, "0 imported, 2 unchanged, 0 different, 0 failed");

    // Members that the new record does not have are removed.
    let less = other.replace(", \"rank\": 2", "");
    import_ok(&updating, &less).await;
    let line = import_ok(&target, &less).await;
    assert_eq!(line, "0 imported, 2 unchanged, 0 different, 0 failed");

    // Bad records do not affect the others.
    let bad = r#"[{"year": "20I6"}, {"year": 2013, "title": "Rush", "info": {"stars": 5}},
        {"year": 2014, "title": "New"}, {"year": 2014, "title": "New"}]"#;
    let line = import_ok(&target, bad).await;
    assert_eq!(line, "1 imported, 0 unchanged, 0 different, 3 failed");
    server.stop().await;
}

#[tokio::test]
async fn a_movie_that_was_deleted_since_is_imported_again() {
    let server = server().await;
    let target = api(movies(), &server, false).await;
    let one = r#"{"year": 2013, "title": "Rush"}"#;
    assert!(import_ok(&target, one).await.starts_with("1 imported"));
    let key = MovieKey::from_texts("2013", "Rush").unwrap();
    let movies = server.stage(Stage::Development).stores().movies;
    let now = SystemClock.now();
    let editor = UserId::new("editor");
    let guard = Guard {
        by: By::Editor(&editor),
        revisions: None,
    };
    movies.delete(&key, &guard, now, None).await.unwrap();
    assert!(import_ok(&target, one).await.starts_with("1 imported"));
}

#[tokio::test]
async fn an_import_stops_when_the_server_goes_and_goes_on_from_there() {
    let server = server().await;
    let target = api(movies(), &server, false).await;
    let lines: Vec<_> = (1..=50)
        .map(|number| format!("{{\"year\": 2013, \"title\": \"Movie {number}\"}}"))
        .collect();
    let lines = lines.join("\n");
    // It fails after a number of movies.
    let left = AtomicI64::new(20);
    let (left, api) = (&left, &target);
    let gone = |item| async move {
        if left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(Failure::Stop(anyhow!("gone")));
        }
        api.take(item).await
    };
    let (line, stopped) = import_with(&movies(), &lines, gone).await;
    assert!(stopped.is_some());
    assert_eq!(line, "20 imported, 0 unchanged, 0 different, 0 failed");
    let line = import_ok(&target, &lines).await;
    assert_eq!(line, "30 imported, 20 unchanged, 0 different, 0 failed");
    server.stop().await;
}

#[test]
fn the_members_that_differ_are_named() {
    let item = |members: &str| {
        let body = format!("{{\"title\": \"Rush\", \"year\": 2013, {members}}}");
        (movies().read)(body.as_bytes()).unwrap()
    };
    let fields = movies().fields;
    let one = item(r#""rating": 8.30, "genres": ["Drama"], "actors": []"#);
    let other = item(r#""info": {"genres": ["Drama"], "rating": 8.3}"#);
    assert!(differences(fields, &one, &other).is_empty());

    let found = item(r#""rating": 8.3, "genres": ["Drama"], "rank": 2, "info": "Two drivers""#);
    let wanted = item(r#""rating": 8, "genres": ["Drama", "Sport"], "info": "Two drivers""#);
    let names = differences(fields, &found, &wanted);
    assert_eq!(names, ["genres", "rating", "rank"]);
    assert_eq!(wanted["rating"], json!(8.0));
}

#[tokio::test]
async fn an_import_of_a_private_resource_goes_to_the_account_that_signs_in() {
    let server = server().await;
    let target = api(watchlist(), &server, false).await;
    let updating = api(watchlist(), &server, true).await;
    let file = "entryId,Title,year,watched,rating,note\nrush,Rush,2013,TRUE,8.3,Seen\nnew,New,2014,,,\n,No id,2014,,,\n";
    let line = import_ok(&target, file).await;
    assert_eq!(line, "2 imported, 0 unchanged, 0 different, 1 failed");
    let line = import_ok(&target, file).await;
    assert_eq!(line, "0 imported, 2 unchanged, 0 different, 1 failed");

    let other = file.replace("8.3,Seen", "8.4,");
    let line = import_ok(&target, &other).await;
    assert_eq!(line, "0 imported, 1 unchanged, 1 different, 1 failed");
    let line = import_ok(&updating, &other).await;
    assert_eq!(line, "0 imported, 1 unchanged, 1 updated, 1 failed");
    let line = import_ok(&target, &other).await;
    assert_eq!(line, "0 imported, 2 unchanged, 0 different, 1 failed");
    server.stop().await;
}
