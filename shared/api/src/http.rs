//! The HTTP surface: the route table and what surrounds it.

mod accounts;
mod body;
mod both;
mod caller;
mod error;
mod fault;
mod health;
mod json;
mod movies;
mod precondition;
mod query;
mod respond;
mod rules;
mod year;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};
use http::Method;

use crate::app::App;

pub use body::MAX_BODY;
pub use fault::Fault;
pub use json::{FromJson, Members, ReadMembers, read_json};
pub use movies::AddMovieRequest;
pub use respond::RequestId;

/// The address that a request came from. Whoever receives the request puts it into its extensions: the
/// gateway knows it, a header of the client could say anything.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// An operation of `openapi.yaml` and the handler that carries it out.
#[derive(Debug, Clone)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path behind the stage.
    pub path: &'static str,
    /// The `operationId`; the handler has the same name in snake case.
    pub operation: &'static str,
    handler: MethodRouter<Arc<App>>,
}

/// Every operation, and nothing else. A test compares this table with `openapi.yaml`.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    let get = |path, operation, handler| Route { method: Method::GET, path, operation, handler };
    let post = |path, operation, handler| Route { method: Method::POST, path, operation, handler };
    vec![
        get ("/health",                    "getHealth",       self::get(health::get_health)),

        post("/auth/sign-up",              "signUp",          self::post(accounts::sign_up)),
        post("/auth/confirm-sign-up",      "confirmSignUp",   self::post(accounts::confirm_sign_up)),
        post("/auth/sign-in",              "signIn",          self::post(accounts::sign_in)),

        get ("/movies",                    "listMovies",      self::get(movies::list_movies)),
        post("/movies/add-movie",          "addMovie",        self::post(movies::add_movie)),
        post("/movies/findbytitleandyear", "findMovie",       self::post(movies::find_movie)),
        get ("/movies/findbytitleandyear", "findMovieCached", self::get(movies::find_movie_cached)),
        post("/movies/update-movie",       "updateMovie",     self::post(movies::update_movie)),
        post("/movies/delete-movie",       "deleteMovie",     self::post(movies::delete_movie)),
    ]
}

/// The service of one stage. Paths are those of the table, without the stage's name.
pub fn router(app: Arc<App>) -> Router {
    let router = routes()
        .into_iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, route.handler)
        })
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::method_not_allowed);
    respond::around(router, &app).with_state(app)
}
