//! The thread that carries out all writes.

use std::{sync::Arc, thread::JoinHandle};

use kit::store::StoreError;
use redb::WriteTransaction;
use tokio::sync::{mpsc, oneshot};

use super::tables::Tables;
use crate::database::Database;

/// The most writes in one transaction.
const BATCH: usize = 256;

/// A write inside a transaction. It returns the callback that acknowledges it after the commit, or its failure.
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
                // The caller may be gone; the write is valid all the same.
                let _ = acknowledge.send(committed.and(result));
            })
        });
        let unavailable = |why: &str| StoreError::Unavailable(why.into());
        let stopped = || unavailable("the writing thread has stopped");
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        let not_begun = |_| unavailable("nothing can be written at the moment; the log says why");
        acknowledged.await.map_err(not_begun)?
    }
}

/// Waits until all writes are done and the thread has released the database.
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
        let jobs = jobs.drain(..);
        let committed = database.write(|transaction| commit(transaction, jobs, &mut waiting));
        for acknowledge in waiting {
            acknowledge(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string().into())),
            });
        }
    }
}

fn commit(
    transaction: WriteTransaction,
    jobs: impl Iterator<Item = Job>,
    waiting: &mut Vec<Acknowledge>,
) -> Result<(), redb::Error> {
    let mut tables = Tables::open(&transaction)?;
    for job in jobs {
        waiting.push(job(&mut tables));
    }
    let failed = tables.failed.take();
    drop(tables);
    match failed {
        // One of the writes may be half done, so none of them is kept.
        Some(error) => {
            transaction.abort()?;
            Err(error.into())
        }
        None => Ok(transaction.commit()?),
    }
}
