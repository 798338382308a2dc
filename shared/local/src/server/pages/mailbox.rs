//! The mailbox of both stages: a page for people, JSON for programs.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use super::{super::Stage, escape, for_people};
use crate::mailbox::{Letter, Mailbox};

pub(super) fn router(mailboxes: Vec<(Stage, Mailbox)>) -> Router {
    Router::new()
        .route("/mailbox", get(show))
        .with_state(Arc::new(mailboxes))
}

#[derive(Serialize)]
struct Entry {
    stage: &'static str,
    #[serde(flatten)]
    letter: Letter,
}

/// `GET /mailbox?email=…&stage=…`, newest first.
async fn show(
    State(mailboxes): State<Arc<Vec<(Stage, Mailbox)>>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let asked = |name: &str, value: &str| {
        let wanted = query.get(name);
        // No address has a space in it: this was a plus that the client did not encode.
        wanted.is_none_or(|wanted| wanted.replace(' ', "+").eq_ignore_ascii_case(value))
    };
    let mut entries: Vec<Entry> = mailboxes
        .iter()
        .map(|(stage, mailbox)| (stage.name(), mailbox))
        .filter(|(stage, _)| asked("stage", stage))
        .flat_map(|(stage, mailbox)| {
            let letters = mailbox.letters().into_iter();
            letters.map(move |letter| Entry { stage, letter })
        })
        .filter(|entry| asked("email", entry.letter.to.as_str()))
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.letter.at));

    if for_people(&headers) {
        Html(page(&entries)).into_response()
    } else {
        let headers = [(header::CONTENT_TYPE, "application/json")];
        (headers, lines(&entries)).into_response()
    }
}

/// A JSON array with one entry per line, so that `sed` and `head` can read it too.
fn lines(entries: &[Entry]) -> String {
    let lines: Vec<String> = entries
        .iter()
        .filter_map(|entry| serde_json::to_string(entry).ok())
        .collect();
    format!("[{}]\n", lines.join(",\n"))
}

fn page(entries: &[Entry]) -> String {
    let mut rows = String::new();
    for Entry { stage, letter } in entries {
        let at = letter.at.format(&Rfc3339).unwrap_or_default();
        let at = at
            .split_once('.')
            .map_or(at.as_str(), |(seconds, _)| seconds);
        let _ = writeln!(
            rows,
            "<tr><td>{at}<td>{stage}<td>{to}<td>{subject}<td><code>{code}</code>",
            to = escape(letter.to.as_str()),
            subject = escape(&letter.subject),
            code = escape(letter.code.as_deref().unwrap_or_default()),
        );
    }
    if entries.is_empty() {
        rows.push_str("<tr><td colspan=5>No mail yet. Sign up, and the code comes here.\n");
    }
    format!("{HEAD}{rows}</table>\n")
}

const HEAD: &str = include_str!("mailbox.html");
