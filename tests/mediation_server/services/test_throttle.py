from mediation_server.services.throttle import Limit, Throttle

LIMIT = Limit(3, 1000)


def test_so_many_in_a_window_and_then_no_more(clock):
    throttle = Throttle()
    assert [throttle.admit(clock, "a", LIMIT) for _ in range(5)] == [True, True, True, False, False]
    assert throttle.admit(clock, "b", LIMIT)
    clock.advance(seconds=0.999)
    assert not throttle.admit(clock, "a", LIMIT)
    clock.advance(seconds=0.001)
    assert throttle.admit(clock, "a", LIMIT)


def test_a_rightful_attempt_is_given_back(clock):
    throttle = Throttle()
    for _ in range(10):
        assert throttle.admit(clock, "a", LIMIT)
        throttle.forgive("a")
    throttle.forgive("never seen")


def test_the_table_does_not_grow_and_whoever_keeps_trying_is_not_forgotten(clock):
    throttle = Throttle(capacity=100)
    admitted = []
    for number in range(1000):
        throttle.admit(clock, f"key {number}", LIMIT)
        admitted.append(throttle.admit(clock, "kept", LIMIT))
    assert len(throttle) == 100
    assert admitted == [True] * 3 + [False] * 997
