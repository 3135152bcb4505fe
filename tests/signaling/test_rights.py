"""The table of rights in the room: what each seat may do over Socket.IO is what its cell says, for every seat."""

import pytest

from mediation_server.domain.people import PARTICIPATING, PRESIDING, Permission
from mediation_server.domain.rights import permissions_of
from tests.room_world import CAST
from tests.signaling.browsers import served

# Every permission that is a message of its own; what each asks for is possible in a sitting that has started.
DEEDS = {
    Permission.CHAT: ("chat", lambda _: {"text": "您好"}),
    Permission.RAISE_HAND: ("hand", lambda _: {"up": True}),
    Permission.VERIFY: ("verify", lambda other: {"participant": other, "verified": False}),
    Permission.MUTE_OTHERS: ("mute", lambda other: {"participant": other, "source": "microphone", "locked": True}),
    Permission.ADMIT: ("admit", lambda _: {"participants": "all"}),
    Permission.LOCK: ("lock", lambda _: {"locked": True}),
    Permission.SUSPEND: ("suspend", lambda _: {"reason": "休息"}),
    Permission.REMOVE: ("remove", lambda other: {"participant": other, "reason": "扰乱秩序"}),
    Permission.CAUCUS: ("open_caucus", lambda _: {"side": "applicant", "minutes": 5}),
    Permission.CONCLUDE: ("conclude", lambda _: {"outcome": "agreed", "terms": "各让一步", "reasons": ""}),
}
# Sending a voice, a picture, a screen or a document is tried with the media, starting with the opening checklist.
ELSEWHERE = {
    Permission.SPEAK,
    Permission.SHOW,
    Permission.SHARE_SCREEN,
    Permission.START,
    Permission.SHOW_DOCUMENT,
}
SEATS = ("zhou", "agent", "lin", "wu", "he", "mediator")  # whoever may least first: nothing has changed for the next


@pytest.fixture
async def full(tmp_path):
    async with served(tmp_path, cast=("mediator", "zhou", "agent", "lin", "wu", "he")) as made:
        yield made


@pytest.mark.parametrize("permission", DEEDS)
async def test_each_seat_may_do_what_the_table_says(full, permission):
    people = dict(zip(("mediator", *SEATS[:-1]), await full.live(*SEATS[:-1], publish=False), strict=True))
    event, payload_about = DEEDS[permission]
    for name in SEATS:
        other = full.world.ids["lin" if name != "lin" else "zhou"]
        answer = await people[name].ask(event, payload_about(other))
        granted = permissions_of(CAST[name][0])
        allowed = permission in (granted if name == "mediator" else granted & PARTICIPATING)  # one presides, no other
        refused = answer.get("error") == "not_permitted"
        assert refused is not allowed, (name, answer)


def test_every_permission_is_tried_here_or_with_what_it_is_for():
    assert set(DEEDS) | ELSEWHERE == set(Permission)
    assert set(DEEDS) & PARTICIPATING
    assert set(DEEDS) & (PRESIDING - PARTICIPATING)
