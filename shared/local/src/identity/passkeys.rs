//! Passkeys (W3C, [Web Authentication Level 3](https://www.w3.org/TR/webauthn-3/)).
//!
//! A sign-in begins without reading the accounts: an address without an account, or without a passkey, gets the same
//! challenge in the same time as any other. The challenge names no passkey, so that none has to be invented for such an
//! address ([section 14.6.2](https://www.w3.org/TR/webauthn-3/#sctn-username-enumeration)); the platform finds the
//! user's passkey by the domain, because all that are made here are discoverable.

use std::collections::BTreeMap;

use accounts::identity::{
    Challenge, ChallengeAnswer, ClientContext, Email, IdentityError, PasskeyId, PasskeyOperations,
    Result, SignInStep, SignedInUser, WebAuthnJson,
};
use async_trait::async_trait;
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tracing::subscriber::{NoSubscriber, with_default};
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential,
};

use super::{
    EmbeddedIdentity,
    directory::{Account, Change, Failure, PASSKEYS, Passkey, Tables as _},
    letters, next, passwords, random,
    relying_party::{CEREMONIES_LAST, RelyingParty},
    sessions::Claimed,
    unavailable,
    waiting::Waiting,
};

/// The name of the challenge, as Amazon Cognito's.
pub(super) const CHALLENGE: &str = "WEB_AUTHN";
const OPTIONS: &str = "CREDENTIAL_REQUEST_OPTIONS";
const CREDENTIAL: &str = "CREDENTIAL";

/// The most passkeys that a user may have: as many as in Amazon Cognito.
pub(super) const MOST: usize = 20;

#[async_trait]
impl PasskeyOperations for EmbeddedIdentity {
    /// Challenges any caller, without reading the accounts.
    async fn sign_in_with_passkey(&self, email: &Email, _: &ClientContext) -> Result<SignInStep> {
        let now = self.clock.now();
        let webauthn = &self.ceremonies.relying_party.webauthn;
        let started = quietly(|| webauthn.start_discoverable_authentication());
        let (options, state) = started.map_err(unavailable)?;
        let mut options = members(&options.public_key)?;
        // The list is empty, which means the same as absent, and a sign-in uses no extensions.
        options.remove("allowCredentials");
        options.remove("extensions");
        let random = random::text()?;
        // The caller knows whose sign-in it is.
        let address = URL_SAFE_NO_PAD.encode(email.as_str());
        let session = SecretString::from(format!("{address}.{}", random.expose_secret()));
        let until = now + CEREMONIES_LAST;
        let waiting = &self.ceremonies.sign_ins;
        waiting.add(digest_of(&session), state, until, now);
        let options = WebAuthnJson::new(options).to_string();
        Ok(SignInStep::Challenge(Challenge {
            name: CHALLENGE.to_owned(),
            parameters: BTreeMap::from([(OPTIONS.to_owned(), options)]),
            available: Vec::new(),
            session,
        }))
    }

    async fn start_passkey_registration(
        &self,
        user: &SignedInUser,
        current: &SecretString,
    ) -> Result<WebAuthnJson> {
        let user = Claimed::by(user)?;
        let known = passwords::prove(self, &user, current).await?;
        let now = self.clock.now();
        let (proved, of) = (known.clone(), user.clone());
        let found = self.read(move |tables| {
            let (email, account) = of.check_proved(tables, &proved, now)?;
            let keys = tables.all_of(&PASSKEYS, &account.sub)?;
            let keys: Vec<_> = keys
                .iter()
                .map(|(_, passkey)| passkey.key.cred_id().clone())
                .collect();
            Ok((email, account.name, keys))
        });
        let (email, name, keys) = found.await?;
        if keys.len() >= MOST {
            return Err(IdentityError::NotPossible);
        }
        let id = Uuid::parse_str(&user.sub).map_err(unavailable)?;
        let name = name.as_deref().unwrap_or(&email);
        let webauthn = &self.ceremonies.relying_party.webauthn;
        let started = quietly(|| webauthn.start_passkey_registration(id, &email, name, Some(keys)));
        let (options, state) = started.map_err(unavailable)?;
        let registration = Registration {
            password_hash: known,
            state,
        };
        let until = now + CEREMONIES_LAST;
        let waiting = &self.ceremonies.registrations;
        waiting.add(user.sub, registration, until, now);
        let mut options = members(&options.public_key)?;
        // A sign-in names no passkey, so the platform has to find it: it must be discoverable.
        if let Some(selection) = options.get_mut("authenticatorSelection") {
            selection["residentKey"] = "required".into();
            selection["requireResidentKey"] = true.into();
        }
        // Asks if the passkey is discoverable. Some platforms refuse the other extensions that the library asks for.
        options.insert("extensions".to_owned(), json!({ "credProps": true }));
        Ok(WebAuthnJson::new(options))
    }

    async fn add_passkey(&self, user: &SignedInUser, credential: &WebAuthnJson) -> Result<()> {
        let user = Claimed::by(user)?;
        let now = self.clock.now();
        let of = user.clone();
        self.read(move |tables| of.check(tables, now)).await?;
        let parsed: RegisterPublicKeyCredential = parsed(credential)?;
        // A registration is valid once: for another try, the app asks for new options.
        let registration = self.ceremonies.registrations.take(&user.sub, now);
        let registration = registration.ok_or(IdentityError::RegistrationEnded)?;
        let is_discoverable = parsed
            .extensions
            .cred_props
            .as_ref()
            .is_none_or(|properties| properties.rk != Some(false));
        let relying_party = self.ceremonies.relying_party.clone();
        let (attachment, transports) = hints(credential);
        let added = self.write(now, move |change| {
            let (email, account) = user.check(change, now)?;
            if account.password_hash != registration.password_hash {
                return Err(IdentityError::RegistrationEnded.into());
            }
            let webauthn = &relying_party.webauthn;
            let state = &registration.state;
            let key = quietly(|| webauthn.finish_passkey_registration(&parsed, state));
            let key = key
                .ok()
                .filter(|_| is_discoverable)
                .ok_or(IdentityError::NotAccepted)?;
            let id = URL_SAFE_NO_PAD.encode(key.cred_id());
            if change.is_passkey(&id)? {
                return Err(IdentityError::NotAccepted.into());
            }
            if change.all_of(&PASSKEYS, &account.sub)?.len() >= MOST {
                return Err(IdentityError::NotPossible.into());
            }
            let passkey = Passkey {
                key,
                relying_party_id: relying_party.domain,
                authenticator_attachment: attachment,
                transports,
                since: now,
                last_used_at: None,
            };
            change.put_passkey(&account.sub, &id, &passkey)?;
            Ok((email, account.sub))
        });
        let (email, sub) = added.await?;
        letters::tell(self, &email, sub, letters::PASSKEY_ADDED, now)
    }

    async fn passkeys(&self, user: &SignedInUser) -> Result<Vec<accounts::identity::Passkey>> {
        let (user, now) = (Claimed::by(user)?, self.clock.now());
        let found = self.read(move |tables| {
            user.check(tables, now)?;
            Ok(tables.all_of(&PASSKEYS, &user.sub)?)
        });
        let mut found = found.await?;
        found.sort_by_key(|(_, passkey)| passkey.since);
        let shown = |(id, passkey): (String, Passkey)| accounts::identity::Passkey {
            id: PasskeyId::new(id),
            name: None,
            created_at: passkey.since,
            last_used_at: passkey.last_used_at,
            authenticator_attachment: passkey.authenticator_attachment,
            transports: passkey.transports,
            relying_party_id: Some(passkey.relying_party_id),
        };
        Ok(found.into_iter().map(shown).collect())
    }

    async fn delete_passkey(&self, user: &SignedInUser, id: &PasskeyId) -> Result<()> {
        let (user, now) = (Claimed::by(user)?, self.clock.now());
        let id = id.clone();
        let deleted = self.write(now, move |change| {
            let (email, account) = user.check(change, now)?;
            let was = change.remove_passkey(&account.sub, id.as_str())?;
            Ok(was.then_some((email, account.sub)))
        });
        match deleted.await? {
            Some((email, sub)) => letters::tell(self, &email, sub, letters::PASSKEY_REMOVED, now),
            None => Ok(()),
        }
    }
}

/// The registrations and sign-ins with passkeys that are under way.
#[derive(Debug)]
pub(super) struct Ceremonies {
    pub(super) relying_party: RelyingParty,
    /// Registrations by user.
    pub(super) registrations: Waiting<Registration>,
    /// Sign-ins by the SHA-256 of the session, so that no address is kept.
    sign_ins: Waiting<DiscoverableAuthentication>,
}

#[derive(Debug)]
pub(super) struct Registration {
    /// The hash of the password that was proved.
    password_hash: String,
    state: PasskeyRegistration,
}

impl Ceremonies {
    pub(super) fn of(relying_party: RelyingParty) -> Self {
        Self {
            relying_party,
            registrations: Waiting::default(),
            sign_ins: Waiting::default(),
        }
    }
}

/// Runs the library without a log, because it logs its input.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    with_default(NoSubscriber::default(), work)
}

/// The app's hints about a passkey's authenticator: its attachment and its transports, as far as they are of the form of
/// [the specification's values](https://www.w3.org/TR/webauthn-3/#enum-transport).
fn hints(credential: &WebAuthnJson) -> (Option<String>, Vec<String>) {
    let is_word = |text: &&str| {
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    let word = |value: &Value| value.as_str().filter(is_word).map(ToOwned::to_owned);
    let members = credential.members();
    let attachment = members.get("authenticatorAttachment").and_then(word);
    let transports = members
        .get("response")
        .and_then(|response| response["transports"].as_array());
    let transports = transports.into_iter().flatten().filter_map(word);
    (attachment, transports.take(8).collect())
}

fn digest_of(session: &SecretString) -> String {
    let digest = digest::digest(&digest::SHA256, session.expose_secret().as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

fn address_of(session: &SecretString) -> Option<Email> {
    let (address, _) = session.expose_secret().split_once('.')?;
    let address = URL_SAFE_NO_PAD.decode(address).ok()?;
    Email::parse(std::str::from_utf8(&address).ok()?).ok()
}

/// Signs in the user whose passkey signed the challenge. Attempts are limited like those with a password, but counted
/// separately: a caller who guesses passwords cannot lock out a user with a passkey.
pub(super) async fn respond(
    on: &EmbeddedIdentity,
    answer: &ChallengeAnswer,
    client: &ClientContext,
) -> Result<SignInStep> {
    let session = digest_of(&answer.session);
    let waiting = &on.ceremonies.sign_ins;
    let email = address_of(&answer.session)
        .filter(|_| waiting.has(&session, on.clock.now()))
        .ok_or(IdentityError::SessionEnded)?;
    let credential = answer.responses.get(CREDENTIAL);
    let credential = credential.and_then(|text| WebAuthnJson::parse(text.expose_secret()).ok());
    let credential: PublicKeyCredential = parsed(&credential.ok_or(IdentityError::NotAccepted)?)?;
    let (mut tally, now) = on.limits.passkeys.begin(email.as_str(), &*on.clock).await?;
    // A challenge is valid once, so an assertion cannot be replayed.
    let state = waiting.take(&session, now);
    let state = state.ok_or(IdentityError::SessionEnded)?;
    let (relying_party, client) = (on.ceremonies.relying_party.clone(), client.clone());
    let next = on.write(now, move |change| {
        let user = verify(change, &relying_party, &email, &credential, state)?;
        let (email, account, id, mut passkey) = user.ok_or(IdentityError::WrongCredentials)?;
        passkey.last_used_at = Some(now);
        change.put_passkey(&account.sub, &id, &passkey)?;
        // The authenticator verified the user: that makes two factors.
        next::go_on(change, email, account, true, &client, now)
    });
    let next = next.await?;
    tally.right();
    next::step(on, next, now)
}

/// The user whose passkey signed the challenge. `None`: no passkey of this address did.
fn verify(
    change: &Change,
    relying_party: &RelyingParty,
    email: &Email,
    credential: &PublicKeyCredential,
    state: DiscoverableAuthentication,
) -> Result<Option<(String, Account, String, Passkey)>, Failure> {
    let (account, is_known) = change.account_or_decoy(email.as_str())?;
    let id = URL_SAFE_NO_PAD.encode(credential.get_credential_id());
    let passkey = change.find(&PASSKEYS, (&*account.sub, &*id))?;
    let Some(mut passkey) = passkey.filter(|_| is_known) else {
        return Ok(None);
    };
    let is_of_user = credential.get_user_unique_id().is_none_or(|handle| {
        Uuid::parse_str(&account.sub).is_ok_and(|sub| sub.as_bytes() == handle)
    });
    let webauthn = &relying_party.webauthn;
    let verified =
        quietly(|| webauthn.finish_discoverable_authentication_v2(credential, state, &passkey.key));
    let Some(result) = verified.ok().filter(|_| is_of_user) else {
        return Ok(None);
    };
    passkey.key.update_credential(&result);
    Ok(Some((email.as_str().to_owned(), account, id, passkey)))
}

/// The members of the library's JSON.
fn members(of: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(of).map_err(unavailable)? {
        Value::Object(members) => Ok(members),
        _ => Err(unavailable("no JSON object")),
    }
}

/// Parses an app's JSON into the library's type.
fn parsed<T: DeserializeOwned>(json: &WebAuthnJson) -> Result<T> {
    serde_json::from_value(Value::Object(json.members().clone()))
        .map_err(|_| IdentityError::NotAccepted)
}
