//! The HTTP interface: the route table and the layers around it.

mod auth;
mod body;
mod both;
mod caller;
mod client;
mod error;
mod fault;
mod health;
mod json;
mod line;
mod me;
mod media_type;
mod movies;
mod precondition;
mod query;
mod respond;
mod stage;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    routing::{MethodRouter, delete, get, patch, post},
};
use http::Method;

use crate::app::App;

pub use body::MAX_BODY;
pub use fault::Fault;
pub use json::{Members, ReadMembers, Reader, read_json};
pub use media_type::AcceptedCodings;
pub use movies::AddMovieRequest;
pub use respond::{RequestId, TraceId};
pub use stage::RequestStage;

/// The IP address of the client. The receiver of the request puts it into the request's extensions. It comes from the
/// connection or the gateway, because a client can write anything into a header.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// An operation of `openapi.yaml` and the handler that carries it out.
#[derive(Debug, Clone)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path without the stage's name.
    pub path: &'static str,
    /// The `operationId`; the handler has the same name in snake case.
    pub operation: &'static str,
    handler: MethodRouter<Arc<App>>,
}

/// All operations. A test compares this table with `openapi.yaml`. In a path, `{name}` matches any one segment; a path
/// without such a segment takes precedence.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    let get = |path, operation, handler| Route { method: Method::GET, path, operation, handler };
    let post = |path, operation, handler| Route { method: Method::POST, path, operation, handler };
    let patch = |path, operation, handler| Route { method: Method::PATCH, path, operation, handler };
    let delete = |path, operation, handler| Route { method: Method::DELETE, path, operation, handler };
    vec![
        get   ("/health",                    "getHealth",            self::get(health::get_health)),

        get   ("/auth/configuration",        "getAuthConfiguration", self::get(auth::get_auth_configuration)),
        post  ("/auth/sign-up",              "signUp",               self::post(auth::sign_up)),
        post  ("/auth/confirm-sign-up",      "confirmSignUp",        self::post(auth::confirm_sign_up)),
        post  ("/auth/resend-code",          "resendCode",           self::post(auth::resend_code)),
        post  ("/auth/sign-in",              "signIn",               self::post(auth::sign_in)),
        post  ("/auth/sign-in-with-passkey", "signInWithPasskey",    self::post(auth::sign_in_with_passkey)),
        post  ("/auth/respond-to-challenge", "respondToChallenge",   self::post(auth::respond_to_challenge)),
        post  ("/auth/exchange-code",        "exchangeCode",         self::post(auth::exchange_code)),
        post  ("/auth/refresh",              "refreshTokens",        self::post(auth::refresh_tokens)),
        post  ("/auth/sign-out",             "signOut",              self::post(auth::sign_out)),
        post  ("/auth/forgot-password",      "forgotPassword",       self::post(auth::forgot_password)),
        post  ("/auth/reset-password",       "resetPassword",        self::post(auth::reset_password)),

        get   ("/me",                        "getProfile",           self::get(me::get_profile)),
        patch ("/me",                        "updateProfile",        self::patch(me::update_profile)),
        delete("/me",                        "deleteMyAccount",      self::delete(me::delete_my_account)),
        get   ("/me/export",                 "exportMyData",         self::get(me::export_my_data)),
        post  ("/me/change-email",           "changeEmail",          self::post(me::change_email)),
        post  ("/me/verify-email",           "verifyEmail",          self::post(me::verify_email)),
        post  ("/me/change-password",        "changePassword",       self::post(me::change_password)),
        post  ("/me/totp",                   "setUpTotp",            self::post(me::set_up_totp)),
        post  ("/me/totp/verify",            "verifyTotp",           self::post(me::verify_totp)),
        post  ("/me/totp/turn-off",          "turnOffTotp",          self::post(me::turn_off_totp)),
        get   ("/me/passkeys",               "listPasskeys",         self::get(me::list_passkeys)),
        post  ("/me/passkeys",               "addPasskey",           self::post(me::add_passkey)),
        post  ("/me/passkeys/options",       "startPasskeyRegistration", self::post(me::start_passkey_registration)),
        delete("/me/passkeys/{passkeyId}",   "deletePasskey",        self::delete(me::delete_passkey)),
        get   ("/me/sessions",               "listSessions",         self::get(me::list_sessions)),
        post  ("/me/sign-out-everywhere",    "signOutEverywhere",    self::post(me::sign_out_everywhere)),

        get   ("/movies",                    "listMovies",           self::get(movies::list_movies)),
        post  ("/movies/add-movie",          "addMovie",             self::post(movies::add_movie)),
        post  ("/movies/findbytitleandyear", "findMovie",            self::post(movies::find_movie)),
        get   ("/movies/findbytitleandyear", "findMovieCached",      self::get(movies::find_movie_cached)),
        post  ("/movies/update-movie",       "updateMovie",          self::post(movies::update_movie)),
        post  ("/movies/delete-movie",       "deleteMovie",          self::post(movies::delete_movie)),
    ]
}

/// Builds the service of one stage. Its paths are those of the table, without the stage's name.
pub fn router(app: Arc<App>) -> Router {
    let table = routes();
    let surroundings = respond::Surroundings::new(&app, &table);
    let router = table
        .into_iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, route.handler)
        })
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(app);
    surroundings.around(router)
}
