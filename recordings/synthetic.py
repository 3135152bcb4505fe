"""The demo recording of matter 4, made by the product's own pipeline: invented people, encoded, sent as RTP, recorded.

Nothing here writes a file: it plays a sitting of ninety seconds, with a caucus in the middle, to a `Recordings`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.people import Side
from mediation_server.domain.recording import GapReason
from mediation_server.domain.session import Participant, Session
from mediation_server.media.engine import Kind, Publication, Source
from mediation_server.rooms.captions_port import Caption
from mediation_server.rooms.decision import SYSTEM
from mediation_server.rooms.recording_port import RECORDER
from mediation_server.rooms.timeline import Timeline
from recordings import demo_script as script
from recordings.demo_captions import ScriptedCaptioner
from recordings.factory import Recordings
from recordings.figures import FRAME_MS, PACKET_MS, Figure, pictures, voice
from recordings.packetise import Packetiser, opus_payloads, vp8_payloads
from recordings.recorder import Recorder

__all__ = ["DEMO_MS", "Say", "SteppedClock", "make_demo_recording"]

DEMO_MS = script.END_MS
_FIGURES = {
    script.MEDIATOR: Figure((182, 114, 148), (42, 127, 130), (64, 140, 122), 33, 190.0),
    script.APPLICANT: Figure((172, 113, 149), (34, 128, 129), (52, 134, 124), 35, 120.0),
    script.RESPONDENT: Figure((188, 114, 146), (118, 126, 130), (88, 134, 138), 32, 240.0),
}
_SIDES = {Side.NEUTRAL: script.MEDIATOR, Side.APPLICANT: script.APPLICANT, Side.RESPONDENT: script.RESPONDENT}
_DELAY_MS = 18  # the imagined network
_BACKLOG = 4000  # packets the muxer thread may be behind before the play waits for it
_NTP_1970 = 2_208_988_800

Say = Callable[[EventKind, str, Mapping[str, object]], Awaitable[SessionEvent]]


class SteppedClock:
    """A clock that stands at `started_at` + `offset_ms`; the play moves it. Give it to whoever logs the demo too."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.offset_ms = 0

    def now(self) -> datetime:
        """The wall clock of the play."""
        return self.started_at + timedelta(milliseconds=self.offset_ms)

    def monotonic_ms(self) -> int:
        """Milliseconds since its beginning."""
        return self.offset_ms


@dataclass(frozen=True, slots=True)
class _Stream:
    """One track of one person: packets as (capture ms, bytes), the RTP timestamp at 0, the rate."""

    who: str
    source: Source
    packets: tuple[tuple[int, bytes], ...]
    base: int
    rate: int


async def make_demo_recording(
    recordings: Recordings, clock: SteppedClock, session: Session, participants: Sequence[Participant], say: Say
) -> None:
    """Play and record the sitting; `recordings` must have been made with `clock`.

    `say(kind, actor, payload)` enters an event into the session log at `clock.now()`; the sitting's row must
    show that it started at `clock.started_at` and ended `DEMO_MS` later, since that is what is sealed.
    Takes a few seconds of one core. Returns when the recording is sealed.
    """
    seats = {_SIDES[each.side]: each.id for each in participants if each.side in _SIDES}
    streams = [each for each in await asyncio.to_thread(_encoded) if each.who in seats]
    play = _Play(clock, seats, streams, say)
    await play.deeds_until(0)
    recorder = await recordings(session, Timeline(clock.started_at, 0))
    await recorder.caught_up()
    await play.begin(recorder)
    await play.run(recorder)
    await recorder.finish()
    await recordings.settled()


def _encoded() -> list[_Stream]:
    streams = []
    for index, (who, figure) in enumerate(_FIGURES.items()):
        base = 1_000_000 * (index + 1)
        streams.append(_Stream(who, Source.MICROPHONE, tuple(_sound(who, figure, base)), base, 48_000))
        streams.append(_Stream(who, Source.CAMERA, tuple(_sight(who, figure, base)), base, 90_000))
    return streams


def _is_heard(who: str, at_ms: int) -> bool:
    """Whether anything of this person reaches the joint room at this moment."""
    away = who == script.RESPONDENT and script.AWAY[0] <= at_ms < script.AWAY[1]
    return not away and not script.CAUCUS[0] <= at_ms < script.CAUCUS[1]


def _talks(who: str, at_ms: int) -> bool:
    return any(turn.who == who and turn.from_ms <= at_ms < turn.to_ms for turn in script.TURNS)


def _sound(who: str, figure: Figure, base: int) -> Iterator[tuple[int, bytes]]:
    packetiser = Packetiser(ssrc=base + 1, payload_type=111)
    loops = {True: voice(figure, talks=True), False: voice(figure, talks=False)}
    for at_ms in range(0, script.END_MS, PACKET_MS):
        if _is_heard(who, at_ms):
            loop = loops[_talks(who, at_ms)]
            data = loop[at_ms // PACKET_MS % len(loop)]
            for packet in packetiser.packets(opus_payloads(data), base + at_ms * 48):
                yield at_ms, packet


def _sight(who: str, figure: Figure, base: int) -> Iterator[tuple[int, bytes]]:
    packetiser = Packetiser(ssrc=base + 2, payload_type=96)
    moments = [(ms, _talks(who, ms)) for ms in range(0, script.END_MS, FRAME_MS) if _is_heard(who, ms)]
    for index, (at_ms, data, _) in enumerate(pictures(figure, moments)):
        for packet in packetiser.packets(vp8_payloads(data, index), base + at_ms * 90):
            yield at_ms, packet


class _Play:
    """Moves the clock and lets everything happen at its time."""

    def __init__(self, clock: SteppedClock, seats: Mapping[str, str], streams: Sequence[_Stream], say: Say) -> None:
        self._clock, self._seats, self._streams, self._say = clock, seats, streams, say
        self._deeds = sorted(self._log(), key=lambda each: each[0])
        self._published: dict[int, Publication] = {}
        self._reported = -1
        self._recorder: Recorder | None = None
        self._captioner = ScriptedCaptioner(self._understood, seats)

    async def deeds_until(self, at_ms: int) -> None:
        """Log what has happened up to now."""
        while self._deeds and self._deeds[0][0] <= at_ms:
            when, kind, actor, payload = self._deeds.pop(0)
            self._clock.offset_ms = when
            event = await self._say(kind, actor, payload)
            if self._recorder is not None:
                self._recorder.logged(event.seq, event.hash)

    async def begin(self, recorder: Recorder) -> None:
        """The recorder is there: who may receive whom is noted from now on."""
        self._recorder = recorder
        await self._hear(self._seats, with_recorder=True)

    async def _hear(self, who: Iterable[str], *, with_recorder: bool) -> None:
        """From now on these people may receive each other, and the recorder all of them or nobody."""
        heard = sorted(self._seats[each] for each in who if each in self._seats)
        extra = [RECORDER] if with_recorder else []
        receivers = {each: sorted([*(other for other in heard if other != each), *extra]) for each in heard}
        payload = {"receivers": receivers}
        event = await self._say(EventKind.AUDIENCE_CHANGED, SYSTEM, payload)
        if self._recorder is not None:
            self._recorder.logged(event.seq, event.hash)
            self._recorder.fencing()
            self._recorder.fenced(receivers)

    async def run(self, recorder: Recorder) -> None:
        """Play to the end."""
        sent = sorted(
            (at_ms, index, number)
            for index, stream in enumerate(self._streams)
            for number, (at_ms, _) in enumerate(stream.packets)
        )
        for at_ms, index, number in sent:
            await self._move(recorder, at_ms)
            publication = self._publication(recorder, index, at_ms)
            packet = self._streams[index].packets[number][1]
            for each in (recorder, self._captioner):
                each.packet(publication, packet, (at_ms + _DELAY_MS) * 1_000_000)
        await self._move(recorder, script.END_MS)

    async def _understood(self, caption: Caption) -> None:
        """Captions go where those of a room go."""
        if self._recorder is not None:
            from_ms, to_ms = caption.from_ns // 1_000_000, caption.to_ns // 1_000_000
            self._recorder.captioned(caption.participant, from_ms, to_ms, caption.text)

    async def _move(self, recorder: Recorder, at_ms: int) -> None:
        """Go to a moment: log what is due, open and close the caucus, report the senders' clocks, wait for the disk."""
        await self._captioner.flush()
        opened, closed = script.CAUCUS
        if self._clock.offset_ms < opened <= at_ms:
            await self._to(opened)
            self._withhold(recorder, "withheld")
            await self._hear((script.MEDIATOR, script.RESPONDENT), with_recorder=False)
            await recorder.pause(GapReason.CAUCUS, by=self._seats[script.MEDIATOR])
            await recorder.caught_up()
        if self._clock.offset_ms < closed <= at_ms:
            await self._to(closed)
            await self._hear(self._seats, with_recorder=True)
            await recorder.resume()
            await recorder.caught_up()
        if self._clock.offset_ms < script.AWAY[0] <= at_ms:
            await self._to(script.AWAY[0])
            self._withhold(recorder, "ended", script.RESPONDENT)
            await self._hear((script.MEDIATOR, script.APPLICANT), with_recorder=True)
        if self._clock.offset_ms < script.AWAY[1] <= at_ms:
            await self._to(script.AWAY[1])
            await self._hear(self._seats, with_recorder=True)
        await self._to(at_ms)
        if at_ms // 1000 > self._reported:
            self._reported = at_ms // 1000
            self._report(recorder, at_ms)
        if recorder.backlog > _BACKLOG:
            await recorder.caught_up()

    async def _to(self, at_ms: int) -> None:
        await self.deeds_until(at_ms)
        self._clock.offset_ms = max(self._clock.offset_ms, at_ms)

    def _withhold(self, recorder: Recorder, reason: str, who: str | None = None) -> None:
        for index, publication in list(self._published.items()):
            if who is None or self._streams[index].who == who:
                for each in (recorder, self._captioner):
                    each.stopped(publication, reason)
                del self._published[index]

    def _publication(self, recorder: Recorder, index: int, at_ms: int) -> Publication:
        """The publication of a stream, let in at its first packet and after every break."""
        known = self._published.get(index)
        if known is not None:
            return known
        stream = self._streams[index]
        kind, codec = (Kind.AUDIO, "opus") if stream.source is Source.MICROPHONE else (Kind.VIDEO, "vp8")
        publication = Publication(new_id(), "demo", self._seats[stream.who], kind, stream.source, codec, stream.rate)
        self._published[index] = publication
        for each in (recorder, self._captioner):
            each.started(publication)
        self._report_one(recorder, index, at_ms)
        return publication

    def _report(self, recorder: Recorder, at_ms: int) -> None:
        for index in self._published:
            self._report_one(recorder, index, at_ms)

    def _report_one(self, recorder: Recorder, index: int, at_ms: int) -> None:
        """A sender report (RFC 3550 §6.4.1) by a device whose clock is right."""
        stream = self._streams[index]
        seconds = self._clock.started_at.timestamp() + at_ms / 1000 + _NTP_1970
        rtp = (stream.base + at_ms * stream.rate // 1000) & 0xFFFFFFFF
        arrival_ns = (at_ms + _DELAY_MS) * 1_000_000
        recorder.sender_report(self._published[index], round(seconds * (1 << 32)), rtp, arrival_ns)

    def _log(self) -> Iterator[tuple[int, EventKind, str, Mapping[str, object]]]:
        """The script as entries of the session log."""
        inside = [self._seats[who] for who in (script.MEDIATOR, script.RESPONDENT) if who in self._seats]
        caucus = new_id()
        for deed in script.DEEDS:
            payload = {key: self._seats.get(str(value), value) if key == "by" else value for key, value in deed.more}
            if deed.of is not None:
                payload["participant"] = self._seats[deed.of]
            if deed.kind in (EventKind.CAUCUS_OPENED, EventKind.CAUCUS_CLOSED):
                payload["caucus"] = caucus
            if deed.kind is EventKind.CAUCUS_OPENED:
                payload["participants"] = inside
            yield deed.at_ms, deed.kind, self._seats[deed.by], payload
        for turn in script.TURNS:
            speech = {"participant": self._seats[turn.who], "from_ms": turn.from_ms, "to_ms": turn.to_ms}
            yield turn.to_ms, EventKind.SPOKE, self._seats[turn.who], speech
        for line in script.CHAT:
            message = {"participant": self._seats[line.who], "message_id": new_id(), "text": line.text}
            yield line.at_ms, EventKind.CHAT_SENT, self._seats[line.who], message
