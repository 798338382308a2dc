//! The HTTP server between the clients in TypeScript and the service: it loses their requests and answers, doubles them, and notes what
//! becomes of their sessions.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use http::{Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    exchange::{Answer, Request},
    history::{Act, Outcome},
    lab::{GIVES_UP, Lab, of_call, of_other},
    plan::Luck,
    server::Server,
};

/// What the clients ask for: the methods, and the resources of the route table. A resource with an id comes behind those that are like it.
const RESOURCES: [&str; 11] = [
    "/auth/sign-in",
    "/auth/refresh",
    "/auth/sign-out",
    "/me",
    "/me/watchlist/changes",
    "/me/watchlist/{entryId}",
    "/movies/add-movie",
    "/movies/update-movie",
    "/movies/delete-movie",
    "/movies/findbytitleandyear",
    "/movies/changes",
];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const PARAMETERS: [&str; 4] = ["title", "year", "limit", "since"];
const HEADERS: [&str; 5] = [
    "Accept",
    "Authorization",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
];

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct Front {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    lab: Arc<Lab>,
    clients: Mutex<HashMap<u32, Seen>>,
}

/// What was seen of a client, and what it will meet.
#[derive(Debug, Default)]
struct Seen {
    user: String,
    /// What becomes of its next requests; then all are good.
    luck: VecDeque<Luck>,
    /// The names of its refresh tokens.
    names: HashMap<String, String>,
    /// Its newest refresh token.
    newest: Option<String>,
    /// The last one that it exchanged, and when.
    spent: Option<(String, u64)>,
}

impl Front {
    /// Starts it.
    pub async fn start(lab: Arc<Lab>) -> Self {
        let shared = Arc::new(Shared {
            lab,
            clients: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let server = Server::start(move |request| Arc::clone(&serving).answer(request)).await;
        Self { server, shared }
    }

    /// Its URL. A client's base URL has the number of the client behind it.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Says who a client is, and what becomes of its next requests.
    pub fn expect(&self, client: u32, user: &str, luck: &[Luck]) {
        let mut clients = self.shared.clients.lock();
        let seen = clients.entry(client).or_default();
        user.clone_into(&mut seen.user);
        seen.luck = luck.iter().copied().collect();
    }

    /// The newest refresh token of a client.
    #[must_use]
    pub fn newest(&self, client: u32) -> Option<String> {
        self.shared.clients.lock().get(&client)?.newest.clone()
    }

    /// Takes the refresh token that a client exchanged last, and the time of that.
    #[must_use]
    pub fn spent(&self, client: u32) -> Option<(String, u64)> {
        self.shared.clients.lock().get_mut(&client)?.spent.take()
    }

    /// Sends a request for a client, as somebody would who has its token, and records it.
    pub async fn send(&self, client: u32, request: &Request) -> Option<Answer> {
        self.shared.carry_out(client, request).await
    }
}

impl Shared {
    /// Answers a request; an error closes the connection without an answer.
    async fn answer(
        self: Arc<Self>,
        request: http::Request<Incoming>,
    ) -> io::Result<Response<Full<Bytes>>> {
        let lost = || io::Error::other("lost");
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let (client, request) = read(&parts, &body);
        let luck = self.luck(client, &request);
        if luck != Luck::Good {
            self.lab.faults.count(&format!("client {luck:?}"));
        }
        let again = Arc::clone(&self);
        let of_again = request.clone();
        match luck {
            Luck::Good => {}
            Luck::RequestLost => return Err(lost()),
            Luck::AnswerLost => {
                let (done, answered) = tokio::sync::oneshot::channel();
                self.lab.go_on(async move {
                    again.carry_out(client, &of_again).await;
                    let _ = done.send(());
                });
                // Often the request is still at work when the client repeats it.
                let _ = timeout(GIVES_UP, answered).await;
                return Err(lost());
            }
            Luck::Twice => self.lab.go_on(async move {
                again.carry_out(client, &of_again).await;
            }),
        }
        let answer = self.carry_out(client, &request).await.ok_or_else(lost)?;
        self.note(client, &request, &answer);
        Ok(respond(&answer))
    }

    fn luck(&self, client: u32, request: &Request) -> Luck {
        let mut clients = self.clients.lock();
        let luck = clients.entry(client).or_default().luck.pop_front();
        let luck = luck.filter(|_| !self.lab.is_calm.load(Ordering::SeqCst));
        match luck {
            // A refresh that arrives twice has two results, and the client may keep the one that is older.
            Some(Luck::Twice) if request.resource.starts_with("/auth/") => Luck::Good,
            Some(luck) => luck,
            None => Luck::Good,
        }
    }

    /// Sends a request to the service once. What changes a session is recorded here; calls are where the client makes them.
    async fn carry_out(&self, client: u32, request: &Request) -> Option<Answer> {
        let act = self.act(client, request);
        let user = self.of(client, |seen| seen.user.clone());
        let begun = act.map(|act| self.lab.recorder.begin(client, &user, act));
        let answer = self.lab.call(request).await;
        self.lab.count(request, answer.as_ref());
        if let (Some(begun), Some(answer)) = (&begun, &answer) {
            self.lab
                .recorder
                .end(begun, self.outcome(client, request, answer));
        }
        answer
    }

    fn act(&self, client: u32, request: &Request) -> Option<Act> {
        let token = || {
            let body = request.body.as_ref()?;
            Some(self.name(client, body["refreshToken"].as_str()?))
        };
        match request.resource {
            "/auth/sign-in" => Some(Act::SignIn),
            "/auth/refresh" => Some(Act::Refresh { token: token()? }),
            "/auth/sign-out" => Some(Act::SignOut { token: token()? }),
            _ => None,
        }
    }

    fn outcome(&self, client: u32, request: &Request, answer: &Answer) -> Outcome {
        match (request.resource, answer.status, answer.text("refreshToken")) {
            (_, 200, Some(token)) => Outcome::Tokens {
                token: self.name(client, token),
            },
            ("/auth/sign-in", 400..=428, _) => Outcome::Ended,
            ("/auth/sign-out", ..) => of_call(answer),
            _ => of_other(answer),
        }
    }

    /// Notes which tokens the client has, now that it gets the answer.
    fn note(&self, client: u32, request: &Request, answer: &Answer) {
        let Some(token) = answer.text("refreshToken").filter(|_| answer.status == 200) else {
            return;
        };
        let old = request.body.as_ref();
        let old = old.and_then(|body| body["refreshToken"].as_str());
        let now = self.lab.recorder.now();
        self.of(client, |seen| {
            seen.newest = Some(token.to_owned());
            seen.spent = old.map(|old| (old.to_owned(), now));
        });
    }

    fn name(&self, client: u32, token: &str) -> String {
        self.of(client, |seen| {
            let next = format!("{client}.{}", seen.names.len() + 1);
            let name = seen.names.entry(token.to_owned());
            name.or_insert(next).clone()
        })
    }

    fn of<T>(&self, client: u32, work: impl FnOnce(&mut Seen) -> T) -> T {
        work(self.clients.lock().entry(client).or_default())
    }
}

/// The client and its request. Panics if no client of the lab sends such a one.
fn read(parts: &http::request::Parts, body: &Bytes) -> (u32, Request) {
    let url = format!("http://front{}", parts.uri);
    let url = reqwest::Url::parse(&url).expect("a URL");
    let (client, path) = url.path()[1..].split_once('/').expect("a client");
    let path = format!("/{path}");
    let fits = |resource: &&&str| match resource.split_once('{') {
        Some((begin, _)) => path.starts_with(begin),
        None => path == **resource,
    };
    let resource = RESOURCES.iter().find(fits);
    let resource = *resource.unwrap_or_else(|| panic!("the front does not know {path}"));
    let one_of = |known: &[&'static str], wanted: &str| {
        let found = known.iter().find(|known| **known == wanted);
        *found.unwrap_or_else(|| panic!("the front does not know {wanted}"))
    };
    let mut request = Request::new(one_of(&METHODS, parts.method.as_str()), resource);
    request.path = path;
    for (name, value) in url.query_pairs() {
        request = request.query(one_of(&PARAMETERS, &name), &*value);
    }
    for name in HEADERS {
        if let Some(value) = parts.headers.get(name) {
            request = request.header(name, value.to_str().expect("a text"));
        }
    }
    if !body.is_empty() {
        request = request.json(serde_json::from_slice(body).expect("JSON"));
    }
    (client.parse().expect("a number"), request)
}

fn respond(answer: &Answer) -> Response<Full<Bytes>> {
    let body = match &answer.body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let mut response = Response::builder().status(answer.status);
    if !body.is_empty() {
        response = response.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(tag) = &answer.etag {
        response = response.header(header::ETAG, tag);
    }
    if let Some(seconds) = answer.retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    if answer.replayed {
        response = response.header("Idempotent-Replayed", "true");
    }
    response.body(Full::new(body)).expect("an answer")
}
