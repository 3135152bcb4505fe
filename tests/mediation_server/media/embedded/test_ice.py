import os
from dataclasses import dataclass, field

from mediation_server.media.embedded.ice import IceLite
from mediation_server.media.embedded.limits import MS, SECOND, Limits

HOME, MOBILE = ("192.0.2.1", 1000), ("198.51.100.1", 2000)


@dataclass
class Check:
    nominates: bool = False
    transaction: bytes = field(default_factory=lambda: os.urandom(12))


def ice():
    return IceLite(Limits())


def test_the_first_authenticated_address_is_used_until_one_is_nominated():
    side = ice()
    side.check(Check(), side.credentials, HOME, 1)
    assert side.selected == HOME
    side.check(Check(), side.credentials, MOBILE, 2)
    assert side.selected == HOME
    side.check(Check(nominates=True), side.credentials, MOBILE, 3)
    assert side.selected == MOBILE


def test_a_check_without_nomination_takes_over_once_the_path_was_silent_for_a_second():
    side = ice()
    side.check(Check(nominates=True), side.credentials, HOME, 1)
    side.check(Check(), side.credentials, MOBILE, 900 * MS)
    assert side.selected == HOME
    side.check(Check(), side.credentials, MOBILE, SECOND + 2)
    assert side.selected == MOBILE


def test_a_replay_from_elsewhere_changes_nothing_and_from_the_same_place_is_a_retransmission():
    side, check = ice(), Check(nominates=True)
    assert side.check(check, side.credentials, HOME, 1)
    assert side.check(check, side.credentials, HOME, 2)
    assert not side.check(check, side.credentials, MOBILE, 3 * SECOND)
    assert side.selected == HOME
    assert side.addresses == (HOME,)


def test_old_credentials_live_until_the_new_are_nominated():
    side = ice()
    old = side.credentials
    side.check(Check(nominates=True), old, HOME, 1)
    new = side.restart() or side.credentials
    assert side.by_ufrag(old.ufrag) is old
    side.check(Check(nominates=True), old, HOME, 2)
    side.check(Check(), new, MOBILE, 3)
    assert side.by_ufrag(old.ufrag) is old
    side.check(Check(nominates=True), new, MOBILE, 4)
    assert side.selected == MOBILE
    assert side.by_ufrag(old.ufrag) is None
    for _ in range(5):
        side.restart()
    assert len(side.generations) == 2


def test_addresses_are_bounded_and_the_selected_one_stays():
    side = ice()
    side.check(Check(nominates=True), side.credentials, HOME, 1)
    for port in range(100):
        side.check(Check(), side.credentials, ("192.0.2.9", port), 2)
    assert len(side.addresses) == Limits().addresses_per_transport
    assert HOME in side.addresses


def test_a_browser_that_checks_rarely_is_known():
    side = ice()
    for second in range(0, 30, 5):
        side.check(Check(nominates=True), side.credentials, HOME, second * SECOND + 1)
    assert side.checks_slowly
    often = ice()
    for second in range(0, 30, 2):
        often.check(Check(nominates=True), often.credentials, HOME, second * SECOND + 1)
    assert not often.checks_slowly


def test_checks_are_counted_out():
    side = IceLite(Limits(checks_per_second=3))
    assert [side.admit() for _ in range(4)] == [True, True, True, False]
    side.refill()
    assert side.admit()
