//! A store in a few lines, its clients, and the bugs that it can be given. It knows nothing of the checker.

use std::collections::HashMap;

use chaos::history::{Act, Event, ItemWrite, Kind, Outcome, Tag};
use fastrand::Rng;

/// A promise that the store breaks, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    LosesAnAcknowledgedWrite,
    AppliesARefusedWrite,
    CarriesAKeyOutTwice,
    ForgetsARefusal,
    IgnoresTheEntityTag,
    AnswersAnOldRead,
    ReplacesByAnAddition,
}

pub(crate) const BUGS: [Bug; 7] = [
    Bug::LosesAnAcknowledgedWrite,
    Bug::AppliesARefusedWrite,
    Bug::CarriesAKeyOutTwice,
    Bug::ForgetsARefusal,
    Bug::IgnoresTheEntityTag,
    Bug::AnswersAnOldRead,
    Bug::ReplacesByAnAddition,
];

const STEPS: u32 = 400;
const CLIENTS: usize = 4;
const ITEMS: [&str; 2] = ["movie/1", "movie/2"];

#[derive(Debug, Clone, PartialEq)]
struct Stored {
    tag: Tag,
    value: u64,
}

#[derive(Default)]
struct Store {
    items: HashMap<String, Stored>,
    /// What was there before the last change.
    prior: HashMap<String, Option<Stored>>,
    /// What was there before the last acknowledged change.
    before: HashMap<String, Option<Stored>>,
    keys: HashMap<String, Result<Option<Stored>, Outcome>>,
    moment: u64,
    bug: Option<Bug>,
    /// True if no other request for the item can explain what a bug does.
    quiet: bool,
    /// True if an answer showed the bug.
    shows: bool,
}

impl Store {
    fn is(&mut self, bug: Bug, random: &mut Rng) -> bool {
        let now = self.bug == Some(bug) && self.quiet && random.bool();
        if now {
            self.bug = None;
            self.shows = true;
        }
        now
    }

    fn carry_out(&mut self, act: &Act, random: &mut Rng) -> Outcome {
        match act {
            Act::Read { item } => {
                let now = self.items.get(item).cloned();
                let old = self.before.get(item).cloned();
                if let Some(old) = old
                    && old != now
                    && self.is(Bug::AnswersAnOldRead, random)
                {
                    return shown(old.as_ref(), false);
                }
                shown(now.as_ref(), false)
            }
            Act::Write(write) => self.write(write, random),
            _ => unreachable!(),
        }
    }

    fn write(&mut self, write: &ItemWrite, random: &mut Rng) -> Outcome {
        let here = self.items.get(&write.item).cloned();
        let outcome = match (&here, write.kind) {
            (Some(_), Kind::Add) => Some(Outcome::Exists),
            (None, Kind::Update | Kind::Delete) => Some(Outcome::Absent),
            (Some(here), _) if write.if_match.as_ref().is_some_and(|tag| *tag != here.tag) => {
                Some(Outcome::Mismatch)
            }
            _ => None,
        };
        let known = write.key.as_ref().and_then(|key| self.keys.get(key));
        match known.cloned() {
            Some(Ok(result)) if !self.is(Bug::CarriesAKeyOutTwice, random) => {
                return done(result.as_ref(), true);
            }
            Some(Err(refusal)) if outcome.is_some() || !self.is(Bug::ForgetsARefusal, random) => {
                return refusal;
            }
            _ => {}
        }
        if let Some(refusal) = outcome {
            if refusal == Outcome::Mismatch && self.is(Bug::AppliesARefusedWrite, random) {
                self.apply(write, here);
                return refusal;
            }
            let ignored = match refusal {
                Outcome::Mismatch => self.is(Bug::IgnoresTheEntityTag, random),
                Outcome::Exists => self.is(Bug::ReplacesByAnAddition, random),
                _ => false,
            };
            if !ignored {
                if let Some(key) = &write.key {
                    self.keys.insert(key.clone(), Err(refusal.clone()));
                }
                return refusal;
            }
        } else if self.is(Bug::LosesAnAcknowledgedWrite, random) {
            let result = self.result(write, here.as_ref());
            return done(result.as_ref(), false);
        }
        let result = self.apply(write, here);
        if let Some(key) = &write.key {
            self.keys.insert(key.clone(), Ok(result.clone()));
        }
        done(result.as_ref(), false)
    }

    fn result(&mut self, write: &ItemWrite, here: Option<&Stored>) -> Option<Stored> {
        self.moment += 1;
        let tag = match here {
            Some(here) if write.kind != Kind::Add => Tag {
                version: here.tag.version + 1,
                ..here.tag.clone()
            },
            _ => Tag {
                version: 1,
                added: format!("{:x}", self.moment),
            },
        };
        (write.kind != Kind::Delete).then_some(Stored {
            tag,
            value: write.value,
        })
    }

    fn apply(&mut self, write: &ItemWrite, here: Option<Stored>) -> Option<Stored> {
        let result = self.result(write, here.as_ref());
        match &result {
            Some(stored) => self.items.insert(write.item.clone(), stored.clone()),
            None => self.items.remove(&write.item),
        };
        self.before.remove(&write.item);
        self.prior.insert(write.item.clone(), here);
        result
    }
}

fn shown(stored: Option<&Stored>, replayed: bool) -> Outcome {
    match stored {
        Some(stored) => done(Some(stored), replayed),
        None => Outcome::Absent,
    }
}

fn done(stored: Option<&Stored>, replayed: bool) -> Outcome {
    Outcome::Done {
        tag: stored.map(|stored| stored.tag.clone()),
        value: stored.map(|stored| stored.value),
        replayed,
    }
}

/// A client, and the event that it waits for.
#[derive(Default)]
struct Client {
    waits: Option<usize>,
    carried_out: Option<Outcome>,
    /// The tags that it has seen.
    seen: HashMap<String, Tag>,
    /// A write to send again with its key.
    again: Option<ItemWrite>,
    /// Writes that were refused, to send again when another answer may be possible.
    refused: Vec<ItemWrite>,
}

/// A history, and whether it shows the bug: an answer, or the last reads, tell of it.
pub(crate) fn simulate(seed: u64, bug: Option<Bug>) -> (Vec<Event>, bool) {
    let mut random = Rng::with_seed(seed);
    let mut world = World {
        store: Store::default(),
        events: Vec::new(),
        late: Vec::new(),
        loses: bug.is_none(),
        answered: HashMap::new(),
        clock: 0,
        value: 0,
    };
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| Client::default()).collect();
    for step in 0..STEPS {
        if step == STEPS / 3 {
            world.store.bug = bug;
        }
        let at = random.usize(..CLIENTS);
        world.step(u32::try_from(at).unwrap(), &mut clients[at], &mut random);
        if world.store.shows {
            break;
        }
        // A request whose client has given up is carried out late.
        if random.u8(..10) == 0
            && let Some(event) = world.late.pop()
        {
            let act = world.events[event].act.clone();
            world.store.carry_out(&act, &mut random);
        }
    }
    world.store.bug = None;
    for item in ITEMS {
        let event = world.begin(
            99,
            Act::Read {
                item: item.to_owned(),
            },
        );
        let act = world.events[event].act.clone();
        let outcome = world.store.carry_out(&act, &mut random);
        world.end(event, outcome);
    }
    (world.events, world.store.shows)
}

struct World {
    store: Store,
    events: Vec<Event>,
    /// Requests on their way, whose clients have given up.
    late: Vec<usize>,
    /// True if answers are lost. One that breaks a promise loses none, because a lost one might explain it.
    loses: bool,
    /// The last answer about each item.
    answered: HashMap<String, u64>,
    clock: u64,
    value: u64,
}

impl World {
    fn begin(&mut self, process: u32, act: Act) -> usize {
        self.clock += 1;
        self.events.push(Event {
            process,
            invoke: self.clock,
            returned: None,
            at: 0,
            until: None,
            user: "ada".to_owned(),
            act,
            outcome: Outcome::Unknown { status: None },
        });
        self.events.len() - 1
    }

    fn end(&mut self, event: usize, outcome: Outcome) {
        self.clock += 1;
        let item = self.events[event].item().unwrap().to_owned();
        self.answered.insert(item, self.clock);
        self.events[event].returned = Some(self.clock);
        self.events[event].outcome = outcome;
    }

    fn step(&mut self, process: u32, client: &mut Client, random: &mut Rng) {
        let Some(event) = client.waits else {
            let act = self.act(client, random);
            client.waits = Some(self.begin(process, act));
            return;
        };
        let act = self.events[event].act.clone();
        match client.carried_out.take() {
            Some(_) if self.loses && random.u8(..6) == 0 => {
                client.again = keyed(&act);
                client.waits = None;
            }
            Some(outcome) => self.answer(event, client, outcome, random),
            None if self.loses && random.u8(..12) == 0 => {
                self.late.push(event);
                client.again = keyed(&act);
                client.waits = None;
            }
            None => {
                self.store.quiet = self.is_alone(event);
                let outcome = self.store.carry_out(&act, random);
                if self.store.shows {
                    self.answer(event, client, outcome, random);
                } else {
                    client.carried_out = Some(outcome);
                }
            }
        }
    }

    /// True if all other requests for the item were answered before this one was sent.
    fn is_alone(&self, event: usize) -> bool {
        let event = &self.events[event];
        let waiting = |other: &&Event| other.returned.is_none() && other.item() == event.item();
        let answered = self.answered.get(event.item().unwrap());
        self.events.iter().filter(waiting).count() == 1
            && answered.is_none_or(|answered| *answered < event.invoke)
    }

    fn answer(&mut self, event: usize, client: &mut Client, outcome: Outcome, random: &mut Rng) {
        let act = self.events[event].act.clone();
        let item = self.events[event].item().unwrap().to_owned();
        if outcome.is_refusal()
            && let Some(write) = keyed(&act)
        {
            client.refused.push(write);
        }
        if let Outcome::Done { tag, .. } = &outcome {
            match tag {
                Some(tag) => client.seen.insert(item.clone(), tag.clone()),
                None => client.seen.remove(&item),
            };
            if matches!(act, Act::Write(_)) {
                // Whoever reads from now on may not see what was there before.
                if let Some(prior) = self.store.prior.remove(&item) {
                    self.store.before.insert(item, prior);
                }
                if random.u8(..3) == 0 {
                    client.again = keyed(&act);
                }
            }
        }
        self.end(event, outcome);
        client.waits = None;
    }

    fn act(&mut self, client: &mut Client, random: &mut Rng) -> Act {
        if let Some(write) = client.again.take() {
            return Act::Write(write);
        }
        if let Some(write) = random.choice(&client.refused)
            && random.u8(..4) == 0
        {
            return Act::Write(write.clone());
        }
        let item = (*random.choice(&ITEMS).unwrap()).to_owned();
        let kind = match random.u8(..8) {
            0..3 => return Act::Read { item },
            3 | 4 => Kind::Add,
            5 => Kind::Delete,
            6 => Kind::Put,
            _ => Kind::Update,
        };
        self.value += 1;
        let tag = client.seen.get(&item).cloned();
        let if_match = tag.filter(|_| random.bool() && kind != Kind::Add);
        Act::Write(ItemWrite {
            kind,
            value: self.value,
            // A put with an entity tag replaces only, as an update does.
            if_match: if_match.filter(|_| kind != Kind::Put),
            key: random.bool().then(|| format!("k{}", self.value)),
            editor: false,
            item,
        })
    }
}

fn keyed(act: &Act) -> Option<ItemWrite> {
    match act {
        Act::Write(write) if write.key.is_some() => Some(write.clone()),
        _ => None,
    }
}
