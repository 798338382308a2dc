//! What a run does: each client's steps, the fate of each request, and what happens to the processes. A seed gives the same plan again.
//!
//! What the plan cannot fix is time: threads and processes run as the system lets them, so a request of one client meets another request
//! in one run and misses it in the next. The history is what tells which of them happened.

use fastrand::Rng;

use crate::history::Kind;

/// The number of clients.
pub const CLIENTS: u32 = 16;
/// The number of users whom the clients belong to. The second half are editors.
pub const USERS: u32 = 8;
/// The clients that are the project's own in TypeScript, if Node is there. Each has a user who has another client, in Rust.
pub const IN_TYPESCRIPT: [u32; 4] = [8, 9, 12, 13];
/// The number of attempts of a request, as the guides have it.
pub const ATTEMPTS: usize = 4;

/// The number of movies that are written at about the same time.
const HOT: u64 = 4;
/// The number of entries of a watchlist that are.
const HOT_ENTRIES: u64 = 2;
/// The number of steps after which an item has had its time, about.
const STEPS_OF_AN_ITEM: u64 = 200;

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// The steps of each client.
    pub clients: Vec<Vec<Step>>,
    /// What happens to the processes, in the order of the steps.
    pub disruptions: Vec<Disruption>,
}

/// A step of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the client does.
    pub deed: Deed,
    /// What becomes of each of its attempts.
    pub luck: [Luck; ATTEMPTS],
}

/// What a client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Reads an item.
    Read(Thing),
    /// Writes an item.
    Write {
        /// The item.
        thing: Thing,
        /// The kind of the write.
        kind: Kind,
        /// Sends an `Idempotency-Key`, and repeats what is not answered.
        keyed: bool,
        /// Sends the entity tag that the client saw last, if it saw one.
        conditional: bool,
        /// What it writes.
        value: u64,
    },
    /// Asks the feed of a noun for a page.
    Poll(Noun),
    /// Exchanges the refresh token.
    Refresh,
    /// Signs out and in again.
    SignOutAndIn,
    /// Signs up as somebody new, writes, deletes the account, and tries to go on with the old token.
    ComeAndGo(u64),
}

impl Deed {
    /// Its name in a report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read(_) => "reads",
            Self::Write { .. } => "writes",
            Self::Poll(_) => "polls",
            Self::Refresh => "refreshes",
            Self::SignOutAndIn => "sign-outs",
            Self::ComeAndGo(_) => "guests",
        }
    }
}

/// A noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Noun {
    /// Everybody's.
    Movies,
    /// Each user's own.
    Watchlist,
}

/// An item: a movie, or an entry in the watchlist of the client's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thing {
    /// The noun.
    pub noun: Noun,
    /// The number of the item.
    pub number: u64,
}

/// What becomes of a request between the client and the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    /// It arrives, and so does its answer.
    Good,
    /// It is lost.
    RequestLost,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// It arrives twice.
    Twice,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disruption {
    /// The number of steps, of all clients, after which it happens.
    pub after: u64,
    /// Which process: the remainder by their number.
    pub process: u32,
    /// What happens.
    pub what: What,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It stands still for so many milliseconds.
    Freeze(u64),
    /// It is killed, and another one starts.
    Kill,
}

impl Plan {
    /// The plan of a seed with about so many operations.
    #[must_use]
    pub fn new(seed: u64, operations: u64) -> Self {
        let each = (operations / u64::from(CLIENTS)).max(1);
        let clients = (0..CLIENTS).map(|client| {
            let mut random = Rng::with_seed(seed << 16 | u64::from(client));
            let step = |at| Step {
                deed: deed(&mut random, client, at, operations),
                luck: [(); ATTEMPTS].map(|()| luck(&mut random)),
            };
            (0..each).map(step).collect()
        });
        let clients = clients.collect();
        let mut random = Rng::with_seed(seed << 16 | 0xffff);
        // One in about 150 steps, one in eight of them deadly.
        let mut disruptions: Vec<_> = (0..operations.div_ceil(150))
            .map(|_| Disruption {
                after: random.u64(..operations.max(1)),
                process: random.u32(..),
                what: match random.u8(..8) {
                    0 | 1 => What::Kill,
                    2 => What::Freeze(random.u64(2_000..4_500)),
                    _ => What::Freeze(random.u64(20..600)),
                },
            })
            .collect();
        disruptions.sort_by_key(|disruption| disruption.after);
        Self {
            seed,
            clients,
            disruptions,
        }
    }
}

/// All clients are at about the same items at the same time, so that their requests meet.
fn deed(random: &mut Rng, client: u32, at: u64, operations: u64) -> Deed {
    let begun = at * u64::from(CLIENTS) / STEPS_OF_AN_ITEM;
    let movie = Thing {
        noun: Noun::Movies,
        number: begun + random.u64(..HOT),
    };
    let entry = Thing {
        noun: Noun::Watchlist,
        number: begun / 4 + random.u64(..HOT_ENTRIES),
    };
    let thing = if random.u8(..4) == 0 { entry } else { movie };
    let value = (u64::from(client) + 1) * operations.next_power_of_two().max(1 << 20) + at;
    let write = |kind, random: &mut Rng| Deed::Write {
        thing,
        kind,
        keyed: random.u8(..3) > 0,
        conditional: random.bool(),
        value,
    };
    match random.u32(..1_000) {
        0..300 => Deed::Read(thing),
        300..480 => {
            let kind = match thing.noun {
                Noun::Movies => Kind::Add,
                Noun::Watchlist => Kind::Put,
            };
            write(kind, random)
        }
        480..790 => write(Kind::Update, random),
        790..910 => write(Kind::Delete, random),
        910..965 => Deed::Poll(thing.noun),
        965..990 => Deed::Refresh,
        990..996 => Deed::SignOutAndIn,
        _ => Deed::ComeAndGo(value),
    }
}

fn luck(random: &mut Rng) -> Luck {
    match random.u8(..100) {
        0..3 => Luck::RequestLost,
        3..8 => Luck::AnswerLost,
        8..11 => Luck::Twice,
        _ => Luck::Good,
    }
}
