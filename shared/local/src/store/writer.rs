//! The one thread that writes.

use std::{sync::Arc, thread::JoinHandle};

use api::store::StoreError;
use redb::Database;
use tokio::sync::{mpsc, oneshot};

use super::{tables::Tables, unavailable};

/// How many writes share a transaction at most.
const BATCH: usize = 256;

/// A write, to be carried out inside a transaction. It gives what to do when that was committed, or
/// was not.
type Job = Box<dyn FnOnce(&mut Tables<'_>) -> Acknowledge + Send>;
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Hands writes to the thread that carries them out.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while the writer is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(database: Arc<Database>) -> Self {
        let (jobs, queue) = mpsc::channel(BATCH);
        let thread = std::thread::spawn(move || work(&database, queue));
        Self {
            jobs: Some(jobs),
            thread: Some(thread),
        }
    }

    /// Carries out a write and waits until it is on disk. A write that fails must not have changed
    /// anything.
    pub(super) async fn run<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (acknowledge, acknowledged) = oneshot::channel();
        let job: Job = Box::new(move |tables| {
            let result = write(tables);
            Box::new(move |committed| {
                // Nobody may be waiting any more; the write stands all the same.
                let _ = acknowledge.send(committed.and(result));
            })
        });
        let stopped = || StoreError::Unavailable("the writing thread has stopped".into());
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        acknowledged.await.map_err(|_| stopped())?
    }
}

/// Waits until all writes are done and the thread has let go of the database file.
impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(database: &Database, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut jobs, BATCH) > 0 {
        let mut waiting = Vec::with_capacity(jobs.len());
        let committed = commit(database, jobs.drain(..), &mut waiting);
        for acknowledge in waiting {
            acknowledge(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string().into())),
            });
        }
    }
}

fn commit(
    database: &Database,
    jobs: impl Iterator<Item = Job>,
    waiting: &mut Vec<Acknowledge>,
) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(unavailable)?;
    let mut tables = Tables::open(&transaction).map_err(unavailable)?;
    for job in jobs {
        waiting.push(job(&mut tables));
    }
    let failed = tables.failed;
    drop(tables);
    if failed {
        // One of the writes may be half done, so none of them is kept.
        transaction.abort().map_err(unavailable)?;
        return Err(StoreError::Unavailable(
            "the database could not be written".into(),
        ));
    }
    transaction.commit().map_err(unavailable)
}
