"""Every bound and every pace of the embedded engine in one place, and which path packets take; knows no packet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["MS", "SECOND", "Counters", "Limits"]

MS = 1_000_000  # nanoseconds in a millisecond
SECOND = 1_000_000_000  # nanoseconds in a second


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one hostile or broken peer from hurting the others (sizes in bytes, times in ns)."""

    sdp_bytes: int = 64 * 1024
    sdp_sections: int = 16
    offered_sections: int = 64  # m-sections of one subscribe offer
    ssrcs_per_transport: int = 16
    addresses_per_transport: int = 8
    checks_per_second: int = 200  # connectivity checks of one transport; browsers send 20 while connecting
    strays_per_second: int = 400  # decryptions tried on media from unproven addresses, of all transports together
    dtls_inbox: int = 64
    tcp_connections: int = 2_000
    tcp_unproven: int = 16  # TCP connections of one IP address without a check; browsers open spare ones
    tcp_patience: int = 5 * SECOND  # for the first authenticated check over TCP
    tcp_write_buffer: int = 256 * 1024  # what may wait for a browser that reads slowly; media beyond it is dropped
    packets_per_second: int = 5_000  # a 720p camera and a screen together need about 700
    packet_burst: int = 2_500
    rtcp_per_second: int = 200
    datagrams_per_wakeup: int = 512  # so that a flood cannot keep the event loop for itself
    history: int = 1_024  # packets; a power of two; 3.6 s of 2.5 Mbit/s
    sound_history: int = 128  # packets of sound, a power of two: 2.5 s
    doubling: int = 20  # seconds for which sound is sent twice over after some of it was lost
    replay: int = 256  # packets since the last key frame that a late joiner may get in one go
    missing: int = 256  # packets a publisher is asked for again at the same time
    retransmissions_per_second: int = 500  # per subscription
    silence: int = 5 * SECOND  # without a proof of life a peer counts as failed
    cut: int = 1_800 * MS  # without a report a receiver of pictures was cut off; Chromium: 1.5 s at most
    slow_silence: int = 7_500 * MS  # for browsers that check their consent less often than every 3.5 s
    in_flight: int = 500 * MS  # for this long after an audience has widened, what arrives may be from before it
    longest_in_flight: int = SECOND  # with a slow line of the publisher's at most this long
    guests: int = 24  # connections of one room that are prepared for people who have not entered
    coming_in: int = 500 * MS  # from the press on Enter to the seat; later a first picture is asked for anew
    guest_life: int = 600 * SECOND  # a prepared connection nobody has used by then is closed
    give_up: int = 30 * SECOND  # a failed or never connected peer is closed after this
    voices: int = 12  # voices forwarded at a time: the loudest of those switched on; all of them in a smaller room
    compiled: bool = True  # packets go through the extension where it was built; False: through Python everywhere
    key_frame_interval: int = 500 * MS  # the most a publisher is asked for a key frame
    recorded_key_frame: int = 5 * SECOND  # whoever reviews a picture jumps to one of these and decodes from there


class Counters:
    """Counts of packets and of every reason to drop one."""

    __slots__ = ("dropped", "packets_in", "packets_out")

    def __init__(self) -> None:
        self.packets_in = 0
        self.packets_out = 0
        self.dropped: dict[str, int] = {}

    def drop(self, reason: str, count: int = 1) -> None:
        """Count `count` packets dropped for `reason`, a word in snake case chosen by the code, never by a peer."""
        self.dropped[reason] = self.dropped.get(reason, 0) + count

    def snapshot(self) -> Mapping[str, int]:
        """The drops so far by reason."""
        return dict(self.dropped)
