"""`Fairness`: what one room knows of speech that was missed: what is to be logged, and who is still to be told of it.

The rule itself is `rooms.hearing`. What was missed in the joint room is told to the mediator and to whoever missed it;
what was missed in a caucus only to these two while they are still in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.rooms.hearing import Ears, Key, Report, Stretch, advanced
from mediation_server.rooms.state import Place, RoomState
from mediation_server.rooms.visibility import in_one_place

__all__ = ["MAX_CARDS", "MAX_PENDING", "Asked", "Card", "Fairness"]

MAX_PENDING = 500  # stretches waiting for the next transaction
MAX_CARDS = 24  # what nobody ever answers makes room for what is new
OWN_CARD_MS = 60_000  # whoever missed something is told so for so long after it was over
ASKED_MS = 20_000  # whoever comes back is told for so long that something is being said again


@dataclass(frozen=True, slots=True)
class Card:
    """Missed speech as people are told: all of it since the last answer; `over`: they hear again, or nobody speaks."""

    id: int
    key: Key
    from_ms: int
    to_ms: int
    missed_ms: int
    over: bool = False
    before_ms: int = 0  # missed in earlier stretches of this card
    noted_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """The presider `by` has what this card says was missed said again."""

    card: Card
    by: str
    at_ms: int

    def concerns(self, viewer: str, state: RoomState) -> bool:
        """Whether this person sits where it is said again."""
        speaker, caucus = self.card.key.speaker, self.card.key.caucus
        here = state.caucus_id if state.seats[self.by].place is Place.CAUCUS else None
        together = [each == self.by or in_one_place(state, self.by, each) for each in (viewer, speaker)]
        return caucus == here and all(together)


class Fairness:
    """Follows one room; everything happens at an offset in ms from the start of the sitting."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}
        self._going: dict[Key, Stretch] = {}
        self._cards: dict[Key, Card] = {}
        self._pending: list[Stretch] = []
        self._at_ms = 0
        self._count = 0
        self._asked: Asked | None = None

    @property
    def reports(self) -> dict[str, Report]:
        """What each browser said last."""
        return self._reports

    @property
    def pending(self) -> bool:
        """Whether anything waits to be logged."""
        return bool(self._pending)

    def report(self, participant: str, report: Report) -> None:
        """What a browser could receive in the last second, and until it says otherwise."""
        self._reports[participant] = report

    def forget(self, participant: str) -> None:
        """The browser starts anew, or is gone: what it said of itself holds no longer."""
        self._reports.pop(participant, None)

    def follow(self, offset_ms: int, ears: Ears) -> None:
        """Time went on, and all the while `ears` held; call it before anything in it changes, and right after."""
        self._going, ended = advanced(self._going, self._at_ms, offset_ms, ears)
        self._at_ms = max(self._at_ms, offset_ms)
        self._keep(ended)
        for stretch in self._going.values():
            if stretch.counts:
                self._show(stretch, over=False)
        current = (None, ears.state.caucus_id)
        self._cards = {key: each for key, each in self._cards.items() if key.caucus in current}

    def hush(self) -> None:
        """The sitting is about to end: what is being missed now ends here."""
        ended = [each for each in self._going.values() if each.counts]
        self._going = {}
        self._keep(ended)

    def take(self) -> list[Stretch]:
        """The stretches not yet logged; whoever takes them logs them or gives them back."""
        taken, self._pending = self._pending, []
        return taken

    def give_back(self, stretches: list[Stretch]) -> None:
        """Logging failed: keep them for the next transaction."""
        self._pending = (stretches + self._pending)[-MAX_PENDING:]

    def cards_of(self, viewer: str, state: RoomState, offset_ms: int) -> list[Card]:
        """What this person is to be told now, the oldest first: the presider everything of the place they are in."""
        place = state.seats[viewer].place
        if not place.carries_media or state.ended:
            return []
        here = state.caucus_id if place is Place.CAUCUS else None
        presides = viewer == state.presider_id
        return [
            each
            for each in self._cards.values()
            if each.key.caucus == here and viewer not in each.noted_by and _concerns(each, viewer, offset_ms, presides)
        ]

    def find(self, card: int) -> Card | None:
        """A card by its number, as long as it is there."""
        return next((each for each in self._cards.values() if each.id == card), None)

    def note(self, card: Card, viewer: str) -> None:
        """This person has read it."""
        self._cards[card.key] = replace(card, noted_by=card.noted_by | {viewer})

    def asked(self, offset_ms: int) -> Asked | None:
        """What is being said again now."""
        return self._asked if self._asked is not None and offset_ms - self._asked.at_ms < ASKED_MS else None

    def settle(self, card: Card, by: str, offset_ms: int) -> None:
        """It is being said again: nobody need be told what was missed, and what is missed now counts anew."""
        self._asked = Asked(card, by, offset_ms)
        self._cards.pop(card.key, None)
        going = self._going.pop(card.key, None)
        if going is not None and going.counts:
            self._pending = [*self._pending, going][-MAX_PENDING:]

    def _keep(self, ended: list[Stretch]) -> None:
        self._pending = (self._pending + ended)[-MAX_PENDING:]
        for stretch in ended:
            self._show(stretch, over=True)

    def _show(self, stretch: Stretch, *, over: bool) -> None:
        card = self._cards.get(stretch.key)
        if card is None or (card.over and card.noted_by):
            self._count += 1
            card = Card(self._count, stretch.key, stretch.from_ms, stretch.to_ms, 0)
            self._cards.pop(stretch.key, None)
        elif card.over and stretch.from_ms >= card.to_ms:  # missed again before anybody answered
            card = replace(card, before_ms=card.missed_ms)
        total = card.before_ms + stretch.missed_ms
        self._cards[stretch.key] = replace(card, to_ms=stretch.to_ms, missed_ms=total, over=over)
        for oldest in list(self._cards)[:-MAX_CARDS]:
            del self._cards[oldest]


def _concerns(card: Card, viewer: str, offset_ms: int, presides: bool) -> bool:  # noqa: FBT001 - one private caller
    fresh = not card.over or offset_ms - card.to_ms < OWN_CARD_MS
    return presides or (viewer == card.key.listener and fresh)
