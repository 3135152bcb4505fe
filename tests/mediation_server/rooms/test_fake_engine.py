"""What the rooms rely on, asked of the fake engine and of the embedded one alike."""

import pytest

from mediation_server.errors import BadInput, Refused
from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.engine import PublicationEnded, Source
from tests.doubles import FakeEngine
from tests.media.peer import HOST, ROOM, Wire, offer

SOURCES = {"0": Source.MICROPHONE, "1": Source.CAMERA}
KINDS = {"0": "audio", "1": "video"}


@pytest.fixture(params=["fake", "embedded"])
async def engine(request):
    made = FakeEngine() if request.param == "fake" else EmbeddedEngine(HOST, 0, [HOST])
    await made.start()
    await made.open_room(ROOM)
    yield made
    await made.close()


@pytest.fixture
def events(engine):
    heard = []
    engine.listen(ROOM, heard.append)
    return heard


async def published(engine, member="a"):
    return await engine.publish(ROOM, member, offer(Wire(), KINDS), SOURCES)


async def test_a_publication_says_whose_and_what_it_is(engine):
    answer = await published(engine)
    assert [(each.member, each.room, each.source, each.kind) for each in answer.publications] == [
        ("a", ROOM, "microphone", "audio"),
        ("a", ROOM, "camera", "video"),
    ]
    assert answer.sdp.startswith("v=0")


async def test_an_offer_names_each_granted_publication_once_and_mids_stay(engine):
    first = await published(engine)
    await engine.set_audience(ROOM, {"a": frozenset({"b"}), "c": frozenset({"b"})})
    mine = [each.id for each in first.publications]
    one = await engine.subscribe(ROOM, "b", mine, fresh=True)
    assert sorted(one.mids.values()) == sorted(mine)
    second = await published(engine, "c")
    more = await engine.subscribe(ROOM, "b", [*mine, *(each.id for each in second.publications)], fresh=False)
    assert more.revision > one.revision
    assert {mid: more.mids[mid] for mid in one.mids} == dict(one.mids)
    assert len(more.mids) == 4


async def test_what_was_never_granted_is_not_offered(engine):
    answer = await published(engine)
    with pytest.raises(Refused, match="not_granted"):
        await engine.subscribe(ROOM, "b", [answer.publications[0].id], fresh=True)


async def test_nonsense_is_refused(engine):
    with pytest.raises(BadInput, match="bad_sdp"):
        await engine.publish(ROOM, "a", "nonsense", SOURCES)


async def test_a_kick_ends_what_was_published_and_may_be_repeated(engine, events):
    answer = await published(engine)
    await engine.kick(ROOM, "a")
    await engine.kick(ROOM, "a")
    await engine.kick(ROOM, "nobody")
    ended = [event for event in events if isinstance(event, PublicationEnded)]
    assert {event.publication.id for event in ended} == {each.id for each in answer.publications}
    assert {event.reason for event in ended} == {"kicked"}


async def test_who_comes_back_after_a_kick_has_new_publications(engine):
    first = await published(engine)
    await engine.kick(ROOM, "a")
    second = await published(engine)
    assert not {each.id for each in first.publications} & {each.id for each in second.publications}


async def test_rooms_open_and_close_any_number_of_times(engine):
    await engine.open_room(ROOM)
    await engine.close_room(ROOM)
    await engine.close_room(ROOM)
