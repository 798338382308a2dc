//! The server is killed in the middle of mixed work, again and again on one folder, and loses nothing.
//!
//! Workers add, update, delete, list and follow the feeds over HTTP until the process is killed by SIGKILL. After each
//! start they compare what is there with every answer that they were given: an acknowledged write is there, a refused
//! one is not, the one without an answer is there whole or not at all, a key gets its first answer again, and the
//! cursors of the feeds go on.
//!
//! `KILL_ROUNDS=200 cargo test -p local --test kill` runs more rounds; `KILL_SEED` repeats a seed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and so do its tools"
)]

mod caller;
#[path = "../dev/mod.rs"]
mod dev;
mod feed;
mod worker;

use std::{collections::BTreeMap, ffi::OsStr, path::Path, process::Stdio, time::Duration};

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::{process::Command, sync::mpsc, task::JoinSet};

use self::{
    caller::Caller,
    dev::Dev,
    feed::Feed,
    worker::{Kind, Worker},
};

const USERS: [&str; 2] = ["ada@example.com", "bob@example.com"];
const PASSWORD: &str = "Correct-Horse-7-Battery";

/// Of each user.
const WORKERS: usize = 4;

/// A number from the environment, for whoever runs the tests longer.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says how long"
)]
fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().expect(name))
}

fn data_in(folder: &Path) -> [&OsStr; 2] {
    [OsStr::new("--data"), folder.as_os_str()]
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_refused_is_done_however_often_it_is_killed() {
    let rounds = number("KILL_ROUNDS", 3);
    let seed = number("KILL_SEED", fastrand::u64(..));
    println!("KILL_SEED={seed} KILL_ROUNDS={rounds}");
    let mut random = Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Dev::start(data_in(folder.path())).await;
    for email in USERS {
        sign_up(&server, email).await;
    }
    let mut team = Team::new(&mut random);
    let mut total = Total::default();
    for round in 0..rounds {
        let callers = sign_in(&server).await;
        let acknowledged = random.usize(20..200);
        team = team.work(&callers, &mut server, acknowledged).await;
        if round % 2 == 1 {
            die_while_starting(folder.path(), random.u64(..400)).await;
        }
        server = Dev::start(data_in(folder.path())).await;
        let callers = sign_in(&server).await;
        team.check(&callers, &mut total).await;
    }
    println!("{rounds} kills: {total:?}");
    assert!(total.replayed > 0 && total.acknowledged > 0);
}

/// What was seen in all rounds.
#[derive(Debug, Default)]
struct Total {
    /// Writes that were answered as done.
    acknowledged: usize,
    /// Writes that were answered as refused.
    refused: usize,
    /// Writes without an answer that were carried out.
    carried_out: usize,
    /// Writes without an answer that were not.
    not_carried_out: usize,
    /// Answers that were given again to their keys.
    replayed: usize,
}

/// All that use the server: the workers and the readers of the feeds.
struct Team {
    workers: Vec<Worker>,
    /// The feed of movies, and of each user's watchlist.
    feeds: Vec<(usize, Feed)>,
}

impl Team {
    fn new(random: &mut Rng) -> Self {
        let users = 0..USERS.len();
        let workers = users
            .clone()
            .flat_map(|user| (0..WORKERS).map(move |n| (user, n)));
        Self {
            workers: workers
                .map(|(user, n)| Worker::new(user, n, random.fork()))
                .collect(),
            feeds: std::iter::once((0, Feed::new(Kind::Movie)))
                .chain(users.map(|user| (user, Feed::new(Kind::Entry))))
                .collect(),
        }
    }

    /// Works until so many writes were acknowledged; then the server is killed.
    async fn work(self, callers: &[Caller], server: &mut Dev, acknowledged: usize) -> Self {
        let (tell, mut told) = mpsc::unbounded_channel();
        let (mut working, mut following) = (JoinSet::new(), JoinSet::new());
        for mut worker in self.workers {
            let (caller, tell) = (callers[worker.user].clone(), tell.clone());
            working.spawn(async move {
                worker.work(&caller, &tell).await;
                worker
            });
        }
        drop(tell);
        for (user, mut feed) in self.feeds {
            let caller = callers[user].clone();
            following.spawn(async move {
                while feed.take(&caller).await.is_ok() {}
                (user, feed)
            });
        }
        for _ in 0..acknowledged {
            told.recv()
                .await
                .expect("the workers work until the server is killed");
        }
        server.process.kill().await.unwrap();
        Self {
            workers: working.join_all().await,
            feeds: following.join_all().await,
        }
    }

    /// Compares what is there with what was answered.
    async fn check(&mut self, callers: &[Caller], total: &mut Total) {
        for worker in &mut self.workers {
            worker.settle(&callers[worker.user], total).await;
        }
        for (user, feed) in &mut self.feeds {
            let caller = &callers[*user];
            let owners = |worker: &&Worker| feed.kind == Kind::Movie || worker.user == *user;
            let known: BTreeMap<String, Value> = self
                .workers
                .iter()
                .filter(owners)
                .flat_map(|worker| worker.known(feed.kind))
                .collect();
            assert_eq!(listed(caller, feed.kind).await, known);
            while feed.take(caller).await.unwrap() {}
            assert_eq!(feed.items, known, "the feed of {:?}", feed.kind);
        }
    }
}

/// All that a listing has, page by page.
async fn listed(caller: &Caller, kind: Kind) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = caller
            .get(&format!("{}?limit=7{cursor}", kind.path()))
            .await;
        let page = page.unwrap().is(200);
        for item in page["items"].as_array().unwrap() {
            let name = item[kind.name()].as_str().unwrap();
            let twice = found.insert(name.to_owned(), item.clone());
            assert_eq!(twice, None, "listed twice");
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn sign_up(server: &Dev, email: &str) {
    let nobody = Caller::new(server, None);
    let account = json!({ "email": email, "password": PASSWORD });
    nobody.post("/auth/sign-up", &account).await.is(202);
    let letters = reqwest::get(format!("{}/mailbox?email={email}", server.url));
    let letters: Value = letters.await.unwrap().json().await.unwrap();
    let confirmation = json!({ "email": email, "code": letters[0]["code"] });
    let confirmed = nobody.post("/auth/confirm-sign-up", &confirmation).await;
    confirmed.is(204);
}

/// The users, signed in: the port is another after each start, and with it the issuer of the tokens.
async fn sign_in(server: &Dev) -> Vec<Caller> {
    let nobody = Caller::new(server, None);
    let mut callers = Vec::new();
    for email in USERS {
        let account = json!({ "email": email, "password": PASSWORD });
        let tokens = nobody.post("/auth/sign-in", &account).await.is(200);
        let token = tokens["accessToken"].as_str().unwrap();
        callers.push(Caller::new(server, Some(token)));
    }
    callers
}

/// Kills the server while it starts, which is when it repairs the files. No result depends on the moment.
async fn die_while_starting(folder: &Path, after_ms: u64) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_dev"))
        .args(["--port", "0"])
        .args(data_in(folder))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    process.kill().await.unwrap();
}

#[tokio::test]
async fn a_second_process_on_a_folder_is_refused_by_name_until_the_first_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Dev::start(data_in(folder.path())).await;
    sign_up(&first, USERS[0]).await;
    let second = Command::new(env!("CARGO_BIN_EXE_dev"))
        .args(["--port", "0"])
        .args(data_in(folder.path()))
        .kill_on_drop(true)
        .output();
    let second = second.await.unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    let expected = format!(
        "error: the data in {} is in use by another process",
        folder.path().display()
    );
    assert!(said.starts_with(&expected), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    // The first one goes on.
    sign_up(&first, USERS[1]).await;
    first.process.kill().await.unwrap();
    let again = Dev::start(data_in(folder.path())).await;
    assert_eq!(sign_in(&again).await.len(), USERS.len());
}
