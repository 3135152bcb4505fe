"""A process that records one voice and one face in real time and says after each packet how far it is.

And how long it has lived until then, in ms.  Where the machine leaves a process no time, nobody can write: a stretch
without a packet counts no more than one between packets does.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from mediation_server.clock import SystemClock
from mediation_server.keyring import KeyRing
from mediation_server.media.engine import Source
from mediation_server.rooms.timeline import Timeline
from recordings.factory import Keeping, Recordings
from tests.recordings.kit import BooksInLists, a_publication, a_session, keys_in, opus_stream, vp8_stream

BETWEEN_MS = 25  # packets are 20 ms apart


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(data_dir: str, session_id: str) -> None:
    clock, session = SystemClock(), a_session(id=session_id)
    streams = [
        (a_publication(), opus_stream(1000)),
        (a_publication(source=Source.CAMERA, codec="vp8"), vp8_stream(600)),
    ]
    timeline = Timeline(datetime.now(UTC), clock.monotonic_ms())
    keeping = Keeping(KeyRing(Path(data_dir) / "keys"), opens=keys_in(Path(data_dir)))
    recorder = await Recordings(Path(data_dir), clock, BooksInLists(), keeping=keeping)(session, timeline)
    for publication, _ in streams:
        recorder.started(publication)
    flat = [(ms, n, pub, packet) for pub, stream in streams for n, (ms, packet) in enumerate(stream)]
    say("ready")
    lived, before = 0, clock.monotonic_ms()
    for ms, _, publication, packet in sorted(flat, key=lambda each: each[:2]):
        due = timeline.origin_ms + ms
        await asyncio.sleep(max(0, due - clock.monotonic_ms()) / 1000)
        recorder.packet(publication, packet, time.monotonic_ns())
        lived, before = lived + min(BETWEEN_MS, clock.monotonic_ms() - before), clock.monotonic_ms()
        say(f"{publication.codec} {ms} {lived}")


asyncio.run(main(*sys.argv[1:]))
