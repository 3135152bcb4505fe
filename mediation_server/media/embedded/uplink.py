"""A member's publishing side: its transport, its tracks, feedback to the browser; knows no audience.

RTX is unwrapped and probes are dropped here; lost packets are asked for again on a timer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.choosing import AUDIO_LEVEL, MID, REPAIRED_RID, RID, TWCC, Chosen
from mediation_server.media.embedded.encoding import Encoding
from mediation_server.media.embedded.limits import SECOND
from mediation_server.media.embedded.opening import Expected, Opened
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.publisher_line import PublisherLine
from mediation_server.media.embedded.reading import Train
from mediation_server.media.embedded.redundancy import unfolded
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.speaking import SpeakingDetector
from mediation_server.media.embedded.transport import Services, Transport
from mediation_server.media.embedded.twcc import TwccRecorder
from mediation_server.media.engine import Kind, TransportState

__all__ = ["Track", "Uplink", "UplinkOwner"]

_NACK_PERIOD = 0.02
_PAST = 3  # packets before the present one that it may carry once more
_RTX_HEAD = 2  # bytes of the original sequence number, RFC 4588 §4


@dataclass(slots=True)
class Track:
    """How one publication comes in: the ids it travels under."""

    chosen: Chosen
    publication: LivePublication
    ssrcs: dict[int, int] = field(default_factory=dict)  # place of the encoding -> SSRC, signalled or learnt
    repairs: dict[int, int] = field(default_factory=dict)  # place -> SSRC of its RTX, the same way
    speaking: SpeakingDetector = field(default_factory=SpeakingDetector)


_Stream = tuple[Track, int, bool]  # whose it is, place of the encoding, whether it is RTX


@dataclass(frozen=True, slots=True)
class UplinkOwner:
    """What an uplink tells its room."""

    changed: Callable[[TransportState], None]
    started: Callable[[LivePublication], None]
    speaking: Callable[[bool], None]


class Uplink:
    """One publishing transport and its tracks by mid."""

    def __init__(self, services: Services, owner: UplinkOwner) -> None:
        self.transport = Transport(services, self)
        self.tracks: dict[str, Track] = {}
        self.revision = 0
        self.ufrag = ""  # the browser's; a new one means ICE restart
        self.setup = "passive"  # our DTLS role, as the answers say it
        self.loss = 0.0
        self.bps = 0
        self._services = services
        self._owner = owner
        self._streams: dict[int, _Stream | None] = {}  # by SSRC
        self._types: dict[int, _Stream] = {}  # payload type -> the only track that uses it
        self._twcc = TwccRecorder()
        self._twcc_id = self._mid_id = self._level_id = self._rid_id = self._repaired_id = 0
        self._ssrc = secrets.randbits(32) | 1
        self._nacking: asyncio.TimerHandle | None = None
        self._line = PublisherLine(services.clock, self._encodings, lambda: self.transport.bytes_in, self._tell)
        self._bytes_before = 0

    @property
    def rtt(self) -> int:
        """Round trip in ns as far as answered NACKs tell; 0 when unknown."""
        return max((each.reception.measured_rtt for each in self._encodings()), default=0)

    def arrange(self) -> None:
        """Take the tracks as they are now as the truth about SSRCs, payload types and extension ids."""
        self._streams.clear()
        self._types.clear()
        shared: set[int] = set()
        for track in self.tracks.values():
            chosen = track.chosen
            if not chosen.rids:
                self._take_signalled(track)
            for at, ssrc in track.ssrcs.items():
                self._streams[ssrc] = (track, at, False)
            for at, ssrc in track.repairs.items():
                self._streams[ssrc] = (track, at, True)
            types = ((chosen.payload_type, False), (chosen.rtx_payload_type, True), (chosen.red_payload_type, False))
            for number, is_rtx in types:
                shared |= {number} if number in self._types or chosen.rids else set()
                self._types[number] = (track, 0, is_rtx)
            self._twcc_id = chosen.extensions.get(TWCC, self._twcc_id)
            self._mid_id = chosen.extensions.get(MID, self._mid_id)
            self._level_id = chosen.extensions.get(AUDIO_LEVEL, self._level_id)
            self._rid_id = chosen.extensions.get(RID, self._rid_id)
            self._repaired_id = chosen.extensions.get(REPAIRED_RID, self._repaired_id)
        for number in shared | {0}:
            self._types.pop(number, None)

    @staticmethod
    def _take_signalled(track: Track) -> None:
        section = track.chosen.section
        pairs = section.pairs[:1] or [(ssrc, 0) for ssrc in section.ssrcs[:1]]
        for primary, rtx in pairs:
            track.ssrcs[0] = primary
            if rtx and track.chosen.rtx_payload_type:
                track.repairs[0] = rtx

    def silence(self) -> None:
        """Take nothing from this browser any more, before the transport is closed."""
        self._line.close()
        if self._nacking is not None:
            self._nacking.cancel()
        self.tracks.clear()
        self.arrange()

    async def close(self) -> None:
        """Close the transport; idempotent."""
        self.silence()
        await self.transport.close()

    # -- what comes in ---------------------------------------------------------------------------------------------

    def may_open(self, ssrc: int) -> bool:
        """Known SSRCs, and so many unknown ones."""
        if ssrc in self._streams:
            return self._streams[ssrc] is not None
        return len(self._streams) < self._services.limits.ssrcs_per_transport

    def take_rtp(self, packet: memoryview, size: int, now: int) -> None:
        """Take one packet to its publication."""
        header = self._services.port.path.parse(packet, size)
        extensions = header.extensions
        number = extensions.get(self._twcc_id) if extensions else None
        if number is not None and len(number) == 2:  # noqa: PLR2004 - 16 bits
            self._twcc.arrived((int.from_bytes(number, "big"),), now)
        stream = self._streams.get(header.ssrc) or self._bind(header)
        if stream is None:
            self._services.counters.drop("no_track")
            return
        track, at, is_rtx = stream
        if is_rtx:
            self._retransmitted(stream, header, packet, now)
            return
        payload, payload_type = bytes(packet[header.payload : header.end]), header.marker_and_type & 0x7F
        if payload_type == track.chosen.red_payload_type and payload_type:
            header, payload = self._unfolded(stream, header, payload, now)
        elif payload_type != track.chosen.payload_type:
            self._services.counters.drop("payload_type")
            return
        reception = track.publication.encodings[at].reception
        reception.timed(header.timestamp, now)
        self._deliver(track, at, header, payload, now)
        if extensions and self._level_id and track.chosen.codec.kind is Kind.AUDIO:
            self._listen(track, extensions.get(self._level_id), now)
        if self._nacking is None and reception.gaps:
            self._ask_again()

    def expected(self, train: Train, done: int) -> Expected | None:
        """How a train goes on behind its first `done` packets, if its stream is a picture's that goes on in order."""
        track, at, is_rtx = self._streams.get(train.ssrc) or (None, 0, True)
        if track is None or is_rtx or train.payload_type != track.chosen.payload_type:
            return None
        publication = track.publication
        if not publication.started:
            return None
        number = publication.encodings[at].in_order((train.sequence + done) & 0xFFFF)
        return None if number is None else tuple.__new__(Expected, (number, self._twcc_id, publication.codec))

    def take_train(self, train: Train, opened: Opened, now: int) -> None:
        """Take packets that were as expected to their publication."""
        stream = self._streams[train.ssrc]
        if stream is not None:
            self._twcc.arrived(opened.numbers, now)
            stream[0].publication.write_in_order(opened.packets, train.timestamp, now, stream[1])

    def take_rtcp(self, packets: Sequence[rtcp.AnyRtcpPacket], now: int) -> None:
        """Take sender reports; whatever else a publisher says ends here (its offer alone ends a track)."""
        for packet in packets:
            if isinstance(packet, rtcp.RtcpSrPacket):
                stream = self._streams.get(packet.ssrc)
                if stream and not stream[2]:
                    track, at, _ = stream
                    info = packet.sender_info
                    track.publication.sender_report(info.ntp_timestamp, info.rtp_timestamp, now, at)

    def changed(self, state: TransportState) -> None:
        """Pass the transport's state on."""
        self._owner.changed(state)

    def _bind(self, header: RtpHeader) -> _Stream | None:
        """Find the track of an SSRC that was not signalled: by mid and rid (RFC 8843 §9.2, 8852), else by payload type.

        One encoding, one stream: a second SSRC for it would mix two sequences, and is not taken.
        """
        extensions, payload_type = header.extensions or {}, header.marker_and_type & 0x7F
        found = self._types.get(payload_type)
        mid = extensions.get(self._mid_id)
        if mid is not None:
            track = self.tracks.get(mid.decode("ascii", "replace"))
            if track is not None:
                is_rtx = payload_type == track.chosen.rtx_payload_type
                found = self._named(track, extensions.get(self._repaired_id if is_rtx else self._rid_id), is_rtx=is_rtx)
        if found is not None:
            track, at, is_rtx = found
            known = track.repairs if is_rtx else track.ssrcs
            if known.setdefault(at, header.ssrc) != header.ssrc:
                found = None
        self._streams[header.ssrc] = found
        return found

    @staticmethod
    def _named(track: Track, rid: bytes | None, *, is_rtx: bool) -> _Stream | None:
        """Which encoding of a track a stream of that name is; a track without names has one."""
        rids = track.chosen.rids
        if not rids:
            return track, 0, is_rtx
        name = rid.decode("ascii", "replace") if rid is not None else ""
        return (track, rids.index(name), is_rtx) if name in rids else None

    def _retransmitted(self, stream: _Stream, header: RtpHeader, packet: memoryview, now: int) -> None:
        track, at, _ = stream
        start = header.payload + _RTX_HEAD
        if start >= header.end:
            self._services.counters.drop("probe")
            return
        sequence = int.from_bytes(packet[header.payload : start], "big")
        marker_and_type = (header.marker_and_type & 0x80) | track.chosen.payload_type
        ssrc = track.ssrcs.get(at, 0)
        original = header._replace(marker_and_type=marker_and_type, sequence=sequence, ssrc=ssrc)
        self._deliver(track, at, original, bytes(packet[start : header.end]), now)

    def _unfolded(self, stream: _Stream, header: RtpHeader, payload: bytes, now: int) -> tuple[RtpHeader, bytes]:
        """The packet with its own sound alone; what it carries once more and had been lost is delivered before it."""
        track, at, _ = stream
        blocks, present = unfolded(payload, track.chosen.payload_type)
        header = header._replace(marker_and_type=(header.marker_and_type & 0x80) | track.chosen.payload_type)
        reception, places = track.publication.encodings[at].reception, range(-len(blocks), 0)
        for step, (before, block) in list(zip(places, blocks, strict=True))[-_PAST:]:
            sequence, timestamp = (header.sequence + step) & 0xFFFF, (header.timestamp - before) & 0xFFFFFFFF
            if block and reception.lacks(sequence):
                self._deliver(track, at, header._replace(sequence=sequence, timestamp=timestamp), block, now)
        return header, present

    def _deliver(self, track: Track, at: int, header: RtpHeader, payload: bytes, now: int) -> None:
        publication = track.publication
        if publication.write(header, payload, now, at) and not publication.started:
            publication.started = True
            self._owner.started(publication)

    def _listen(self, track: Track, level: bytes | None, now: int) -> None:
        if level and not track.publication.muted and track.speaking.level(level, now):
            self._owner.speaking(True)  # noqa: FBT003 - a callback

    # -- what goes back --------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Every 100 ms: congestion feedback, key frames that did not come, who ceased to speak."""
        feedback = self._twcc.feedback(self._ssrc, next(iter(self._streams), 0))
        if feedback is not None:
            self.transport.send_rtcp(feedback)
        self._line.tick(now)
        for track in self.tracks.values():
            track.publication.tick(now, full=self._line.full(now))
            if track.speaking.ceased(now, at_once=track.publication.muted):
                self._owner.speaking(False)  # noqa: FBT003 - a callback

    def second(self, now: int) -> None:
        """Once a second: receiver reports, figures, budgets."""
        self.bps = (self.transport.bytes_in - self._bytes_before) * 8
        self._bytes_before = self.transport.bytes_in
        blocks = []
        for track in self.tracks.values():
            track.publication.second()
            for at, ssrc in track.ssrcs.items():
                encoding = track.publication.encodings[at]
                block = encoding.reception.report()
                if block is None:
                    continue
                last = encoding.clock.report
                lsr = (last[0] >> 16) & 0xFFFFFFFF if last else 0
                dlsr = (now - last[2]) * 65_536 // SECOND if last else 0
                blocks.append((ssrc, block, lsr, dlsr & 0xFFFFFFFF))
        if blocks:
            self.loss = max(block.fraction_lost for _, block, _, _ in blocks) / 256
            self.transport.send_rtcp(rtcp.receiver_report(self._ssrc, blocks))
        self.transport.second(now)

    def ask_key_frame(self, mid: str, at: int) -> None:
        """Send a PLI for the encoding in place `at` of the track of that mid."""
        track = self.tracks.get(mid)
        ssrc = track.ssrcs.get(at) if track is not None else None
        if ssrc:
            self.transport.send_rtcp(rtcp.picture_loss(self._ssrc, ssrc))

    def _encodings(self) -> list[Encoding]:
        return [each for track in self.tracks.values() for each in track.publication.encodings]

    def _tell(self, bps: int) -> None:
        self.transport.send_rtcp(rtcp.estimate(self._ssrc, bps, [each for each in self._streams if each]))

    def _ask_again(self) -> None:
        """Ask for what is missing, and keep asking every 20 ms as long as something is."""
        self._nacking = None
        now, gaps = self._services.clock(), False
        full = self._line.filling(now)
        for track in self.tracks.values():
            waits = full and track.chosen.codec.kind is Kind.VIDEO
            for at, ssrc in track.ssrcs.items():
                reception = track.publication.encodings[at].reception
                lost = [] if waits else reception.due(now, self._line.late(now))
                if lost and track.chosen.repairable and track.publication.heard(at):
                    self.transport.send_rtcp(rtcp.nack(self._ssrc, ssrc, lost))
                gaps = gaps or reception.gaps
        if gaps and self.transport.state is not TransportState.CLOSED:
            self._nacking = asyncio.get_running_loop().call_later(_NACK_PERIOD, self._ask_again)
