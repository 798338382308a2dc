//! The API as a client sees it. Every answer is checked against the contract.

use std::sync::LazyLock;

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    answer::Answer,
    contract::{Contract, Exchange},
};

/// A client, signed in or not.
#[derive(Debug, Clone)]
pub struct Api {
    way: Way,
    token: Option<String>,
}

#[derive(Debug, Clone)]
enum Way {
    Network(String),
    Router(Router),
}

static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("an HTTP client")
});

impl Api {
    /// The API at a base URL, which ends in a stage.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            way: Way::Network(url.to_owned()),
            token: None,
        }
    }

    /// The API of a router, without a network between.
    #[must_use]
    pub fn of(router: Router) -> Self {
        Self {
            way: Way::Router(router),
            token: None,
        }
    }

    /// The same API with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            way: self.way.clone(),
            token: Some(token.to_owned()),
        }
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("signed in")
    }

    /// A request; `path` follows the stage and may have a query.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut request = Request {
            way: self.way.clone(),
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A POST request with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.post_text(path, body.to_string())
    }

    /// A POST request whose body is declared as JSON, whatever it is.
    pub fn post_text(&self, path: &str, body: impl Into<Bytes>) -> Request {
        self.request(Method::POST, path)
            .header("content-type", "application/json")
            .body(body)
    }

    /// A POST request without a body.
    pub fn post_nothing(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// A PATCH request with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PATCH, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// A PUT request with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PUT, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// A DELETE request.
    pub fn delete_at(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// `addMovie`
    pub fn add(&self, body: &Value) -> Request {
        self.post("/movies/add-movie", body)
    }

    /// `updateMovie`
    pub fn update(&self, body: &Value) -> Request {
        self.post("/movies/update-movie", body)
    }

    /// `deleteMovie`
    pub fn delete(&self, title: &str, year: i32) -> Request {
        let body = json!({ "title": title, "year": year });
        self.post("/movies/delete-movie", &body)
    }

    /// `findMovie`
    pub fn find(&self, title: &str, year: i32) -> Request {
        let body = json!({ "title": title, "year": year });
        self.post("/movies/findbytitleandyear", &body)
    }

    /// `findMovieCached`
    pub fn find_cached(&self, title: &str, year: i32) -> Request {
        let title = encode(title);
        self.get(&format!(
            "/movies/findbytitleandyear?title={title}&year={year}"
        ))
    }

    /// `listMovies`, with this query.
    pub fn list(&self, query: &str) -> Request {
        self.get(&format!("/movies?{query}"))
    }

    /// The titles of a whole listing, page by page.
    pub async fn titles(&self, query: &str) -> Vec<String> {
        let mut titles = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.list(&format!("{query}{cursor}")).send().await.is(200);
            let page = page.json();
            for movie in page["items"].as_array().unwrap() {
                titles.push(movie["title"].as_str().unwrap().to_owned());
            }
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return titles,
            }
        }
    }
}

/// A request that is being put together.
#[derive(Debug, Clone)]
#[must_use]
pub struct Request {
    way: Way,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    /// Adds a header.
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut request = self;
        request.headers.append(
            HeaderName::from_bytes(name.as_bytes()).expect("a header name"),
            HeaderValue::from_bytes(value.as_ref()).expect("a header value"),
        );
        request
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Adds an `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request and checks the answer against the contract.
    pub async fn send(self) -> Answer {
        let answer = self.answer().await;
        Contract::get().enforce(&Exchange {
            method: &self.method,
            path: self.path.split('?').next().unwrap_or_default(),
            headers: &self.headers,
            answer: &answer,
        });
        answer
    }

    /// Sends the request without checking the answer, which may be that of a gateway with texts of its own.
    pub async fn send_without_contract(self) -> Answer {
        self.answer().await
    }

    async fn answer(&self) -> Answer {
        match &self.way {
            Way::Network(base) => self.over_the_network(base).await,
            Way::Router(router) => self.at_the_router(router.clone()).await,
        }
    }

    async fn over_the_network(&self, base: &str) -> Answer {
        let response = CLIENT
            .request(self.method.clone(), format!("{base}{}", self.path))
            .headers(self.headers.clone())
            .body(self.body.clone())
            .send()
            .await
            .expect("an answer");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("a whole answer"),
        }
    }

    async fn at_the_router(&self, router: Router) -> Answer {
        let mut request = http::Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers.clone();
        let Ok(response) = router.oneshot(request).await;
        let (head, body) = response.into_parts();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await.expect("a whole answer").to_bytes(),
        }
    }
}

/// Percent-encodes a value for a query: all but letters and digits.
#[must_use]
pub fn encode(value: &str) -> String {
    use std::fmt::Write as _;
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
