//! Pokes: server-sent events (HTML Living Standard, section 9.2) that say at once that something has changed.
//!
//! A poke has the name of the noun and nothing else. The feed of changes tells what has changed, so a poke that gets lost costs
//! an app only the time until it asks again.

use std::{collections::BTreeSet, convert::Infallible, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::{Stream, StreamExt as _, future, stream};
use kit::{operations::Authenticate, user::UserId};
use service::nouns::NOUNS;
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    time::{Instant, sleep, sleep_until},
};
use tower_http::cors::{Any, CorsLayer};

use super::problem::problem;
use crate::store::{EmbeddedStore, Touched};

/// The path of the pokes, below the stage.
const PATH: &str = "/events";

/// The longest time of an answer. An access token is good for as long: then the app asks again with a new one.
const LONGEST: Duration = Duration::from_mins(15);

/// The shortest time between two pokes, so that an import is not one poke for each resource.
const PAUSE: Duration = Duration::from_millis(200);

/// What the route needs.
#[derive(Clone)]
pub(super) struct Pokes {
    pub(super) store: EmbeddedStore,
    pub(super) callers: Arc<dyn Authenticate>,
    /// Changes when the server stops.
    pub(super) stop: watch::Receiver<()>,
}

impl Pokes {
    pub(super) fn router(self) -> Router {
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_headers([header::AUTHORIZATION]);
        Router::new()
            .route(PATH, get(listen))
            .layer(cors)
            .with_state(self)
    }
}

async fn listen(State(pokes): State<Pokes>, headers: HeaderMap) -> Response {
    let caller = match pokes.callers.authenticate(&headers).await {
        Ok(caller) => caller,
        Err(error) => {
            let of = error.problem();
            return problem(of.status, of.slug, of.title, of.detail);
        }
    };
    let until = Instant::now() + LONGEST;
    let end = async move {
        let mut stop = pokes.stop;
        let late = pin!(sleep_until(until));
        let stopped = pin!(stop.changed());
        future::select(late, stopped).await;
    };
    let touched = pokes.store.touched();
    let events = changed_nouns(touched, caller.user)
        .flat_map(stream::iter)
        .map(|noun| Ok::<_, Infallible>(Event::default().event("changed").data(noun)))
        .take_until(Box::pin(end));
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// The nouns of which something has changed that the user may see.
fn changed_nouns(
    touched: Receiver<Touched>,
    user: UserId,
) -> impl Stream<Item = BTreeSet<&'static str>> {
    stream::unfold((touched, user), |(mut touched, user)| async move {
        let mut nouns = BTreeSet::new();
        while nouns.is_empty() {
            match touched.recv().await {
                Ok(one) => nouns.extend(one.seen_by(&user)),
                // Too many to tell which.
                Err(RecvError::Lagged(_)) => nouns.extend(NOUNS.iter().map(|noun| noun.many)),
                Err(RecvError::Closed) => return None,
            }
        }
        sleep(PAUSE).await;
        while let Ok(one) = touched.try_recv() {
            nouns.extend(one.seen_by(&user));
        }
        Some((nouns, (touched, user)))
    })
}
