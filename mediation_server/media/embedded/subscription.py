"""One receiver of one publication: renumbering, retransmission, reports; knows nothing of who may receive what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from mediation_server.media.embedded import rtcp
from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.gso import Sender
from mediation_server.media.embedded.limits import SECOND, Limits
from mediation_server.media.embedded.rtp import HEADER_SIZE, rtx_of
from mediation_server.media.embedded.runs import Rewriting, Run
from mediation_server.media.embedded.sequence import extend
from mediation_server.media.embedded.transport import Transport

__all__ = ["Subscription"]

_REPORTS = 16  # sender reports remembered to measure the round trip
_AGAIN = 3  # times one packet is sent again within a second


class Subscription:
    """Sequence numbers go on without a hole over times of withholding; timestamps stay the publisher's."""

    def __init__(self, transport: Transport, codec: Codec, limits: Limits) -> None:
        self.transport = transport
        self.codec = codec
        self.ssrc = secrets.randbits(32)
        self.rtx_ssrc = secrets.randbits(32) if codec.rtx_payload_type else 0
        self.live = False
        self.floor = 0  # running number of the first packet since it was last let in
        self.packets = 0
        self.octets = 0
        self.loss = 0.0
        self.rtt = 0  # ns
        self._limits = limits
        self._next = secrets.randbits(15)  # output sequence number to go on with
        self._offset = 0  # output sequence number minus running number
        self._rtx_sequence = secrets.randbits(15)
        self._rtx_left = limits.retransmissions_per_second
        self._again: dict[int, int] = {}
        self._reports: dict[int, int] = {}

    @property
    def ready(self) -> bool:
        """Whether packets can go out."""
        return self.transport.keys is not None and self.transport.ice.selected is not None

    def resume(self, number: int) -> None:
        """Be live: the next packet out is running number `number`, and nothing older goes out, not even as RTX."""
        self._offset = self._next - number
        self.floor = number
        self.live = True

    def pause(self, number: int) -> None:
        """Cease to be live; the last packet sent was the one before running number `number`."""
        self._next = number + self._offset
        self.live = False

    def send(self, sender: Sender, runs: Sequence[Run]) -> None:
        """Send runs of packets in order."""
        transport = self.transport
        keys, address = transport.keys, transport.ice.selected
        if keys is None or address is None:
            return
        rewriting = Rewriting(self.ssrc, self._offset)
        for run in runs:
            self.packets += sender.send_run(run, keys, address, rewriting)
            self.octets += run.octets

    def send_late(self, sender: Sender, number: int, packet: bytes) -> None:
        """Send one packet that arrived out of order, unless it is from before this receiver was let in."""
        if self.live and number >= self.floor and self.transport.keys is not None:
            self.send(sender, self.codec.runs((packet,), self.transport.keys.tag))

    def number_of(self, sequence: int, newest: int) -> int:
        """The running number of an output sequence number that the receiver names."""
        return extend((sequence - self._offset) & 0xFFFF, newest)

    def resend(self, number: int, packet: bytes) -> bool:
        """Send a packet again as RTX (RFC 4588); False when too often, or when this receiver was not let in then."""
        tries = self._again.get(number, 0)
        if not self.live or number < self.floor or not self.rtx_ssrc or tries >= _AGAIN or self._rtx_left <= 0:
            return False
        self._again[number] = tries + 1
        self._rtx_left -= 1
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        original = (number + self._offset) & 0xFFFF
        again = rtx_of(packet, self.codec.rtx_payload_type, self._rtx_sequence, self.rtx_ssrc, original)
        self.packets += 1
        self.octets += len(packet) - HEADER_SIZE
        return self.transport.send_rtp(again)

    def report(self, ntp: int, rtp: int, now: int) -> None:
        """Send the publisher's clock mapping on, with this receiver's own counts, or lip-sync is lost."""
        self._reports[(ntp >> 16) & 0xFFFFFFFF] = now
        while len(self._reports) > _REPORTS:
            del self._reports[next(iter(self._reports))]
        self.transport.send_rtcp(rtcp.sender_report(self.ssrc, ntp, rtp, self.packets, self.octets))

    def take_report(self, fraction_lost: int, lsr: int, dlsr: int, now: int) -> None:
        """Take this receiver's report block: loss, and the round trip if it names a report of ours."""
        self.loss = fraction_lost / 256
        sent = self._reports.get(lsr)
        if sent is not None:
            self.rtt = max(0, now - sent - dlsr * SECOND // 65_536)

    def second(self) -> None:
        """Once a second: allow retransmissions again."""
        self._rtx_left = self._limits.retransmissions_per_second
        self._again.clear()
