"""Matters move on PostgreSQL as they do on SQLite: the same tests, another database."""

from tests.mediation_server.services.test_procedure import (
    desk,
    test_24_an_audit_row_for_every_transition_names_who_what_and_the_law,
    test_of_two_commands_at_once_only_one_wins,
    test_the_row_is_at_every_step_what_the_log_says,
    test_the_same_word_given_ten_times_at_once_counts_once,
    test_what_is_refused_changes_nothing,
    test_what_the_court_has_to_know_commits_with_the_fact,
    test_whoever_reaches_for_anothers_part_is_written_down,
)
