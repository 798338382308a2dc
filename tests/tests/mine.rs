//! The operations of a private resource, over the embedded store: each user sees and changes the own ones alone.
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
    one: "note", many: "notes", metrics: "Notes", owner: "owner", access: Private
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
fn a_put_adds_and_then_replaces() {
    tests::block_on(async {
        let notes = Notes::new();
        let milk = json!({ "heading": "Milk", "text": "two litres", "done": false });
        let added = notes.put("ada", "n1", milk).await.is(201);
        assert_eq!(added.body["noteId"], "n1");
        assert_eq!(added.body["version"], 1);
        assert_eq!(added.body["etag"], added.etag());
        assert_eq!(added.body.get("owner"), None);
        let replaced = notes.put("ada", "n1", json!({ "heading": "Oats" })).await;
        let replaced = replaced.is(200);
        assert_eq!(replaced.body["heading"], "Oats");
        assert_eq!(replaced.body["version"], 2);
        assert_eq!(replaced.body.get("text"), None);
        assert_eq!(replaced.body.get("done"), None);
        assert_eq!(notes.get("ada", "n1").await.is(200).body, replaced.body);
    });
}

#[test]
fn what_is_not_valid_is_named() {
    tests::block_on(async {
        let notes = Notes::new();
        let fields = |answer: &Answer| {
            let faults = answer.body["errors"].as_array().unwrap().iter();
            faults
                .map(|fault| fault["field"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let answer = notes
            .put("ada", "n1", json!({ "done": "yes" }))
            .await
            .is(400);
        assert_eq!(fields(&answer), ["done", "heading"]);
        let answer = notes.put("ada", "%00", json!({ "heading": "a" })).await;
        assert_eq!(fields(&answer.is(400)), ["noteId"]);
        notes
            .put("ada", "n1", json!({ "heading": "a" }))
            .await
            .is(201);
        let nothing = notes.ask("ada", "PATCH", "/n1", &[], Some(json!({}))).await;
        assert_eq!(fields(&nothing.is(400)), ["body"]);
        let no_cursor = notes.ask("ada", "GET", "?cursor=x", &[], None).await;
        assert_eq!(fields(&no_cursor.is(400)), ["cursor"]);
    });
}

#[test]
fn nobody_else_reads_or_writes() {
    tests::block_on(async {
        let notes = Notes::new();
        notes
            .put("ada", "n1", json!({ "heading": "hers" }))
            .await
            .is(201);
        notes.get("eve", "n1").await.is(404);
        let change = Some(json!({ "done": true }));
        let changed = notes.ask("eve", "PATCH", "/n1", &[], change).await;
        assert_eq!(changed.is(404).body["type"], "/problems/note-not-found");
        notes.ask("eve", "DELETE", "/n1", &[], None).await.is(404);
        // The same id is another note.
        notes
            .put("eve", "n1", json!({ "heading": "his" }))
            .await
            .is(201);
        assert_eq!(notes.get("ada", "n1").await.body["heading"], "hers");
        let list = notes.ask("eve", "GET", "", &[], None).await.is(200);
        assert_eq!(list.body["count"], 1);
        assert_eq!(list.body["items"][0]["heading"], "his");
    });
}

#[test]
fn versions_and_keys_hold() {
    tests::block_on(async {
        let notes = Notes::new();
        let added = notes
            .put("ada", "n1", json!({ "heading": "a" }))
            .await
            .is(201);
        let tag = added.etag();
        let current = [("if-none-match", tag)];
        notes.ask("ada", "GET", "/n1", &current, None).await.is(304);
        let key = [("if-match", tag), ("idempotency-key", "k1")];
        let change = Some(json!({ "done": true }));
        let changed = notes.ask("ada", "PATCH", "/n1", &key, change.clone()).await;
        let changed = changed.is(200);
        let again = notes.ask("ada", "PATCH", "/n1", &key, change).await.is(200);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(again.body, changed.body);
        let stale = [("if-match", tag)];
        let body = Some(json!({ "heading": "b" }));
        notes
            .ask("ada", "PUT", "/n1", &stale, body.clone())
            .await
            .is(412);
        notes
            .ask("ada", "PUT", "/n2", &stale, body.clone())
            .await
            .is(404);
        let key = [("idempotency-key", "k2")];
        notes
            .ask("ada", "PUT", "/n2", &key, body.clone())
            .await
            .is(201);
        notes
            .ask("ada", "PUT", "/n2", &key, body.clone())
            .await
            .is(201);
        notes.ask("ada", "PUT", "/n3", &key, body).await.is(422);
        notes
            .ask("ada", "DELETE", "/n1", &stale, None)
            .await
            .is(412);
        notes.ask("ada", "DELETE", "/n1", &[], None).await.is(204);
        notes.get("ada", "n1").await.is(404);
    });
}

#[test]
fn pages_and_belongings_have_all_notes_of_a_user() {
    tests::block_on(async {
        let notes = Notes::new();
        for n in 0..5 {
            let body = json!({ "heading": format!("note {n}") });
            notes.put("ada", &format!("n{n}"), body).await.is(201);
        }
        notes
            .put("eve", "n9", json!({ "heading": "his" }))
            .await
            .is(201);
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let query = format!("?limit=2{query}");
            let page = notes.ask("ada", "GET", &query, &[], None).await;
            let page = page.is(200).body;
            let ids = page["items"].as_array().unwrap().iter();
            found.extend(ids.map(|note| note["noteId"].as_str().unwrap().to_owned()));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(found, ["n0", "n1", "n2", "n3", "n4"]);

        let ada = UserId::new("ada");
        assert!(!notes.store.may_stay());
        let exported = notes.store.export(&ada, None).await.unwrap();
        assert_eq!(exported.items.len(), 5);
        let gone = notes.store.release(&ada, Fate::Delete, SystemClock.now());
        assert!(gone.await.unwrap());
        let list = notes.ask("ada", "GET", "", &[], None).await.is(200);
        assert_eq!(list.body["count"], 0);
        notes.get("eve", "n9").await.is(200);
    });
}
