//! Searches through every state of the small sizes: no property fails, and each planted bug is found.

use clap::ValueEnum as _;
use feed_model::{
    feed::{Bug, Feed, Size},
    properties,
    search::shortest,
};
use stateright::{Checker as _, Model as _};

/// Searches through all states of a size. Fails with the steps to where a property does not hold.
fn search(size: Size) {
    let feed = Feed::new(size, None);
    feed.checker().spawn_bfs().join().assert_properties();
}

#[test]
fn relays_may_contend_and_deliver_twice() {
    search(Size::Relays);
}

#[test]
fn others_may_write_during_a_snapshot() {
    search(Size::Snapshot);
}

#[test]
fn rows_cursors_and_heads_may_expire() {
    search(Size::Expiry);
}

#[test]
fn a_reset_follows_what_spoils_the_log() {
    search(Size::Operators);
}

#[test]
fn messages_of_the_push_may_be_lost_or_late() {
    search(Size::Push);
}

#[test]
fn writes_of_an_item_wait_for_each_other() {
    search(Size::Queue);
}

#[test]
fn a_write_may_be_refused() {
    search(Size::Refusal);
}

#[test]
fn a_client_may_write_during_a_snapshot() {
    search(Size::PushInSnapshot);
}

/// What the search finds first.
fn property(bug: Bug) -> &'static str {
    match bug {
        Bug::CursorIsUpdatedAt
        | Bug::CounterBeforeTheWrite
        | Bug::WritersKeepTheLog
        | Bug::RelayAcknowledgesFirst
        | Bug::EpochNotChecked => properties::CONVERGES,
        Bug::RelayWithoutHeadCondition
        | Bug::StaleItems
        | Bug::ItemsBeforeHead
        | Bug::UnprocessedIsDeleted
        | Bug::NoGapCheck
        | Bug::HeadAfterSnapshot
        | Bug::StaleSnapshot
        | Bug::CursorBeforeItems
        | Bug::AnswerOverNewerItem => properties::SKIPS_NO_ROW,
        Bug::BeyondHeadAccepted => properties::WITHIN_THE_LOG,
        Bug::OlderPageOverAnswer => properties::STAYS_DELETED,
        Bug::SweepBeforeWhole | Bug::AnswerIsSwept => properties::STAYS_SHOWN,
        Bug::RetryWithNewKey | Bug::OldAddRepeated => properties::AT_MOST_ONCE,
        Bug::SwallowedConflict => properties::NONE_LOST,
        Bug::RefusedBlocks => properties::NOTHING_BLOCKS,
    }
}

#[test]
fn each_planted_bug_is_found() {
    for bug in Bug::value_variants() {
        let found = shortest(Feed::that_shows(*bug)).map(|finding| finding.property);
        assert_eq!(found, Some(property(*bug)), "{bug:?}");
    }
}
