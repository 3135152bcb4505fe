"""One encoding of a track: its order, history, key frames, and who gets it now; knows no SDP and no rule of the room.

`floors` holds, for each member the room's audience lets in, the running number from which on: nothing
older is ever sent to that member, neither live nor from the history nor from the key-frame cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mediation_server.media.embedded.circle import Circle
from mediation_server.media.embedded.codecs import Codec, Payload
from mediation_server.media.embedded.continuity import StreamClock
from mediation_server.media.embedded.history import History
from mediation_server.media.embedded.key_frames import KeyFrames
from mediation_server.media.embedded.limits import MS, SECOND
from mediation_server.media.embedded.reception import DUPLICATE, Reception
from mediation_server.media.embedded.rtp import HEADER, RtpHeader, octets_of
from mediation_server.media.embedded.sequence import extend
from mediation_server.media.embedded.subscription import Subscription
from mediation_server.media.embedded.transport import Services
from mediation_server.media.engine import Kind

__all__ = ["Encoding", "Taken"]

_SILENT = 500 * MS  # a camera in the dark sends five pictures a second; a browser that saves stops an encoding for good
_STEADY = SECOND
_LATE_ONES = 64  # remembered, so that they are not sent again to whoever asked before they could arrive
_UNDER_WAY = 300 * MS
_TOO_LATE = 25  # packets of 20 ms: for what comes later no conversation waits; the recorder does

Taken = tuple[int, bytes, bool]  # running number, plain packet, whether a key frame begins with it


class Encoding:
    """`ask_key_frame` sends a PLI upstream at once."""

    def __init__(self, codec: Codec, services: Services, ask_key_frame: Callable[[], None]) -> None:
        self.codec = codec
        self.reception = Reception(services.limits, codec.clock_rate)
        self.clock = StreamClock(codec.clock_rate)
        self.floors: dict[str, int] = {}
        self.bps = 0
        self._services = services
        self._ask = ask_key_frame
        self._video = codec.kind is Kind.VIDEO
        self._history = History(services.limits.history if self._video else services.limits.sound_history)
        self._keys = KeyFrames(services.limits.key_frame_interval)
        self._key_at = 0  # when the last key frame began
        self._renewed_at = 0  # when one was asked for since the last was old
        self._needs_key = False  # after a time of silence nothing is of use before a key frame
        self._muted = False
        self._live = Circle(codec, services)
        self._waiting: dict[Subscription, int] = {}  # for a key frame that begins at this number or later
        self._came_late: dict[int, int] = {}  # when packets came out of order and went out, by running number
        self._pending: list[bytes] = []
        self._pending_from = self._pending_octets = 0  # running number of the first of them; payload bytes of all
        self._heard_at = self._heard_since = 0
        self._octets = self._octets_before = 0

    # -- receiving -------------------------------------------------------------------------------------------------

    def take(self, header: RtpHeader, payload: bytes, now: int) -> Taken | None:
        """Take one packet (its `sequence` is that of the stream, also when it came as RTX); None when dropped."""
        kind = self.codec.inspect(payload)
        usable = kind is not Payload.UNUSABLE and not self._muted
        if self._needs_key and kind is not Payload.KEY_FRAME:
            usable = False
        if now - self._heard_at > SECOND:
            self.reception.skip()
        number = self.reception.accept(header.sequence, now, usable=usable)
        if self.reception.lost_track:
            self.reception.lost_track = False
            self.request_key_frame(now)
        if number < 0:
            self._services.counters.drop(self._reason(number, kind))
            return None
        packet = HEADER.pack(0x80, header.marker_and_type, number & 0xFFFF, header.timestamp, header.ssrc) + payload
        self._history.put(number, packet)
        opens = False
        if number == self.reception.next_number - 1:
            opens = self._in_order(number, packet, kind, header.timestamp, now)
        else:
            self._octets += len(payload)
            self._late(number, packet)
        return number, packet, opens

    def in_order(self, sequence: int) -> int | None:
        """The running number of a picture's packet, if it is the next one and only its payload can speak against it."""
        if not self._video or self._muted or self._needs_key:
            return None
        return self.reception.in_order(sequence)

    def take_in_order(self, packets: Sequence[bytes], timestamp: int, now: int) -> int:
        """Take plain packets that are `in_order`, with which no key frame begins; the running number of the first."""
        number = self.reception.advance(len(packets), timestamp, now)
        self._history.put_all(number, packets)
        self._go_on(number, packets, timestamp, now)
        return number

    def alive(self, now: int) -> bool:
        """Whether the publisher sends this encoding now."""
        return bool(self._heard_at) and now - self._heard_at < _SILENT

    def steady(self, now: int) -> bool:
        """Whether it has done so long enough to change to it."""
        return self.alive(now) and now - self._heard_since >= _STEADY

    @property
    def watched(self) -> bool:
        """Whether any receiver gets it or waits for it."""
        return bool(self._live.members or self._waiting)

    def second(self) -> None:
        """Once a second: what it takes; falls slowly, for a still picture will move again."""
        lately, self._octets_before = (self._octets - self._octets_before) * 8, self._octets
        self.bps = max(lately, self.bps * 3 // 4)

    def report(self, ntp: int, rtp: int, now: int) -> None:
        """Take the publisher's clock mapping (64-bit NTP, RTP timestamp) and hand it to whoever is let in."""
        self.clock.report = (ntp, rtp, now)
        sent_at = self._services.clock()  # how long it lay here is no part of anybody's round trip
        for subscription in self._live.members:
            subscription.report(ntp, rtp, sent_at)

    def _in_order(self, number: int, packet: bytes, kind: Payload, timestamp: int, now: int) -> bool:
        self._go_on(number, (packet,), timestamp, now)
        if kind is not Payload.KEY_FRAME or not self._keys.arrived(number, timestamp):
            return False
        self._key_at = now
        self._needs_key = False
        if self._waiting:
            self._wake(number)
        return True

    def _go_on(self, number: int, packets: Sequence[bytes], timestamp: int, now: int) -> None:
        if now - self._heard_at > _SILENT:
            self._heard_since = now
        self._heard_at = now
        self.clock.newest = timestamp, now
        octets = octets_of(packets)
        self._octets += octets
        if self._live.members:
            if not self._pending:
                self._pending_from, self._pending_octets = number, 0
                self._services.port.flush_later(self)
            self._pending += packets
            self._pending_octets += octets

    def _late(self, number: int, packet: bytes) -> None:
        if not self._video and self.reception.next_number - number > _TOO_LATE:
            self._services.counters.drop("sound_too_late")
            return
        self.flush()
        self._came_late[number] = self._services.clock()
        if len(self._came_late) > _LATE_ONES:
            del self._came_late[next(iter(self._came_late))]
        for subscription in self._live.members:
            subscription.send_late(self._services.port.sender, number, packet)

    def _reason(self, number: int, kind: Payload) -> str:
        if number == DUPLICATE:
            return "duplicate"
        if kind is Payload.UNUSABLE:
            return "unusable_payload"
        return "muted" if self._muted else "before_key_frame"

    # -- sending ---------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send the packets held back to every live subscription."""
        pending, self._pending = self._pending, []
        if pending and self._video:
            self._live.give(pending, self._pending_octets)
        elif pending:
            self._sound(pending)

    def admit(self, subscription: Subscription, floor: int, now: int) -> None:
        """Let a subscription that gets nothing have what comes from now on, and of the past what `floor` allows."""
        if not self._video:
            self._go_live(subscription, self.reception.next_number)
            return
        start, end = self._keys.start, self.reception.next_number
        replayable = max(floor, 0) <= start and end - start <= self._services.limits.replay
        if replayable and not subscription.packets:  # whoever has seen later pictures is not taken back in time
            self._go_live(subscription, start)
            return
        self.expect(subscription, floor, now)

    def expect(self, subscription: Subscription, floor: int, now: int) -> None:
        """Let a subscription change to this encoding at its next key frame; what it gets now it goes on getting."""
        if subscription not in self._waiting:
            self._waiting[subscription] = floor
            self.request_key_frame(now)

    def forget(self, subscription: Subscription) -> None:
        """It does not wait for this encoding any more."""
        self._waiting.pop(subscription, None)

    def awaited_by(self, subscription: Subscription) -> bool:
        """Whether it waits for a key frame of this encoding."""
        return subscription in self._waiting

    def release(self, subscription: Subscription) -> None:
        """Send nothing of this encoding to it any more, not even what is held back."""
        if subscription in self._live.members:
            self._live.leave(subscription)
            subscription.home = None
            subscription.pause(self._pending_from if self._pending else self.reception.next_number)

    def resend(self, subscription: Subscription, sequences: list[int]) -> None:
        """Answer a receiver's NACK from the history; sound of which it lost some comes twice over for a while."""
        history = self._history
        end = self._pending_from if self._pending else self.reception.next_number
        recent = self._services.clock() - _UNDER_WAY
        for sequence in sequences:
            number = subscription.number_of(sequence, end)
            packet = history.get(number) if number < end else None  # what was not sent yet cannot be sent again
            if not self._video and end - number > _TOO_LATE:
                packet = None
            if self._came_late.get(number, recent) > recent:
                continue
            if packet is None or not subscription.resend(number, packet):
                self._services.counters.drop("nack_unanswered")
            elif not self._video:
                subscription.double()

    def _sound(self, packets: list[bytes]) -> None:
        """Send packets of sound, each by itself: what is sent again must be the same to the last bit, padding too."""
        live = self._live.members
        simple = [each for each in live if not each.doubling]
        for packet in packets:
            if len(simple) == len(live):
                self._live.give([packet], octets_of([packet]))
            else:
                self._live.give_some(simple, [packet])
        for subscription in live:
            for packet in packets if subscription.doubling else ():
                number = extend(HEADER.unpack_from(packet)[2], self.reception.next_number)
                earlier = [self._history.get(each) for each in (number - 2, number - 1) if each >= subscription.floor]
                subscription.send_doubled(
                    self._services.port.sender, number, packet, [each for each in earlier if each is not None]
                )

    def tell(self) -> None:
        """Let everybody live count what went out to all of them."""
        self._live.tell()

    def _wake(self, number: int) -> None:
        for subscription in [each for each, floor in self._waiting.items() if floor <= number]:
            self._go_live(subscription, number)

    def _go_live(self, subscription: Subscription, start: int) -> None:
        """From packet `start` on: the past of it at once, what is held back first to those who were live before."""
        self._waiting.pop(subscription, None)
        former = subscription.home
        if former is not None:  # its last pictures first; then it is this encoding's
            former.flush()
            former.release(subscription)
        self.flush()
        end = self.reception.next_number
        past = self._history.since(start, end) if start < end else []
        subscription.resume(start, past[0] if past else None, self.clock)
        if self.clock.report is not None:
            subscription.report(*self.clock.report[:2], self._services.clock())
        if past:
            self._live.give_some([subscription], past)
        self._live.join(subscription)
        subscription.home = self

    # -- key frames and silence ------------------------------------------------------------------------------------

    def request_key_frame(self, now: int) -> None:
        """Ask the publisher for a key frame, now or as soon as the interval allows."""
        if self._video and not self._muted:
            self._keys.wanted = True
            self.tick(now)

    def renew(self, now: int, after: int) -> None:
        """Ask for a key frame when the last one is so old, in ns; browsers send one in a minute."""
        if now - max(self._key_at, self._renewed_at) < after or not self._video or self._muted or not self.alive(now):
            return
        self._renewed_at = now  # once: one that does not come is asked for again when its time comes
        if self._keys.free(now):
            self._ask()

    def tick(self, now: int) -> None:
        """Every 100 ms: ask again for a key frame that has not come."""
        if self._keys.due(now):
            self._ask()

    def mute(self, *, muted: bool, now: int) -> None:
        """While muted nothing goes out, and nothing from before or during it is kept."""
        self.reception.forget_gaps()  # what was sent during a mute shall not come late, after it
        if muted:
            self.flush()
            self._keys.forget()
            self._keys.wanted = False
            self._history.clear()
        self._muted = muted
        self._needs_key = self._video and not muted
        if not muted:
            self.request_key_frame(now)
