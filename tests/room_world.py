"""One sitting with everything real but media engine, recorder and clock: people sit down without a socket."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mediation_server.config import Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User
from mediation_server.media.engine import Source
from mediation_server.rooms.links import Link
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services import attending, presiding, publishing
from mediation_server.services.context import Context
from mediation_server.services.opening import room_of
from mediation_server.store import events, matters, sessions, users
from mediation_server.store.database import Database
from tests import prepared
from tests.doubles import FakeClock, FakeEngine, FakeRecorder

MEDIATOR = User(id=new_id(), login="zheng", name="郑思远", name_en="Zheng Siyuan", role=Role.MEDIATOR)
CAST = {
    "mediator": (Role.MEDIATOR, Side.NEUTRAL, "郑思远", "Zheng Siyuan"),
    "zhou": (Role.APPLICANT, Side.APPLICANT, "周承安", "Zhou Cheng'an"),
    "agent": (Role.AGENT, Side.APPLICANT, "唐敏", "Tang Min"),
    "lin": (Role.RESPONDENT, Side.RESPONDENT, "林若溪", "Lin Ruoxi"),
    "he": (Role.MEDIATOR, Side.NEUTRAL, "何秀兰", "He Xiulan"),
    "wu": (Role.THIRD_PARTY, Side.THIRD, "吴大勇", "Wu Dayong"),
}
MIC, CAMERA, SCREEN = Source.MICROPHONE, Source.CAMERA, Source.SCREEN
SETTINGS = Settings(demo=True)  # made here, for it reads a file, and nothing may block the loop


class Ears:
    """An outlet that remembers what each connection was told."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple[str, dict]]] = {}
        self.ended: list[str] = []

    async def emit(self, connection, event, payload):
        await asyncio.sleep(0)  # as with a real socket, others may run meanwhile
        self.heard.setdefault(connection, []).append((event, dict(payload)))

    async def disconnect(self, connection):
        self.ended.append(connection)


@dataclass
class World:
    ctx: Context
    engine: FakeEngine
    clock: FakeClock
    ears: Ears
    session_id: str
    ids: dict[str, str]
    recorders: list[FakeRecorder]
    connections: dict[str, str] = field(default_factory=dict)
    recorder_fails: list[Exception] = field(default_factory=list)
    tapes: object = None
    directory: object = None

    @property
    def room(self):
        return self.ctx.rooms.find(self.session_id)

    @property
    def state(self):
        return self.room.state

    def seat(self, name):
        return self.state.seats[self.ids[name]]

    def name(self, participant):
        return next((name for name, key in self.ids.items() if key == participant), participant)

    async def sit(self, name, *, device="laptop", take_over=False, language="zh", publish=False, page=""):
        room = await room_of(self.ctx, self.session_id)
        connection = f"{name}-{device}-{new_id()[-4:]}"
        link = Link(connection, f"key of {device}", language, page=page)
        welcome = await attending.take_seat(self.ctx, room, self.ids[name], link, take_over=take_over)
        self.connections[name] = connection
        if publish:
            await self.publish(name)
        return welcome

    async def publish(self, name, *, on=(MIC, CAMERA)):
        await publishing.publish(self.room, self.ids[name], "v=0 offer", {"0": MIC, "1": CAMERA})
        if self.seat(name).place.carries_media:
            await attending.switch(self.ctx, self.room, self.ids[name], dict.fromkeys(on, True))

    async def lose(self, name, reason="transport close"):
        await attending.line_lost(self.ctx, self.room, self.ids[name], self.connections[name], reason)

    async def do(self, service, name, *args, **kwargs):
        return await service(self.ctx, self.room, self.ids[name], *args, **kwargs)

    async def admitted(self, *names):
        """The mediator and these people sit in the joint room; everybody sends sound and picture."""
        await self.sit("mediator")
        for name in names:
            await self.sit(name)
        await self.do(presiding.admit, "mediator", [self.ids[name] for name in names])
        for name in ("mediator", *names):
            await self.publish(name)

    async def live(self, *names):
        """The same, and the sitting has started."""
        names = names or ("zhou", "lin")
        await self.admitted(*names)
        for name in names:
            await self.do(presiding.verify, "mediator", self.ids[name], verified=True)
        for item in self.state.required:
            await self.do(presiding.check, "mediator", item, done=True)
        await self.do(presiding.start, "mediator")
        self.clock.advance(seconds=1)

    def told(self, name, event=None):
        """What somebody's present connection was told, by event."""
        heard = self.ears.heard.get(self.connections[name], [])
        return [payload for kind, payload in heard if event in (None, kind)]

    def hears(self, name, source=MIC):
        """Names of those a packet of this person reaches now."""
        return {self.name(each) for each in self.engine.reach(self.session_id, self.ids[name], source)}

    async def log(self):
        async with self.ctx.db.reading() as tx:
            return await events.events_of(tx, self.session_id)

    async def session(self):
        async with self.ctx.db.reading() as tx:
            return await sessions.session(tx, self.session_id)

    async def restart(self):
        """The process dies without a word and another one takes its place."""
        self.connections.clear()
        rooms = RoomRegistry(engine=self.engine, recorder_factory=self.make_recorder, clock=self.clock)
        rooms.set_outlet(self.ears)
        await self.engine.close()
        object.__setattr__(self.ctx, "rooms", rooms)

    async def make_recorder(self, session, _timeline, resumed):
        if self.recorder_fails:
            raise self.recorder_fails.pop()
        recorder = FakeRecorder(session.id)
        recorder.deeds.append("resumed" if resumed else "begun")
        self.recorders.append(recorder)
        return recorder


# Where a matter stands when the court itself holds a sitting in it.
STATES = {
    SessionKind.CONFIRMATION_CHECK: MatterState.CONFIRMING,
    SessionKind.JUDGMENT_CHECK: MatterState.JUDGMENT_REQUESTED,
}


@asynccontextmanager
async def room_world(
    directory, *, cast=("mediator", "zhou", "lin"), kind=SessionKind.MEDIATION, engine=None, clock=None, tapes=None
):
    """`tapes` makes a real recorder factory for this world, in place of the double; it is closed with the world."""
    clock, engine, ears = clock or FakeClock(), engine or FakeEngine(), Ears()
    await prepared.empty_at(Path(directory) / "mediation.db")
    db = Database(f"sqlite+aiosqlite:///{directory}/mediation.db")
    await db.open()
    world = World(None, engine, clock, ears, new_id(), {}, [])  # type: ignore[arg-type]
    world.directory = directory
    if tapes is not None:
        world.tapes = world.make_recorder = tapes(world)
    rooms = RoomRegistry(engine=engine, recorder_factory=world.make_recorder, clock=clock)
    rooms.set_outlet(ears)
    world.ctx = Context(db=db, clock=clock, rooms=rooms, settings=SETTINGS.model_copy(update={"data_dir": directory}))
    await _seeded(world, cast, kind)
    try:
        yield world
    finally:
        await world.ctx.rooms.close()
        if world.tapes is not None:
            await world.tapes.close()
        await db.close()


async def _seeded(world, cast, kind):
    now = world.clock.now()
    matter = Matter(
        id=new_id(),
        ref="TJ-9901-2026-000001",
        track=Track.POSTFILING_ENTRUSTED,
        state=STATES.get(kind, MatterState.MEDIATING),
        court="江岚市云溪区人民法院",
        court_en="Yunxi District People's Court",
        cause="民间借贷纠纷",
        cause_en="Private lending dispute",
        mediator_id=MEDIATOR.id,
        created_at=now,
    )
    session = Session(
        world.session_id, matter.id, kind, SessionState.SCHEDULED, now + timedelta(minutes=5), 60, MEDIATOR.id
    )
    parties, people = [], []
    for name in cast:
        role, side, zh, en = CAST[name]
        party_id = None
        if side is not Side.NEUTRAL:
            party_id = new_id()
            parties.append(MatterParty(party_id, matter.id, side, role, zh, en, "natural", "16100000011"))
        world.ids[name] = new_id()
        user_id = MEDIATOR.id if name == "mediator" else None
        people.append(Participant(world.ids[name], session.id, role, side, zh, en, party_id, user_id))
    async with world.ctx.db.transaction() as tx:
        await users.add(tx, MEDIATOR, "no password", now)
        await matters.add(tx, matter, parties)
        await sessions.add(tx, session, people)
