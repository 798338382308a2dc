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
    http::{ApiError, Route, Settings, problems, router},
    operations::{Authenticate, Noun, mine},
    stage::Stage,
    store::{Store, StoreSource as _},
    user::{Caller, UserId},
    value::{Line, Text},
};
use local::store::EmbeddedStore;
use serde_json::{Value, json};

use tower::ServiceExt as _;

kit::resource! {
    /// A note.
    struct Note {
        /// The heading.
        heading: kit::resource::Required<Line>,
        /// The text.
        text: Option<Text<100>>,
        /// True if it is done.
        done: Option<bool>,
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

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Notes {
    fn new() -> Self {
        let store: Arc<dyn Store<Note>> = EmbeddedStore::in_memory().unwrap().store();
        let noun = Noun {
            store: Arc::clone(&store),
            callers: Arc::new(ByName),
            clock: Arc::new(SystemClock),
        };
        let table = [
            Route::get("/me/notes", "listNotes", mine::list::<Note>),
            Route::get("/me/notes/{noteId}", "getNote", mine::get::<Note>),
            Route::put("/me/notes/{noteId}", "putNote", mine::put::<Note>),
            Route::patch("/me/notes/{noteId}", "patchNote", mine::patch::<Note>),
            Route::delete("/me/notes/{noteId}", "deleteNote", mine::delete::<Note>),
        ];
        let settings = Settings {
            stage: Stage::Development,
            served_by: "tests".to_owned(),
            allowed_origins: Vec::new(),
            realm: "notes",
        };
        let table = table.map(|route| route.with_state(&noun)).into();
        Self {
            router: router(settings, table),
            store,
        }
    }

    async fn ask(
        &self,
        user: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/me/notes{path}"))
            .header(header::AUTHORIZATION, user);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| body.to_string().into());
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    async fn put(&self, user: &str, id: &str, body: Value) -> Answer {
        self.ask(user, "PUT", &format!("/{id}"), &[], Some(body))
            .await
    }

    async fn get(&self, user: &str, id: &str) -> Answer {
        self.ask(user, "GET", &format!("/{id}"), &[], None).await
    }
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    fn etag(&self) -> &str {
        self.headers[header::ETAG].to_str().unwrap()
    }
}

#[test]
fn a_search_finds_the_notes_of_the_caller_alone() {
    tests::block_on(async {
        let notes = Notes::new();
        for (user, id, heading) in [
            ("ada", "n1", "Milk and oats"),
            ("ada", "n2", "Dentist"),
            ("eve", "n1", "Milkshake"),
        ] {
            let body = json!({ "heading": heading, "text": "Friday" });
            notes.put(user, id, body).await.is(201);
        }
        let found = async |user: &str, query: &str| -> Vec<String> {
            let page = notes.ask(user, "GET", query, &[], None).await.is(200).body;
            let items = page["items"].as_array().unwrap().iter();
            let headings = items.map(|note| note["heading"].as_str().unwrap().to_owned());
            headings.collect()
        };
        assert_eq!(found("ada", "?q=milk").await, ["Milk and oats"]);
        assert_eq!(found("eve", "?q=milk").await, ["Milkshake"]);
        assert_eq!(found("ada", "?q=fri%20DEN").await, ["Dentist"]);
        let by_heading = ["Dentist", "Milk and oats"];
        assert_eq!(found("ada", "?sort=heading").await, by_heading);
        assert_eq!(found("ada", "?sort=-noteId").await, by_heading);
        assert!(found("bob", "?sort=heading").await.is_empty());

        let first = "?sort=heading&limit=1";
        let page = notes.ask("ada", "GET", first, &[], None).await.is(200).body;
        let cursor = page["nextCursor"].as_str().unwrap();
        let rest = format!("?sort=heading&cursor={cursor}");
        assert_eq!(found("ada", &rest).await, ["Milk and oats"]);
        // The cursor of another user, and of no search.
        notes.ask("eve", "GET", &rest, &[], None).await.is(400);
        let other = format!("?cursor={cursor}");
        notes.ask("ada", "GET", &other, &[], None).await.is(400);
        for refused in ["?q=a&sort=heading", "?sort=text", "?q=", "?titlePrefix=a"] {
            notes.ask("ada", "GET", refused, &[], None).await.is(400);
        }

        let ada = UserId::new("ada");
        let gone = notes.store.release(&ada, Fate::Delete, SystemClock.now());
        assert!(gone.await.unwrap());
        assert!(found("ada", "?q=milk").await.is_empty());
        assert_eq!(found("eve", "?q=milk").await, ["Milkshake"]);
    });
}
