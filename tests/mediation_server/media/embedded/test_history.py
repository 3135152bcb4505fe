from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.history import History


@given(st.lists(st.integers(0, 200), max_size=300))
def test_a_history_returns_what_was_put_or_nothing_and_never_another_packet(numbers):
    history = History(32)
    newest: dict[int, int] = {}
    for number in numbers:
        history.put(number, b"%d" % number)
        newest[number % 32] = max(number, newest.get(number % 32, 0))
    for number in range(201):
        expected = b"%d" % number if newest.get(number % 32) == number and number in numbers else None
        assert history.get(number) == expected


def test_packets_since_a_number_come_in_order_and_leave_out_holes():
    history = History(8)
    for number in (3, 5, 4, 7):
        history.put(number, b"%d" % number)
    assert history.since(3, 8) == [b"3", b"4", b"5", b"7"]
    assert history.since(-100, 8) == [b"3", b"4", b"5", b"7"]


def test_a_cleared_history_is_empty():
    history = History(8)
    history.put(1, b"1")
    history.clear()
    assert history.get(1) is None
