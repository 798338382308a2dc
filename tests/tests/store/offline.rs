//! Apps that go offline and come back: clients with a copy and a queue of writes, a relay that is killed, and others who write.
//!
//! One thread chooses at random who does one call next, so a seed makes the same run again. At the end every client has what the
//! store has, and every write happened once or was refused.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use fastrand::Rng;
use kit::{
    changes::{ChangesRequest, Position},
    idempotency::Once,
    page::{Filter, PageRequest},
    resource::{Access, Entity, Resource, Revision},
    store::{Guard, StoreError, Written},
    user::UserId,
};

use crate::{
    Store,
    private::entity_of,
    sample::{Sample, ada, any, change, key, later, once, owner, with_key},
};

const CLIENTS: usize = 8;
const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// The user whose resources these are; `None` if they are everybody's.
fn reader<R: Resource>() -> Option<UserId> {
    (R::ACCESS == Access::Private).then(ada)
}

fn entity<R: Sample>(name: &str, moment: i64) -> Entity<R> {
    let mut entity: Entity<R> = match R::ACCESS {
        Access::Private => entity_of(&ada(), name),
        Access::Shared => with_key(key::<R>(2001, name)),
    };
    entity.revision = Revision::first(later(moment));
    entity.updated_at = later(moment);
    entity
}

/// A write that waits to be sent.
#[derive(Clone)]
struct Queued<R: Resource> {
    write: Write<R>,
    key: R::Key,
    /// It happens only to this revision.
    if_match: Option<Revision>,
    /// The number of its idempotency key, which no other write has.
    number: u64,
}

#[derive(Clone)]
enum Write<R: Resource> {
    Add(Box<Entity<R>>),
    Update(u32),
    Delete,
}

/// Where a client is in the feed.
enum Place<K> {
    Nowhere,
    Snapshot {
        epoch: String,
        begun: Position,
        after: Option<K>,
    },
    Changes {
        epoch: String,
        next: Position,
    },
}

struct Client<R: Resource> {
    base: BTreeMap<R::Key, Entity<R>>,
    place: Place<R::Key>,
    /// What has come since the snapshot began; `None` when it is whole.
    seen: Option<BTreeSet<R::Key>>,
    queue: VecDeque<Queued<R>>,
    online: bool,
}

impl<R: Sample> Client<R> {
    fn new() -> Self {
        Self {
            base: BTreeMap::new(),
            place: Place::Nowhere,
            seen: None,
            queue: VecDeque::new(),
            online: true,
        }
    }

    /// Makes one call of the feed. True if it has everything.
    async fn pull(&mut self, store: &Store<R>, limit: u8) -> bool {
        match &mut self.place {
            Place::Nowhere => {
                let head = store.head(reader::<R>().as_ref(), later(0)).await.unwrap();
                self.seen = Some(BTreeSet::new());
                self.place = Place::Snapshot {
                    begun: head.end(),
                    epoch: head.epoch,
                    after: None,
                };
                false
            }
            Place::Snapshot {
                epoch,
                begun,
                after,
            } => {
                let request = PageRequest {
                    filter: match reader::<R>() {
                        Some(_) => Filter::Partition(partition::<R>()),
                        None => Filter::All,
                    },
                    limit,
                    after: after.clone(),
                };
                let page = store.list(&request).await.unwrap();
                match page.next {
                    Some(next) => *after = Some(next),
                    None => {
                        self.place = Place::Changes {
                            epoch: epoch.clone(),
                            next: *begun,
                        }
                    }
                }
                for entity in page.items {
                    self.take(entity.key.clone(), Some(entity));
                }
                false
            }
            Place::Changes { epoch, next } => {
                let request = ChangesRequest {
                    owner: reader::<R>(),
                    epoch: epoch.clone(),
                    from: *next,
                    limit,
                };
                match store.changes(&request).await {
                    Ok(page) => {
                        *next = page.next;
                        for changed in page.items {
                            self.take(changed.key, changed.entity);
                        }
                        if !page.more
                            && let Some(seen) = self.seen.take()
                        {
                            self.base.retain(|key, _| seen.contains(key));
                        }
                        !page.more
                    }
                    Err(StoreError::CursorExpired) => {
                        self.place = Place::Nowhere;
                        false
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }

    fn take(&mut self, key: R::Key, entity: Option<Entity<R>>) {
        if let Some(seen) = &mut self.seen {
            seen.insert(key.clone());
        }
        match entity {
            Some(entity) => self.base.insert(key, entity),
            None => self.base.remove(&key),
        };
    }

    /// True if the screen shows something under a key: what the queue makes of the base.
    fn shows(&self, key: &R::Key) -> bool {
        let of_key = self.queue.iter().filter(|queued| queued.key == *key);
        match of_key.map(|queued| &queued.write).next_back() {
            Some(write) => !matches!(write, Write::Delete),
            None => self.base.contains_key(key),
        }
    }

    /// The revision of what the screen shows, if nothing waits behind it.
    fn revision(&self, key: &R::Key) -> Option<Revision> {
        let waits = self.queue.iter().any(|queued| queued.key == *key);
        let entity = self.base.get(key).filter(|_| !waits);
        entity.map(|entity| entity.revision)
    }

    /// The user writes something, online or not.
    fn write(&mut self, random: &mut Rng, number: u64) {
        let name = random.choice(KEYS).unwrap();
        let moment = i64::try_from(number).unwrap();
        let added = entity::<R>(name, moment);
        let key = added.key.clone();
        let (write, if_match) = if self.shows(&key) {
            let if_match = self.revision(&key).filter(|_| random.bool());
            let write = match random.u8(..4) {
                0 => Write::Delete,
                _ => Write::Update(random.u32(1..=28)),
            };
            (write, if_match)
        } else {
            (Write::Add(Box::new(added)), None)
        };
        self.queue.push_back(Queued {
            write,
            key,
            if_match,
            number,
        });
    }
}

fn partition<R: Sample>() -> <R::Key as kit::resource::Key>::Partition {
    use kit::resource::Key as _;

    entity::<R>("a", 0).key.partition().clone()
}

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Luck {
    Good,
    RequestLost,
    AnswerLost,
}

/// What really happened, as far as it can be counted.
#[derive(Default)]
struct Truth<K> {
    /// How often each write was carried out, by its number.
    carried_out: HashMap<u64, u32>,
    /// The version of each resource that is there.
    versions: HashMap<K, u64>,
    refused: u32,
}

impl<R: Sample> Client<R> {
    /// Sends the first write of a key that waits.
    async fn push(&mut self, store: &Store<R>, random: &mut Rng, truth: &mut Truth<R::Key>) {
        let Some(at) = random.choice(0..self.queue.len()) else {
            return;
        };
        let key = self.queue[at].key.clone();
        let first = self
            .queue
            .iter()
            .position(|queued| queued.key == key)
            .unwrap();
        let queued = self.queue[first].clone();
        let luck = match random.u8(..10) {
            0 => Luck::RequestLost,
            1 | 2 => Luck::AnswerLost,
            _ => Luck::Good,
        };
        if luck == Luck::RequestLost {
            return;
        }
        let result = send(store, &queued).await;
        if let Ok(written) = &result
            && !written.replayed
        {
            *truth.carried_out.entry(queued.number).or_default() += 1;
            match &written.value {
                Some(entity) => truth.versions.insert(key.clone(), entity.revision.version),
                None => truth.versions.remove(&key),
            };
        }
        if luck == Luck::AnswerLost {
            return;
        }
        self.queue.remove(first);
        match result {
            // The first answer of a write that is replayed may be older than what the feed has told since.
            Ok(written) if written.replayed => {}
            Ok(written) => {
                let next = self.queue.iter_mut().find(|queued| queued.key == key);
                if let (Some(next), Some(entity)) = (next, &written.value)
                    && next.if_match.is_some()
                {
                    next.if_match = Some(entity.revision);
                }
                self.take(key, written.value);
            }
            // The user takes what is there.
            Err(
                StoreError::RevisionMismatch | StoreError::NotFound | StoreError::AlreadyExists,
            ) => {
                truth.refused += 1;
                assert!(!truth.carried_out.contains_key(&queued.number));
                let now = store.get(&key).await.unwrap();
                self.take(key, now);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn send<R: Sample>(
    store: &Store<R>,
    queued: &Queued<R>,
) -> Result<Written<Option<Entity<R>>>, StoreError> {
    let once: Once = once(&queued.number.to_string(), &queued.number.to_string());
    let once = Some(&once);
    let ada = ada();
    let revisions = queued.if_match.map(|revision| [revision]);
    let by = match R::ACCESS {
        Access::Private => owner(&ada).by,
        Access::Shared => any().by,
    };
    let guard = Guard {
        by,
        revisions: revisions.as_ref().map(|one| &one[..]),
    };
    let now = later(i64::try_from(queued.number).unwrap());
    let some = |written: Written<Entity<R>>| Written {
        value: Some(written.value),
        replayed: written.replayed,
    };
    match &queued.write {
        Write::Add(entity) => store.add(entity, once).await.map(some),
        Write::Update(to) => {
            let change = change::<R>(*to);
            let updated = store.update(&queued.key, &change, &guard, now, once);
            updated.await.map(some)
        }
        Write::Delete => {
            let deleted = store.delete(&queued.key, &guard, now, once).await;
            deleted.map(|written| Written {
                value: None,
                replayed: written.replayed,
            })
        }
    }
}

/// Somebody who knows nothing of the feed writes: another version of the service, or a tool.
async fn write_beside<R: Sample>(
    store: &Store<R>,
    random: &mut Rng,
    number: u64,
    truth: &mut Truth<R::Key>,
) {
    let Some(streams) = &store.streams else {
        return;
    };
    let name = random.choice(KEYS).unwrap();
    let entity = entity::<R>(name, i64::try_from(number).unwrap());
    if random.u8(..3) == 0 {
        streams.delete(&entity.key, R::MANY).await;
        truth.versions.remove(&entity.key);
    } else {
        streams.put(&entity).await;
        truth.versions.insert(entity.key, 1);
    }
}

pub(crate) async fn clients_that_go_on_and_off_end_equal<R: Sample>(store: Store<R>) {
    let (seeds, operations) = size(&store);
    for seed in seeds {
        println!("seed {seed}, {operations} operations");
        run(&store, seed, operations).await;
        // The next seed begins with nothing.
        let mut page = PageRequest {
            filter: Filter::All,
            limit: 100,
            after: None,
        };
        loop {
            let found = store.list(&page).await.unwrap();
            for entity in found.items {
                store
                    .delete(&entity.key, &owner(&ada()), later(0), None)
                    .await
                    .unwrap();
            }
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
    }
}

/// The seeds and the number of operations: `OFFLINE_SEEDS` seeds from `OFFLINE_FIRST_SEED` on, and `OFFLINE_OPERATIONS`; or few.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says how long"
)]
fn size<R: Resource>(store: &Store<R>) -> (std::ops::Range<u64>, u64) {
    let number = |name, otherwise| {
        let given = std::env::var(name).ok();
        given.map_or(otherwise, |text| text.parse().unwrap())
    };
    let operations = if store.streams.is_some() { 600 } else { 3_000 };
    let operations = number("OFFLINE_OPERATIONS", operations);
    let first = number("OFFLINE_FIRST_SEED", 1);
    (first..first + number("OFFLINE_SEEDS", 1), operations)
}

async fn run<R: Sample>(store: &Store<R>, seed: u64, operations: u64) {
    let mut random = Rng::with_seed(seed);
    let mut truth = Truth {
        carried_out: HashMap::new(),
        versions: HashMap::new(),
        refused: 0,
    };
    let mut clients: Vec<Client<R>> = (0..CLIENTS).map(|_| Client::new()).collect();
    for operation in 0..operations {
        // No two writes of all seeds have one number.
        let number = seed * 10_000_000 + operation;
        let at = random.usize(..CLIENTS);
        let client = &mut clients[at];
        match random.u8(..100) {
            0..40 => client.write(&mut random, number),
            40..43 => client.online = !client.online,
            43..46 => write_beside(store, &mut random, number, &mut truth).await,
            46..62 => {
                if let Some(streams) = &store.streams {
                    streams.step(&mut random).await;
                }
            }
            62..80 if client.online => {
                client.pull(store, 1 + random.u8(..5)).await;
            }
            _ if client.online => client.push(store, &mut random, &mut truth).await,
            _ => {}
        }
    }
    // Everybody comes back.
    for client in &mut clients {
        while !client.queue.is_empty() {
            client.push(store, &mut random, &mut truth).await;
        }
    }
    store.settle().await;
    let mut there = BTreeMap::new();
    for name in KEYS {
        let key = entity::<R>(name, 0).key;
        if let Some(entity) = store.get(&key).await.unwrap() {
            assert_eq!(
                truth.versions.get(&key),
                Some(&entity.revision.version),
                "seed {seed}: {key:?} was written more or less often"
            );
            there.insert(key, entity);
        }
    }
    assert_eq!(truth.versions.len(), there.len(), "seed {seed}");
    let twice = truth.carried_out.values().filter(|count| **count != 1);
    assert_eq!(twice.count(), 0, "seed {seed}: a write happened twice");
    for (n, client) in clients.iter_mut().enumerate() {
        while !client.pull(store, 100).await {}
        assert_eq!(client.base, there, "seed {seed}: client {n}");
    }
    assert!(truth.refused > 0, "no write was in the way of another");
}
