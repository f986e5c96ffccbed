//! One suite for every backend: the guarantees of the store's operations.
//!
//! A case is a `fn(&Store)` that gets an empty store. `model` compares the backends under random operations; `file`
//! tests the redb file itself.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod calls;
mod clients;
mod codes;
mod copies;
mod crowding;
mod damage;
mod direct;
mod ended;
mod faults;
mod file;
mod fixtures;
mod flood;
mod keys;
mod listing;
mod logins;
mod model;
mod model_look;
mod model_sessions;
mod parallel;
mod passkeys;
mod personal;
mod refresh;
mod second_factors;
mod server;
mod sessions;
mod sharing;
mod sweeping;
mod tenancy;
mod without_proof;

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
    audit: an_operation_and_its_rows_are_written_together, a_failed_operation_writes_no_row, a_full_table_refuses_rows_and_no_operation,
        a_sweep_removes_old_rows_and_the_oldest_of_too_many, rows_are_found_by_each_of_their_texts, reading_continues_where_a_page_ended,
        hostile_texts_are_kept_within_their_limits, the_rows_of_a_subject_can_be_erased;
    clients: registering_again_changes_nothing, the_last_use_of_a_client_is_recorded_by_day_or_hour, an_update_of_the_metadata_keeps_the_other_fields,
        a_client_that_does_not_exist_can_be_put, a_dropped_redirect_uri_ends_its_grants,
        removing_a_client_ends_its_grants, an_assertion_is_used_once,
        revocations_are_remembered_as_long_as_any_token,
        a_users_grants_are_limited_and_a_new_one_ends_the_oldest, creating_and_revoking_grants_without_end_is_refused;
    logins: a_login_is_visible_only_to_its_own_browser, a_login_expires, a_step_is_replaced_only_if_it_is_the_expected_one,
        a_login_can_be_sent_to_the_provider_again, a_login_can_begin_only_at_its_first_step, a_login_can_finish_only_with_its_own_code,
        a_login_is_found_by_the_state_of_the_providers_response, a_new_cookie_value_replaces_the_old_one,
        finishing_a_login_creates_the_code_and_removes_the_login, a_login_whose_client_was_removed_cannot_finish,
        denial_removes_the_login, ids_are_never_reused;
    codes: a_code_is_redeemed_once, reuse_revokes_what_was_granted, a_code_expires,
        another_client_can_neither_redeem_nor_revoke_a_code, the_pkce_proof_of_another_code_does_not_redeem_a_code, a_grant_is_for_its_own_tenant, a_redeemed_code_keeps_no_access_token_of_the_provider, redeemed_codes_are_remembered_for_a_while;
    direct: a_grant_without_a_login_goes_on, a_grant_without_a_login_is_of_one_user_client_and_tenant, an_assertion_leads_to_a_grant_once, a_client_that_the_provider_names_is_approved,
        a_direct_grant_has_neither_redirect_uri_nor_another_tenant, direct_grants_of_a_user_are_limited_like_others;
    ended: whatever_ends_a_grant_notes_it_with_its_tokens, only_live_grants_with_tokens_are_noted_once, operations_at_the_same_time_note_their_own_grants;
    refresh: rotation_replaces_the_token_by_its_successor, within_the_grace_period_a_rotation_returns_the_same_successor,
        the_grace_period_ends_when_the_successor_is_used, the_grace_period_expires, another_client_cannot_rotate_or_end_a_token,
        tokens_and_grants_end_at_their_idle_and_absolute_lifetimes, revocation_takes_effect_immediately, data_learned_at_a_refresh_is_stored_with_the_grant, a_revoked_grant_keeps_no_access_token_of_the_provider, one_sidecar_asks_the_provider_at_a_time, old_tokens_are_forgotten,
        setting_the_clock_back_ends_no_grant;
    parallel: only_one_of_parallel_calls_redeems_a_code, parallel_rotations_of_a_token_get_one_successor, only_one_of_parallel_calls_advances_a_login,
        only_one_of_parallel_calls_creates_a_client, one_assertion_is_used_by_one, one_assertion_leads_to_one_grant, only_one_of_parallel_calls_replaces_the_key_ring, only_one_of_parallel_calls_may_ask_the_provider,
        parallel_operations_write_all_their_audit_rows;
    tenancy: no_operation_reads_or_changes_records_of_another_tenant, no_operation_reads_or_changes_records_of_another_browser_or_client;
    listing: listings_are_in_pages_and_skip_nothing, a_listing_shows_only_what_it_is_about, long_client_ids_are_listed_too,
        a_users_grants_are_found_at_each_tenant, a_grant_is_shown_with_its_last_refresh, ending_grants_ends_those_that_are_live_and_no_others,
        listings_of_an_empty_store_are_empty;
    sessions: a_sign_in_begins_a_session_and_ends_the_login, a_session_matches_its_login, a_session_continues_under_a_new_secret, a_replaced_secret_ends_the_session,
        a_session_expires_when_it_is_not_used_and_at_its_absolute_end, a_session_is_that_of_one_tenant, a_login_begins_at_the_consent_by_a_live_session_only,
        a_login_ends_with_its_session, a_password_begins_a_session_with_the_step, a_new_session_replaces_the_browsers_old_one, a_users_sessions_are_limited, the_sessions_of_a_part_of_the_users_are_limited,
        a_user_who_signs_in_in_another_way_has_one_session_left, sessions_of_a_password_end_at_each_tenant, users_end_their_own_grants_only, ending_everything_leaves_one_session, an_administrator_ends_a_users_sessions, connections_are_in_pages_with_their_last_use, a_sweep_removes_expired_sessions;
    keys: either_all_sealed_values_are_replaced_or_none, access_tokens_of_the_provider_have_a_place_of_their_own, the_key_ring_is_replaced_only_at_the_expected_version, a_key_ring_requires_exactly_one_active_key,
        a_key_ring_may_have_one_active_key_for_personal_tokens;
    personal: a_personal_token_is_stored_once, a_user_has_a_limited_number_of_personal_tokens, ended_personal_tokens_are_limited_until_they_would_have_expired,
        personal_tokens_and_connections_do_not_displace_each_other, a_revoked_personal_token_is_remembered_until_it_expires, a_user_ends_personal_tokens_like_connections,
        a_user_who_lost_access_loses_all_personal_tokens, a_personal_token_is_that_of_its_client_and_tenant, removing_the_client_ends_all_personal_tokens_of_the_tenant;
    second_factors: a_second_factor_is_set_up_once, a_code_is_accepted_once, a_recovery_code_is_accepted_once, a_second_factor_is_removed,
        only_one_of_parallel_calls_uses_a_code;
    passkeys: a_user_adds_passkeys_under_one_handle, a_user_has_at_most_so_many_passkeys, a_signature_is_accepted_once_and_the_counter_rises,
        passkeys_are_removed, only_one_of_parallel_calls_uses_a_signature;
    sweeping: a_sweep_removes_expired_records, a_sweep_in_batches_reports_that_there_is_more, a_sweep_removes_idle_clients_without_a_grant,
        clients_that_no_user_approved_are_removed_after_a_day,
        a_grant_is_removed_with_its_last_refresh_token, a_sweep_of_an_empty_store_removes_nothing;
}
