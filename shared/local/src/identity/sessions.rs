//! The sessions of users, and their refresh tokens.
//!
//! Each refresh returns a new refresh token. The old one stays valid for a moment, because the answer may get lost on
//! its way to a phone, but only until its successor is used, because then the answer arrived. A later use means that
//! two clients have the token: the session ends for both. A second successor of the same token also ends the session,
//! once another one was used.

use std::{cmp::Reverse, time::Duration};

use accounts::identity::{
    ClientContext, IdentityError, Result, SessionOperations, Sessions, SignedInUser, Tokens,
};
use async_trait::async_trait;
use aws_lc_rs::digest::{self, Digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    EmbeddedIdentity,
    directory::{
        Account, Change, Failure, REFRESH_TOKENS, RefreshToken, SESSIONS, Session, Spent, Tables,
    },
    random,
};

/// The time after a sign-in for which its refresh tokens are valid. A new one is valid no longer.
const SESSIONS_LAST: Duration = Duration::from_hours(30 * 24);
/// The time for which a refresh token stays valid after it was exchanged, unless its successor is used before.
const GRACE: Duration = Duration::from_secs(10);

#[async_trait]
impl SessionOperations for EmbeddedIdentity {
    async fn refresh(&self, token: &SecretString, _: &ClientContext) -> Result<Tokens> {
        let (digest, now) = (digest_of(token), self.clock.now());
        let signed_in = self.write(now, move |change| exchange(change, digest.as_ref(), now));
        let signed_in = signed_in.await?.ok_or(IdentityError::SessionEnded)?;
        self.tokens(&signed_in, now)
    }

    async fn sign_out(&self, token: &SecretString) -> Result<()> {
        let digest = digest_of(token);
        self.write(self.clock.now(), move |change| {
            if let Some(token) = change.find(&REFRESH_TOKENS, digest.as_ref())? {
                change.remove(&SESSIONS, (&*token.sub, &*token.session))?;
            }
            Ok(())
        })
        .await
    }

    async fn sessions(&self, user: &SignedInUser) -> Result<Sessions> {
        let (user, now) = (Claimed::by(user)?, self.clock.now());
        let found = self.read(move |tables| {
            user.check(tables, now)?;
            Ok((tables.all_of(&SESSIONS, &user.sub)?, user.session))
        });
        let (mut sessions, current) = found.await?;
        sessions.retain(|(_, session)| now < session.good_until);
        sessions.sort_by_key(|(_, session)| Reverse(session.last_used_at));
        let shown = |(id, session): (String, Session)| accounts::identity::Session {
            current: Some(id == current),
            id,
            name: None,
            created_at: Some(session.created_at),
            last_used_at: Some(session.last_used_at),
            user_agent: session.user_agent,
            address: session.address,
        };
        Ok(Sessions {
            complete: true,
            items: sessions.into_iter().map(shown).collect(),
        })
    }

    async fn sign_out_everywhere(&self, user: &SignedInUser) -> Result<()> {
        let user = user.id.clone();
        let ended = self.write(self.clock.now(), move |change| {
            Ok(change.remove_sessions(user.as_str())?)
        });
        ended.await
    }
}

/// The data that tokens are made from.
pub(super) struct SignedIn {
    pub(super) email: String,
    pub(super) account: Account,
    pub(super) groups: Vec<String>,
    pub(super) session: String,
    pub(super) since: OffsetDateTime,
    pub(super) refresh: SecretString,
    /// The nonce that the app sent to a hosted sign-in, for its ID token.
    pub(super) nonce: Option<String>,
}

/// Starts a session.
pub(super) fn start(
    change: &Change,
    email: String,
    account: Account,
    client: &ClientContext,
    now: OffsetDateTime,
) -> Result<SignedIn, Failure> {
    let session = Session {
        created_at: now,
        last_used_at: now,
        good_until: now + SESSIONS_LAST,
        user_agent: client.user_agent.clone(),
        address: client.address,
        spent: None,
    };
    let id = Uuid::new_v4().to_string();
    signed_in(change, email, account, id, &session, 0)
}

/// Stores a session, with a new refresh token.
fn signed_in(
    change: &Change,
    email: String,
    account: Account,
    id: String,
    session: &Session,
    generation: u64,
) -> Result<SignedIn, Failure> {
    change.put(&SESSIONS, (&*account.sub, &*id), session)?;
    let refresh = random::text()?;
    let token = RefreshToken {
        sub: account.sub.clone(),
        session: id.clone(),
        good_until: session.good_until,
        generation,
    };
    change.put(&REFRESH_TOKENS, digest_of(&refresh).as_ref(), &token)?;
    Ok(SignedIn {
        groups: change.groups(&email)?,
        email,
        account,
        session: id,
        since: session.created_at,
        refresh,
        nonce: None,
    })
}

fn digest_of(token: &SecretString) -> Digest {
    digest::digest(&digest::SHA256, token.expose_secret().as_bytes())
}

/// Exchanges a refresh token. `None`: it was used twice, so the session has been ended.
fn exchange(
    change: &Change,
    digest: &[u8],
    now: OffsetDateTime,
) -> Result<Option<SignedIn>, Failure> {
    let token = change.find(&REFRESH_TOKENS, digest)?;
    let token = token.ok_or(IdentityError::SessionEnded)?;
    let (email, account, mut session) = in_force(change, &token.sub, &token.session, now)?;
    if !may_exchange(&mut session, &token, digest, now) {
        change.remove(&SESSIONS, (&*token.sub, &*token.session))?;
        return Ok(None);
    }
    session.last_used_at = now;
    let next = token.generation.saturating_add(1);
    signed_in(change, email, account, token.session, &session, next).map(Some)
}

/// True if a refresh token may be exchanged for new tokens: it is the newest of its session, or the one exchanged last and sent again
/// within the time of grace. The newest is marked as exchanged.
fn may_exchange(
    session: &mut Session,
    token: &RefreshToken,
    digest: &[u8],
    now: OffsetDateTime,
) -> bool {
    match &session.spent {
        Some(spent) if token.generation < spent.generation => false,
        Some(spent) if token.generation == spent.generation => {
            spent.digest == digest && now - spent.at <= GRACE
        }
        _ => {
            session.spent = Some(Spent {
                generation: token.generation,
                digest: digest.to_vec(),
                at: now,
            });
            true
        }
    }
}

/// The user and the session of a verified access token.
#[derive(Clone)]
pub(super) struct Claimed {
    pub(super) sub: String,
    session: String,
}

impl Claimed {
    pub(super) fn by(user: &SignedInUser) -> Result<Self> {
        #[derive(Deserialize)]
        struct Claims {
            origin_jti: String,
        }

        let payload = user.access_token.expose_secret().split('.').nth(1);
        let payload = payload.and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        let claims: Option<Claims> =
            payload.and_then(|payload| serde_json::from_slice(&payload).ok());
        // A token that was not issued at a sign-in here has no session.
        let session = claims.ok_or(IdentityError::SessionEnded)?.origin_jti;
        Ok(Self {
            sub: user.id.as_str().to_owned(),
            session,
        })
    }

    /// The user's address and account, if the session is still in force.
    pub(super) fn check(
        &self,
        tables: &impl Tables,
        now: OffsetDateTime,
    ) -> Result<(String, Account), Failure> {
        let (email, account, _) = in_force(tables, &self.sub, &self.session, now)?;
        Ok((email, account))
    }

    /// The same, if the password is still the one that was proved.
    pub(super) fn check_proved(
        &self,
        tables: &impl Tables,
        password_hash: &str,
        now: OffsetDateTime,
    ) -> Result<(String, Account), Failure> {
        let (email, account) = self.check(tables, now)?;
        if account.password_hash == password_hash {
            Ok((email, account))
        } else {
            Err(IdentityError::WrongCredentials.into())
        }
    }
}

fn in_force(
    tables: &impl Tables,
    sub: &str,
    session: &str,
    now: OffsetDateTime,
) -> Result<(String, Account, Session), Failure> {
    let session = tables.find(&SESSIONS, (sub, session))?;
    let session = session.filter(|session| now < session.good_until);
    match (session, tables.account_of(sub)?) {
        (Some(session), Some((email, account))) => Ok((email, account, session)),
        _ => Err(IdentityError::SessionEnded.into()),
    }
}
