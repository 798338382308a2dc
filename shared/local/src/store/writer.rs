//! The thread that carries out all writes.

use std::{mem, sync::Arc, thread::JoinHandle};

use kit::store::StoreError;
use redb::WriteTransaction;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::{Result, Touched, tables::Tables};
use crate::database::{Database, Failure};

/// The most writes in one transaction.
const BATCH: usize = 256;

/// A write inside a transaction. It returns the callback that acknowledges it after the commit. If the database failed,
/// the write may be half done, and must not be committed.
type Job = Box<dyn FnOnce(&mut Tables<'_>) -> (Acknowledge, Result<()>) + Send>;
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Hands writes to the thread that carries them out.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while the writer is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    touched: broadcast::Sender<Touched>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(database: Arc<Database>) -> Self {
        let (jobs, queue) = mpsc::channel(BATCH);
        let (touched, _) = broadcast::channel(BATCH);
        let tell = touched.clone();
        let thread = std::thread::spawn(move || work(&database, queue, &tell));
        Self {
            jobs: Some(jobs),
            touched,
            thread: Some(thread),
        }
    }

    /// What is written from now on, when it is on disk.
    pub(super) fn touched(&self) -> broadcast::Receiver<Touched> {
        self.touched.subscribe()
    }

    /// Carries out a write and waits until it is on disk. A write that fails must not have changed
    /// anything.
    pub(super) async fn run<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tables<'_>) -> Result<T> + Send + 'static,
    {
        let (acknowledge, acknowledged) = oneshot::channel();
        let job: Job = Box::new(move |tables| {
            let mut done = Ok(());
            let result = write(tables).map_err(|failure| {
                if let Failure::Refused(error) = failure {
                    return error;
                }
                let told = StoreError::Unavailable(failure.to_string().into());
                done = Err(failure);
                told
            });
            let acknowledge = move |committed: Result<(), StoreError>| {
                // The caller may be gone; the write is valid all the same.
                let _ = acknowledge.send(committed.and(result));
            };
            (Box::new(acknowledge), done)
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

fn work(database: &Database, mut queue: mpsc::Receiver<Job>, tell: &broadcast::Sender<Touched>) {
    let mut jobs = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut jobs, BATCH) > 0 {
        let mut waiting = Vec::with_capacity(jobs.len());
        let jobs = jobs.drain(..);
        let committed = database.write(|transaction| commit(transaction, jobs, &mut waiting));
        let (committed, touched) = match committed {
            Ok(touched) => (Ok(()), touched),
            Err(failure) => (Err(failure), Vec::new()),
        };
        for one in touched {
            // Nobody may listen.
            let _ = tell.send(one);
        }
        for acknowledge in waiting {
            let why = committed.as_ref().map_err(ToString::to_string);
            acknowledge(
                why.copied()
                    .map_err(|why| StoreError::Unavailable(why.into())),
            );
        }
    }
}

fn commit(
    transaction: WriteTransaction,
    jobs: impl Iterator<Item = Job>,
    waiting: &mut Vec<Acknowledge>,
) -> Result<Vec<Touched>> {
    let mut tables = Tables::open(&transaction)?;
    for job in jobs {
        let (acknowledge, done) = job(&mut tables);
        waiting.push(acknowledge);
        // The other writes of the transaction are dropped with it.
        done?;
    }
    let touched = mem::take(&mut tables.touched);
    drop(tables);
    transaction.commit().map_err(redb::Error::from)?;
    Ok(touched)
}
