"""The fan-out of one track: order, history, key frames, who gets each packet; knows no SDP and no rule of the room.

`granted` holds, for each member the room's audience lets in, the running number from which on: nothing
older is ever sent to that member, neither live nor from the history nor from the key-frame cache.
"""

from __future__ import annotations

from collections.abc import Callable

from mediation_server.media.embedded.codecs import Codec, Payload
from mediation_server.media.embedded.history import History
from mediation_server.media.embedded.key_frames import KeyFrames
from mediation_server.media.embedded.reception import DUPLICATE, Reception
from mediation_server.media.embedded.rtp import HEADER, RtpHeader
from mediation_server.media.embedded.runs import Run
from mediation_server.media.embedded.subscription import Subscription
from mediation_server.media.embedded.tap import Tap
from mediation_server.media.embedded.transport import Services
from mediation_server.media.engine import Kind, Publication

__all__ = ["LivePublication"]


class LivePublication:
    """One track while it is published. `ask_key_frame` sends a PLI upstream at once."""

    def __init__(self, info: Publication, codec: Codec, services: Services, ask_key_frame: Callable[[], None]) -> None:
        self.info = info
        self.codec = codec
        self.profile = ""  # profile-level-id of H.264, as the publisher offered it
        self.reception = Reception(services.limits, codec.clock_rate)
        self.granted: dict[str, int] = {}
        self.ever_granted: set[str] = set()
        self.muted = False
        self.started = False
        self.tap: Tap | None = None
        self.last_report: tuple[int, int, int] | None = None  # NTP, RTP, arrival in ns
        self._services = services
        self._ask = ask_key_frame
        self._video = codec.kind is Kind.VIDEO
        self._history = History(services.limits.history) if self._video else None
        self._keys = KeyFrames(services.limits.key_frame_interval)
        self._needs_key = False  # after a time of silence nothing is of use before a key frame
        self._live: list[Subscription] = []
        self._waiting: dict[Subscription, int] = {}  # for a key frame that begins at this number or later
        self._pending: list[bytes] = []
        self._pending_from = 0  # running number of the first of them

    # -- receiving -------------------------------------------------------------------------------------------------

    def write(self, header: RtpHeader, payload: bytes, now: int) -> bool:
        """Take one packet (its `sequence` is that of the stream, also when it came as RTX); False when dropped."""
        kind = self.codec.inspect(payload)
        usable = kind is not Payload.UNUSABLE and not self.muted
        if self._needs_key and kind is not Payload.KEY_FRAME:
            usable = False
        number = self.reception.accept(header.sequence, now, usable=usable)
        if self.reception.lost_track:
            self.reception.lost_track = False
            self.request_key_frame(now)
        if number < 0:
            self._services.counters.drop(self._reason(number, kind))
            return False
        packet = HEADER.pack(0x80, header.marker_and_type, number & 0xFFFF, header.timestamp, header.ssrc) + payload
        if self._history is not None:
            self._history.put(number, packet)
        if self.tap is not None:
            self.tap.packet(number, packet, now)
        if number == self.reception.next_number - 1:
            self._in_order(number, packet, kind, header.timestamp)
        else:
            self._late(number, packet)
        return True

    def sender_report(self, ntp: int, rtp: int, now: int) -> None:
        """Take the publisher's clock mapping (64-bit NTP, RTP timestamp) and hand it to whoever is let in."""
        self.last_report = (ntp, rtp, now)
        if self.tap is not None:
            self.tap.sender_report(ntp, rtp, now)
        for subscription in self._live:
            subscription.report(ntp, rtp, now)

    def _in_order(self, number: int, packet: bytes, kind: Payload, timestamp: int) -> None:
        if self._live:
            if not self._pending:
                self._pending_from = number
                self._services.port.flush_later(self)
            self._pending.append(packet)
        if kind is Payload.KEY_FRAME and self._keys.arrived(number, timestamp):
            self._needs_key = False
            if self._waiting:
                self.flush()
                self._wake(number)

    def _late(self, number: int, packet: bytes) -> None:
        self.flush()
        for subscription in self._live:
            subscription.send_late(self._services.port.sender, number, packet)

    def _reason(self, number: int, kind: Payload) -> str:
        if number == DUPLICATE:
            return "duplicate"
        if kind is Payload.UNUSABLE:
            return "unusable_payload"
        return "muted" if self.muted else "before_key_frame"

    # -- sending ---------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send the packets held back to every live subscription."""
        pending, self._pending = self._pending, []
        if pending:
            self._fan_out(self._live, pending)

    def _fan_out(self, subscriptions: list[Subscription], packets: list[bytes]) -> None:
        runs: dict[int, list[Run]] = {}
        sender = self._services.port.sender
        for subscription in subscriptions:
            keys = subscription.transport.keys
            if keys is None:
                continue
            made = runs.get(keys.tag)
            if made is None:
                made = runs[keys.tag] = self.codec.runs(packets, keys.tag)
            subscription.send(sender, made)

    def admit(self, subscription: Subscription, floor: int, now: int) -> None:
        """Let a ready subscription have what arrives from now on, and of the past what `floor` allows."""
        self.dismiss(subscription)
        if not self._video:
            self._go_live(subscription, self.reception.next_number, now)
            return
        start, end = self._keys.start, self.reception.next_number
        if max(floor, 0) <= start and end - start <= self._services.limits.replay:
            self._go_live(subscription, start, now)
            return
        self._waiting[subscription] = floor
        self.request_key_frame(now)

    def serves(self, subscription: Subscription) -> bool:
        """Whether a subscription is let in already, live or waiting for a key frame."""
        return subscription in self._waiting or subscription in self._live

    def dismiss(self, subscription: Subscription) -> None:
        """Send nothing to this subscription any more, not even what is held back."""
        self._waiting.pop(subscription, None)
        if subscription in self._live:
            self._live.remove(subscription)
            subscription.pause(self._pending_from if self._pending else self.reception.next_number)

    def resend(self, subscription: Subscription, sequences: list[int]) -> None:
        """Answer a receiver's NACK from the history."""
        history = self._history
        if history is None:
            return
        for sequence in sequences:
            number = subscription.number_of(sequence, self.reception.next_number)
            packet = history.get(number)
            if packet is None or not subscription.resend(number, packet):
                self._services.counters.drop("nack_unanswered")

    def _wake(self, number: int) -> None:
        now = self._services.clock()
        for subscription in [each for each, floor in self._waiting.items() if floor <= number]:
            del self._waiting[subscription]
            self._go_live(subscription, number, now)

    def _go_live(self, subscription: Subscription, start: int, now: int) -> None:
        """From packet `start` on: the past of it at once, what is held back first to those who were live before."""
        self.flush()
        subscription.resume(start)
        if self.last_report is not None:
            subscription.report(*self.last_report[:2], now)
        end = self.reception.next_number
        if self._history is not None and start < end:
            self._fan_out([subscription], self._history.since(start, end))
        self._live.append(subscription)

    # -- key frames and silence ------------------------------------------------------------------------------------

    def request_key_frame(self, now: int) -> None:
        """Ask the publisher for a key frame, now or as soon as the interval allows."""
        if self._video and not self.muted:
            self._keys.wanted = True
            self.tick(now)

    def tick(self, now: int) -> None:
        """Every 100 ms: ask again for a key frame that has not come."""
        if self._keys.due(now):
            self._ask()

    def mute(self, *, muted: bool, now: int) -> None:
        """While muted nothing goes out, and nothing from before or during it is kept."""
        if muted == self.muted:
            return
        self.reception.forget_gaps()  # what was sent during a mute shall not come late, after it
        if muted:
            self.flush()
            self._keys.forget()
            self._keys.wanted = False
            if self._history is not None:
                self._history.clear()
        self.muted = muted
        self._needs_key = self._video and not muted
        if not muted:
            self.request_key_frame(now)

    def grant(self, members: frozenset[str], now: int) -> None:
        """Let exactly these members in; those newly let in get only what arrives from now on."""
        for member in set(self.granted) - members:
            del self.granted[member]
        added = members - set(self.granted)
        for member in added:
            self.granted[member] = self.reception.next_number
        self.ever_granted |= added
        if added and self.started:
            self.request_key_frame(now)
