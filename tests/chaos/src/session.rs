//! A user's session on a device: signs in, keeps the tokens, exchanges them, signs out.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    check::sessions::GRACE,
    exchange::{Answer, Request},
    history::{Act, Outcome},
    lab::{Lab, Sending, of_call, of_other},
    plan::Luck,
};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct-Horse-7-battery";
/// How often an operation of the accounts is tried.
pub(crate) const TRIES: u64 = 12;

/// How often a client repeats the deletion of an account.
const DELETIONS: u64 = 60;
/// The longest time that it waits before that.
const LONGEST: Duration = Duration::from_millis(1_250);

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// The name, which the history has.
    pub name: String,
    /// The address.
    pub email: String,
    /// True if the user may write to what others added.
    pub editor: bool,
}

impl User {
    /// The user of this name, in a run of this id.
    #[must_use]
    pub fn new(name: &str, run: &str, editor: bool) -> Self {
        Self {
            name: name.to_owned(),
            email: format!("{name}@{run}.example.com"),
            editor,
        }
    }
}

/// The session of a client. Tokens never reach the history: each has a name.
#[derive(Debug)]
pub struct Session {
    /// The user.
    pub user: User,
    process: u32,
    access: String,
    refresh: String,
    name: String,
    named: u32,
    /// The last token that was exchanged: itself, its name, and when.
    spent: Option<(String, String, u64)>,
    /// The luck of the requests that the plan has none for.
    random: fastrand::Rng,
}

impl Session {
    /// A session that has not begun.
    #[must_use]
    pub fn new(user: User, process: u32, seed: u64) -> Self {
        Self {
            user,
            process,
            access: String::new(),
            refresh: String::new(),
            name: String::new(),
            named: 0,
            spent: None,
            random: fastrand::Rng::with_seed(seed << 16 ^ u64::from(process) ^ 0x5e55),
        }
    }

    /// The same user on the same device, for something that goes on beside.
    #[must_use]
    pub fn beside(&self) -> Self {
        let mut other = Self::new(self.user.clone(), self.process + 10_000, 0);
        other.access.clone_from(&self.access);
        other.refresh.clone_from(&self.refresh);
        other.name.clone_from(&self.name);
        other
    }

    /// A request with the access token.
    #[must_use]
    pub fn sign(&self, request: &Request) -> Request {
        request
            .clone()
            .header("Authorization", &format!("Bearer {}", self.access))
    }

    /// The id of the user, from the access token.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let payload = URL_SAFE_NO_PAD.decode(self.access.split('.').nth(1)?);
        let claims: Value = serde_json::from_slice(&payload.ok()?).ok()?;
        claims["sub"].as_str().map(ToOwned::to_owned)
    }

    pub(crate) fn luck(&mut self) -> Luck {
        match self.random.u8(..20) {
            0 => Luck::RequestLost,
            1 | 2 => Luck::AnswerLost,
            _ => Luck::Good,
        }
    }

    async fn send(
        &mut self,
        lab: &Arc<Lab>,
        act: Act,
        request: &Request,
        judge: fn(&Answer) -> Outcome,
        luck: Luck,
    ) -> Option<Answer> {
        let sending = Sending {
            process: self.process,
            user: &self.user.name,
            act,
            request,
            judge,
        };
        lab.send(sending, luck).await
    }

    /// Signs up and confirms. Each step is tried again as a person does who sees no answer. False if it did not come to an end.
    pub async fn sign_up(&mut self, lab: &Arc<Lab>) -> bool {
        let body = json!({ "email": self.user.email, "password": PASSWORD });
        let request = Request::new("POST", "/auth/sign-up").json(body);
        if !self.until(lab, &request, &[202]).await {
            return false;
        }
        for _ in 0..TRIES {
            let code = lab.service.mailed(&self.user.email).await;
            let body = json!({ "email": self.user.email, "code": code, "password": PASSWORD });
            let request = Request::new("POST", "/auth/confirm-sign-up").json(body);
            let answer = lab.service.call(&request).await;
            if answer.is_some_and(|answer| answer.status == 204) {
                return true;
            }
            // The answer may have been lost: then the sign-in works.
            if self.sign_in(lab).await {
                return true;
            }
        }
        false
    }

    async fn until(&mut self, lab: &Arc<Lab>, request: &Request, wanted: &[u16]) -> bool {
        for tries in 0..TRIES {
            let answer = lab.service.call(request).await;
            if answer.is_some_and(|answer| wanted.contains(&answer.status)) {
                return true;
            }
            pause(tries).await;
        }
        false
    }

    /// Signs in. False if that is refused, or did not come to an end.
    pub async fn sign_in(&mut self, lab: &Arc<Lab>) -> bool {
        let body = json!({ "email": self.user.email, "password": PASSWORD });
        let request = Request::new("POST", "/auth/sign-in").json(body);
        for tries in 0..TRIES {
            let begun = lab
                .recorder
                .begin(self.process, &self.user.name, Act::SignIn);
            let Some(answer) = lab.service.call(&request).await else {
                continue;
            };
            if let Some(token) = self.keep(&answer) {
                lab.recorder.end(&begun, Outcome::Tokens { token });
                self.spent = None;
                return true;
            }
            lab.recorder.end(&begun, of_sign_in(&answer));
            if matches!(answer.status, 400..=428) {
                return false;
            }
            pause(tries).await;
        }
        false
    }

    /// Keeps the tokens of an answer, and names the new refresh token.
    fn keep(&mut self, answer: &Answer) -> Option<String> {
        if answer.status != 200 {
            return None;
        }
        let access = answer.text("accessToken")?.to_owned();
        let refresh = answer.text("refreshToken")?.to_owned();
        if refresh != self.refresh {
            self.named += 1;
            self.name = format!("{}.{}", self.process, self.named);
            self.refresh = refresh;
        }
        self.access = access;
        Some(self.name.clone())
    }

    /// Exchanges the refresh token. What is not answered is repeated with the same one. If the session has ended, signs in again.
    pub async fn refresh(&mut self, lab: &Arc<Lab>) {
        for tries in 0..4 {
            let (old, name) = (self.refresh.clone(), self.name.clone());
            let request =
                Request::new("POST", "/auth/refresh").json(json!({ "refreshToken": old }));
            let luck = self.luck();
            let act = Act::Refresh {
                token: name.clone(),
            };
            let begun_of_answer = self.exchange(lab, act, &request, luck).await;
            match begun_of_answer {
                Some(answer) if answer.status == 200 => {
                    self.spent = Some((old, name, lab.recorder.now()));
                    return;
                }
                Some(answer) if answer.status == 401 => {
                    lab.faults.count("session that was lost with an answer");
                    self.sign_in(lab).await;
                    return;
                }
                _ => pause(tries).await,
            }
        }
    }

    async fn exchange(
        &mut self,
        lab: &Arc<Lab>,
        act: Act,
        request: &Request,
        luck: Luck,
    ) -> Option<Answer> {
        let is_calm = lab.is_calm.load(std::sync::atomic::Ordering::SeqCst);
        let begun = lab.recorder.begin(self.process, &self.user.name, act);
        if luck == Luck::RequestLost && !is_calm {
            lab.faults.count("client RequestLost");
            return None;
        }
        let answer = lab.service.call(request).await?;
        if luck == Luck::AnswerLost && !is_calm {
            lab.faults.count("client lost the answer to a refresh");
            return None;
        }
        let outcome = match self.keep(&answer) {
            Some(token) => Outcome::Tokens { token },
            None => of_other(&answer),
        };
        lab.recorder.end(&begun, outcome);
        Some(answer)
    }

    /// Tries the token that was exchanged last, if that is longer ago than the time of grace.
    pub async fn try_spent(&mut self, lab: &Arc<Lab>) {
        let now = lab.recorder.now();
        let Some((token, name, at)) = self.spent.clone() else {
            return;
        };
        if now < at + GRACE + 1_000 {
            return;
        }
        let request = Request::new("POST", "/auth/refresh").json(json!({ "refreshToken": token }));
        let act = Act::Refresh { token: name };
        let begun = lab.recorder.begin(self.process, &self.user.name, act);
        if let Some(answer) = lab.service.call(&request).await {
            let outcome = match answer.status {
                200 => Outcome::Tokens {
                    token: format!("{}.stolen", self.process),
                },
                _ => of_other(&answer),
            };
            lab.recorder.end(&begun, outcome);
        }
        lab.faults.count("exchanged token sent after the grace");
        // Who sends it again is taken for a thief, so the session may have ended.
        self.spent = None;
        self.sign_in(lab).await;
    }

    /// Signs out, tries the old token, and signs in.
    pub async fn sign_out_and_in(&mut self, lab: &Arc<Lab>) {
        let body = json!({ "refreshToken": self.refresh });
        let request = Request::new("POST", "/auth/sign-out").json(body.clone());
        for tries in 0..TRIES {
            let act = Act::SignOut {
                token: self.name.clone(),
            };
            let luck = self.luck();
            let answer = self.send(lab, act, &request, of_call, luck).await;
            if answer.is_some_and(|answer| answer.status == 204) {
                let request = Request::new("POST", "/auth/refresh").json(body);
                let act = Act::Refresh {
                    token: self.name.clone(),
                };
                self.exchange(lab, act, &request, Luck::Good).await;
                break;
            }
            pause(tries).await;
        }
        self.sign_in(lab).await;
    }

    /// Deletes the account. True when that was acknowledged.
    pub async fn delete_account(&mut self, lab: &Arc<Lab>) -> bool {
        let request = Request::new("DELETE", "/me").query("movies", "delete");
        for tries in 0..DELETIONS {
            let signed = self.sign(&request);
            let luck = self.luck();
            let answer = self
                .send(lab, Act::DeleteAccount, &signed, of_call, luck)
                .await;
            match answer.map(|answer| (answer.status, answer.retry_after)) {
                Some((204, _)) => return true,
                Some((202, wait)) => {
                    // It may be a minute, if the instance has another clock than the one that began it.
                    let wait = Duration::from_secs(wait.unwrap_or(1)) / 4;
                    tokio::time::sleep(wait.min(LONGEST)).await;
                }
                // The token has ended. If there is no account to sign in to any more, it was deleted, and nobody has told so.
                Some((401, _)) if !self.sign_in(lab).await => return false,
                _ => pause(tries).await,
            }
        }
        false
    }
}

fn of_sign_in(answer: &Answer) -> Outcome {
    match answer.status {
        // A wrong password: so it is when the account is gone.
        400..=428 => Outcome::Ended,
        _ => of_other(answer),
    }
}

/// Waits before another try.
pub async fn pause(tries: u64) {
    let doubled = 10 << tries.min(5);
    tokio::time::sleep(Duration::from_millis(doubled)).await;
}
