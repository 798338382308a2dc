//! A client that works as the guides say: it repeats what may be repeated, with the same idempotency key, and waits as it is told.

mod guest;
mod session;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::{
    exchange::{Answer, Request},
    feed::Copy,
    history::{Act, ItemWrite, Kind, Outcome, Tag},
    item,
    lab::{Lab, SCALE, Sending, of_item},
    plan::{ATTEMPTS, Deed, Luck, Noun, Step, Thing},
    plant::Bug,
    session::{Session, User, pause},
    typescript::Device,
};

/// How often a client sends in the quiet phase what was not answered before.
const QUIET_TRIES: u64 = 40;
/// No luck is needed.
const GOOD: [Luck; ATTEMPTS] = [Luck::Good; ATTEMPTS];

/// A client.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub number: u32,
    /// The session of its user.
    pub session: Session,
    /// The client in TypeScript that does what this one is to do. It has a session of its own.
    device: Option<Device>,
    seed: u64,
    /// The entity tags that it saw last, by item.
    tags: HashMap<String, Tag>,
    /// Its copies of the nouns, by their feeds.
    pub copies: HashMap<Noun, Copy>,
    /// The writes with a key that were not answered.
    waiting: Vec<(Thing, ItemWrite)>,
}

impl Client {
    /// A client of this user, which is not signed in.
    #[must_use]
    pub fn new(number: u32, user: User, seed: u64) -> Self {
        Self {
            number,
            session: Session::new(user, number, seed),
            device: None,
            seed,
            tags: HashMap::new(),
            copies: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// The same, done by a client in TypeScript.
    #[must_use]
    pub fn by(self, device: Device) -> Self {
        Self {
            device: Some(device),
            ..self
        }
    }

    fn user(&self) -> &str {
        &self.session.user.name
    }

    /// The language that it is written in, for this deed: guests are always in Rust.
    fn language(&self, deed: &Deed) -> &'static str {
        let by_device = self.device.is_some() && !matches!(deed, Deed::ComeAndGo(_));
        if by_device { "TypeScript" } else { "Rust" }
    }

    /// Does a step of the plan.
    pub async fn step(&mut self, lab: &Arc<Lab>, step: &Step) {
        lab.steps.fetch_add(1, Ordering::SeqCst);
        let of_language = self.language(&step.deed);
        *lab.deeds
            .lock()
            .entry(of_language)
            .or_default()
            .entry(step.deed.name())
            .or_default() += 1;
        match step.deed {
            Deed::Read(thing) => {
                self.read(lab, thing, step.luck).await;
            }
            Deed::Write {
                thing,
                kind,
                keyed,
                conditional,
                value,
            } => {
                let write = self.write_of(thing, kind, keyed, conditional, value);
                self.write(lab, thing, write, step.luck).await;
            }
            Deed::Poll(noun) => {
                self.poll(lab, noun, step.luck[0]).await;
            }
            Deed::Refresh => self.refresh(lab).await,
            Deed::SignOutAndIn => {
                self.try_spent(lab).await;
                self.sign_out_and_in(lab).await;
            }
            Deed::ComeAndGo(value) => self.come_and_go(lab, value).await,
        }
    }

    fn write_of(
        &self,
        thing: Thing,
        kind: Kind,
        keyed: bool,
        conditional: bool,
        value: u64,
    ) -> ItemWrite {
        let item = item::name(thing, self.user());
        let tag = self.tags.get(&item).cloned();
        ItemWrite {
            kind,
            value,
            if_match: tag.filter(|_| conditional && kind != Kind::Add),
            key: keyed.then(|| format!("chaos-{}-{value}", self.seed)),
            editor: self.session.user.editor && thing.noun == Noun::Movies,
            item,
        }
    }

    /// Reads an item, and repeats that.
    pub async fn read(
        &mut self,
        lab: &Arc<Lab>,
        thing: Thing,
        luck: [Luck; ATTEMPTS],
    ) -> Option<Answer> {
        let act = Act::Read {
            item: item::name(thing, self.user()),
        };
        let answer = self.call(lab, &act, &item::read(thing), &luck, true).await;
        self.learn(&item::name(thing, self.user()), answer.as_ref());
        answer
    }

    async fn write(
        &mut self,
        lab: &Arc<Lab>,
        thing: Thing,
        write_: ItemWrite,
        luck: [Luck; ATTEMPTS],
    ) -> Option<Answer> {
        let request = item::write(thing, &write_);
        let keyed = write_.key.is_some();
        let act = Act::Write(write_.clone());
        let answer = self.call(lab, &act, &request, &luck, keyed).await;
        if answer.is_none() && keyed {
            self.waiting.push((thing, write_.clone()));
        }
        self.learn(&write_.item, answer.as_ref());
        answer
    }

    fn learn(&mut self, item: &str, answer: Option<&Answer>) {
        match answer.map(of_item) {
            Some(Outcome::Done { tag: Some(tag), .. }) => {
                self.tags.insert(item.to_owned(), tag);
            }
            Some(Outcome::Absent) => {
                self.tags.remove(item);
            }
            _ => {}
        }
    }

    /// Sends a request, up to four times if it may be repeated. Gives the answer that tells what became of it.
    async fn call(
        &mut self,
        lab: &Arc<Lab>,
        act: &Act,
        request: &Request,
        luck: &[Luck],
        repeats: bool,
    ) -> Option<Answer> {
        if let Some(device) = self.device.clone() {
            return self
                .call_device(lab, &device, act, request, luck, repeats)
                .await;
        }
        let tries = if repeats { luck.len() } else { 1 };
        let mut refreshed = false;
        for (tried, luck) in luck.iter().take(tries).enumerate() {
            let mut answer = self.attempt(lab, act, request, *luck, tried).await;
            if answer.as_ref().is_some_and(|answer| answer.status == 401) && !refreshed {
                refreshed = true;
                self.session.refresh(lab).await;
                answer = self.attempt(lab, act, request, *luck, tried).await;
            }
            let wait = match answer {
                Some(answer) if !of_item(&answer).is_unknown() => return Some(answer),
                Some(answer) => answer.retry_after,
                None => None,
            };
            match wait {
                Some(seconds) => {
                    let wait = Duration::from_millis(seconds * 1_000 / SCALE);
                    tokio::time::sleep(wait).await;
                }
                None => pause(tried as u64).await,
            }
        }
        None
    }

    async fn attempt(
        &mut self,
        lab: &Arc<Lab>,
        act: &Act,
        request: &Request,
        luck: Luck,
        tried: usize,
    ) -> Option<Answer> {
        let mut request = self.session.sign(request);
        if let Act::Write(write) = act
            && let Some(key) = &write.key
        {
            let key = match lab.bug {
                Some(Bug::NewKeyOnRetry) if tried > 0 => format!("{key}-{tried}"),
                _ => key.clone(),
            };
            request = request.header("Idempotency-Key", &key);
        }
        let sending = Sending {
            process: self.number,
            user: self.user(),
            act: act.clone(),
            request: &request,
            judge: judge(lab),
        };
        lab.send(sending, luck).await
    }

    /// Asks a feed for its next page. True if the copy has everything.
    pub async fn poll(&mut self, lab: &Arc<Lab>, noun: Noun, luck: Luck) -> bool {
        let copy = self.copies.entry(noun).or_default();
        let request = copy.request(noun);
        let mut answer = None;
        for tries in 0..2 {
            if let Some(device) = self.device.clone() {
                answer = device.call(&request, None, &[luck]).await;
                if answer.as_ref().is_some_and(|answer| answer.status == 401) {
                    self.sign_in_again(lab).await;
                }
                break;
            }
            let signed = self.session.sign(&request);
            if luck != Luck::RequestLost {
                answer = lab.service.call(&signed).await;
            }
            if luck == Luck::AnswerLost {
                answer = None;
            }
            if answer.as_ref().is_some_and(|answer| answer.status == 401) && tries == 0 {
                self.session.refresh(lab).await;
            } else {
                break;
            }
        }
        match (answer, self.copies.get_mut(&noun)) {
            (Some(answer), Some(copy)) => copy.take(noun, &answer),
            _ => false,
        }
    }

    /// In the quiet phase: sends what was not answered until it is, and sees that the session works.
    pub async fn recover(&mut self, lab: &Arc<Lab>) {
        let mut faults = Vec::new();
        for (thing, write_) in std::mem::take(&mut self.waiting) {
            let (act, request) = (Act::Write(write_.clone()), item::write(thing, &write_));
            let mut answer = None;
            for tries in 0..QUIET_TRIES {
                answer = self.call(lab, &act, &request, &GOOD, true).await;
                if answer.is_some() {
                    break;
                }
                pause(tries).await;
            }
            if answer.is_none() {
                faults.push(format!("a write of {} is never answered", write_.item));
            }
        }
        self.try_spent(lab).await;
        self.refresh(lab).await;
        let profile = Request::new("GET", "/me");
        let answer = match self.device.clone() {
            Some(device) => device.call(&profile, None, &GOOD).await,
            None => lab.call(&self.session.sign(&profile)).await,
        };
        if answer.is_none_or(|answer| answer.status != 200) {
            faults.push("its session does not work".to_owned());
        }
        let feed = format!("client {}", self.number);
        let act = Act::Converged { feed };
        let begun = lab.recorder.begin(self.number, self.user(), act);
        lab.recorder.end(&begun, Outcome::Found { faults });
    }
}

fn done() -> Outcome {
    Outcome::Done {
        tag: None,
        value: None,
        replayed: false,
    }
}

/// What an answer to a request for an item says, to the clients of this lab.
fn judge(lab: &Lab) -> fn(&Answer) -> Outcome {
    match lab.bug {
        Some(Bug::SwallowedMismatch) => swallowing,
        _ => of_item,
    }
}

/// The planted bug: a 412 is taken for success.
fn swallowing(answer: &Answer) -> Outcome {
    match of_item(answer) {
        Outcome::Mismatch => done(),
        outcome => outcome,
    }
}
