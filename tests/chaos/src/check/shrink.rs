//! Makes the history of a violation short. Each step is sound: what is left breaks the promise by itself only if the whole does.
//!
//! The events behind a moment may go if those that were not answered by then count as not answered. A read may go, and a refusal: they
//! change nothing. A write may not, because what is read later would come from nowhere.

use super::{
    Promise, Violation,
    item::Item,
    linear::{Verdict, judge},
};
use crate::history::{Act, Event, Outcome};

/// The violation that an item's events show, with as few of them as were found.
#[must_use]
pub fn violation(item: &str, events: &[&Event]) -> Violation {
    let events = shortened(events);
    let last = events.iter().max_by_key(|event| event.returned);
    let last = last.map_or(0, |event| event.invoke);
    Violation {
        promise: Promise::Linearizable,
        subject: item.to_owned(),
        told: format!("no order of these explains the answer to {last}"),
        events,
    }
}

/// The most states that are visited to see whether a shorter history fails.
const MOST_STATES: usize = 100_000;

fn fails(events: &[Event]) -> bool {
    let events: Vec<_> = events.iter().collect();
    judge(&Item::default(), &events, MOST_STATES) == Verdict::Violated
}

/// The history up to a moment: what was not answered by then has no answer.
fn until(events: &[&Event], moment: u64) -> Vec<Event> {
    let begun = events.iter().filter(|event| event.invoke <= moment);
    begun
        .map(|event| {
            let mut event = (*event).clone();
            if event.returned.is_some_and(|returned| returned > moment) {
                event.returned = None;
                event.until = None;
                event.outcome = Outcome::Unknown { status: None };
            }
            event
        })
        .collect()
}

fn shortened(events: &[&Event]) -> Vec<Event> {
    let mut moments: Vec<_> = events.iter().filter_map(|event| event.returned).collect();
    moments.sort_unstable();
    // The whole fails, and what fails early fails later too: a binary search finds the first answer that nothing explains.
    let first = moments.partition_point(|&moment| !fails(&until(events, moment)));
    let mut shortest = match moments.get(first) {
        Some(&moment) => until(events, moment),
        None => events.iter().map(|event| (*event).clone()).collect(),
    };
    shortest.retain(super::tells);
    drop_what_changes_nothing(&mut shortest);
    shortest
}

/// Drops reads and refusals in pieces, large ones first, as long as the rest fails.
fn drop_what_changes_nothing(events: &mut Vec<Event>) {
    let mut piece = events.len();
    while piece > 0 {
        let mut at = 0;
        while at < events.len() {
            let end = (at + piece).min(events.len());
            let mut fewer = events.clone();
            let mut index = 0;
            fewer.retain(|event| {
                let drop = (at..end).contains(&index) && changes_nothing(event);
                index += 1;
                !drop
            });
            if fewer.len() < events.len() && fails(&fewer) {
                *events = fewer;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
}

fn changes_nothing(event: &Event) -> bool {
    let is_refusal = matches!(
        event.outcome,
        Outcome::Absent | Outcome::Exists | Outcome::Mismatch | Outcome::Forbidden
    );
    is_refusal || matches!(event.act, Act::Read { .. })
}
