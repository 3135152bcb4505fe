"""What runs out is acted on once on PostgreSQL too."""

from tests.mediation_server.services.test_sweeping import (
    desk,
    test_a_mediator_who_says_nothing_for_three_working_days_is_passed_over,
    test_a_message_that_was_sent_before_the_crash_is_not_seen_twice,
    test_a_sweep_asks_the_database_as_often_for_many_matters_as_for_one,
    test_after_a_week_without_anybody_what_ran_out_is_acted_on_once,
    test_reminders_are_sent_once_to_each_party_then_the_period_ends_the_mediation,
    test_when_the_holidays_of_a_year_become_known_every_last_day_is_counted_anew,
)
