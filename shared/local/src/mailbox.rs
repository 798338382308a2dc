//! What would have been e-mailed.

use std::{
    collections::VecDeque,
    fmt,
    io::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::{identity::Email, movie::UserId};
use serde::Serialize;
use time::OffsetDateTime;

/// How many letters are kept; older ones are thrown away.
const CAPACITY: usize = 1_000;

/// A letter.
#[derive(Clone, Serialize)]
pub struct Letter {
    /// Whom it is for.
    #[serde(serialize_with = "address")]
    pub to: Email,
    /// What it says.
    pub subject: String,
    /// The code that it brings, if it brings one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Whose account it is about; only the mailbox itself needs to know.
    #[serde(skip)]
    pub about: Option<UserId>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Letter");
        shown
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// The letters of one stage. It takes the place of an e-mail service: only who runs the server gets
/// to see it, and it is forgotten when the server stops. Clones share the letters.
#[derive(Debug, Clone, Default)]
pub struct Mailbox {
    letters: Arc<Mutex<VecDeque<Letter>>>,
    on_console: Option<&'static str>,
}

impl Mailbox {
    /// An empty mailbox. With the name of a stage, it also prints on the console what arrives, and
    /// that it is of this stage.
    #[must_use]
    pub fn new(on_console: Option<&'static str>) -> Self {
        Self {
            letters: Arc::default(),
            on_console,
        }
    }

    /// Takes a letter.
    pub fn send(&self, letter: Letter) {
        if let Some(stage) = self.on_console {
            let (to, subject) = (letter.to.as_str(), letter.subject.as_str());
            let code = letter.code.as_ref();
            let code = code.map_or_else(String::new, |code| format!(": {code}"));
            // A console that has gone away does not keep anyone from signing up.
            let _ = writeln!(
                std::io::stdout(),
                "  Mail to {to} ({stage}): {subject}{code}"
            );
        }
        let mut letters = self.lock();
        letters.push_front(letter);
        letters.truncate(CAPACITY);
    }

    /// Forgets the letters about an account and those to its address.
    pub fn forget(&self, user: &UserId, email: Option<&Email>) {
        self.lock().retain(|letter| {
            letter.about.as_ref() != Some(user) && email.is_none_or(|email| letter.to != *email)
        });
    }

    /// The letters, newest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.lock().iter().cloned().collect()
    }

    /// The code in the newest letter to this address, if that brought one.
    #[must_use]
    pub fn code_for(&self, email: &Email) -> Option<String> {
        let letters = self.lock();
        let newest = letters.iter().find(|letter| letter.to == *email)?;
        newest.code.clone()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Letter>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address<S: serde::Serializer>(email: &Email, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(email.as_str())
}
