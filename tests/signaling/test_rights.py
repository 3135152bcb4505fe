"""The table of rights in the room: what each seat may do over Socket.IO is what its cell says."""

import pytest

from mediation_server.domain.people import PARTICIPATING, PRESIDING, Permission, Role
from mediation_server.domain.rights import permissions_of

DEEDS = {
    Permission.VERIFY: ("verify", lambda other: {"participant": other, "verified": False}),
    Permission.MUTE_OTHERS: ("mute", lambda other: {"participant": other, "source": "microphone", "locked": True}),
    Permission.ADMIT: ("admit", lambda _: {"participants": "all"}),
    Permission.LOCK: ("lock", lambda _: {"locked": True}),
    Permission.CAUCUS: ("open_caucus", lambda _: {"side": "applicant", "minutes": 5}),
    Permission.SUSPEND: ("suspend", lambda _: {"reason": "休息"}),
    Permission.RAISE_HAND: ("hand", lambda _: {"up": True}),
    Permission.CHAT: ("chat", lambda _: {"text": "您好"}),
}


@pytest.mark.parametrize("permission", DEEDS)
async def test_each_seat_may_do_what_the_table_says(server, permission):
    mediator, zhou, _ = await server.live()
    event, payload_about = DEEDS[permission]
    other = server.world.ids["lin"]
    for browser, role in ((zhou, Role.APPLICANT), (mediator, Role.MEDIATOR)):
        answer = await browser.ask(event, payload_about(other))
        allowed = permission in permissions_of(role)
        assert answer.get("error") == (None if allowed else "not_permitted"), (role, answer)


def test_what_is_asked_of_the_room_covers_both_kinds_of_cells():
    assert set(DEEDS) & PARTICIPATING
    assert set(DEEDS) & (PRESIDING - PARTICIPATING)
