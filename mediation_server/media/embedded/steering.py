"""What each member of a room is sent now: by what they look at, who speaks, and what the line carries; knows no SDP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediation_server.media.embedded.downlink import Downlink, Slot
from mediation_server.media.embedded.layers import PAUSED, Rank, Wish, level_for, settle
from mediation_server.media.embedded.limits import SECOND
from mediation_server.media.embedded.publication import LivePublication
from mediation_server.media.embedded.subscription import TOP
from mediation_server.media.engine import DataUse, Kind, Publication, Source

__all__ = ["Speakers", "choose"]

_NOMINAL = (150_000, 500_000, 1_700_000)  # bit/s of a camera's encodings, until they have been measured
_SMALL = 1  # px: what was not named is new, and is sent small until it is
_VOICE_OVERHEAD = 24_000  # bit/s of headers around a voice
_STARVED = SECOND  # so long without a picture before it is said


class Speakers:
    """Who speaks, who spoke last, and whose voices are forwarded when there are more than may be."""

    def __init__(self, most: int) -> None:
        self.now: dict[str, int] = {}  # since when, in the order they began
        self.last: str | None = None
        self._most = most
        self._spoke: dict[str, int] = {}

    def heard(self, member: str, now: int, *, speaking: bool) -> None:
        """A member began or ceased to speak; a word thrown in takes the place from nobody who goes on speaking."""
        if speaking:
            self.now.setdefault(member, now)
        else:
            self.now.pop(member, None)
        self._spoke[member] = now
        if self.last not in self.now and self.now:
            self.last = next(iter(self.now))

    def forget(self, member: str) -> None:
        """They are gone."""
        self.now.pop(member, None)
        self._spoke.pop(member, None)

    def audible(self, members: Iterable[str]) -> frozenset[str]:
        """Whose voices are forwarded: everybody's in a small room, else of those who spoke last."""
        present = sorted(set(members), key=lambda each: (each in self.now, self._spoke.get(each, 0)), reverse=True)
        return frozenset(present[: self._most])


def choose(downlink: Downlink, speakers: Speakers, elapsed: int, now: int) -> None:
    """Choose the encoding of each picture of one member; takes `elapsed` ns of growth into the estimate."""
    pictures = [slot for slot in downlink.slots if slot.wanted and slot.publication.info.kind is Kind.VIDEO]
    if not pictures:
        return
    voices = sum(_voice(slot.publication, now) for slot in downlink.slots if slot.accepted)
    wishes = [_wish(downlink, slot, speakers.last, now) for slot in pictures]
    wanted = voices + sum(each.costs[min(each.top, len(each.costs) - 1)] for each in wishes if each.top > PAUSED)
    smallest = min((each.costs[0] for each in wishes if each.top > PAUSED), default=0)
    downlink.estimator.needs(voices + smallest)
    downlink.estimator.grow(elapsed, wanted, now)
    before = {slot.publication.info.id: slot.level for slot in pictures}
    levels = settle(wishes, before, downlink.estimator.bps - voices)
    for slot, wish in zip(pictures, wishes, strict=True):
        level = levels[wish.id]
        # What the tile wants above what comes now is not refused: it is sent as soon as it comes.
        slot.level = wish.top if level == len(wish.costs) - 1 else level
        slot.subscription.wanted = min(slot.cap, slot.level)
    _note_hunger(downlink, wishes, levels, now)


def _wish(downlink: Downlink, slot: Slot, speaker: str | None, now: int) -> Wish:
    publication, watching = slot.publication, downlink.watching
    info = publication.info
    rank = _rank(info, speaker)
    height, top = 0, TOP
    if watching is not None:
        height = watching.heights.get((info.member, info.source), _SMALL)
        top = level_for(height, len(publication.encodings))
        if watching.data is not DataUse.FULL:
            top = min(top, 0 if watching.data is DataUse.LOW else PAUSED)
    return Wish(info.id, rank, min(top, slot.cap), _costs(publication, now), height)


def _rank(info: Publication, speaker: str | None) -> Rank:
    if info.source is Source.SCREEN:
        return Rank.SCREEN
    return Rank.SPEAKER if info.member == speaker else Rank.OTHER


def _costs(publication: LivePublication, now: int) -> tuple[int, ...]:
    """Of the encodings that come now; one that nobody sends costs what is sent in its place until it comes."""
    measured = publication.costs(now)
    return tuple(each or _NOMINAL[min(at, 2)] for at, each in enumerate(measured)) or (0,)


def _voice(publication: LivePublication, now: int) -> int:
    voices = publication.costs(now) if publication.info.kind is Kind.AUDIO else []
    return sum(voices) + _VOICE_OVERHEAD if voices else 0


def _note_hunger(downlink: Downlink, wishes: list[Wish], levels: Mapping[str, int], now: int) -> None:
    looked_at = [each for each in wishes if each.top > PAUSED and max(each.costs)]
    if not looked_at or max(levels[each.id] for each in looked_at) > PAUSED:
        downlink.hungry_since = 0
    elif not downlink.hungry_since:
        downlink.hungry_since = now
    downlink.starved = bool(downlink.hungry_since) and now - downlink.hungry_since >= _STARVED
