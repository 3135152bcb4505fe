"""One track while it is published: its encodings, who is let in, which encoding each gets; knows no rule of the room.

A camera may come in up to three encodings, lowest first.  Each receiver has one of them at a time, and the
recorder has the best.  A change happens where a key frame begins, so that nobody's picture stands still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from mediation_server.media.embedded.codecs import Codec
from mediation_server.media.embedded.encoding import Encoding
from mediation_server.media.embedded.reception import Reception
from mediation_server.media.embedded.rtp import RtpHeader
from mediation_server.media.embedded.subscription import TOP, Subscription
from mediation_server.media.embedded.tap import Tap
from mediation_server.media.embedded.transport import Services
from mediation_server.media.engine import PacketSink, Publication, Source

__all__ = ["Early", "LivePublication"]


_SCREEN = 4  # times as long between key frames of what is recorded


class Early(NamedTuple):
    """The next number of each encoding when somebody began to come in; until when that holds, in ns."""

    numbers: tuple[int, ...]
    until: int


class LivePublication:
    """`ask_key_frame` sends a PLI upstream at once, for the encoding of that place."""

    def __init__(
        self,
        info: Publication,
        codec: Codec,
        services: Services,
        ask_key_frame: Callable[[int], None],
        *,
        encodings: int = 1,
    ) -> None:
        self.info = info
        self.codec = codec
        self.profile = ""  # profile-level-id of H.264, as the publisher offered it
        self.encodings = tuple(
            Encoding(codec, services, lambda at=at: ask_key_frame(at))  # type: ignore[misc]
            for at in range(encodings)
        )
        self.granted: set[str] = set()
        self.early: dict[str, Early] = {}  # who has just come in
        self.due: dict[str, int] = {}  # who is let in only when what was on its way before has arrived -> ns
        self.ever_granted: set[str] = set()
        self.muted = False
        self.started = False
        self.taps: dict[str, Tap] = {}  # by member: the recorder, whoever writes captions
        self._services = services
        self._served: set[Subscription] = set()

    @property
    def reception(self) -> Reception:
        """Of the lowest encoding, which is the only one of most tracks."""
        return self.encodings[0].reception

    # -- receiving -------------------------------------------------------------------------------------------------

    def write(self, header: RtpHeader, payload: bytes, now: int, at: int = 0) -> bool:
        """Take one packet of the encoding in place `at`; False when dropped."""
        taken = self.encodings[at].take(header, payload, now)
        if taken is None:
            return False
        if self.taps:
            for tap in self.taps.values():
                tap.packet(at, taken, now)
        return True

    def write_in_order(self, packets: Sequence[bytes], timestamp: int, now: int, at: int = 0) -> None:
        """Take plain packets that are `in_order`, with which no key frame begins, all of one timestamp."""
        number = self.encodings[at].take_in_order(packets, timestamp, now)
        if self.taps:
            for tap in self.taps.values():
                for step, packet in enumerate(packets):
                    tap.packet(at, (number + step, packet, False), now)

    def sender_report(self, ntp: int, rtp: int, now: int, at: int = 0) -> None:
        """Take the publisher's clock mapping (64-bit NTP, RTP timestamp) and hand it to whoever is let in."""
        self.encodings[at].report(ntp, rtp, now)
        for tap in self.taps.values():
            tap.sender_report(at)

    # -- sending ---------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send the packets held back to every live subscription."""
        for encoding in self.encodings:
            encoding.flush()

    def admit(self, subscription: Subscription, member: str, now: int) -> None:
        """Let a ready subscription of a member who is let in have what arrives from now on, and the past allowed."""
        self.dismiss(subscription)
        self._served.add(subscription)
        best = self.best(subscription.wanted, now)
        self.encodings[best].admit(subscription, self.encodings[best].floors[member], now)
        if best and not subscription.live:  # whichever begins first; from the lower one it changes to the better one
            self.encodings[0].expect(subscription, self.encodings[0].floors[member], now)

    def serves(self, subscription: Subscription) -> bool:
        """Whether a subscription is let in already, live or waiting for a key frame."""
        return subscription in self._served

    def heard(self, at: int) -> bool:
        """Whether anybody has or waits for the encoding in place `at`, the recorder too."""
        encoding = self.encodings[at]
        return encoding.watched or any(tap.home is encoding for tap in self.taps.values())

    def steer(self, subscription: Subscription, member: str, now: int) -> None:
        """Change to the encoding this subscription wants, or the nearest there is, at its next key frame."""
        if len(self.encodings) == 1 or not self.serves(subscription):
            return
        best = self.encodings[self.best(subscription.wanted, now, subscription.home)]
        for encoding in self.encodings:
            if encoding is not best and subscription.home is not None:
                encoding.forget(subscription)
        if subscription.home is None:
            best.admit(subscription, best.floors[member], now)
        elif best is not subscription.home:
            best.expect(subscription, best.floors[member], now)

    def dismiss(self, subscription: Subscription) -> None:
        """Send nothing to this subscription any more, not even what is held back."""
        self._served.discard(subscription)
        for encoding in self.encodings:
            encoding.forget(subscription)
            encoding.release(subscription)

    def resend(self, subscription: Subscription, sequences: list[int]) -> None:
        """Answer a receiver's NACK from the history of the encoding it has now."""
        if subscription.home is None:
            self._services.counters.drop("nack_unanswered", len(sequences))
            return
        subscription.home.resend(subscription, sequences)

    def start_anew(self, subscription: Subscription, now: int) -> None:
        """Go on with the next key frame: nothing from before now is sent again."""
        if subscription.home is not None:
            subscription.forget(subscription.home.reception.next_number)
            subscription.home.request_key_frame(now)

    def best(self, wanted: int, now: int, home: Encoding | None = None) -> int:
        """The place of the encoding to send: the highest there is up to the one wanted, else the lowest above it.

        Whoever has one already (`home`) goes up only to one that has been coming for a while, so that a line on the
        edge does not make the picture jump; and while nothing comes at all it keeps what it has.
        """
        top = min(wanted, len(self.encodings) - 1)
        if len(self.encodings) == 1:
            return 0
        settled = home is not None and home.alive(now)
        usable = [
            at
            for at, each in enumerate(self.encodings)
            if (each is home and settled) or (each.steady(now) if settled else each.alive(now))
        ]
        if not usable:
            return top if home is None else self.encodings.index(home)
        return max((at for at in usable if at <= top), default=usable[0])

    # -- key frames, silence, who is let in --------------------------------------------------------------------------

    def request_key_frame(self, now: int, subscription: Subscription | None = None) -> None:
        """Ask the publisher for a key frame: of what this subscription has, or of the best, which the recorder has."""
        if subscription is not None:
            if subscription.home is not None:
                subscription.home.request_key_frame(now)
            return
        self.encodings[self.best(TOP, now)].request_key_frame(now)

    def tick(self, now: int, *, full: bool = False) -> None:
        """Every 100 ms: ask again for a key frame that has not come; the recorder gets the best there is, in steps.

        `full`: the publisher's line is; nothing that only makes reviewing easier is asked for then.
        """
        for encoding in self.encodings:
            encoding.tick(now)
        for tap in self.taps.values():
            best = self.best(TOP, now, tap.home)
            if tap.steer(best):
                self.encodings[best].request_key_frame(now)
            elif tap.home is not None and not full:
                tap.home.renew(now, self._renewed_after)

    @property
    def _renewed_after(self) -> int:
        """A document is large and stands still: entering it late costs less than its key frames."""
        return self._services.limits.recorded_key_frame * (_SCREEN if self.info.source is Source.SCREEN else 1)

    def second(self) -> None:
        """Once a second: figures."""
        for encoding in self.encodings:
            encoding.second()

    def mute(self, *, muted: bool, now: int) -> None:
        """While muted nothing goes out, and nothing from before or during it is kept."""
        if muted == self.muted:
            return
        self.muted = muted
        for encoding in self.encodings:
            encoding.mute(muted=muted, now=now)

    def grant(self, dues: Mapping[str, int], now: int) -> None:
        """Let exactly these members in, each from an instant on (ns); they get only what arrives after it.

        What was sent to a narrower circle is still on its way when the circle widens; it must not reach the others.
        """
        self.due = {each: due for each, due in dues.items() if each not in self.granted}
        # Whoever has moved, or the publisher has, may have nothing from before.
        self.early = {each: early for each, early in self.early.items() if dues.get(each) == 0 and now < early.until}
        for encoding in self.encodings:
            for gone in self.granted - dues.keys():
                del encoding.floors[gone]
        self.granted &= dues.keys()
        self.ever_granted |= dues.keys()
        self.let_in(0)  # only who need not wait; the others when what is unread has been read, see `Room`

    @property
    def numbers(self) -> tuple[int, ...]:
        """The running number of what comes next, of each encoding."""
        return tuple(each.reception.next_number for each in self.encodings)

    def let_in(self, read_until: int) -> bool:
        """Let in whose instant lies where all that came has been read (ns); whether that was anybody."""
        added = {each for each, due in self.due.items() if due <= read_until}
        for each in added:
            del self.due[each]
        for each in added:
            early = self.early.pop(each, None)
            for encoding, number in zip(self.encodings, early.numbers if early else self.numbers, strict=True):
                encoding.floors[each] = number
        self.granted |= added
        if added and self.started:
            self.request_key_frame(self._services.clock())
        return bool(added)

    def costs(self, now: int) -> Sequence[int]:
        """Bit/s of what is sent to whoever wants each encoding, up to the highest that comes; empty if none does."""
        coming = [at for at, each in enumerate(self.encodings) if each.alive(now)]
        if not coming:
            return []
        sent = [max((at for at in coming if at <= wanted), default=coming[0]) for wanted in range(coming[-1] + 1)]
        return [self.encodings[at].bps for at in sent]

    # -- who listens in this process -----------------------------------------------------------------------------------

    def open_tap(self, member: str, sink: PacketSink, now: int) -> None:
        """Let a member without a browser hear what arrives from now on."""
        self.taps[member] = Tap(sink, self.info, self.codec, self.encodings, self._services.counters)
        self.request_key_frame(now)

    def close_tap(self, member: str, reason: str) -> None:
        """This member hears nothing more; `reason` is ended or withheld."""
        tap = self.taps.pop(member, None)
        if tap is not None:
            tap.stop(reason)
