//! A client that works as the guides say: it repeats what may be repeated, with the same idempotency key, and waits as it is told.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    exchange::{Answer, Request},
    feed::Copy,
    history::{Act, ItemWrite, Kind, Outcome, Tag},
    lab::{Lab, SCALE, Sending, of_item},
    plan::{ATTEMPTS, Deed, Luck, Noun, Step, Thing},
    plant::Bug,
    session::{Session, User, pause},
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
            seed,
            tags: HashMap::new(),
            copies: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    fn user(&self) -> &str {
        &self.session.user.name
    }

    /// Does a step of the plan.
    pub async fn step(&mut self, lab: &Arc<Lab>, step: &Step) {
        lab.steps.fetch_add(1, Ordering::SeqCst);
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
            Deed::Refresh => self.session.refresh(lab).await,
            Deed::SignOutAndIn => {
                self.session.try_spent(lab).await;
                self.session.sign_out_and_in(lab).await;
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
            judge: match lab.bug {
                Some(Bug::SwallowedMismatch) => swallowing,
                _ => of_item,
            },
        };
        lab.send(sending, luck).await
    }

    /// Asks a feed for its next page. True if the copy has everything.
    pub async fn poll(&mut self, lab: &Arc<Lab>, noun: Noun, luck: Luck) -> bool {
        let copy = self.copies.entry(noun).or_default();
        let request = copy.request(noun);
        let mut answer = None;
        for tries in 0..2 {
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
        self.session.try_spent(lab).await;
        self.session.refresh(lab).await;
        let profile = self.session.sign(&Request::new("GET", "/me"));
        let answer = lab.call(&profile).await;
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

/// The planted bug: a 412 is taken for success.
fn swallowing(answer: &Answer) -> Outcome {
    match of_item(answer) {
        Outcome::Mismatch => done(),
        outcome => outcome,
    }
}
