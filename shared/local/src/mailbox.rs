//! Mailboxes in memory, in place of an e-mail service.

use std::{collections::VecDeque, fmt, io::Write as _, sync::Arc};

use accounts::identity::Email;
use kit::user::UserId;
use parking_lot::Mutex;
use serde::Serialize;
use time::OffsetDateTime;

/// The most letters in a mailbox; older ones are dropped.
const CAPACITY: usize = 1_000;

/// A letter.
#[derive(Clone, Serialize)]
pub struct Letter {
    /// The recipient.
    #[serde(serialize_with = "address")]
    pub to: Email,
    /// The subject; a letter has no other text.
    pub subject: String,
    /// The code in the letter, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The time of sending.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The user whose account the letter is about, for `Mailbox::forget`; it is not serialised.
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

/// The letters of one stage, in place of an e-mail service. Only the machine of the server shows them, and they are
/// lost when the server stops. Clones share the letters.
#[derive(Debug, Clone, Default)]
pub struct Mailbox {
    letters: Arc<Mutex<VecDeque<Letter>>>,
    on_console: Option<&'static str>,
}

impl Mailbox {
    /// An empty mailbox. With the name of a stage, it also prints each letter on the console, with that name.
    #[must_use]
    pub fn new(on_console: Option<&'static str>) -> Self {
        Self {
            letters: Arc::default(),
            on_console,
        }
    }

    /// Adds a letter.
    pub fn send(&self, letter: Letter) {
        if let Some(stage) = self.on_console {
            let (to, subject) = (letter.to.as_str(), letter.subject.as_str());
            let code = letter.code.as_ref();
            let code = code.map_or_else(String::new, |code| format!(": {code}"));
            // A closed console must not make a sign-up fail.
            let _ = writeln!(
                std::io::stdout(),
                "  Mail to {to} ({stage}): {subject}{code}"
            );
        }
        let mut letters = self.letters.lock();
        letters.push_front(letter);
        letters.truncate(CAPACITY);
    }

    /// Forgets the letters about an account and those to its address.
    pub fn forget(&self, user: &UserId, email: Option<&Email>) {
        self.letters.lock().retain(|letter| {
            letter.about.as_ref() != Some(user) && email.is_none_or(|email| letter.to != *email)
        });
    }

    /// The letters, newest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().iter().cloned().collect()
    }

    /// The code in the newest letter to this address, if that letter has one.
    #[must_use]
    pub fn code_for(&self, email: &Email) -> Option<String> {
        let letters = self.letters.lock();
        let newest = letters.iter().find(|letter| letter.to == *email)?;
        newest.code.clone()
    }
}

fn address<S: serde::Serializer>(email: &Email, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(email.as_str())
}
