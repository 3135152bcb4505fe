"""The demo recording with its session log kept in a list, for the tests of what comes after a recording."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mediation_server.domain.log import EventKind, SessionEvent, append
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Recording
from recordings.books import LogHead
from recordings.factory import Recordings
from recordings.manifest import Manifest
from recordings.synthetic import DEMO_MS, SteppedClock, make_demo_recording
from tests.recordings.kit import START, BooksInLists, a_person, a_session


class LoggingBooks(BooksInLists):
    """Books that write the session log as the services do."""

    def __init__(self, session, clock, people):
        super().__init__(people=people, length=DEMO_MS)
        self.session, self.clock, self.log = session, clock, []

    async def say(self, kind, actor, payload):
        last = self.log[-1] if self.log else None
        at, offset = self.clock.now(), self.clock.offset_ms
        self.log.append(
            append(last, session_id=self.session.id, at=at, offset_ms=offset, actor=actor, kind=kind, payload=payload)
        )
        return self.log[-1]

    async def started(self, recording):
        await self.say(EventKind.RECORDING_STARTED, "recorder", {"recording": recording.id})

    async def gap(self, recording, gap):
        if gap.to_ms is not None:
            hole = {"from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}
            await self.say(EventKind.RECORDING_GAP, "recorder", {"recording": recording.id, **hole})

    async def sealed(self, recording, gaps):
        seal = {"recording": recording.id, "manifest_sha256": recording.manifest_sha256, "root": recording.root}
        await self.say(EventKind.RECORDING_SEALED, "recorder", seal)
        await super().sealed(recording, gaps)

    async def log_head(self, session_id):
        return LogHead(self.log[-1].seq, self.log[-1].hash)


@dataclass
class Demo:
    recordings: Recordings
    recording: Recording
    manifest: Manifest
    log: list[SessionEvent]
    people: tuple
    stamped: list  # (subject, digest) of the time stamps that were asked for

    @property
    def directory(self) -> Path:
        return self.recordings.vault.directory(self.recording.session_id, self.recording.id)

    def copied(self, target: Path) -> Path:
        """A copy that may be damaged."""
        shutil.copytree(self.directory, target)
        for each in (target, *target.iterdir()):
            each.chmod(0o700)
        return target


async def a_demo(data_dir: Path, keeping=None) -> Demo:
    clock, session = SteppedClock(START), a_session()
    people = (
        a_person(session, "何秀兰"),
        a_person(session, "钱慧敏", Role.APPLICANT, Side.APPLICANT),
        a_person(session, "孙巧云", Role.RESPONDENT, Side.RESPONDENT),
    )
    books = LoggingBooks(session, clock, people)
    recordings = books.recordings = Recordings(data_dir, clock, books, keeping=keeping)
    await make_demo_recording(recordings, clock, session, people, books.say)
    (recording,) = books.named("sealed")
    manifest, _ = recordings.vault.manifest(session.id, recording.id)
    return Demo(recordings, recording, manifest, books.log, people, books.stamped)
