"""Messages to the court keep their order on PostgreSQL, and logs keep what was written."""

from tests.mediation_server.store.test_audit import (
    test_an_entry_is_written_with_its_act_or_not_at_all,
    test_entries_come_back_in_the_order_they_were_written,
    written,
)
from tests.mediation_server.store.test_outbox import (
    filled,
    test_a_dead_message_blocks_its_matter_and_no_other,
    test_heads_come_soonest_attempt_first,
    test_messages_are_numbered_within_their_matter,
    test_messages_can_be_made_to_wait_again,
    test_only_the_first_undelivered_message_of_a_matter_is_its_head,
    test_the_inbox_finds_a_message_by_its_id_and_by_its_business,
    test_the_same_business_is_queued_once,
)
