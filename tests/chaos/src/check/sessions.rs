//! Sessions and deleted users: what works no more.

use std::collections::HashMap;

use super::{Promise, Violation};
use crate::history::{Act, Event, Outcome};

/// The time for which an exchanged refresh token may come again, because its answer was lost, in milliseconds: the grace of the
/// deployed user pool and of the laptop's identity, and a second for clocks that keep seconds.
pub const GRACE: u64 = 11_000;

/// The clock of the laptop's server over its lives. It measures the time of grace by its clock, so a clock that goes back makes that longer.
/// On AWS it is Cognito that does, which has one clock.
struct Clocks(Vec<Life>);

/// A life of the server: when it may have begun, in milliseconds, when it surely had, and by how many milliseconds its clock is ahead.
struct Life {
    begun: u64,
    surely: u64,
    ahead: i64,
}

impl Clocks {
    fn of(events: &[Event]) -> Self {
        let mut lives: Vec<_> = events
            .iter()
            .filter_map(|event| match event.outcome {
                Outcome::Clock { ahead } => Some(Life {
                    begun: event.at,
                    surely: event.until.unwrap_or(event.at),
                    ahead: ahead * 1_000,
                }),
                _ => None,
            })
            .collect();
        lives.sort_by_key(|life| life.surely);
        Self(lives)
    }

    /// The least and the most by which the clock may have been ahead at some moment between these two.
    fn between(&self, from: u64, to: u64) -> (i64, i64) {
        let end = |at: usize| self.0.get(at + 1).map_or(u64::MAX, |next| next.surely);
        let lives = self.0.iter().enumerate();
        let possible: Vec<_> = lives
            .filter(|(at, life)| life.begun <= to && from <= end(*at))
            .map(|(_, life)| life.ahead)
            .collect();
        let least = possible.iter().min().copied().unwrap_or_default();
        (least, possible.iter().max().copied().unwrap_or_default())
    }

    /// The least time in milliseconds from the answer to `first` to the invocation of `second`, as the server's clock has it.
    fn least(&self, first: &Event, second: &Event) -> i64 {
        let until = |event: &Event| event.until.unwrap_or(event.at);
        let (_, most) = self.between(first.at, until(first));
        let (least, _) = self.between(second.at, until(second));
        second.at.cast_signed() - until(first).cast_signed() + least - most
    }
}

/// Judges the sessions of a history.
#[must_use]
pub fn check(events: &[Event]) -> Vec<Violation> {
    let clocks = Clocks::of(events);
    // What has ended, with the number of the answer that said so, and the request.
    let mut exchanged: HashMap<&str, (u64, &Event)> = HashMap::new();
    let mut signed_out: HashMap<&str, (u64, &Event)> = HashMap::new();
    let mut deleted: HashMap<&str, (u64, &Event)> = HashMap::new();
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
        let first = ends.entry(subject).or_insert((returned, event));
        if first.0 > returned {
            *first = (returned, event);
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
            && event.invoke > *end
        {
            let told = "worked after the account was deleted";
            violate(Promise::Leaving, &event.user, told, by, event);
        }
        let Act::Refresh { token } = &event.act else {
            continue;
        };
        if let Some((end, by)) = exchanged.get(token.as_str())
            && event.invoke > *end
            && clocks.least(by, event) > GRACE.cast_signed()
        {
            let told = "an exchanged token worked again after the time of grace";
            violate(Promise::Sessions, token, told, by, event);
        }
        let session = sessions.get(token.as_str()).copied().unwrap_or(token);
        if let Some((end, by)) = signed_out.get(session)
            && event.invoke > *end
        {
            let told = "a token worked after its session was ended";
            violate(Promise::Sessions, token, told, by, event);
        }
    }
    violations
}
