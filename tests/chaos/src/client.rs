//! A client that works as the guides say: it repeats what may be repeated, with the same idempotency key, and waits as it is told.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    check::sessions::GRACE,
    exchange::{Answer, Request},
    feed::Copy,
    history::{Act, ItemWrite, Kind, Outcome, Tag},
    lab::{Lab, SCALE, Sending, of_item},
    plan::{ATTEMPTS, Deed, Luck, Noun, Step, Thing},
    plant::Bug,
    session::{Session, TRIES, User, pause},
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

/// The name of an item in the history.
#[must_use]
pub fn item(thing: Thing, user: &str) -> String {
    match thing.noun {
        Noun::Movies => format!("movies/{}", thing.number),
        Noun::Watchlist => format!("watchlist/{user}/{}", thing.number),
    }
}

/// The title of a movie.
#[must_use]
pub fn title(number: u64) -> String {
    format!("Movie {number}")
}

/// The year of a movie.
#[must_use]
pub fn year(number: u64) -> u64 {
    2000 + number % 7
}

/// The id of an entry of a watchlist.
#[must_use]
pub fn entry(number: u64) -> String {
    format!("entry-{number}")
}

fn read(thing: Thing) -> Request {
    match thing.noun {
        Noun::Movies => Request::new("GET", "/movies/findbytitleandyear")
            .query("title", &title(thing.number))
            .query("year", &year(thing.number)),
        Noun::Watchlist => Request::new("GET", "/me/watchlist/{entryId}").at(&entry(thing.number)),
    }
}

fn write(thing: Thing, write: &ItemWrite) -> Request {
    let value = write.value.to_string();
    let number = thing.number;
    let request = match thing.noun {
        Noun::Movies => {
            let mut body = json!({ "title": title(number), "year": year(number) });
            let path = match write.kind {
                Kind::Add | Kind::Put => "/movies/add-movie",
                Kind::Update => "/movies/update-movie",
                Kind::Delete => "/movies/delete-movie",
            };
            if write.kind != Kind::Delete {
                body["info"] = value.into();
            }
            Request::new("POST", path).json(body)
        }
        Noun::Watchlist => {
            let (method, body) = match write.kind {
                Kind::Add | Kind::Put => (
                    "PUT",
                    json!({ "title": title(number), "year": year(number), "note": value }),
                ),
                Kind::Update => ("PATCH", json!({ "note": value })),
                Kind::Delete => ("DELETE", Value::Null),
            };
            let request = Request::new(method, "/me/watchlist/{entryId}").at(&entry(number));
            match body {
                Value::Null => request,
                body => request.json(body),
            }
        }
    };
    match &write.if_match {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    }
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
        let item = item(thing, self.user());
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
            item: item(thing, self.user()),
        };
        let answer = self.call(lab, &act, &read(thing), &luck, true).await;
        self.learn(&item(thing, self.user()), answer.as_ref());
        answer
    }

    async fn write(
        &mut self,
        lab: &Arc<Lab>,
        thing: Thing,
        write_: ItemWrite,
        luck: [Luck; ATTEMPTS],
    ) -> Option<Answer> {
        let request = write(thing, &write_);
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

    /// Calls the client in TypeScript, which repeats by itself. If its session has ended, it signs in, and what may be repeated is.
    async fn call_device(
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

    async fn sign_in_again(&mut self, lab: &Arc<Lab>) {
        lab.faults.count("session that was lost with an answer");
        self.sign_in(lab).await;
    }

    async fn refresh(&mut self, lab: &Arc<Lab>) {
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
    async fn try_spent(&mut self, lab: &Arc<Lab>) {
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
    async fn sign_out_and_in(&mut self, lab: &Arc<Lab>) {
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
            let (act, request) = (Act::Write(write_.clone()), write(thing, &write_));
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

    /// Somebody signs up, writes, deletes the account while another device still writes, and tries to go on.
    async fn come_and_go(&self, lab: &Arc<Lab>, value: u64) {
        let host = self.user().split('-').next().unwrap_or_default();
        let name = format!("{host}-guest-{value}");
        let domain = self.session.user.email.rsplit('@').next();
        let user = User {
            email: format!("{name}@{}", domain.unwrap_or_default()),
            name,
            editor: false,
        };
        let mut guest = Self::new(1_000 + self.number, user, self.seed);
        if !guest.session.sign_up(lab).await || !guest.session.sign_in(lab).await {
            lab.faults.count("guest who could not sign up");
            return;
        }
        let Some(subject) = guest.session.subject() else {
            return;
        };
        let value = value << 8;
        let things = [
            (Noun::Movies, Kind::Add),
            (Noun::Watchlist, Kind::Put),
            (Noun::Movies, Kind::Add),
        ];
        // Near the movies of the hosts, who are at them now.
        let near = lab.steps.load(Ordering::SeqCst) / 200;
        let things = (0..).zip(things).map(|(at, (noun, kind))| {
            let number = near + at;
            (Thing { noun, number }, kind)
        });
        let things: Vec<_> = things.collect();
        let mut next = value;
        for (thing, kind) in &things {
            next += 1;
            let write = guest.write_of(*thing, *kind, true, false, next);
            guest.write(lab, *thing, write, GOOD).await;
        }
        let released: Vec<_> = things
            .iter()
            .map(|(thing, _)| Act::Release {
                item: item(*thing, guest.user()),
            })
            .map(|act| lab.recorder.begin(guest.number, guest.user(), act))
            .collect();
        let mut other = Self::new(guest.number + 1_000, guest.session.user.clone(), self.seed);
        other.session = guest.session.beside();
        let (at_work, of_other) = (lab.clone(), things.clone());
        lab.go_on(async move {
            for (at, (thing, kind)) in (64..).zip(of_other) {
                let write = other.write_of(thing, kind, at % 2 == 0, false, value + at);
                let request = self::write(thing, &write);
                let act = Act::Write(write);
                other.attempt(&at_work, &act, &request, Luck::Good, 0).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if !guest.session.delete_account(lab).await {
            lab.faults.count("guest who was not told of the deletion");
            return;
        }
        for begun in &released {
            lab.recorder.end(begun, done());
        }
        lab.gone.lock().insert(guest.user().to_owned(), subject);
        for (at, (thing, kind)) in (128..).zip(things) {
            let write = guest.write_of(thing, kind, at % 2 == 0, false, value + at);
            let request = self::write(thing, &write);
            let act = Act::Write(write);
            guest.attempt(lab, &act, &request, Luck::Good, 0).await;
        }
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
