"""A sitting with a caucus through the real engine and the real recorder: intact, and the ledger says who heard whom."""

import asyncio

import pytest

from mediation_server.clock import SystemClock
from mediation_server.domain.log import EventKind
from mediation_server.domain.recording import RecordingState
from mediation_server.media.embedded import EmbeddedEngine
from recordings.audience import read_ledger
from recordings.bookkeeping import ServiceBooks
from recordings.factory import Recordings
from recordings.verify import verify_recording
from recordings.witness import read_evidence
from tests.journeys.test_media_in_rooms import on_air, said, seated, tuned
from tests.media.peer import HOST
from tests.recording_row import recording_of
from tests.recordings.kit import opus_packets
from tests.signaling.browsers import eventually, served


@pytest.fixture
async def server(tmp_path):
    engine = EmbeddedEngine(HOST, 0, [HOST])
    await engine.start()
    async with served(tmp_path, engine=engine, clock=SystemClock(), tapes=tapes_of) as made:
        yield made
    await engine.close()


def tapes_of(world):
    return Recordings(world.directory / "recorded", world.clock, ServiceBooks(lambda: world.ctx))


async def talks(peer):
    """Real Opus, at the pace of a voice: what the recorder keeps."""
    for payload in opus_packets(40):
        peer.microphone.send(payload)
        await asyncio.sleep(0.02)


async def is_sealed(world):
    found = await recording_of(world.ctx, world.session_id)
    return found is not None and found.state is RecordingState.SEALED


async def test_a_sitting_with_a_caucus_is_intact_and_its_ledger_names_nobody_else_in_it(server):
    world, browsers = server.world, await seated(server)
    mediator, zhou, lin = peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
    await said(zhou, b"joint", mediator, lin)
    await talks(zhou)
    assert await browsers[0].ask("open_caucus", {"side": "applicant", "minutes": 5}) == {"ok": True}
    await said(zhou, b"secret of zhou", mediator)
    await talks(zhou)
    assert await browsers[0].ask("close_caucus") == {"ok": True}
    for browser in browsers:
        assert await browser.ask("devices", {"microphone": True}) == {"ok": True}
    await said(zhou, b"joint again", mediator, lin)
    await talks(zhou)
    for peer in peers:
        await peer.close()
    conclusion = {"outcome": "continue", "terms": "", "reasons": "材料待补"}
    assert (await browsers[0].ask("conclude", conclusion))["ok"]
    await eventually(lambda: is_sealed(world))

    recording, log = await recording_of(world.ctx, world.session_id), await world.log()
    directory = world.tapes.vault.directory(world.session_id, recording.id)
    assert await asyncio.to_thread(verify_recording, directory, log, recording) == []
    opened, closed = (
        next(each.offset_ms for each in log if each.kind is kind)
        for kind in (EventKind.CAUCUS_OPENED, EventKind.CAUCUS_CLOSED)
    )
    ledger = await asyncio.to_thread(read_ledger, directory, recording.duration_ms)
    middle = (opened + closed) // 2
    private = next(each.receivers for each in ledger if each.from_ms <= middle < each.to_ms)
    ids = world.ids
    assert private == {ids["mediator"]: {ids["zhou"]}, ids["zhou"]: {ids["mediator"]}}
    slices = await asyncio.to_thread(read_evidence, directory)
    assert slices.slices
    assert not [each for file in slices.slices.values() for each in file if opened < each.from_ms < closed]
