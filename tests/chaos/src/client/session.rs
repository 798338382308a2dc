//! The session of a client: its own, or that of the client in TypeScript that does its work.

use std::sync::Arc;

use super::{Client, judge};
use crate::{
    check::sessions::GRACE,
    exchange::{Answer, Request},
    history::Act,
    lab::{Lab, of_item},
    plan::{ATTEMPTS, Luck},
    session::{TRIES, pause},
    typescript::Device,
};

impl Client {
    /// Calls the client in TypeScript, which repeats by itself. If its session has ended, it signs in, and what may be repeated is.
    pub(super) async fn call_device(
        &mut self,
        lab: &Arc<Lab>,
        device: &Device,
        act: &Act,
        request: &Request,
        luck: &[Luck],
        repeats: bool,
    ) -> Option<Answer> {
        let key = match act {
            Act::Write(write) => write.key.as_deref(),
            _ => None,
        };
        let calls = if repeats { 2 } else { 1 };
        for _ in 0..calls {
            let begun = lab.recorder.begin(self.number, self.user(), act.clone());
            let answer = device.call(request, key, luck).await?;
            if answer.status != 401 {
                lab.recorder.end(&begun, judge(lab)(&answer));
                return Some(answer).filter(|answer| !of_item(answer).is_unknown());
            }
            // The request stays open: an attempt before may have been carried out.
            self.sign_in_again(lab).await;
        }
        None
    }

    /// Signs in. False if that is refused, or did not come to an end.
    pub async fn sign_in(&mut self, lab: &Arc<Lab>) -> bool {
        let Some(device) = self.device.clone() else {
            return self.session.sign_in(lab).await;
        };
        for tries in 0..TRIES {
            let luck = self.session.luck();
            match device.sign_in(&[luck]).await.map(|answer| answer.status) {
                Some(200) => return true,
                Some(400..=428) => return false,
                _ => pause(tries).await,
            }
        }
        false
    }

    pub(super) async fn sign_in_again(&mut self, lab: &Arc<Lab>) {
        lab.faults.count("session that was lost with an answer");
        self.sign_in(lab).await;
    }

    pub(super) async fn refresh(&mut self, lab: &Arc<Lab>) {
        let Some(device) = self.device.clone() else {
            return self.session.refresh(lab).await;
        };
        let luck = [(); ATTEMPTS].map(|()| self.session.luck());
        let answer = device.refresh(&luck).await;
        if answer.is_some_and(|answer| answer.status == 401) {
            self.sign_in_again(lab).await;
        }
    }

    /// Tries the token that was exchanged last, if that is longer ago than the time of grace.
    pub(super) async fn try_spent(&mut self, lab: &Arc<Lab>) {
        let Some(device) = self.device.clone() else {
            return self.session.try_spent(lab).await;
        };
        let Some((token, at)) = device.spent() else {
            return;
        };
        if lab.recorder.now() < at + GRACE + 1_000 {
            return;
        }
        device.try_token(&token).await;
        lab.faults.count("exchanged token sent after the grace");
        // Who sends it again is taken for a thief, so the session may have ended.
        self.sign_in(lab).await;
    }

    /// Signs out, tries the old token, and signs in.
    pub(super) async fn sign_out_and_in(&mut self, lab: &Arc<Lab>) {
        let Some(device) = self.device.clone() else {
            return self.session.sign_out_and_in(lab).await;
        };
        let token = device.newest();
        let luck = self.session.luck();
        device.sign_out(&[luck]).await;
        if let Some(token) = token {
            device.try_token(&token).await;
        }
        self.sign_in(lab).await;
    }
}
