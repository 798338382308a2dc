//! Mail, and the daily limit of it.
//!
//! Cognito sends a limited number of mails a day, unless it sends through Amazon SES. Above the limit, it returns an
//! error for an address that would receive mail, but responds as usual for other addresses. That would show which
//! addresses have accounts. So after the first such error, every operation that sends mail is refused for a minute, for
//! any address, before Cognito is called.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::refusal::Refusal;
use crate::identity::{IdentityError, Result};

const REFUSED_FOR: Duration = Duration::from_mins(1);

/// Remembers that no more mail can be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Mail {
    refused_until: Arc<Mutex<Option<Instant>>>,
}

impl Mail {
    /// Refuses the operation while no mail can be sent.
    pub(super) fn check(&self) -> Result<()> {
        self.check_at(Instant::now())
    }

    /// Maps an exception of an operation that sends mail to an address from the request body. The exceptions in
    /// `of_account` depend on the account, so they become a success and are only logged. The daily limit makes `check`
    /// refuse operations for a minute.
    pub(super) fn settle(&self, refusal: &Refusal, of_account: &[&str]) -> Result<()> {
        self.settle_at(refusal, of_account, Instant::now())
    }

    fn check_at(&self, now: Instant) -> Result<()> {
        let until = *self
            .refused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match until.and_then(|until| until.checked_duration_since(now)) {
            Some(left) if !left.is_zero() => Err(IdentityError::EmailQuota { retry_after: left }),
            _ => Ok(()),
        }
    }

    fn settle_at(&self, refusal: &Refusal, of_account: &[&str], now: Instant) -> Result<()> {
        if refusal.is_of_mail_quota() {
            let mut until = self
                .refused_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *until = Some(now + REFUSED_FOR);
            drop(until);
            return self.check_at(now);
        }
        let name = refusal.name();
        if of_account.contains(&name) {
            tracing::warn!(exception = name, "Cognito sent no mail");
            return Ok(());
        }
        Err(refusal.meaning())
    }
}

#[cfg(test)]
mod tests;
