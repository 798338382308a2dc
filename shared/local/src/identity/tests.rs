use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use time::macros::datetime;

use super::*;

const PASSWORD: &str = "Correct-Horse-7-Battery";

/// A clock that a test sets.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-07-01 12:00 UTC) + time::Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

struct Scene {
    identity: EmbeddedIdentity,
    mailbox: Mailbox,
    hand: Arc<Hand>,
    ada: Email,
}

impl Scene {
    fn new() -> Self {
        let mailbox = Mailbox::default();
        let hand = Arc::new(Hand::default());
        let issuer = Issuer {
            url: "http://127.0.0.1/Development".to_owned(),
            client_id: "local-Development".to_owned(),
        };
        let identity = EmbeddedIdentity::in_memory(issuer, mailbox.clone(), hand.clone());
        Self {
            identity: identity.unwrap(),
            mailbox,
            hand,
            ada: Email::parse("ada@example.com").unwrap(),
        }
    }

    fn wait(&self, duration: Duration) {
        let seconds = i64::try_from(duration.as_secs()).unwrap();
        self.hand.0.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn sign_up(&self, password: &str) {
        let sign_up = SignUp {
            email: self.ada.clone(),
            password: password.into(),
            name: None,
        };
        self.identity
            .sign_up(sign_up, &ClientContext::default())
            .await
            .unwrap();
    }

    fn code(&self) -> String {
        self.mailbox.code_for(&self.ada).unwrap()
    }

    async fn confirm(&self, code: &str) -> Result<(), IdentityError> {
        self.identity
            .confirm_sign_up(&self.ada, &code.into(), &ClientContext::default())
            .await
    }

    async fn sign_in(&self, password: &str) -> Result<Tokens, IdentityError> {
        let step = self
            .identity
            .sign_in(&self.ada, &password.into(), &ClientContext::default())
            .await?;
        match step {
            SignInStep::Done(tokens) => Ok(tokens),
            SignInStep::Challenge(_) => panic!("a challenge"),
        }
    }
}

/// Another code than this one.
fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_code_is_good_for_24_hours_and_one_use() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await;
    let late = scene.code();
    scene.wait(CODES_LAST);
    let error = scene.confirm(&late).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCode));

    scene.sign_up(PASSWORD).await;
    let code = scene.code();
    assert!(matches!(
        scene.sign_in(PASSWORD).await,
        Err(IdentityError::NotConfirmed)
    ));
    scene.confirm(&code).await.unwrap();
    scene.sign_in(PASSWORD).await.unwrap();
    let error = scene.confirm(&code).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCode));
}

#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_has_to_wait() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await;
    for _ in 0..5 {
        let error = scene.confirm(other(&scene.code())).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCode));
    }
    // A new code is no new chance.
    scene.sign_up(PASSWORD).await;
    let error = scene.confirm(&scene.code()).await.unwrap_err();
    assert!(matches!(error, IdentityError::TooManyAttempts { .. }));
    scene.wait(Duration::from_secs(1));
    scene.confirm(&scene.code()).await.unwrap();
}

#[tokio::test]
async fn an_address_without_an_account_is_limited_like_one_with_an_account() {
    let scene = Scene::new();
    for _ in 0..5 {
        let error = scene.sign_in(PASSWORD).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCredentials));
    }
    let error = scene.sign_in(PASSWORD).await.unwrap_err();
    assert!(matches!(error, IdentityError::TooManyAttempts { .. }));
}

#[tokio::test]
async fn signing_up_again_changes_no_confirmed_account() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await;
    scene.confirm(&scene.code()).await.unwrap();
    scene.sign_up("Another-Horse-8-Battery").await;
    let newest = scene.mailbox.letters().remove(0);
    assert_eq!(newest.subject, "You already have an account");
    assert_eq!(newest.code, None);
    assert!(scene.sign_in("Another-Horse-8-Battery").await.is_err());
    scene.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn signing_up_again_before_confirming_mails_a_new_code_and_changes_nothing_else() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await;
    let void = scene.code();
    scene.sign_up("Another-Horse-8-Battery").await;
    let code = scene.code();
    // One time in a million they are the same.
    if void != code {
        let error = scene.confirm(&void).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCode));
    }
    scene.confirm(&code).await.unwrap();
    let error = scene.sign_in("Another-Horse-8-Battery").await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCredentials));
    scene.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn no_more_passwords_are_worked_on_at_once_than_there_are_cores() {
    let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 * cores() {
        let (at_work, most) = (Arc::clone(&at_work), Arc::clone(&most));
        all.spawn(hashing(move || {
            let now = at_work.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            password::hash(&PASSWORD.into()).unwrap();
            at_work.fetch_sub(1, Ordering::SeqCst);
        }));
    }
    for done in all.join_all().await {
        done.unwrap();
    }
    assert!((1..=cores()).contains(&most.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn groups_are_in_the_tokens_even_if_the_account_came_later() {
    let scene = Scene::new();
    for group in ["editors", "critics"] {
        let added = scene.identity.add_to_group(&scene.ada, group).await;
        added.unwrap();
    }
    let neighbour = Email::parse("ada@example.com.au").unwrap();
    let added = scene.identity.add_to_group(&neighbour, "spies").await;
    added.unwrap();
    scene.sign_up(PASSWORD).await;
    scene.confirm(&scene.code()).await.unwrap();
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(tokens.access.expose_secret().split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["cognito:groups"], json!(["critics", "editors"]));
    assert_eq!(claims["token_use"], "access");
    assert!(claims.get("email").is_none());
}
