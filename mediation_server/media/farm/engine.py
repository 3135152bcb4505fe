"""`FarmEngine`: the engine port over worker processes: each room lives in one, and in another when that one dies.

Knows which room lives where and what it must be (`plan.py`); knows no packet and no process (`hand.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter

from mediation_server.errors import NotFound, Unavailable
from mediation_server.media.engine import (
    CANARY_ROOM,
    Answer,
    Audience,
    EngineEvent,
    EngineListener,
    Load,
    MediaBack,
    MediaEngine,
    MemberQuality,
    PacketSink,
    Source,
    SubscribeOffer,
    Watching,
)
from mediation_server.media.farm.calls import (
    Call,
    CloseRoom,
    Expect,
    Kick,
    Look,
    Mute,
    Overhear,
    Prepare,
    Publish,
    Record,
    Restart,
    Seat,
    SetAudience,
    SetLayer,
    Subscribe,
    TakeAnswer,
    Trickle,
    pairs_of,
)
from mediation_server.media.farm.census import Census
from mediation_server.media.farm.hand import Hand
from mediation_server.media.farm.order import Order
from mediation_server.media.farm.placing import Place, chosen
from mediation_server.media.farm.plan import Plan
from mediation_server.media.farm.stall import Stall

__all__ = ["FarmEngine"]

_Result = TypeVar("_Result")
_ANSWER, _OFFER, _BOOL = TypeAdapter(Answer), TypeAdapter(SubscribeOffer), TypeAdapter(bool)


class FarmEngine(MediaEngine):
    """`orders`: one for each worker. Rooms are placed by load; a dead worker is replaced, its rooms move at once."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._census = Census()
        self._stalls = [Stall(order, self._census.seats, self._heard, self._lost, self._rehouse) for order in orders]
        self._plans: dict[str, Plan] = {}
        self._moving: set[asyncio.Task[None]] = set()
        self._turn = 0  # of the workers that the canary visits
        self._open = False

    async def start(self) -> None:
        """Start every worker. Raises `Unavailable` when one cannot serve, e.g. because its port is taken."""
        self._open = True
        try:
            outcomes = await asyncio.gather(*(each.open() for each in self._stalls), return_exceptions=True)
        except BaseException:
            await self.close()
            raise
        refused = [each for each in outcomes if isinstance(each, BaseException)]
        if refused:
            await self.close()
            raise refused[0]

    async def close(self) -> None:
        """Close every room and end every worker; idempotent."""
        self._open = False
        await asyncio.gather(*(self.close_room(room) for room in tuple(self._plans)))
        await asyncio.gather(*(each.close() for each in self._stalls))
        await asyncio.gather(*self._moving, return_exceptions=True)

    @property
    def ports(self) -> tuple[tuple[int, int | None], ...]:
        """UDP and TCP port of each worker that serves."""
        return tuple((hand.port, hand.tcp_port) for hand in self._hands())

    def worker_of(self, room: str) -> int:
        """The process id of the worker a room lives in, 0 while in none. Raises `NotFound`."""
        hand = self._plan(room).hand
        return hand.pid if hand else 0

    # -- rooms -------------------------------------------------------------------------------------------------------

    def listen(self, room: str, listener: EngineListener) -> None:
        """Call `listener` for each event of this room from now on."""
        self._plan(room).listener = listener

    async def open_room(self, room: str) -> None:
        """Make an empty room in the least loaded worker, if it is not there."""
        if room in self._plans:
            return
        hand = self._place(room)
        if hand is None or not self._open:
            raise Unavailable("media_closed")
        plan = self._plans[room] = Plan(room)
        await self._house(plan, hand)

    async def close_room(self, room: str) -> None:
        """Close all transports of a room; idempotent."""
        plan = self._plans.get(room)
        if plan is None or plan.closing:
            return
        plan.closing = True
        if plan.hand is not None:
            await plan.hand.fence(CloseRoom(room), plan.hand.order.paces.closing_s)
        for sink in (plan.sink, *plan.ears.values()):
            self._census.seats.leave(sink)
        self._plans.pop(room, None)

    # -- who sends and receives --------------------------------------------------------------------------------------

    async def publish(self, room: str, member: str, sdp: str, sources: Mapping[str, Source]) -> Answer:
        """Answer a browser's publish offer."""
        plan = self._plan(room)
        answer = await self._ask(plan, Publish(room, member, sdp, sources), _ANSWER)
        plan.published(answer.publications)
        return answer

    async def subscribe(self, room: str, member: str, publications: Sequence[str], *, fresh: bool) -> SubscribeOffer:
        """Offer exactly these publications to a member."""
        return await self._ask(self._plan(room), Subscribe(room, member, tuple(publications), fresh), _OFFER)

    async def prepare(self, room: str, guest: str) -> SubscribeOffer:
        """Offer a connection that carries nothing to somebody who is no member yet."""
        return await self._ask(self._plan(room), Prepare(room, guest), _OFFER)

    async def expect(self, room: str, guest: str) -> None:
        """Make ready for a guest who is coming in."""
        await self._asked(self._plan(room), Expect(room, guest))

    async def seat(self, room: str, guest: str, member: str) -> bool:
        """Make what was prepared for a guest a member's subscribing connection."""
        return await self._ask(self._plan(room), Seat(room, guest, member), _BOOL)

    async def restart(self, room: str, member: str) -> bool:
        """New ICE credentials for a member's subscribing transport."""
        return await self._ask(self._plan(room), Restart(room, member), _BOOL)

    async def answer(self, room: str, member: str, revision: int, sdp: str) -> None:
        """Take the browser's answer to the subscribe offer of that revision."""
        await self._asked(self._plan(room), TakeAnswer(room, member, revision, sdp))

    async def trickle(self, room: str, member: str, direction: str, candidate: str) -> None:
        """Take a remote ICE candidate."""
        await self._asked(self._plan(room), Trickle(room, member, direction, candidate))

    async def set_layer(self, room: str, member: str, publication: str, layer: str) -> None:
        """Prefer a simulcast layer for one subscription."""
        await self._asked(self._plan(room), SetLayer(room, member, publication, layer))

    async def look(self, room: str, member: str, watching: Watching) -> None:
        """Send what is looked at, as well as it is looked at."""
        plan = self._plan(room)
        plan.looks[member] = watching
        await self._asked(plan, Look(room, member, pairs_of(watching), watching.data))

    async def set_audience(self, room: str, audience: Audience, moved: frozenset[str] = frozenset()) -> None:
        """The fence of the port: what comes after is decided by the worker's word, or by its death."""
        plan = self._plan(room)
        plan.audience = {sender: frozenset(receivers) for sender, receivers in audience.items()}
        await self._fence(plan, SetAudience(room, plan.audience, moved))

    async def mute(self, room: str, member: str, source: Source, *, muted: bool) -> None:
        """Forward nothing of this source, to anybody, while muted."""
        plan = self._plan(room)
        (plan.muted.add if muted else plan.muted.discard)((member, source))
        await self._fence(plan, Mute(room, member, source, muted))

    async def kick(self, room: str, member: str) -> None:
        """Close both transports of a member at once; idempotent."""
        plan = self._plans.get(room)
        if plan is not None:
            plan.looks.pop(member, None)
        if plan is not None and plan.hand is not None:
            await plan.hand.fence(Kick(room, member), plan.hand.order.paces.closing_s)

    async def record(self, room: str, sink: PacketSink | None) -> None:
        """Attach the sink as the member "recorder", or detach it."""
        plan, seats = self._plan(room), self._census.seats
        former, plan.sink = plan.sink, seats.take(sink) if sink is not None else 0
        await self._fence(plan, Record(room, plan.sink))
        seats.leave(former)

    async def overhear(self, room: str, member: str, sink: PacketSink | None) -> None:
        """Attach the sink as this member, who is given voices alone, or detach it."""
        plan, seats = self._plan(room), self._census.seats
        former = plan.ears.pop(member, 0)
        number = seats.take(sink) if sink is not None else 0
        if number:
            plan.ears[member] = number
        await self._fence(plan, Overhear(room, member, number))
        seats.leave(former)

    # -- how it goes -------------------------------------------------------------------------------------------------

    def quality(self, room: str, member: str) -> MemberQuality | None:
        """How that member's line was within the last second or so, or None before it is known."""
        plan = self._plans.get(room)
        return plan.hand.qualities.get(room, {}).get(member) if plan and plan.hand else None

    def load(self) -> Load:
        """What all workers carry now."""
        failed = sum(plan.failed for plan in self._plans.values())
        return self._census.total([hand.load for hand in self._hands()], failed)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _plan(self, room: str) -> Plan:
        plan = self._plans.get(room)
        if plan is None:
            raise NotFound("no_room")
        return plan

    def _hands(self) -> list[Hand]:
        return [each.hand for each in self._stalls if each.hand is not None and each.hand.serving]

    def _place(self, room: str) -> Hand | None:
        """The worker with the most room; for the canary the next one, so that each is visited in its turn."""
        hands = self._hands()
        if not hands:
            return None
        if room == CANARY_ROOM:
            self._turn += 1
            return hands[self._turn % len(hands)]
        plan = self._plans.get(room)
        return hands[chosen([self._as_place(each) for each in hands], suspect=plan is not None and plan.is_suspect)]

    def _as_place(self, hand: Hand) -> Place:
        living = [plan for plan in self._plans.values() if plan.hand is hand]
        return Place(hand.busy, len(living), sum(plan.is_suspect for plan in living))

    async def _house(self, plan: Plan, hand: Hand) -> bool:
        """Make the room in this worker as it must be; False when the worker died meanwhile, and the room with it."""
        plan.hand = hand
        await hand.fence(plan.restored(), hand.order.paces.closing_s)
        return plan.hand is hand and hand.serving

    async def _ask(self, plan: Plan, call: Call, shape: TypeAdapter[_Result]) -> _Result:
        return shape.validate_python(await self._asked(plan, call))

    async def _asked(self, plan: Plan, call: Call) -> Any:
        if plan.hand is None:
            raise Unavailable("media_closed")
        return await plan.hand.ask(call)

    async def _fence(self, plan: Plan, call: Call) -> None:
        if plan.hand is not None:  # else nothing flows, and it will be made anew as the plan says
            await plan.hand.fence(call)

    def _heard(self, hand: Hand, event: EngineEvent) -> None:
        plan = self._plans.get(event.room)
        if plan is not None and plan.hand is hand:
            plan.heard(event)

    def _lost(self, hand: Hand) -> None:
        """A worker is dead."""
        self._census.retire(hand.load)
        for plan in self._plans.values():
            if plan.hand is hand:
                plan.mourn(hand.reason)
        self._rehouse()

    def _rehouse(self) -> None:
        """Give every room that lives nowhere a place, now that things have changed."""
        for plan in tuple(self._plans.values()):
            hand = self._place(plan.room) if plan.hand is None and not plan.closing and self._open else None
            if hand is not None:
                plan.hand = hand
                task = asyncio.create_task(self._moved(plan, hand))
                self._moving.add(task)
                task.add_done_callback(self._moving.discard)

    async def _moved(self, plan: Plan, hand: Hand) -> None:
        if await self._house(plan, hand):
            plan.tell(MediaBack(plan.room))
