"""The room and the embedded engine together: real offers over real sockets, real SRTP over real UDP."""

import asyncio

import pytest

from mediation_server.media.embedded import EmbeddedEngine
from mediation_server.media.engine import Answer, Source, SubscribeOffer
from tests.media.peer import HOST, VP8_KEY, Peer
from tests.signaling.browsers import eventually, served


class OverSockets:
    """What a peer needs of an engine, asked of the server over the page's own socket."""

    def __init__(self, server, browser):
        self.server, self.browser = server, browser

    def publications(self, participant):
        found = self.server.world.room.stage.publications.values()
        return [each for each in found if each.member == participant]

    async def publish(self, _room, member, sdp, sources):
        named = {mid: source.value for mid, source in sources.items() if source is not Source.SCREEN}
        answer = await self.browser.ask("publish", {"sdp": sdp, "sources": named})
        assert answer.get("ok"), answer
        return Answer(answer["sdp"], tuple(self.publications(member)))

    async def subscribe(self, _room, _member, _publications, *, fresh):
        offer = self.browser.told("offer")[-1]
        mids = {}
        for mid, track in offer["tracks"].items():
            [found] = [each for each in self.publications(track["participant"]) if each.source == track["source"]]
            mids[mid] = found.id
        return SubscribeOffer(offer["sdp"], offer["revision"], mids)

    async def answer(self, _room, _member, revision, sdp):
        assert await self.browser.ask("subscribed", {"revision": revision, "sdp": sdp}) == {"ok": True}


@pytest.fixture
async def server(tmp_path):
    engine = EmbeddedEngine(HOST, 0, [HOST])
    await engine.start()
    async with served(tmp_path, engine=engine) as made:
        yield made
    await engine.close()


async def on_air(server, browser):
    peer = Peer(OverSockets(server, browser), server.world.ids[browser.name])
    await peer.publish()
    assert await browser.ask("devices", {"microphone": True, "camera": True}) == {"ok": True}
    return peer


async def tuned(peer, browser, tracks):
    """Answer the offers until so many tracks are received."""
    await eventually(lambda: browser.told("offer") and len(browser.told("offer")[-1]["tracks"]) == tracks)
    await peer.subscribe()


def heard(peer, stream):
    return [payload.removeprefix(VP8_KEY) for payload in peer.payloads(stream)]


async def said(speaker, words, *listeners):
    """Say something until everybody who should hear it has."""

    async def arrived():
        speaker.camera.key(words)
        speaker.microphone.send(words)
        await asyncio.sleep(0.02)
        return all(
            words in heard(each, speaker.camera) and words in each.payloads(speaker.microphone) for each in listeners
        )

    await eventually(arrived, f"{words!r} to be heard")


async def test_what_is_said_in_a_caucus_reaches_nobody_else(server):
    browsers = await seated(server)
    mediator, zhou, lin = peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
    recorder = server.world.recorders[0]
    await said(zhou, b"joint", mediator, lin)
    await eventually(lambda: any(packet.endswith(b"joint") for packet in recorder.packets))

    assert await browsers[0].ask("open_caucus", {"side": "applicant", "minutes": 5}) == {"ok": True}
    await said(zhou, b"secret of zhou", mediator)
    await said(mediator, b"secret of the mediator", zhou)
    assert await browsers[0].ask("close_caucus") == {"ok": True}
    for browser in browsers:
        assert await browser.ask("devices", {"microphone": True}) == {"ok": True}
    await said(zhou, b"joint again", mediator, lin)
    await said(mediator, b"joint too", zhou, lin)
    everything = b"".join(packet.payload for packet in lin.down.rtp) + b"".join(recorder.packets)
    assert b"joint again" in everything
    assert b"secret" not in everything
    for peer in peers:
        await peer.close()


async def test_whoever_is_muted_or_removed_is_silent_whatever_their_browser_sends(server):
    browsers = await seated(server)
    peers = [await on_air(server, each) for each in browsers]
    mediator, zhou, lin = peers
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
    await said(lin, b"before", zhou, mediator)
    who = server.world.ids["lin"]
    assert await browsers[0].ask("mute", {"participant": who, "source": "microphone", "locked": True}) == {"ok": True}
    for _ in range(5):
        lin.microphone.send(b"stubborn")
    await said(zhou, b"in between", mediator)
    assert b"stubborn" not in zhou.payloads(lin.microphone)
    assert await browsers[0].ask("remove", {"participant": who, "reason": "辱骂"}) == {"ok": True}
    for _ in range(5):
        lin.camera.key(b"still here")
    await said(zhou, b"at last", mediator)
    assert b"still here" not in b"".join(heard(zhou, lin.camera))
    for peer in peers:
        await peer.close()


async def test_after_a_reload_the_new_connection_carries_the_media(server):
    browsers = await seated(server)
    mediator, zhou, lin = peers = [await on_air(server, each) for each in browsers]
    for peer, browser in zip(peers, browsers, strict=True):
        await tuned(peer, browser, 4)
    await said(zhou, b"before", lin, mediator)
    again = await server.come("zhou")
    fresh = await on_air(server, again)
    await tuned(fresh, again, 4)
    for peer, browser in ((lin, browsers[2]), (mediator, browsers[0])):
        seen = len(browser.told("offer"))
        await eventually(lambda browser=browser, seen=seen: len(browser.told("offer")) >= seen)
        await eventually(lambda browser=browser: fresh_tracks(server, browser))
        await peer.subscribe()
    await said(fresh, b"after", lin, mediator)
    await said(lin, b"welcome back", fresh)
    for peer in (*peers, fresh):
        await peer.close()


def fresh_tracks(server, browser):
    """Whether the newest offer holds the tracks of the present publications of everybody else."""
    tracks = browser.told("offer")[-1]["tracks"].values()
    zhou = server.world.ids["zhou"]
    return sum(track["participant"] == zhou for track in tracks) == 2


async def seated(server):
    """Everybody sits in the live room; nobody sends yet."""
    return await server.live(publish=False)
