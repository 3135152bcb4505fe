"""One receiver of one publication: renumbering, retransmission, reports; knows nothing of who may receive what."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.continuity import Continuity, StreamClock
from mediation_server.media.embedded.gso import Receiver, Sender
from mediation_server.media.embedded.limits import SECOND, Limits
from mediation_server.media.embedded.redundancy import doubled
from mediation_server.media.embedded.rtp import HEADER_SIZE, octets_of, rtx_of
from mediation_server.media.embedded.runs import rewritten
from mediation_server.media.embedded.sequence import extend
from mediation_server.media.embedded.transport import Transport

if TYPE_CHECKING:
    from mediation_server.media.embedded.encoding import Encoding

__all__ = ["TOP", "Subscription", "receiver_of"]

_REPORTS = 16  # sender reports remembered to measure the round trip
_AGAIN = 3  # times one packet is sent again within a second
_SOUND_AGAIN = 2  # a browser asks for sound with every packet that comes until it has it
TOP = 99  # an encoding above all there are: the best


# Keys, address and rewriting of what goes out to a subscription now; only for a ready one.  By C, for it is asked of
# everybody whenever somebody comes, goes or moves.
receiver_of: Callable[[Subscription], Receiver] = attrgetter(
    "transport.keys", "transport.ice.selected", "numbers.rewriting"
)


class Subscription:
    """One SSRC, numbers that go on without a hole over withholding and over changes of encoding."""

    def __init__(
        self, transport: Transport, codec: Codec, limits: Limits, ssrcs: tuple[int, int] | None = None
    ) -> None:
        """`ssrcs`: those the receiver knows already, of the media and of RTX; otherwise new ones."""
        self.transport = transport
        self.codec = codec
        drawn = secrets.randbits(32), secrets.randbits(32) if codec.rtx_payload_type else 0
        self.ssrc, self.rtx_ssrc = ssrcs or drawn
        self.repairable = True  # whether its receiver takes packets again, as far as it has answered
        self.takes_red = False  # whether its receiver takes sound twice over
        self.roomy = True  # whether the line has room for that
        self.doubling = 0  # seconds for which it still gets sound twice over
        self.live = False
        self.home: Encoding | None = None  # what it has now, while it is live
        self.wanted = TOP  # the encoding that is to be sent if it is there, counted from the lowest
        self._packets = self._octets = 0
        self.loss = 0.0
        self.rtt = 0  # ns
        self._limits = limits
        self._red = replace(codec, payload_type=codec.red_payload_type)
        self.numbers = Continuity(self.ssrc, secrets.randbits(15))
        self._newest: bytes | None = None  # of what went out in order since it last began, as it came
        self._rtx_sequence = secrets.randbits(15)
        self._rtx_left = limits.retransmissions_per_second
        self._again: dict[int, int] = {}
        self._doubled: dict[int, bytes] = {}  # what went out twice over, by running number, the oldest first
        self._forgotten = 0  # what is older than this is not sent again
        self._told_at = 0  # packets sent when the receiver reported last
        self._holes = 0  # packets that the publisher's line had swallowed then
        self._reports: dict[int, int] = {}

    def take_formats(self, formats: Container[int]) -> None:
        """Note what its receiver has answered: the payload types it takes."""
        rtx = self.codec.rtx_payload_type
        self.repairable = not rtx or rtx in formats
        self.takes_red = self.codec.red_payload_type in formats

    @property
    def packets(self) -> int:
        """How many have gone out."""
        if self.home is not None:
            self.home.tell()
        return self._packets

    @property
    def octets(self) -> int:
        """Their payload bytes, as sender reports count them."""
        if self.home is not None:
            self.home.tell()
        return self._octets

    @property
    def ready(self) -> bool:
        """Whether packets can go out."""
        return self.transport.keys is not None and self.transport.ice.selected is not None

    @property
    def floor(self) -> int:
        """Running number of the first packet since it was last let in, or since the encoding changed."""
        return self.numbers.floor

    def resume(self, number: int, first: bytes | None, clock: StreamClock) -> None:
        """Be live: the next packet out is running number `number` of the encoding with that clock.

        Nothing older goes out, not even as RTX.  `first` is that packet, when it has come.
        """
        if self._newest is not None:
            self.numbers.sent(self.codec.numbers(self._newest))
            self._newest = None
        self.numbers.begin(number, self.codec.numbers(first) if first is not None else None, clock)
        self._doubled.clear()
        self._forgotten = number  # numbers of another encoding mean nothing here
        self.live = True

    def pause(self, number: int) -> None:
        """Cease to be live; the last packet sent was the one before running number `number`."""
        self.numbers.end(number)
        self.live = False

    def sent(self, packets: int, octets: int, newest: bytes) -> None:
        """Count what went out in order; `newest` is the last of it, as it came."""
        self._packets += packets
        self._octets += octets
        self._newest = newest

    def send_late(self, sender: Sender, number: int, packet: bytes) -> None:
        """Send one packet that arrived out of order, unless it is from before this receiver was let in."""
        if self.live and number >= self.floor and self.ready:
            self._send(sender, packet, self.codec)

    def forget(self, number: int) -> None:
        """Send nothing again that is older than running number `number`."""
        self._forgotten = max(self._forgotten, number)

    def double(self) -> None:
        """Sound was lost on the way to this receiver: let each packet carry those before it too, for a while."""
        if self.takes_red and self.roomy:
            self.doubling = self._limits.doubling

    def send_doubled(self, sender: Sender, number: int, packet: bytes, earlier: Sequence[bytes]) -> None:
        """Send one packet of sound that carries these earlier ones once more."""
        if not self.ready:
            return
        packet = doubled(packet, earlier, self.codec.payload_type)
        self._doubled[number] = packet
        if len(self._doubled) > self._limits.sound_history:
            oldest = next(iter(self._doubled))
            del self._doubled[oldest]
            self.forget(oldest + 1)  # nobody knows any more how it went out
        self._send(sender, packet, self._red)

    def _send(self, sender: Sender, packet: bytes, codec: Codec) -> None:
        self._packets += sender.send_packets((packet,), codec, (receiver_of(self),))[0]
        self._octets += octets_of((packet,))

    def number_of(self, sequence: int, newest: int) -> int:
        """The running number of an output sequence number that the receiver names."""
        return extend((sequence - self.numbers.rewriting.sequence) & 0xFFFF, newest)

    def resend(self, number: int, packet: bytes) -> bool:
        """Send a packet again: a picture's as RTX (RFC 4588), a sound's as it was.

        False when too often, or when this receiver was not let in then, or does not take it.
        """
        tries = self._again.get(number, 0)
        most = _AGAIN if self.rtx_ssrc else _SOUND_AGAIN
        if (
            not self.live
            or number < max(self.floor, self._forgotten)
            or tries >= most
            or self._rtx_left <= 0
            or not self.repairable
        ):
            return False
        again = self._as_rtx(number, packet) if self.rtx_ssrc else self._as_it_was(number, packet)
        self._again[number] = tries + 1
        self._rtx_left -= 1
        self._packets += 1
        self._octets += len(again) - HEADER_SIZE
        return self.transport.send_rtp(again)

    def _as_rtx(self, number: int, packet: bytes) -> bytes:
        rewriting = self.numbers.rewriting
        if any(rewriting[2:]):
            packet = rewritten(packet, rewriting, self.codec.places)
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        original = (number + rewriting.sequence) & 0xFFFF
        return rtx_of(packet, self.codec.rtx_payload_type, self._rtx_sequence, self.rtx_ssrc, original)

    def _as_it_was(self, number: int, packet: bytes) -> bytes:
        """The very bytes that went out under that number: with GCM one number must never encrypt anything else."""
        twice = self._doubled.get(number)
        payload_type = self.codec.payload_type if twice is None else self.codec.red_payload_type
        again = bytearray(rewritten(packet if twice is None else twice, self.numbers.rewriting))
        again[1] = (again[1] & 0x80) | payload_type
        return bytes(again)

    def report(self, ntp: int, rtp: int, now: int) -> None:
        """Send the publisher's clock mapping on, with this receiver's own counts, or lip-sync is lost."""
        self._reports[(ntp >> 16) & 0xFFFFFFFF] = now
        while len(self._reports) > _REPORTS:
            del self._reports[next(iter(self._reports))]
        rtp += self.numbers.rewriting.timestamp
        self.transport.send_rtcp(rtcp.sender_report(self.ssrc, ntp, rtp, self.packets, self.octets))

    def take_report(self, fraction_lost: int, lsr: int, dlsr: int, now: int) -> int:
        """Take this receiver's report block: loss, and the round trip if it names a report of ours.

        What never reached us is missing there as well, and is no loss of this receiver's line.
        Returns how many packets it is about, as far as we know.
        """
        sent = self._reports.get(lsr)
        if sent is not None:
            self.rtt = max(0, now - sent - dlsr * SECOND // 65_536)
        before, self._told_at = self._told_at, self.packets
        packets = self.packets - before
        known, self._holes = self._holes, self.home.reception.holes if self.home is not None else self._holes
        holes = max(0, self._holes - known)
        lost = (packets + holes) * fraction_lost / 256 - holes if holes else packets * fraction_lost / 256
        self.loss = min(1.0, max(0.0, lost / packets)) if packets else fraction_lost / 256
        return packets

    def second(self) -> None:
        """Once a second: allow retransmissions again."""
        self.doubling = max(0, self.doubling - 1)
        self._rtx_left = self._limits.retransmissions_per_second
        self._again.clear()
