//! What the clients share: the service, the record of what they see, and their luck on the network.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use kit::clock::{Clock as _, SystemClock};
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::{
    exchange::{Answer, Request},
    fault::Faults,
    history::{Act, Outcome, Recorder},
    moments::Moments,
    plan::{CLIENTS, Luck, What},
    plant::Bug,
    service::Service,
};

/// The part of a pause that the guides ask for that the clients of the lab wait.
pub const SCALE: u64 = 20;

/// The longest time that a client waits before it repeats a request whose answer is lost.
pub(crate) const GIVES_UP: Duration = Duration::from_millis(30);

/// The surroundings of the clients.
#[derive(Debug)]
pub struct Lab {
    /// The service.
    pub service: Service,
    /// What the clients see.
    pub recorder: Recorder,
    /// The faults, which count what was done to the run.
    pub faults: std::sync::Arc<Faults>,
    /// The bug that is planted.
    pub bug: Option<Bug>,
    /// The number of steps that the clients have begun.
    pub steps: AtomicU64,
    /// True while nothing is lost between clients and service.
    pub is_calm: AtomicBool,
    /// The answers by operation and outcome.
    pub outcomes: Mutex<BTreeMap<String, u64>>,
    /// The moments that the service stored.
    pub moments: Mutex<Moments>,
    /// What the clients did, by the language that they are written in.
    pub deeds: Mutex<BTreeMap<&'static str, BTreeMap<&'static str, u64>>>,
    /// The ids of the users who deleted their accounts, by their names.
    pub gone: Mutex<BTreeMap<String, String>>,
    /// Requests whose clients do not wait for them.
    background: Mutex<JoinSet<()>>,
}

/// A request on its way.
pub struct Sending<'a> {
    /// The client.
    pub process: u32,
    /// The user.
    pub user: &'a str,
    /// What it asks for.
    pub act: Act,
    /// The request.
    pub request: &'a Request,
    /// What an answer says.
    pub judge: fn(&Answer) -> Outcome,
}

impl Lab {
    /// Puts it together.
    #[must_use]
    pub fn new(service: Service, faults: std::sync::Arc<Faults>, bug: Option<Bug>) -> Self {
        let recorder = Recorder::default();
        if let Some(ahead) = service.ahead() {
            let begun = recorder.begin(CLIENTS, "", Act::Restart);
            recorder.end(&begun, Outcome::Clock { ahead });
        }
        Self {
            service,
            recorder,
            faults,
            bug,
            steps: AtomicU64::new(0),
            is_calm: AtomicBool::new(true),
            outcomes: Mutex::default(),
            moments: Mutex::default(),
            deeds: Mutex::default(),
            gone: Mutex::default(),
            background: Mutex::default(),
        }
    }

    /// Sends a request once, and records it. `None`: the client gets no answer.
    pub async fn send(
        self: &std::sync::Arc<Self>,
        sending: Sending<'_>,
        luck: Luck,
    ) -> Option<Answer> {
        let luck = if self.is_calm.load(Ordering::SeqCst) {
            Luck::Good
        } else {
            luck
        };
        if luck != Luck::Good {
            self.faults.count(&format!("client {luck:?}"));
        }
        match luck {
            Luck::Good => self.deliver(&sending).await,
            Luck::RequestLost => {
                self.recorder
                    .begin(sending.process, sending.user, sending.act);
                None
            }
            Luck::AnswerLost => {
                self.recorder
                    .begin(sending.process, sending.user, sending.act);
                let (lab, request) = (self.clone(), sending.request.clone());
                let (done, answered) = tokio::sync::oneshot::channel();
                self.go_on(async move {
                    lab.call(&request).await;
                    let _ = done.send(());
                });
                // Often the request is still at work when the client repeats it.
                let _ = tokio::time::timeout(GIVES_UP, answered).await;
                None
            }
            Luck::Twice => {
                let lab = self.clone();
                let (process, user) = (sending.process, sending.user.to_owned());
                let (act, request) = (sending.act.clone(), sending.request.clone());
                let judge = sending.judge;
                self.go_on(async move {
                    let again = Sending {
                        process,
                        user: &user,
                        act,
                        request: &request,
                        judge,
                    };
                    lab.deliver(&again).await;
                });
                self.deliver(&sending).await
            }
        }
    }

    async fn deliver(&self, sending: &Sending<'_>) -> Option<Answer> {
        let begun = self
            .recorder
            .begin(sending.process, sending.user, sending.act.clone());
        let answer = self.call(sending.request).await;
        self.count(sending.request, answer.as_ref());
        if let Some(answer) = &answer {
            self.recorder.end(&begun, (sending.judge)(answer));
        }
        answer
    }

    /// Sends a request to the service, and looks at the moment that it stores.
    pub async fn call(&self, request: &Request) -> Option<Answer> {
        let before = SystemClock.now();
        let answer = self.service.call(request).await?;
        let after = SystemClock.now();
        self.moments.lock().see(request, &answer, before..=after);
        Some(answer)
    }

    /// Counts an answer.
    pub fn count(&self, request: &Request, answer: Option<&Answer>) {
        let answered = match answer {
            Some(answer) => format!("{} {}", answer.status, answer.problem()),
            None => "no answer".to_owned(),
        };
        let Request {
            method, resource, ..
        } = request;
        let name = format!("{method} {resource} {}", answered.trim_end());
        *self.outcomes.lock().entry(name).or_default() += 1;
    }

    /// Does something to one of the processes, and notes the clock of the laptop's server if that is another one.
    pub async fn disrupt(&self, process: u32, what: What) {
        let begun = self
            .service
            .ahead()
            .filter(|_| what == What::Kill)
            .map(|_| self.recorder.begin(CLIENTS, "", Act::Restart));
        let ahead = self.service.disrupt(process, what).await;
        if let (Some(begun), Some(ahead)) = (begun, ahead) {
            self.recorder.end(&begun, Outcome::Clock { ahead });
        }
    }

    /// Lets something go on that nobody waits for, until [`settle`](Self::settle).
    pub fn go_on(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut background = self.background.lock();
        while background.try_join_next().is_some() {}
        background.spawn(task);
    }

    /// Waits for all that goes on by itself.
    pub async fn settle(&self) {
        let all = std::mem::take(&mut *self.background.lock());
        all.join_all().await;
    }
}

/// What an answer to a request for an item says.
#[must_use]
pub fn of_item(answer: &Answer) -> Outcome {
    let value = answer.text("info").or_else(|| answer.text("note"));
    match answer.status {
        200 | 201 if answer.tag().is_none() => Outcome::Unknown {
            status: Some(answer.status),
        },
        200 | 201 | 204 => Outcome::Done {
            tag: answer.tag(),
            value: value.and_then(|value| value.parse().ok()),
            replayed: answer.replayed,
        },
        404 => Outcome::Absent,
        409 if answer.problem().ends_with("-exists") => Outcome::Exists,
        412 => Outcome::Mismatch,
        403 => Outcome::Forbidden,
        _ => of_other(answer),
    }
}

/// What an answer says that is neither success nor of an item.
#[must_use]
pub fn of_other(answer: &Answer) -> Outcome {
    let status = answer.status;
    match status {
        401 => Outcome::Ended,
        409 if answer.problem() == "request-in-flight" => Outcome::Unknown {
            status: Some(status),
        },
        429 | 500.. => Outcome::Unknown {
            status: Some(status),
        },
        _ => Outcome::Refused { status },
    }
}

/// What an answer to a request for no item says.
#[must_use]
pub fn of_call(answer: &Answer) -> Outcome {
    match answer.status {
        204 => Outcome::Done {
            tag: None,
            value: None,
            replayed: false,
        },
        200 | 202 => Outcome::Unknown {
            status: Some(answer.status),
        },
        _ => of_other(answer),
    }
}
