//! Searches of a private resource, over the embedded store: each user finds the own ones alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use kit::{
    belongings::{Belongings, Fate},
    clock::{Clock as _, SystemClock},
    files::NoFiles,
    http::{ApiError, Route, Settings, problems, router},
    operations::{Authenticate, Noun, mine},
    resource::{Entity, Required},
    stage::Stage,
    store::{Store, StoreSource as _},
    user::{Caller, UserId},
    value::{Line, Text},
};
use local::store::EmbeddedStore;
use serde_json::Value;

use tower::ServiceExt as _;

kit::resource! {
    /// A note.
    struct Note {
        /// The heading.
        heading: Required<Line>,
        /// The text.
        text: Option<Text<100>>,
    }
    /// The changes of a note.
    struct NoteChanges;
    /// The key of a note.
    struct NoteKey {
        /// The user who wrote it.
        owner: UserId,
        /// An id that the client chooses.
        note_id as "noteId": Line,
    }
    one: "note", many: "notes", metrics: "Notes", owner: "owner", access: Private,
    search: {
        words: [heading, text],
        filters: [],
        sorts: [heading, note_id as "noteId"],
    }
}

/// Takes the token for the name of the user. Everybody is an editor.
struct ByName;

#[async_trait]
impl Authenticate for ByName {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let name = headers.get(header::AUTHORIZATION);
        let name = name.ok_or(problems::SESSION_ENDED)?;
        Ok(Caller {
            user: UserId::new(name.to_str().unwrap()),
            is_editor: true,
        })
    }
}

struct Notes {
    router: Router,
    store: Arc<dyn Store<Note>>,
}

impl Notes {
    fn new() -> Self {
        let store: Arc<dyn Store<Note>> = EmbeddedStore::in_memory().unwrap().store();
        let noun = Noun {
            files: Arc::new(NoFiles),
            store: Arc::clone(&store),
            callers: Arc::new(ByName),
            clock: Arc::new(SystemClock),
        };
        let list = Route::get("/me/notes", "listNotes", mine::list::<Note>);
        let settings = Settings {
            stage: Stage::Development,
            served_by: "tests".to_owned(),
            allowed_origins: Vec::new(),
            realm: "notes",
        };
        Self {
            router: router(settings, vec![list.with_state(&noun)]),
            store,
        }
    }

    async fn add(&self, user: &str, id: &str, heading: &str) {
        let user = UserId::new(user);
        let key = NoteKey {
            owner: user.clone(),
            note_id: Line::parse(id).unwrap(),
        };
        let fields = Note {
            heading: Required(Line::parse(heading).unwrap()),
            text: Some(Text::parse("Friday").unwrap()),
        };
        let note = Entity::new(key, fields, user, SystemClock.now());
        self.store.add(&note, None).await.unwrap();
    }

    /// The answer to a listing with this query.
    async fn list(&self, user: &str, query: &str) -> (StatusCode, Value) {
        let request = Request::builder()
            .uri(format!("/me/notes{query}"))
            .header(header::AUTHORIZATION, user)
            .body(Body::empty());
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, serde_json::from_slice(&bytes).unwrap())
    }

    /// The headings of a page.
    async fn found(&self, user: &str, query: &str) -> Vec<String> {
        let (status, page) = self.list(user, query).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let items = page["items"].as_array().unwrap().iter();
        let headings = items.map(|note| note["heading"].as_str().unwrap().to_owned());
        headings.collect()
    }
}

#[test]
fn a_search_finds_the_notes_of_the_caller_alone() {
    tests::block_on(async {
        let notes = Notes::new();
        notes.add("ada", "n1", "Milk and oats").await;
        notes.add("ada", "n2", "Dentist").await;
        notes.add("eve", "n1", "Milkshake").await;
        let by_heading = ["Dentist", "Milk and oats"];
        for (user, query, expected) in [
            ("ada", "?q=milk", &["Milk and oats"][..]),
            ("eve", "?q=milk", &["Milkshake"]),
            ("ada", "?q=fri%20DEN", &["Dentist"]),
            ("ada", "?sort=heading", &by_heading),
            ("ada", "?sort=-noteId", &by_heading),
            ("bob", "?sort=heading", &[]),
        ] {
            assert_eq!(notes.found(user, query).await, expected, "{user} {query}");
        }

        let (_, page) = notes.list("ada", "?sort=heading&limit=1").await;
        let cursor = page["nextCursor"].as_str().unwrap();
        let rest = format!("?sort=heading&cursor={cursor}");
        assert_eq!(notes.found("ada", &rest).await, ["Milk and oats"]);
        let other = format!("?cursor={cursor}");
        for (user, refused) in [
            ("eve", &*rest),
            ("ada", &*other),
            ("ada", "?q=a&sort=heading"),
            ("ada", "?sort=text"),
            ("ada", "?q="),
            ("ada", "?titlePrefix=a"),
        ] {
            let (status, problem) = notes.list(user, refused).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}: {problem}");
        }

        let ada = UserId::new("ada");
        let gone = notes.store.release(&ada, Fate::Delete, SystemClock.now());
        assert!(gone.await.unwrap());
        assert!(notes.found("ada", "?q=milk").await.is_empty());
        assert_eq!(notes.found("eve", "?q=milk").await, ["Milkshake"]);
    });
}
