"""A recorder on a clock that the test moves."""

import asyncio

from mediation_server.keyring import KeyRing
from recordings.chest import Chest
from recordings.factory import Keeping, Recordings
from recordings.seal import seal
from tests.recordings.kit import MS, BooksInLists, StandingClock, a_session, a_timeline


async def seal_here(order):
    """Seal without a process of its own."""
    return await asyncio.to_thread(seal, order)


class Sitting:
    def __init__(self, tmp_path, opens=None):
        """`opens`: who has the keys of matters; None: files are written plain."""
        self.tmp_path, self.opens = tmp_path, opens
        self.clock, self.books, self.session = StandingClock(), BooksInLists(), a_session()
        self.recordings = self._recordings()
        self.recorder = None

    def _recordings(self):
        keeping = Keeping(KeyRing(self.tmp_path / "keys"), opens=self.opens)
        return Recordings(self.tmp_path, self.clock, self.books, sealer=seal_here, keeping=keeping)

    async def begin(self):
        self.recorder = await self.recordings(self.session, a_timeline(self.clock))
        return self

    async def restarted(self, at_ms):
        """As after a crash: another factory on the same data directory."""
        self.at(at_ms)
        self.recordings = self._recordings()
        return await self.begin()

    def at(self, ms):
        self.clock.ms = self.clock.origin_ms + ms

    def send(self, publication, packet, at_ms):
        self.at(at_ms)
        self.recorder.packet(publication, packet, self.clock.ms * MS)

    async def play(self, start_ms, streams, *, delay_ms=20):
        """Feed [(publication, [(ms, packet)])] together, in the order of their capture."""
        flat = [(ms, n, pub, packet) for pub, stream in streams for n, (ms, packet) in enumerate(stream)]
        for index, (ms, _, publication, packet) in enumerate(sorted(flat, key=lambda each: each[:2])):
            self.send(publication, packet, start_ms + ms + delay_ms)
            if index % 512 == 0:
                await self.taken()

    async def taken(self):
        await asyncio.wait_for(self.recorder.caught_up(), 20)

    @property
    def directory(self):
        return self.recordings.vault.directory(self.session.id, self.recorder.recording_id)

    def opened(self, name):
        """A file as it was recorded."""
        return Chest(self.directory, self.opens).opened(name)

    async def sealed(self):
        self.books.length = self.clock.ms - self.clock.origin_ms
        await self.recorder.finish()
        await asyncio.wait_for(self.recordings.settled(), 60)
        return (await self.manifest())[0]

    async def manifest(self):
        directory = await asyncio.to_thread(self.recordings.vault.of_session, self.session.id)
        return await asyncio.to_thread(self.recordings.vault.manifest, self.session.id, directory.name)
