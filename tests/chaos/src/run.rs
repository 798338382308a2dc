//! A run: sixteen clients and their faults, a quiet phase, and the verdict.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    check::{Verdicts, check},
    client::Client,
    clock::Clocks,
    cloud::Cloud,
    embedded::Embedded,
    fault::Faults,
    function::{Follower, Gateway, Settings},
    history::{Act, Event, Outcome},
    item::{entry, title},
    lab::Lab,
    moments::Moments,
    plan::{ATTEMPTS, CLIENTS, Deed, IN_TYPESCRIPT, Luck, Noun, Plan, Thing, USERS},
    plant::{Bug, Planted},
    proxy::Proxy,
    relay::Relay,
    service::Service,
    session::User,
    typescript::{Program, TypeScript},
};

/// The number of instances of the function.
const INSTANCES: u32 = 6;
/// How often a client asks a feed in the quiet phase.
const POLLS: u32 = 400;

/// The store of a run.
#[derive(Debug, Clone)]
pub enum Store {
    /// The function and the relay, on a simulated AWS at this URL.
    DynamoDb {
        /// The URL.
        aws: String,
        /// The program of the function.
        function: PathBuf,
        /// The program of the relay.
        relay: PathBuf,
    },
    /// The program of the laptop's server.
    Embedded(PathBuf),
}

impl Store {
    /// The name on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DynamoDb { .. } => "dynamodb",
            Self::Embedded(_) => "embedded",
        }
    }
}

/// What a run uses if it is there.
#[derive(Debug, Clone, Default)]
pub struct Means {
    /// The library of libfaketime. Without it all clocks are right.
    pub faketime: Option<PathBuf>,
    /// The client in TypeScript. Without it all clients are those in Rust.
    pub typescript: Option<Program>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    /// The store.
    pub store: &'static str,
    /// The seed.
    pub seed: u64,
    /// The history.
    pub events: Vec<Event>,
    /// The answers, by operation and status.
    pub answers: BTreeMap<String, u64>,
    /// The faults, by what was done.
    pub faults: BTreeMap<String, u64>,
    /// The verdict.
    pub verdicts: Verdicts,
    /// What the clients did, by the language that they are written in.
    pub deeds: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// The number of processes that were started with each clock, by the seconds that it is ahead.
    pub clocks: BTreeMap<i64, u64>,
    /// The moments that the service stored.
    pub moments: Moments,
    /// How long the clients were at work, and all of it.
    pub took: (Duration, Duration),
}

/// The parts of a run that are its own on DynamoDB.
struct Parts {
    proxy: Proxy,
    relay: Relay,
    cloud: Cloud,
}

/// Runs a plan.
pub async fn run(store: &Store, means: &Means, plan: &Plan, bug: Option<Bug>) -> Report {
    let begun = Instant::now();
    let faults = Arc::new(Faults::new(plan.seed));
    let id = uuid::Uuid::new_v4().simple().to_string();
    let domain = id[..12].to_owned();
    let users: Vec<_> = (0..USERS)
        .map(|user| User::new(&format!("user{user}"), &domain, user >= USERS / 2))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let clocks = Clocks::new(means.faketime.as_deref(), plan.seed);
    let beginning = Beginning {
        users: &users,
        faults: &faults,
        bug,
        seed: plan.seed,
        id: &id,
        folder: folder.path(),
        clocks: &clocks,
    };
    let (service, parts) = start(store, beginning).await;
    let lab = Arc::new(Lab::new(service, faults, bug));
    let typescript = match &means.typescript {
        Some(program) => Some(TypeScript::start(program, Arc::clone(&lab)).await),
        None => None,
    };
    let mut clients =
        sign_in_all(&lab, &users, parts.as_ref(), typescript.as_ref(), plan.seed).await;

    storm(&lab, parts.as_ref(), true);
    let at_work = Instant::now();
    let disruptor = tokio::spawn(disrupt(Arc::clone(&lab), plan.clone()));
    let mut working = JoinSet::new();
    for (mut client, steps) in clients.drain(..).zip(plan.clients.clone()) {
        let lab = Arc::clone(&lab);
        working.spawn(async move {
            for step in &steps {
                client.step(&lab, step).await;
            }
            client
        });
    }
    let mut clients = working.join_all().await;
    clients.sort_by_key(|client| client.number);
    // Nobody takes a step any more, so the other disruptions do not come.
    disruptor.abort();
    let worked = at_work.elapsed();

    eprintln!(
        "The storm took {:.0} s; now all is quiet.",
        worked.as_secs_f64()
    );
    storm(&lab, parts.as_ref(), false);
    lab.disrupt(0, crate::plan::What::Freeze(0)).await;
    lab.settle().await;
    quiet(&lab, &mut clients, plan, parts.as_ref()).await;

    let events = lab.recorder.events();
    eprintln!("{} requests are judged.", events.len());
    let verdicts = check(&events);
    Report {
        store: store.name(),
        seed: plan.seed,
        answers: lab.outcomes.lock().clone(),
        faults: lab.faults.injected(),
        events,
        verdicts,
        deeds: lab.deeds.lock().clone(),
        clocks: clocks.chosen(),
        moments: lab.moments.lock().clone(),
        took: (worked, begun.elapsed()),
    }
}

/// What the service is started with.
struct Beginning<'a> {
    users: &'a [User],
    faults: &'a Arc<Faults>,
    bug: Option<Bug>,
    seed: u64,
    id: &'a str,
    folder: &'a Path,
    clocks: &'a Clocks,
}

async fn start(store: &Store, beginning: Beginning<'_>) -> (Service, Option<Parts>) {
    let Beginning {
        users,
        faults,
        bug,
        seed,
        id,
        folder,
        clocks,
    } = beginning;
    match store {
        Store::DynamoDb {
            aws,
            function,
            relay,
        } => {
            let cloud = Cloud::create(aws, id).await;
            let proxy = Proxy::start(aws, Arc::clone(faults), Planted::new(bug, seed)).await;
            let settings = |program: &Path| Settings {
                program: program.to_owned(),
                variables: cloud.variables(&proxy.url()),
                aws: aws.clone(),
                clocks: clocks.clone(),
            };
            let gateway = Gateway::start(INSTANCES, settings(function)).await;
            let follower = Follower::start(INSTANCES, settings(relay)).await;
            let streams = cloud.streams_of_nouns().await;
            let relay = Relay::start(cloud.streams.clone(), streams, follower, seed);
            let parts = Parts {
                proxy,
                relay,
                cloud,
            };
            (Service::Function(gateway), Some(parts))
        }
        Store::Embedded(program) => {
            let editors = users.iter().filter(|user| user.editor);
            let editors = editors.map(|user| user.email.clone()).collect();
            let server = Embedded::start(program, folder, editors, clocks.clone()).await;
            (Service::Embedded(Box::new(server)), None)
        }
    }
}

/// Turns all faults on or off.
fn storm(lab: &Lab, parts: Option<&Parts>, on: bool) {
    lab.is_calm.store(!on, Ordering::SeqCst);
    if let Some(parts) = parts {
        parts.proxy.turn(on);
        parts.relay.calm(!on);
    }
}

async fn sign_in_all(
    lab: &Arc<Lab>,
    users: &[User],
    parts: Option<&Parts>,
    typescript: Option<&Arc<TypeScript>>,
    seed: u64,
) -> Vec<Client> {
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let user = &users[number as usize % users.len()];
        let mut client = Client::new(number, user.clone(), seed);
        if (number as usize) < users.len() {
            assert!(client.session.sign_up(lab).await, "{} signs up", user.name);
            if let Some(parts) = parts.filter(|_| user.editor) {
                parts.cloud.make_editor(&user.email).await;
            }
        }
        if let Some(typescript) = typescript.filter(|_| IN_TYPESCRIPT.contains(&number)) {
            client = client.by(typescript.device(number, user.clone()));
        }
        assert!(client.sign_in(lab).await, "{} signs in", user.name);
        clients.push(client);
    }
    clients
}

/// Does to the processes what the plan says, when so many steps are begun.
async fn disrupt(lab: Arc<Lab>, plan: Plan) {
    for disruption in plan.disruptions {
        while lab.steps.load(Ordering::SeqCst) < disruption.after {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let what = match disruption.what {
            crate::plan::What::Kill => "process Kill",
            crate::plan::What::Freeze(_) => "process Freeze",
        };
        lab.faults.count(what);
        let beside = Arc::clone(&lab);
        lab.go_on(async move {
            beside.disrupt(disruption.process, disruption.what).await;
        });
    }
}

/// The quiet phase: nothing fails any more, and all has to be well.
async fn quiet(lab: &Arc<Lab>, clients: &mut [Client], plan: &Plan, parts: Option<&Parts>) {
    for client in clients.iter_mut() {
        client.recover(lab).await;
    }
    lab.settle().await;
    let things = things(plan, lab.steps.load(Ordering::SeqCst));
    let mut truth: BTreeMap<Noun, BTreeMap<String, String>> = BTreeMap::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    // What is there, as two readers see it, and for the watchlists each user.
    for thing in &things {
        let readers = match thing.noun {
            Noun::Movies => 0..2,
            Noun::Watchlist => 0..USERS as usize,
        };
        for reader in readers {
            let answer = clients[reader]
                .read(lab, *thing, [Luck::Good; ATTEMPTS])
                .await;
            let Some((answer, Noun::Movies)) = answer.map(|answer| (answer, thing.noun)) else {
                continue;
            };
            if let Some(tag) = answer.etag.clone().filter(|_| answer.status == 200) {
                let of_noun = truth.entry(thing.noun).or_default();
                of_noun.insert(title(thing.number), tag);
            }
            if let Some(owner) = answer.text("addedBy") {
                owners.insert(owner.to_owned(), title(thing.number));
            }
        }
    }
    if let Some(parts) = parts {
        parts.relay.settle().await;
    }
    let movies = truth.remove(&Noun::Movies).unwrap_or_default();
    for client in clients.iter_mut() {
        let watchlist = watchlist(lab, client, &things).await;
        for (noun, truth) in [(Noun::Movies, &movies), (Noun::Watchlist, &watchlist)] {
            let faults = converge(lab, client, noun, truth).await;
            let feed = format!("client {} at the feed of {noun:?}", client.number);
            let act = Act::Converged { feed };
            let begun = lab
                .recorder
                .begin(client.number, &client.session.user.name, act);
            lab.recorder.end(&begun, Outcome::Found { faults });
        }
    }
    let gone = lab.gone.lock().clone();
    for (name, subject) in gone {
        let mut faults = match parts {
            Some(parts) => parts.cloud.remains_of(&subject).await,
            None => Vec::new(),
        };
        faults.extend(
            owners
                .get(&subject)
                .map(|title| format!("{title} is theirs")),
        );
        let begun = lab.recorder.begin(CLIENTS, &name, Act::Remains);
        lab.recorder.end(&begun, Outcome::Found { faults });
    }
}

/// All items that the clients may have written.
fn things(plan: &Plan, steps: u64) -> BTreeSet<Thing> {
    let mut things = BTreeSet::new();
    for step in plan.clients.iter().flatten() {
        match step.deed {
            Deed::Read(thing) | Deed::Write { thing, .. } => {
                things.insert(thing);
            }
            _ => {}
        }
    }
    // Guests are near the movies of the hosts.
    things.extend((0..steps / 200 + 4).map(|number| Thing {
        noun: Noun::Movies,
        number,
    }));
    things
}

/// The entries of a client's user.
async fn watchlist(
    lab: &Arc<Lab>,
    client: &mut Client,
    things: &BTreeSet<Thing>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for thing in things.iter().filter(|thing| thing.noun == Noun::Watchlist) {
        let answer = client.read(lab, *thing, [Luck::Good; ATTEMPTS]).await;
        let answer = answer.filter(|answer| answer.status == 200);
        if let Some(tag) = answer.and_then(|answer| answer.etag) {
            found.insert(entry(thing.number), tag);
        }
    }
    found
}

/// Asks a feed until there is no more, and compares the copy.
async fn converge(
    lab: &Arc<Lab>,
    client: &mut Client,
    noun: Noun,
    truth: &BTreeMap<String, String>,
) -> Vec<String> {
    for _ in 0..POLLS {
        if client.poll(lab, noun, Luck::Good).await {
            let copy = client.copies.entry(noun).or_default();
            return copy.differs(truth);
        }
    }
    vec![format!("there is no end after {POLLS} pages")]
}

impl Report {
    /// True if nothing was seen that must not be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verdicts.is_good() && self.moments.wrong.is_empty()
    }

    /// The number of the request with which the first broken promise was there to see; that of the last look for what only that shows.
    #[must_use]
    pub fn first_seen(&self) -> Option<usize> {
        let violations = self.verdicts.violations.iter();
        violations
            .map(|violation| {
                let last = violation.events.iter().map(|event| event.invoke).max();
                self.events
                    .iter()
                    .take_while(|event| last.is_none_or(|last| event.invoke <= last))
                    .count()
            })
            .min()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, seed, .. } = self;
        let (worked, all) = self.took;
        writeln!(
            f,
            "{store}, seed {seed}: {} requests in {:.1} s of {:.1} s, {} items",
            self.events.len(),
            worked.as_secs_f64(),
            all.as_secs_f64(),
            self.verdicts.items.len(),
        )?;
        let total: u64 = self.faults.values().sum();
        writeln!(f, "  faults and what came of them: {total}")?;
        for (fault, count) in &self.faults {
            writeln!(f, "    {count:>7}  {fault}")?;
        }
        for (language, deeds) in &self.deeds {
            let total: u64 = deeds.values().sum();
            let each: Vec<_> = deeds
                .iter()
                .map(|(deed, count)| format!("{count} {deed}"))
                .collect();
            writeln!(
                f,
                "  operations of clients in {language}: {total}: {}",
                each.join(", ")
            )?;
        }
        let clocks = self.clocks.iter();
        let clocks: Vec<_> = clocks
            .map(|(ahead, count)| format!("{count} at {ahead:+} s"))
            .collect();
        writeln!(f, "  clocks of the processes: {}", clocks.join(", "))?;
        let Moments { right, off, wrong } = &self.moments;
        writeln!(
            f,
            "  moments that were stored: {right} right, {off} off as their process's clock"
        )?;
        for moment in wrong {
            writeln!(f, "  WRONG MOMENT {moment}")?;
        }
        writeln!(f, "  answers:")?;
        for (answer, count) in &self.answers {
            writeln!(f, "    {count:>7}  {answer}")?;
        }
        for violation in &self.verdicts.violations {
            write!(f, "  VIOLATION {violation}")?;
        }
        for item in &self.verdicts.undecided {
            writeln!(f, "  UNDECIDED {item}: the search was given up")?;
        }
        if let Some(request) = self.first_seen() {
            writeln!(f, "  the first was there to see with request {request}")?;
        }
        write!(
            f,
            "  {} violations, {} undecided",
            self.verdicts.violations.len(),
            self.verdicts.undecided.len()
        )
    }
}
