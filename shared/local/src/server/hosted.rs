//! The pages of the hosted sign-in, below each stage as on a user pool's domain.
//!
//! They need no cookie: each form carries a random id to the next one.

use std::{collections::HashMap, sync::Arc};

use accounts::identity::{Email, HostedSignIn, IdentityError, Name, Provider};
use axum::{
    Router,
    extract::{Form, Query, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{Html, IntoResponse as _, Response},
    routing::{get, post},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::pages::{escape, protect};
use crate::identity::{
    EmbeddedIdentity,
    hosted::{self, AuthorizationRequest, NotAuthorized, RedirectUri},
};

/// The state of the pages of a stage.
#[derive(Clone)]
struct Pages {
    identity: Arc<EmbeddedIdentity>,
    redirect_uris: Arc<[RedirectUri]>,
}

/// The hosted sign-in of a stage, as `GET /auth/configuration` describes it.
pub(super) fn configuration(url: &str, redirect_uris: &[RedirectUri]) -> HostedSignIn {
    let provider = Provider {
        name: hosted::PROVIDER.to_owned(),
        kind: "OIDC".to_owned(),
    };
    let uris: Vec<_> = redirect_uris.iter().map(ToString::to_string).collect();
    HostedSignIn::at(url, uris.clone(), uris, vec![provider])
}

/// The pages of a stage.
pub(super) fn router(identity: &Arc<EmbeddedIdentity>, redirect_uris: &[RedirectUri]) -> Router {
    let pages = Pages {
        identity: Arc::clone(identity),
        redirect_uris: redirect_uris.into(),
    };
    Router::new()
        .route("/oauth2/authorize", get(authorize))
        .route("/oauth2/email", post(email))
        .route("/oauth2/code", post(code))
        .route("/oauth2/cancel", post(cancel))
        .route("/logout", get(logout))
        .layer(middleware::from_fn(protect))
        .with_state(pages)
}

/// `GET /oauth2/authorize` (RFC 6749, section 4.1.1)
async fn authorize(State(pages): State<Pages>, RawQuery(query): RawQuery) -> Response {
    let client_id = &pages.identity.issuer().client_id;
    let query = query.unwrap_or_default();
    match AuthorizationRequest::read(&query, client_id, &pages.redirect_uris) {
        Ok(request) => match hosted::begin(&pages.identity, request) {
            Ok(id) => asks_for_email(&id, ""),
            Err(error) => failed(&error),
        },
        Err(NotAuthorized::Page(why)) => refused(StatusCode::BAD_REQUEST, why),
        Err(NotAuthorized::App(url)) => to(&url),
    }
}

#[derive(Deserialize)]
struct EmailForm {
    id: SecretString,
    email: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct CodeForm {
    id: SecretString,
    code: SecretString,
}

#[derive(Deserialize)]
struct CancelForm {
    id: SecretString,
}

/// `POST /oauth2/email`: the address and the name that the user claims.
async fn email(State(pages): State<Pages>, Form(form): Form<EmailForm>) -> Response {
    let id = form.id;
    let name = match form.name.trim() {
        "" => Ok(None),
        name => Name::parse(name).map(Some),
    };
    let name = match name {
        Ok(name) => name,
        Err(why) => return asks_for_email(&id, &format!("The name {why}.")),
    };
    let email = match Email::parse(form.email.trim()) {
        Ok(email) => email,
        Err(why) => return asks_for_email(&id, &format!("The e-mail address {why}.")),
    };
    match hosted::mail_code(&pages.identity, &id, email, name).await {
        Ok(()) => asks_for_code(&id, ""),
        Err(error) => failed(&error),
    }
}

/// `POST /oauth2/code`: the code that was mailed.
async fn code(State(pages): State<Pages>, Form(form): Form<CodeForm>) -> Response {
    match hosted::enter_code(&pages.identity, &form.id, &form.code).await {
        Ok(url) => to(&url),
        Err(IdentityError::WrongCode) => asks_for_code(&form.id, "That is not the code."),
        Err(error) => failed(&error),
    }
}

/// `POST /oauth2/cancel`
async fn cancel(State(pages): State<Pages>, Form(form): Form<CancelForm>) -> Response {
    match hosted::cancel(&pages.identity, &form.id) {
        Some(url) => to(&url),
        None => failed(&IdentityError::SessionEnded),
    }
}

/// `GET /logout`: these pages keep no session, so it only redirects to `logout_uri`.
async fn logout(
    State(pages): State<Pages>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let is_client = query.get("client_id") == Some(&pages.identity.issuer().client_id);
    match query.get("logout_uri") {
        Some(uri) if is_client && pages.redirect_uris.iter().any(|known| known.allows(uri)) => {
            to(uri)
        }
        _ => refused(
            StatusCode::BAD_REQUEST,
            "`client_id` and `logout_uri` must be those that `GET /auth/configuration` tells.",
        ),
    }
}

/// Redirects the browser with 303, because it may have posted a form (RFC 9110, section 15.4.4).
fn to(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(url) => {
            let headers = [(header::LOCATION, url), (header::CACHE_CONTROL, NO_STORE)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => refused(StatusCode::BAD_REQUEST, "`redirect_uri` is no address."),
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn failed(error: &IdentityError) -> Response {
    match error {
        IdentityError::SessionEnded => refused(
            StatusCode::BAD_REQUEST,
            "This sign-in is over. Go back to the app and start again.",
        ),
        IdentityError::TooManyAttempts { .. } => refused(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many attempts. Wait for a while, then start again.",
        ),
        error => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "hosted sign-in failed"
            );
            refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server failed; its log says why.",
            )
        }
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    let page = format!("{HEAD}<p>{}\n", escape(why));
    (status, [(header::CACHE_CONTROL, NO_STORE)], Html(page)).into_response()
}

fn asks_for_email(id: &SecretString, why: &str) -> Response {
    form(id, "email", why, EMAIL_FIELDS, "Mail me a code")
}

fn asks_for_code(id: &SecretString, why: &str) -> Response {
    form(id, "code", why, CODE_FIELDS, "Sign in")
}

/// A page with a form. `why` is the reason for asking again, if there is one.
fn form(id: &SecretString, action: &str, why: &str, fields: &str, button: &str) -> Response {
    let why = match why {
        "" => String::new(),
        why => format!("<p role=\"alert\">{}\n", escape(why)),
    };
    let id = escape(id.expose_secret());
    let page = format!(
        "{HEAD}{why}<form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"id\" value=\"{id}\">\n{fields}<button>{button}</button>\n</form>\n\
         <form method=\"post\" action=\"cancel\">\n<input type=\"hidden\" name=\"id\" value=\"{id}\">\n\
         <button>Cancel</button>\n</form>\n"
    );
    Html(page).into_response()
}

const EMAIL_FIELDS: &str = r#"<p>This provider stands in for Apple, Google or your company's own. It believes whoever reads the mail of an
address, and mail is in the server's mailbox.
<p><label>E-mail <input name="email" type="email" required autofocus autocomplete="email"></label>
<p><label>Name <input name="name" autocomplete="name"></label>
"#;

const CODE_FIELDS: &str = r#"<p>A code was mailed: see the server's console, or its mailbox.
<p><label>Code <input name="code" inputmode="numeric" required autofocus autocomplete="one-time-code"></label>
"#;

const HEAD: &str = include_str!("pages/hosted.html");
