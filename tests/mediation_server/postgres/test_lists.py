"""Lists and search find on PostgreSQL what they find on SQLite, page by page."""

from tests.mediation_server.services.test_listing import (
    test_a_list_is_narrowed_by_state_track_and_last_day,
    test_a_word_that_stands_everywhere_finds_the_same_as_one_that_does_not,
    test_the_soonest_last_day_comes_first_and_pages_lose_and_repeat_nothing,
    test_what_is_found_follows_the_matter_and_its_parties,
    told,
)
from tests.mediation_server.services.test_soliciting import (
    desk,
    test_the_last_yes_lets_the_choice_of_a_mediator_begin,
)
from tests.mediation_server.services.test_triaging import (
    test_the_oldest_application_comes_first_with_the_last_day_to_decide,
)
