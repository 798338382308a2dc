//! Allows one write at a time for an idempotency key.

use std::{collections::HashSet, sync::Arc};

use kit::{
    idempotency::{IdempotencyKey, Once},
    store::StoreError,
    user::UserId,
};
use parking_lot::Mutex;

/// The idempotency keys whose writes are under way.
#[derive(Debug, Clone, Default)]
pub(super) struct AtWork(Arc<Mutex<HashSet<(UserId, IdempotencyKey)>>>);

/// Holds a key until it is dropped.
pub(super) struct Turn {
    at_work: AtWork,
    key: (UserId, IdempotencyKey),
}

impl AtWork {
    pub(super) fn begin(&self, once: &Once) -> Result<Turn, StoreError> {
        let key = (once.caller.clone(), once.key.clone());
        let mut keys = self.0.lock();
        if keys.insert(key.clone()) {
            Ok(Turn {
                at_work: self.clone(),
                key,
            })
        } else {
            Err(StoreError::InFlight)
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.at_work.0.lock().remove(&self.key);
    }
}
