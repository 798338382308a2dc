//! Sessions and deleted users: what works no more.

use std::collections::HashMap;

use super::{Promise, Violation};
use crate::history::{Act, Event, Outcome};

/// The time for which an exchanged refresh token may come again, because its answer was lost, in milliseconds: the grace of the
/// deployed user pool and of the laptop's identity, and a second for clocks that keep seconds.
pub const GRACE: u64 = 11_000;

/// When something ended: the number of the answer that said so, and its time.
#[derive(Clone, Copy)]
struct End {
    returned: u64,
    at: u64,
}

/// Judges the sessions of a history.
#[must_use]
pub fn check(events: &[Event]) -> Vec<Violation> {
    let mut exchanged: HashMap<&str, (End, &Event)> = HashMap::new();
    let mut signed_out: HashMap<&str, (End, &Event)> = HashMap::new();
    let mut deleted: HashMap<&str, (End, &Event)> = HashMap::new();
    // The session of each token: the name of its first.
    let mut sessions: HashMap<&str, &str> = HashMap::new();
    for event in events {
        match (&event.act, &event.outcome) {
            (Act::SignIn, Outcome::Tokens { token }) => {
                sessions.insert(token, token);
            }
            (Act::Refresh { token: old }, Outcome::Tokens { token }) => {
                if let Some(session) = sessions.get(old.as_str()).copied() {
                    sessions.insert(token, session);
                }
            }
            _ => {}
        }
        let Some(returned) = event.returned else {
            continue;
        };
        let end = End {
            returned,
            at: event.until.unwrap_or(event.at),
        };
        let (ends, subject) = match (&event.act, &event.outcome) {
            // Where tokens do not rotate, the same one comes back and stays good.
            (Act::Refresh { token }, Outcome::Tokens { token: next }) if token != next => {
                (&mut exchanged, token.as_str())
            }
            (Act::SignOut { token }, Outcome::Done { .. }) => {
                let session = sessions.get(token.as_str()).copied();
                (&mut signed_out, session.unwrap_or(token))
            }
            (Act::DeleteAccount, Outcome::Done { .. }) => (&mut deleted, event.user.as_str()),
            _ => continue,
        };
        let first = ends.entry(subject).or_insert((end, event));
        if first.0.returned > returned {
            *first = (end, event);
        }
    }
    let mut violations = Vec::new();
    let mut violate = |promise, subject: &str, told: &str, end: &Event, event: &Event| {
        violations.push(Violation {
            promise,
            subject: subject.to_owned(),
            told: told.to_owned(),
            events: vec![end.clone(), event.clone()],
        });
    };
    for event in events {
        let worked = matches!(event.outcome, Outcome::Tokens { .. })
            || matches!(
                (&event.act, &event.outcome),
                (Act::Write(_), Outcome::Done { .. })
            );
        if !worked {
            continue;
        }
        if let Some((end, by)) = deleted.get(event.user.as_str())
            && event.invoke > end.returned
        {
            let told = "worked after the account was deleted";
            violate(Promise::Leaving, &event.user, told, by, event);
        }
        let Act::Refresh { token } = &event.act else {
            continue;
        };
        if let Some((end, by)) = exchanged.get(token.as_str())
            && event.invoke > end.returned
            && event.at > end.at + GRACE
        {
            let told = "an exchanged token worked again after the time of grace";
            violate(Promise::Sessions, token, told, by, event);
        }
        let session = sessions.get(token.as_str()).copied().unwrap_or(token);
        if let Some((end, by)) = signed_out.get(session)
            && event.invoke > end.returned
        {
            let told = "a token worked after its session was ended";
            violate(Promise::Sessions, token, told, by, event);
        }
    }
    violations
}
