//! One suite for every store: what the trait promises, backend by backend.
//!
//! A case is `fn(&Store)` and finds a store that is empty. `model` compares the backends under
//! random operations; `file` is about the redb file itself.
#![expect(clippy::unwrap_used, reason = "tests")]

mod calls;
mod clients;
mod codes;
mod copies;
mod damage;
mod faults;
mod file;
mod fixtures;
mod flood;
mod keys;
mod logins;
mod model;
mod parallel;
mod refresh;
mod server;
mod sharing;
mod sweeping;
mod tenancy;

macro_rules! suite {
    ($($module:ident: $($case:ident),+;)+) => {
        mod memory {
            $($(#[test] fn $case() { crate::$module::$case(&store::Store::oracle()); })+)+
        }
        mod redb {
            $($(#[test] fn $case() {
                let folder = tempfile::tempdir().unwrap();
                crate::$module::$case(&store::Store::open_file(&folder.path().join("bouncer.db")).unwrap());
            })+)+
        }
        mod postgres {
            $($(#[test] fn $case() { crate::$module::$case(&crate::server::store()); })+)+
        }
    };
}

suite! {
    clients: registering_again_changes_nothing, a_client_is_used_to_the_day_or_the_hour, new_metadata_keep_what_was,
        a_client_can_be_put_that_was_not_there, a_dropped_redirect_uri_ends_its_grants,
        a_removed_client_takes_its_grants_along, an_assertion_is_used_once,
        revocations_are_remembered_as_long_as_any_token,
        a_user_has_so_many_grants_and_the_oldest_gives_way, who_makes_and_ends_grants_for_ever_is_stopped;
    logins: a_login_is_its_browsers_own, a_login_expires, steps_compare_and_swap,
        a_login_is_sent_to_the_provider_once_more, a_login_begins_at_its_first_step, a_login_leads_to_its_own_code_alone,
        the_upstream_answer_finds_its_login, a_new_cookie_value_replaces_the_old_one,
        finishing_leaves_a_code_and_no_login, a_login_without_its_client_ends_nowhere,
        denying_removes, ids_are_never_reused;
    codes: a_code_is_redeemed_once, reuse_revokes_what_was_granted, a_code_expires,
        another_clients_code_stays_whole, another_codes_pkce_proof_spends_nothing, a_grant_is_for_its_own_tenant, spent_codes_are_remembered_for_a_while;
    refresh: rotation_yields_one_active_token, a_lost_answer_is_repeated_within_the_grace,
        the_grace_ends_when_the_successor_is_used, the_grace_ends_with_time, a_wrong_client_changes_nothing,
        idle_and_absolute_ends, revocation_is_at_once, what_was_learnt_is_kept, one_sidecar_asks_the_provider_at_a_time, old_tokens_are_forgotten,
        a_clock_set_back_ends_nothing;
    parallel: one_code_is_redeemed_by_one, one_refresh_token_has_one_successor, one_step_is_taken_by_one,
        one_registration_is_created_by_one, one_assertion_is_used_by_one, one_ring_step_is_taken_by_one, one_turn_to_ask_is_taken_by_one;
    tenancy: no_operation_crosses_tenants, nor_browsers_or_clients;
    keys: sealed_values_are_replaced_all_or_none, the_ring_steps_by_version, a_ring_needs_one_active_key;
    sweeping: expired_records_go, batches_say_that_there_is_more, idle_clients_go_unless_they_hold_a_grant,
        clients_that_nobody_approved_go_within_a_day,
        a_grant_goes_with_its_last_token, a_sweep_of_nothing_does_nothing;
}
