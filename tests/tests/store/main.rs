//! One suite for every store and every noun: each promise of [`kit::store::Store`] and [`kit::store::Records`], on every store
//! there is, with the nouns of [`nouns`].
//!
//! The embedded store is always there, in memory and in a file. A DynamoDB is there when
//! `DYNAMODB_ENDPOINT` names one (any: AWS's own, MiniStack, or one that `EMULATOR` names); its tests create
//! tables of their own and drop them. A store that is not there has no tests, so none can pass
//! without having run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod adders;
mod backend;
mod changes;
mod found;
mod guards;
mod known;
mod leaving;
mod newer;
mod nouns;
mod offline;
mod once;
mod pages;
mod private;
mod relay;
mod sample;
mod search;
mod wire;
mod writes;

use std::{future::Future, ops::Deref, pin::Pin, process::ExitCode, sync::Arc};

use kit::{
    resource::{Access, Resource},
    store::{Records, StoreSource as _, dynamo::DynamoStore},
};
use libtest_mimic::{Arguments, Trial};
use local::store::EmbeddedStore;
use movies::Movie;

use self::{
    backend::{Backend, Streams},
    sample::Sample,
};

/// The store of a noun that a test is given, empty, and the records beside it.
#[derive(Clone)]
struct Store<R: Resource> {
    resources: Arc<dyn kit::store::Store<R>>,
    records: Arc<dyn Records>,
    /// The streams that nothing follows unless a test says so.
    streams: Option<Streams>,
}

impl<R: Resource> Store<R> {
    /// Waits until searches and changes have all that was written.
    async fn settle(&self) {
        if let Some(streams) = &self.streams {
            streams.settle().await;
        }
    }
}

impl<R: Resource> Deref for Store<R> {
    type Target = dyn kit::store::Store<R>;

    fn deref(&self) -> &Self::Target {
        &*self.resources
    }
}

/// A store whose streams nobody follows.
impl<R: Resource> From<DynamoStore> for Store<R> {
    fn from(store: DynamoStore) -> Self {
        Self {
            resources: Arc::new(store.table(R::MANY)),
            records: Arc::new(store),
            streams: None,
        }
    }
}

impl<R: Resource> From<EmbeddedStore> for Store<R> {
    fn from(store: EmbeddedStore) -> Self {
        Self {
            resources: store.store(),
            records: Arc::new(store),
            streams: None,
        }
    }
}

type Test<R> = fn(Store<R>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Names test functions and makes them callable on any store of a noun.
macro_rules! suite {
    ($Noun:ident: $($module:ident: $($test:ident),+ $(,)?;)+) => {
        vec![$($((
            concat!(stringify!($module), "::", stringify!($test)),
            (|store| Box::pin($module::$test(store))) as Test<$Noun>,
        )),+),+]
    };
}

/// The tests of a shared noun.
fn shared<R: Sample>() -> Vec<(&'static str, Test<R>)> {
    suite! {
        R:
        writes:
            a_resource_that_was_added_is_found,
            a_resource_that_was_not_added_is_not_found,
            every_value_round_trips,
            adding_an_existing_key_is_refused_and_changes_nothing,
            of_many_writers_adding_one_key_one_succeeds,
            an_update_touches_what_it_names,
            an_update_adds_one_to_the_version_and_keeps_the_moment_of_adding,
            a_deleted_resource_is_gone_and_may_be_added_again;
        guards:
            a_missing_resource_is_not_found,
            each_guard_is_checked_in_order,
            a_refused_write_changes_nothing,
            of_many_writers_updating_one_revision_one_succeeds,
            updates_without_a_guard_all_succeed,
            a_resource_added_again_is_another_revision;
        once:
            a_write_repeated_gives_the_first_result,
            a_replay_gives_the_first_result_even_when_the_resource_has_changed,
            a_key_used_for_another_request_is_refused,
            a_failed_write_leaves_no_record,
            a_refusal_that_is_recorded_is_final,
            no_refusal_takes_the_place_of_a_result,
            keys_of_different_callers_are_different,
            a_key_is_forgotten_after_24_hours,
            a_key_used_again_after_it_was_forgotten_is_kept_anew,
            a_guard_holds_for_a_write_with_a_key,
            retries_that_race_their_first_try_happen_once,
            updates_with_different_keys_all_happen;
        pages:
            a_listing_yields_every_resource_once_in_the_order_of_sort_texts,
            a_partition_lists_its_own_resources,
            a_prefix_lists_the_sort_texts_that_begin_so,
            a_page_never_exceeds_its_limit,
            an_empty_listing_ends,
            a_cursor_stays_good_when_its_resource_is_deleted;
        adders:
            added_by_yields_every_resource_of_a_user_once,
            the_list_of_a_user_follows_the_resources,
            a_page_goes_on_behind_a_resource_that_is_no_longer_the_users,
            disowning_takes_the_owner_and_makes_a_new_version,
            a_resource_of_nobody_meets_no_owners_guard,
            what_is_not_the_users_is_left_as_it_is,
            of_many_that_disown_at_once_one_takes_effect,
            of_many_that_delete_at_once_all_succeed,
            disowning_and_deleting_at_once_end_in_one_of_both;
        changes:
            every_write_is_told,
            a_refused_write_is_no_change,
            changes_have_pages,
            a_snapshot_misses_nothing,
            a_position_of_another_log_has_expired;
        offline:
            clients_that_go_on_and_off_end_equal;
        leaving:
            a_user_who_begins_to_leave_is_known_as_such,
            when_a_deletion_was_begun_is_told_each_time,
            who_leaves_writes_no_more_until_no_token_is_good,
            writers_that_race_a_deletion_leave_nothing,
            remembered_tells_the_callers_own_keys,
            forgetting_leaves_the_records_of_others,
            forgetting_is_complete_and_remembering_is_bounded,
            a_key_used_again_after_forgetting_is_kept_for_its_24_hours,
            what_another_recorded_of_the_users_resource_stays_with_the_other;
    }
}

/// The tests of searches, which are those of movies.
fn searches() -> Vec<(&'static str, Test<Movie>)> {
    suite! {
        Movie:
        search:
            words_are_found_by_their_beginnings,
            titles_are_found_by_their_beginning,
            an_order_lists_those_that_have_a_value,
            a_genre_lists_its_own_movies,
            an_update_moves_a_movie_in_every_list,
            a_write_that_moves_nothing_leaves_the_lists,
            what_is_deleted_is_found_no_more,
            a_cursor_of_a_search_stays_good_when_its_movie_is_deleted,
            a_page_of_several_words_looks_at_a_bounded_number,
            long_texts_are_found;
    }
}

/// The tests of a private noun.
fn private<R: Sample>() -> Vec<(&'static str, Test<R>)> {
    suite! {
        R:
        private:
            every_value_of_a_private_resource_round_trips,
            a_user_reaches_the_own_resources_alone,
            a_private_resource_is_written_once_a_key,
            a_private_listing_has_pages,
            the_keys_of_a_user_are_told_without_a_lag,
            who_leaves_adds_no_private_resource;
        changes:
            every_write_is_told,
            a_refused_write_is_no_change,
            changes_have_pages,
            a_snapshot_misses_nothing,
            a_position_of_another_log_has_expired,
            the_log_of_another_user_is_another;
        offline:
            clients_that_go_on_and_off_end_equal;
    }
}

/// The tests of a noun, on every store there is.
struct Suite {
    noun: &'static str,
    trials: Vec<Trial>,
}

impl Suite {
    fn of<R: Sample>() -> Self {
        let mut trials = Vec::new();
        for backend in Backend::all() {
            let tests = match R::ACCESS {
                Access::Shared => shared::<R>(),
                Access::Private => private::<R>(),
            };
            trials.extend(tests.into_iter().map(|(name, test)| {
                let backend = backend.clone();
                Trial::test(backend.name::<R>(name), move || {
                    backend.run(test);
                    Ok(())
                })
            }));
            trials.extend(backend.search_trial::<R>());
        }
        Self {
            noun: R::MANY,
            trials,
        }
    }
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    tests::logs::install();
    let newer = Backend::all()
        .into_iter()
        .flat_map(|backend| backend.newer_trials());
    let searches = Backend::all().into_iter().flat_map(|backend| {
        let tests = searches().into_iter();
        tests.map(move |(name, test)| {
            let (name, backend) = (backend.name::<Movie>(name), backend.clone());
            Trial::test(name, move || {
                backend.run(test);
                Ok(())
            })
        })
    });
    let trials = nouns::trials()
        .into_iter()
        .chain(newer)
        .chain(searches)
        .chain(backend::file_trials())
        .chain(backend::disk_trials())
        .chain(backend::damage_trials())
        .chain(backend::torn_trials())
        .chain(changes::trials())
        .chain(found::trials())
        .chain(relay::trials())
        .chain(search::trials())
        .chain(wire::trials());
    libtest_mimic::run(&arguments, known::mark(trials)).exit_code()
}
