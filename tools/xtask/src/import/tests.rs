//! Imports into a store in memory and into the local server.

use std::fmt::Write as _;

use kit::{
    clock::{Clock as _, SystemClock},
    store::{By, Guard},
    user::UserId,
};
use local::{
    server::{Options, Server, Stage},
    store::EmbeddedStore,
};

use super::{into_table::StoreTarget, *};
use crate::client::Patience;

const GOOD: &str = r#"[
{"year": 2013, "title": "Rush", "info": {"directors": ["Ron Howard"], "rating": 8.3, "rank": 2}},
{"year": "2013", "title": "Prisoners", "info": {"plot": "A search.", "release_date": "2013-08-30T00:00:00Z"}}
]"#;

async fn import(target: Arc<dyn Target>, file: &str) -> (String, Option<anyhow::Error>) {
    let input = Box::new(std::io::Cursor::new(file.to_owned()));
    let records = Records::of(Source::new("movies.json", input, None)).unwrap();
    let import = Import {
        target,
        jobs: 4,
        progress: ProgressBar::hidden(),
    };
    let (tally, stopped) = import.run(judge(records, 4)).await;
    (tally.line(tally.updated > 0), stopped)
}

fn store(store: &Arc<EmbeddedStore>, update: bool) -> Arc<dyn Target> {
    Arc::new(StoreTarget {
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
    let address = server.stage_url(Stage::Development).parse().unwrap();
    let client = Client::connect(address, &SignInArgs::default()).await;
    Arc::new(ApiTarget::new(client.unwrap(), update))
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
    let key = Movie::read(one.into()).unwrap().key;
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
    async fn take(&self, movie: Movie) -> Result<Outcome, Failure> {
        if self.1.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) <= 0 {
            return Err(Failure::Stop(anyhow::anyhow!("gone")));
        }
        self.0.take(movie).await
    }
}
