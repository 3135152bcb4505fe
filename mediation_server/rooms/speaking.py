"""Who speaks now, and the utterances of the joint room that go into the session log; knows no engine and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation_server.media.engine import Audience
from mediation_server.rooms.state import Place, RoomState

__all__ = ["MAX_PENDING", "MIN_UTTERANCE_MS", "Speaking", "Utterance"]

MAX_PENDING = 200  # utterances waiting for the next transaction; ten people cannot speak more often in 5 s
MIN_UTTERANCE_MS = 200  # shorter is a cough or a click


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech, in ms from the start of the sitting."""

    participant: str
    from_ms: int
    to_ms: int


class Speaking:
    """Follows the engine's voice events of one room. Utterances count only in the joint room after the start."""

    def __init__(self) -> None:
        self._now: set[str] = set()
        self._since: dict[str, int] = {}
        self._pending: list[Utterance] = []

    def heard(self, state: RoomState, participant: str, offset_ms: int, *, speaking: bool) -> None:
        """Somebody began or ceased to speak."""
        if participant not in state.seats:
            return
        if not speaking:
            self._now.discard(participant)
            self._end(participant, offset_ms)
            return
        self._now.add(participant)
        if _counts(state, participant):
            self._since.setdefault(participant, offset_ms)

    def settle(self, state: RoomState, offset_ms: int) -> None:
        """The room changed: end the utterances of whoever is no longer heard, begin those of whoever is again."""
        for participant in tuple(self._since):
            if not _counts(state, participant):
                self._end(participant, offset_ms)
        for participant in tuple(self._now):
            if not state.seats[participant].connected:
                self._now.discard(participant)
            elif _counts(state, participant):
                self._since.setdefault(participant, offset_ms)

    def hush(self, offset_ms: int) -> None:
        """The sitting is about to end: what is being said now ends here."""
        for participant in tuple(self._since):
            self._end(participant, offset_ms)

    def audible_to(self, listener: str, state: RoomState, audience: Audience) -> list[str]:
        """Who speaks now, of those this person may hear under the audience in force, and oneself."""
        return sorted(
            speaker
            for speaker in self._now
            if state.seats[speaker].microphone and (speaker == listener or listener in audience.get(speaker, ()))
        )

    @property
    def now(self) -> frozenset[str]:
        """Who speaks at this moment, wherever they are."""
        return frozenset(self._now)

    def take(self) -> list[Utterance]:
        """The finished utterances not yet logged; whoever takes them logs them or gives them back."""
        taken, self._pending = self._pending, []
        return taken

    def give_back(self, utterances: list[Utterance]) -> None:
        """Logging failed: keep them for the next transaction."""
        self._pending = (utterances + self._pending)[-MAX_PENDING:]

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest utterance that waits to be logged ended."""
        return self._pending[0].to_ms if self._pending else None

    def _end(self, participant: str, offset_ms: int) -> None:
        since = self._since.pop(participant, None)
        if since is not None and offset_ms - since >= MIN_UTTERANCE_MS:
            self._pending = [*self._pending, Utterance(participant, since, offset_ms)][-MAX_PENDING:]


def _counts(state: RoomState, participant: str) -> bool:
    seats: Mapping[str, object] = state.seats
    if participant not in seats:
        return False
    seat = state.seats[participant]
    return state.started and state.media_flows and seat.place is Place.MAIN and seat.connected and seat.microphone
