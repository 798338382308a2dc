//! Hosted sign-in with a provider that stands in for Apple, Google or a company's own: OAuth 2.0
//! authorization code with PKCE (RFC 6749, RFC 7636), as on a user pool's domain.
//!
//! The provider accepts every user who can read the mail of the address. An account that came from it has no password
//! here, and cannot have the address of an account with a password (docs/adr/0010).

mod redirect;
mod request;

use std::time::Duration;

use accounts::identity::{
    ClientContext, CodeExchange, Email, HostedSignInOperations, IdentityError, Name, Result, Tokens,
};
use async_trait::async_trait;
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::redirect::{NotARedirectUri, RedirectUri};
pub(crate) use self::request::{AuthorizationRequest, NotAuthorized};
use super::{
    EmbeddedIdentity, codes,
    directory::{Account, Change, Code, Failure, Tables as _},
    hashing, letters, random, sessions,
};

/// The name of the provider.
pub(crate) const PROVIDER: &str = "StandIn";
/// The time that a user has to sign in on the page.
const REQUESTS_LAST: Duration = Duration::from_mins(10);
/// The time for which a code is valid; RFC 6749 recommends ten minutes at most.
const CODES_LAST: Duration = Duration::from_mins(5);

#[async_trait]
impl HostedSignInOperations for EmbeddedIdentity {
    async fn exchange_code(
        &self,
        exchange: &CodeExchange,
        client: &ClientContext,
    ) -> Result<Tokens> {
        let now = self.clock.now();
        // The code is removed even if it is refused: it is valid for one attempt.
        let granted = self.hosted_codes.take(exchange.code.expose_secret(), now);
        let Granted { user, request } = granted.ok_or(IdentityError::WrongCode)?;
        let verifier = exchange.verifier.expose_secret().as_bytes();
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier));
        let is_the_app =
            verify_slices_are_equal(challenge.as_bytes(), request.code_challenge.as_bytes())
                .is_ok();
        if !is_the_app || request.redirect_uri != exchange.redirect_uri {
            return Err(IdentityError::WrongCode);
        }
        let client = client.clone();
        let signed_in = self.write(now, move |change| {
            let found = change.account_of(&user)?;
            let (email, account) = found.ok_or(IdentityError::WrongCode)?;
            sessions::start(change, email, account, &client, now)
        });
        let mut signed_in = signed_in.await?;
        signed_in.nonce = request.nonce;
        self.tokens(&signed_in, now)
    }
}

/// A sign-in on the page.
#[derive(Clone)]
pub(super) struct UnderWay {
    request: AuthorizationRequest,
    claimed: Option<Claimed>,
}

/// The address that a user claims, and the code that was mailed to it.
#[derive(Clone)]
struct Claimed {
    email: Email,
    name: Option<Name>,
    code: Code,
}

/// A sign-in that is waiting for the app to fetch its tokens.
#[derive(Clone)]
pub(super) struct Granted {
    user: String,
    request: AuthorizationRequest,
}

/// Begins a sign-in, and returns its id.
pub(crate) fn begin(on: &EmbeddedIdentity, request: AuthorizationRequest) -> Result<SecretString> {
    let now = on.clock.now();
    let under_way = UnderWay {
        request,
        claimed: None,
    };
    let until = now + REQUESTS_LAST;
    on.hosted_requests.keep(under_way, until, now)
}

/// Mails a code to the address that a user claims.
///
/// # Errors
/// [`IdentityError::SessionEnded`] for a sign-in that is not under way.
pub(crate) async fn mail_code(
    on: &EmbeddedIdentity,
    id: &SecretString,
    email: Email,
    name: Option<Name>,
) -> Result<()> {
    let now = on.clock.now();
    let may_mail = on.limits.may_mail(email.as_str(), now).await;
    let mut code = codes::new(now)?;
    code.mailed = may_mail;
    let digits = code.digits.clone();
    let to = email.clone();
    let requests = &on.hosted_requests;
    let claimed = requests.update(id.expose_secret(), now, |under_way| {
        under_way.claimed = Some(Claimed { email, name, code });
    });
    claimed.ok_or(IdentityError::SessionEnded)?;
    if may_mail {
        letters::send(on, to, None, letters::SIGN_IN_ELSEWHERE, Some(digits), now);
    }
    Ok(())
}

/// Checks the code that was mailed, and returns the URL that the browser goes to.
///
/// # Errors
/// [`IdentityError::SessionEnded`] for a sign-in that is not under way, [`IdentityError::WrongCode`],
/// [`IdentityError::TooManyAttempts`].
pub(crate) async fn enter_code(
    on: &EmbeddedIdentity,
    id: &SecretString,
    digits: &SecretString,
) -> Result<String> {
    let (requests, id) = (&on.hosted_requests, id.expose_secret());
    let claimed = requests.get(id, on.clock.now());
    let claimed = claimed.and_then(|under_way| under_way.claimed);
    let email = claimed.ok_or(IdentityError::SessionEnded)?.email;
    let (mut tally, now) = on.limits.stand_in.begin(email.as_str(), &*on.clock).await?;
    let checked = requests.update(id, now, |under_way| {
        let claimed = under_way.claimed.as_mut()?;
        Some(claimed.code.is_right(digits, now))
    });
    match checked.flatten() {
        None => return Err(IdentityError::SessionEnded),
        Some(false) => return Err(IdentityError::WrongCode),
        Some(true) => tally.right(),
    }
    let under_way = requests.take(id, now);
    let UnderWay { request, claimed } = under_way.ok_or(IdentityError::SessionEnded)?;
    let claimed = claimed.ok_or(IdentityError::SessionEnded)?;
    // The hash is made in any case, so that the time does not tell whether the address has an account.
    let hash = hashing::hashed(&random::text()?).await?;
    let user = on.write(now, move |change| user_of(change, claimed, hash, now));
    let Some(user) = user.await? else {
        return Ok(request.refused(
            "invalid_request",
            "PreSignUp failed with error address-in-use: this e-mail address has an account, sign in to that one.",
        ));
    };
    let granted = Granted {
        user,
        request: request.clone(),
    };
    let code = on.hosted_codes.keep(granted, now + CODES_LAST, now)?;
    Ok(request.granted(&code))
}

/// The user of the address, created at the first sign-in; `None`: the address has another account.
fn user_of(
    change: &Change,
    claimed: Claimed,
    hash: String,
    now: OffsetDateTime,
) -> Result<Option<String>, Failure> {
    let email = claimed.email.as_str();
    if let Some(account) = change.account(email)? {
        let is_ours = account.provider.as_deref() == Some(PROVIDER);
        return Ok(is_ours.then_some(account.sub));
    }
    let name = claimed.name.map(|name| name.as_str().to_owned());
    let mut account = Account::new(Uuid::new_v4().to_string(), name, hash, now);
    account.provider = Some(PROVIDER.to_owned());
    change.put_account(email, &account)?;
    Ok(Some(account.sub))
}

/// Cancels a sign-in, and returns the URL that the browser goes to.
pub(crate) fn cancel(on: &EmbeddedIdentity, id: &SecretString) -> Option<String> {
    let requests = &on.hosted_requests;
    let UnderWay { request, .. } = requests.take(id.expose_secret(), on.clock.now())?;
    Some(request.refused("access_denied", "The user cancelled."))
}
