//! Both stages run the first build.

mod accounts;
mod changes;
mod gateway;
mod hosting;
mod movies;
mod rights;
mod stages;
mod verify;

pub(crate) use self::{
    accounts::{an_account_lives_from_sign_up_to_deletion, an_authenticator_app_is_asked_for},
    changes::{
        a_change_reaches_the_feed_and_the_searches, a_private_change_reaches_its_user_alone,
    },
    gateway::{
        a_token_of_the_other_stage_is_refused, a_web_page_may_call, the_gateway_knows_every_path,
        the_gateway_refuses_what_is_no_good_token,
    },
    hosting::{
        a_bucket_is_read_through_its_distribution_alone, a_picture_is_uploaded_seen_and_deleted,
        the_app_is_served_with_its_policy, the_function_writes_files_of_its_stage_alone,
    },
    movies::{
        a_movie_is_added_found_listed_changed_and_deleted,
        a_repeated_request_is_answered_as_before, every_fault_of_a_request_is_named,
    },
    rights::{
        the_function_may_do_what_it_does_and_no_more, the_relay_may_do_what_it_does_and_no_more,
    },
    stages::{
        accounts_of_one_stage_are_not_in_the_other, each_stage_runs_its_own_version,
        movies_of_one_stage_are_not_in_the_other,
    },
    verify::verify_finds_nothing_wrong,
};
