//! Imports into a store in memory and into the local server.

use std::fmt::Write as _;

use kit::{
    clock::{Clock as _, SystemClock},
    resource::{Entity, Key as _},
    store::{By, Guard, Store as _},
    user::UserId,
};
use local::{
    server::{Options, Server, Stage},
    store::EmbeddedStore,
};

use movies::{Movie, MovieKey};
use serde_json::json;
use watchlist::{Entry, EntryKey};

use super::{into_table::StoreTarget, target::differences, *};
use crate::client::Patience;

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

async fn import(target: Arc<dyn Target>, file: &str) -> (String, Option<anyhow::Error>) {
    import_of(&movies(), target, file).await
}

async fn import_of(
    noun: &Noun,
    target: Arc<dyn Target>,
    file: &str,
) -> (String, Option<anyhow::Error>) {
    let input = Box::new(std::io::Cursor::new(file.to_owned()));
    let source = Source::new("file", input, None);
    let records = Records::of(source, noun).unwrap();
    let import = Import {
        target,
        jobs: 4,
        progress: ProgressBar::hidden(),
    };
    let (tally, stopped) = import.run(judge(records, 4)).await;
    (tally.to_string(), stopped)
}

fn store(store: &Arc<EmbeddedStore>, update: bool) -> Arc<dyn Target> {
    Arc::new(StoreTarget::<Movie> {
        store: Arc::<EmbeddedStore>::clone(store),
        clock: Arc::new(SystemClock),
        added_by: UserId::new("import"),
        update,
        patience: Patience::default(),
    })
}

async fn server() -> Server {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    Server::start(options).await.unwrap()
}

async fn api(server: &Server, update: bool) -> Arc<dyn Target> {
    api_of(movies(), server, update).await
}

async fn api_of(noun: Noun, server: &Server, update: bool) -> Arc<dyn Target> {
    let address = server.stage_url(Stage::Development).parse().unwrap();
    let client = Client::connect(address, &SignInArgs::default()).await;
    Arc::new(ApiTarget {
        client: client.unwrap(),
        noun,
        update,
    })
}

/// The guarantees of an import, for either target.
async fn keeps_its_promises(target: Arc<dyn Target>, updating: Arc<dyn Target>) {
    let import_ok = async |target: &Arc<dyn Target>, file: &str| {
        let (line, stopped) = import(Arc::clone(target), file).await;
        assert!(stopped.is_none(), "{stopped:?}");
        line
    };
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
}

#[tokio::test]
async fn an_import_into_a_store_keeps_its_promises() {
    let embedded = Arc::new(EmbeddedStore::in_memory().unwrap());
    keeps_its_promises(store(&embedded, false), store(&embedded, true)).await;
}

#[tokio::test]
async fn an_import_into_the_api_keeps_its_promises() {
    let server = server().await;
    keeps_its_promises(api(&server, false).await, api(&server, true).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_movie_that_was_deleted_since_is_imported_again() {
    let server = server().await;
    let target = api(&server, false).await;
    let one = r#"{"year": 2013, "title": "Rush"}"#;
    assert!(
        import(Arc::clone(&target), one)
            .await
            .0
            .starts_with("1 imported")
    );
    let key = MovieKey::from_texts("2013", "Rush").unwrap();
    let movies = server.stage(Stage::Development).stores().movies;
    let now = SystemClock.now();
    let editor = UserId::new("editor");
    let guard = Guard {
        by: By::Editor(&editor),
        revisions: None,
    };
    movies.delete(&key, &guard, now, None).await.unwrap();
    assert!(import(target, one).await.0.starts_with("1 imported"));
}

#[tokio::test]
async fn an_import_stops_when_the_server_goes_and_goes_on_from_there() {
    let embedded = Arc::new(EmbeddedStore::in_memory().unwrap());
    let mut lines = String::new();
    for rank in 1..=50 {
        writeln!(lines, "{{\"year\": 2013, \"title\": \"Movie {rank}\"}}").unwrap();
    }
    let gone = Arc::new(GoneAfter(store(&embedded, false), 20.into()));
    let (line, stopped) = import(gone, &lines).await;
    assert!(stopped.is_some());
    assert_eq!(line, "20 imported, 0 unchanged, 0 different, 0 failed");
    let (line, stopped) = import(store(&embedded, false), &lines).await;
    assert!(stopped.is_none());
    assert_eq!(line, "30 imported, 20 unchanged, 0 different, 0 failed");
}

/// A target that fails after a number of movies.
struct GoneAfter(Arc<dyn Target>, std::sync::atomic::AtomicI64);

#[async_trait::async_trait]
impl Target for GoneAfter {
    async fn take(&self, movie: Item) -> Result<Outcome, Failure> {
        if self.1.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) <= 0 {
            return Err(Failure::Stop(anyhow::anyhow!("gone")));
        }
        self.0.take(movie).await
    }
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

/// The guarantees of an import of a private resource, for either target.
async fn keeps_its_promises_of_a_private_one(target: Arc<dyn Target>, updating: Arc<dyn Target>) {
    let import_ok = async |target: &Arc<dyn Target>, file: &str| {
        let (line, stopped) = import_of(&watchlist(), Arc::clone(target), file).await;
        assert!(stopped.is_none(), "{stopped:?}");
        line
    };
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
}

#[tokio::test]
async fn an_import_of_a_private_resource_goes_to_the_account_that_signs_in() {
    let server = server().await;
    let target = api_of(watchlist(), &server, false).await;
    let updating = api_of(watchlist(), &server, true).await;
    keeps_its_promises_of_a_private_one(target, updating).await;
    server.stop().await;
}

#[tokio::test]
async fn an_import_of_a_private_resource_into_a_store_has_an_owner() {
    let embedded = Arc::new(EmbeddedStore::in_memory().unwrap());
    let target = |update| -> Arc<dyn Target> {
        Arc::new(StoreTarget::<Entry> {
            store: Arc::<EmbeddedStore>::clone(&embedded),
            clock: Arc::new(SystemClock),
            added_by: UserId::new("import"),
            update,
            patience: Patience::default(),
        })
    };
    keeps_its_promises_of_a_private_one(target(false), target(true)).await;
    let key = EntryKey::from_texts("import", "rush").unwrap();
    let found: Option<Entity<Entry>> = embedded.get(&key).await.unwrap();
    assert!(found.unwrap().fields.watched);
}
