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


def at_home():
    side = ice()
    side.check(Check(nominates=True), side.credentials, HOME, SECOND)
    return side


def test_media_moves_a_path_only_when_one_was_proven():
    assert not ice().may_follow(1)
    side = at_home()
    assert side.may_follow(2 * SECOND)
    side.follow(MOBILE, 2 * SECOND)
    assert (side.selected, side.borrowed) == (MOBILE, MOBILE)
    assert not side.may_follow(2 * SECOND)


def test_a_check_from_the_borrowed_address_confirms_it():
    side = at_home()
    side.follow(MOBILE, 2 * SECOND)
    side.check(Check(), side.credentials, MOBILE, 3 * SECOND)
    side.expire(60 * SECOND)
    assert (side.selected, side.borrowed, side.abandoned()) == (MOBILE, None, None)


def test_a_borrowed_address_that_no_check_confirms_is_given_up_and_media_barred_for_a_while():
    side = at_home()
    side.follow(MOBILE, 2 * SECOND)
    side.expire(6 * SECOND)
    assert side.selected == MOBILE
    side.expire(6 * SECOND + 1)
    assert (side.selected, side.abandoned(), side.abandoned()) == (HOME, MOBILE, None)
    assert not side.may_follow(16 * SECOND)
    assert side.may_follow(16 * SECOND + 1)


def test_media_that_was_overtaken_by_the_move_undoes_nothing_but_later_media_does():
    side = at_home()
    side.follow(MOBILE, 2 * SECOND)
    side.elsewhere(HOME, 2 * SECOND + 500 * MS)
    assert side.selected == MOBILE
    side.elsewhere(HOME, 2 * SECOND + 501 * MS)
    assert (side.selected, side.abandoned()) == (HOME, MOBILE)


def test_a_nomination_from_home_takes_a_borrowed_path_back():
    side = at_home()
    side.follow(MOBILE, 2 * SECOND)
    side.check(Check(nominates=True), side.credentials, HOME, 2 * SECOND + 1)
    assert (side.selected, side.borrowed, side.abandoned()) == (HOME, None, MOBILE)


def test_whoever_checks_rarely_has_longer_to_confirm():
    side = ice()
    for second in range(0, 30, 5):
        side.check(Check(nominates=True), side.credentials, HOME, second * SECOND + 1)
    side.follow(MOBILE, 30 * SECOND)
    side.expire(37 * SECOND)
    assert side.selected == MOBILE
    side.expire(38 * SECOND)
    assert side.selected == HOME
