"""Letters that wait together go out together, each of them once."""

from collections import Counter
from dataclasses import replace

from mediation_server.services.mailing import send_letters
from mediation_server.store import letters
from tests.filing_desk import FilingDesk


class Gateway:
    """Takes every message and remembers which."""

    def __init__(self):
        self.taken = []

    async def send(self, notice):
        self.taken.append(notice.id)


async def test_four_letters_of_one_turn_are_each_sent_once(ctx):
    gateway = Gateway()
    desk = await FilingDesk(replace(ctx, notifier=gateway)).opened()
    asked = [await desk.diverted() for _ in range(2)]  # both sides of each are asked whether they want to mediate

    async def waiting():
        async with ctx.db.reading() as tx:
            return [each for matter in asked for each in await letters.letters_of(tx, matter.id)]

    gateway.taken.clear()  # what the desk's own steps said at once
    written = await waiting()
    assert [each.sent_at for each in written] == [None] * 4
    assert [await send_letters(desk.ctx) for _ in range(2)] == [4, 0]
    assert Counter(gateway.taken) == dict.fromkeys((each.id for each in written), 1)
    assert [each.sent_at for each in await waiting()] == [ctx.clock.now()] * 4
