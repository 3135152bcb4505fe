"""A member's subscribing side: its transport, the m-sections it was offered, its feedback; knows no audience."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.bandwidth import DownlinkEstimator
from mediation_server.media.embedded.descriptions import OfferedSection
from mediation_server.media.embedded.limits import SECOND
from mediation_server.media.embedded.opening import Opened
from mediation_server.media.embedded.publication import Early, LivePublication
from mediation_server.media.embedded.reading import Train
from mediation_server.media.embedded.sdp import Description
from mediation_server.media.embedded.spares import Spare, spare_for
from mediation_server.media.embedded.subscription import TOP, Subscription
from mediation_server.media.embedded.transport import Services, Transport
from mediation_server.media.engine import Kind, Publication, Source, TransportState, Watching

__all__ = ["Downlink", "Slot"]

_OVERHEAD = 56  # bytes around each payload: IP, UDP, RTP, SRTP
_ROOMY = 150_000  # bit/s; sound twice over takes about 110,000 for one voice
_TELLING = 20  # packets; the loss among fewer says nothing about a line


@dataclass(slots=True)
class Slot:
    """One m-section, in order of its mid; it outlives publications and is used again for one of the same codec."""

    mid: str
    publication: LivePublication
    subscription: Subscription
    wanted: bool = True  # offered as sendonly
    accepted: bool = False  # the browser's answer takes it
    cap: int = TOP  # the best encoding that may be sent, as `set_layer` says; -1: none
    level: int = TOP  # the one chosen for what is looked at and for the line; -1: none
    spare: Spare | None = None  # the prepared m-section this was

    @property
    def paused(self) -> bool:
        """Whether nothing is to be sent now."""
        return min(self.cap, self.level) < 0

    def section(self, profile: str) -> OfferedSection:
        """What to offer; a prepared m-section keeps the names it was offered under."""
        info, names = self.publication.info, self.spare.section if self.spare else None
        carried = info.id if self.wanted else ""
        return OfferedSection(
            self.mid,
            self.publication.codec,
            profile,
            names.member if names else info.member,
            names.stream if names else _stream_of(info),
            carried,
            self.subscription.ssrc,
            self.subscription.rtx_ssrc,
            names.track if names and carried else carried,
        )


class Downlink:
    """One subscribing transport and its m-sections."""

    def __init__(self, services: Services, changed: Callable[[TransportState], None]) -> None:
        self.transport = Transport(services, self)
        self.slots: list[Slot] = []
        self.spares: list[Spare] = []
        self.revision = 0
        self.born = services.clock()  # ns
        self.early: dict[str, Early] = {}  # of each picture, since whoever prepared this began to come in
        self.offered_ufrag = ""  # of ours, in the newest offer
        self.bps = 0  # of the last second, headers and all
        self._voices_bps = 0  # the part of it that is sound
        self.watching: Watching | None = None
        self.estimator = DownlinkEstimator()
        self.hungry_since = 0  # since when the line carries no picture though one is looked at; 0: it does
        self.starved = False  # for long enough to be said
        self.unsettled = True  # what is sent must be chosen anew
        self._services = services
        self._changed = changed
        self._reported_at = 0
        self._judged_from = 0  # reports before this tell of a time when the line was cut
        self._before = (0, 0)  # octets of sound and of pictures at the last second

    def want(self, publications: Sequence[LivePublication]) -> bool:
        """Arrange the m-sections so that exactly these publications are carried; whether that needs a negotiation.

        It needs none when all that was added found a prepared m-section and nothing was taken away.
        """
        wanted = {publication.info.id: publication for publication in publications}
        gone = [slot for slot in self.slots if slot.wanted and slot.publication.info.id not in wanted]
        for slot in gone:
            self._drop(slot)
        carried = {slot.publication.info.id for slot in self.slots if slot.wanted}
        placed = [self._place(each) for each in publications if each.info.id not in carried]
        return bool(gone) or not placed or not all(placed)

    def sections(self, profiles: Callable[[LivePublication], str]) -> list[OfferedSection]:
        """All m-sections as they are now, in order of their mid."""
        found = [slot.section(profiles(slot.publication)) for slot in self.slots]
        return sorted([*found, *(spare.section for spare in self.spares)], key=lambda each: int(each.mid))

    def take_answer(self, answer: Description) -> None:
        """Note which m-sections the browser receives on, and whether it takes packets again as RTX."""
        answered = {section.mid: section for section in answer.sections}
        for spare in self.spares:
            section = answered.get(spare.mid)
            formats = section.formats if section is not None else {}
            spare.formats = frozenset(formats)
            spare.accepted = section is not None and section.receives and spare.codec.payload_type in formats
        for slot in self.slots:
            section = answered.get(slot.mid)
            formats = section.formats if section is not None else {}
            slot.subscription.take_formats(formats)
            taken = section is not None and section.receives and slot.subscription.codec.payload_type in formats
            slot.accepted = slot.wanted and taken

    def forget(self, publication: LivePublication) -> None:
        """The publication is over: its m-section carries nothing from now on."""
        for slot in self.slots:
            if slot.publication is publication:
                self._drop(slot)

    def slots_of(self, publication: LivePublication) -> list[Slot]:
        """The m-sections that carry a publication: one or none."""
        return [slot for slot in self.slots if slot.wanted and slot.publication is publication]

    async def close(self) -> None:
        """Send nothing more and close the transport; idempotent."""
        for slot in self.slots:
            self._drop(slot)
        await self.transport.close()

    # -- what comes in ---------------------------------------------------------------------------------------------

    def may_open(self, ssrc: int) -> bool:  # noqa: ARG002 - the port of `Handler`
        """A subscriber sends no media."""
        return False

    def take_rtp(self, packet: memoryview, size: int, now: int) -> None:
        """Never called: `may_open` refuses."""

    def expected(self, train: Train, done: int) -> None:
        """Nothing, ever."""

    def take_train(self, train: Train, opened: Opened, now: int) -> None:
        """Never called: nothing is expected."""

    def take_rtcp(self, packets: Sequence[rtcp.AnyRtcpPacket], now: int) -> None:
        """Take reports, NACK, PLI and FIR; all of them end here."""
        silence, self._reported_at = now - (self._reported_at or now), now
        if silence > self._services.limits.cut:
            self._come_back(now)
        for packet in packets:
            if isinstance(packet, rtcp.RtcpRrPacket | rtcp.RtcpSrPacket):
                self._reported(packet.reports, now)
            elif isinstance(packet, rtcp.RtcpRtpfbPacket):
                if packet.fmt == rtcp.NACK and (slot := self._by_ssrc(packet.media_ssrc)):
                    slot.publication.resend(slot.subscription, packet.lost)
            elif isinstance(packet, rtcp.RtcpPsfbPacket):
                if packet.fmt == rtcp.REMB:
                    self._told(rtcp.remb(packet), now)
                else:
                    self._picture_lost(packet, now)

    def belong_to(self, changed: Callable[[TransportState], None]) -> None:
        """Tell this owner of the transport's state from now on."""
        self._changed = changed

    def _come_back(self, now: int) -> None:
        """The line was cut and is whole again: what was lost meanwhile says nothing about it, and is not sent again."""
        for slot in self.slots:
            if slot.subscription.live and slot.publication.info.kind is Kind.VIDEO:
                self._judged_from = now + SECOND
                slot.publication.start_anew(slot.subscription, now)

    def changed(self, state: TransportState) -> None:
        """Pass the transport's state on."""
        self._changed(state)

    @property
    def rtt(self) -> int:
        """The longest measured round trip to this member, in ns; 0 before one was measured."""
        return max((slot.subscription.rtt for slot in self.slots if slot.subscription.live), default=0)

    def second(self, now: int) -> None:
        """Once a second: figures and budgets."""
        before, self._before = self._before, (self._sent(Kind.AUDIO), self._sent(Kind.VIDEO))
        self._voices_bps = max(0, self._before[0] - before[0]) * 8
        self.bps = self._voices_bps + max(0, self._before[1] - before[1]) * 8
        for slot in self.slots:
            slot.subscription.roomy = self.estimator.bps >= _ROOMY
            slot.subscription.second()
        self.transport.second(now)

    def _sent(self, kind: Kind) -> int:
        of_it = [slot.subscription for slot in self.slots if slot.publication.info.kind is kind]
        return sum(each.octets + _OVERHEAD * each.packets for each in of_it)

    def _reported(self, blocks: Sequence[rtcp.RtcpReceiverInfo], now: int) -> None:
        lost = told = 0.0
        for block in blocks:
            if slot := self._by_ssrc(block.ssrc):
                packets = slot.subscription.take_report(block.fraction_lost, block.lsr, block.dlsr, now)
                lost += packets * slot.subscription.loss
                told += packets
                if slot.subscription.rtt:
                    self.estimator.answered(slot.subscription.rtt, now)
        if told >= _TELLING and now >= self._judged_from:
            self.estimator.lost(lost / told, self.bps, now)
            self.unsettled = True

    def _told(self, bps: int | None, now: int) -> None:
        if bps is not None and now >= self._judged_from:
            # Browsers count pictures alone (libwebrtc, ReceiveSideCongestionController): the voices came beside them.
            self.estimator.told(bps + self._voices_bps, self.bps, now)
            self.unsettled = True

    def _picture_lost(self, packet: rtcp.RtcpPsfbPacket, now: int) -> None:
        if packet.fmt == rtcp.PLI:
            ssrc = packet.media_ssrc
        elif packet.fmt == rtcp.FIR and len(packet.fci) >= 4:  # noqa: PLR2004 - RFC 5104 §4.3.1.1
            ssrc = int.from_bytes(packet.fci[:4], "big")
        else:
            return
        slot = self._by_ssrc(ssrc)
        if slot is not None and slot.subscription.live:
            slot.publication.request_key_frame(now, slot.subscription)

    def _by_ssrc(self, ssrc: int) -> Slot | None:
        return next((slot for slot in self.slots if slot.wanted and slot.subscription.ssrc == ssrc), None)

    def _place(self, publication: LivePublication) -> bool:
        """Find an m-section for a publication; True when it is a prepared one, which needs no negotiation."""
        spare = spare_for(self.spares, publication.info, publication.codec)
        if spare is not None:
            self._use(spare, publication)
            return True
        subscription = Subscription(self.transport, publication.codec, self._services.limits)
        for slot in self.slots:
            if not slot.wanted and slot.publication.codec is publication.codec:
                slot.publication, slot.subscription = publication, subscription
                slot.wanted, slot.accepted, slot.cap, slot.level, slot.spare = True, False, TOP, TOP, None
                return False
        self.slots.append(Slot(str(len(self.slots) + len(self.spares)), publication, subscription))
        return False

    def _use(self, spare: Spare, publication: LivePublication) -> None:
        self.spares.remove(spare)
        for other in self.spares:
            if other.stream == spare.stream:
                other.member = publication.info.member
        ssrcs = spare.ssrc, spare.rtx_ssrc
        subscription = Subscription(self.transport, publication.codec, self._services.limits, ssrcs)
        subscription.take_formats(spare.formats)
        self.slots.append(Slot(spare.mid, publication, subscription, accepted=True, spare=spare))

    @staticmethod
    def _drop(slot: Slot) -> None:
        slot.publication.dismiss(slot.subscription)
        slot.wanted = slot.accepted = False


def _stream_of(publication: Publication) -> str:
    """Lips follow the voice; a shared screen follows neither, or each would wait for the slower one."""
    return f"{publication.member}:screen" if publication.source is Source.SCREEN else publication.member
