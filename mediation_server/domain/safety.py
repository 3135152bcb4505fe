"""Safety mode (安全模式): what one side may know of the other, which is nothing that says who or where; pure.

For disputes with violence or threats, at the request of a party or by whoever mediates. One rule for pages, notices and
lists; in the room `rooms.visibility` applies it to media and presence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.session import Participant
from mediation_server.errors import Conflict

__all__ = [
    "EXITS_APART",
    "LONGEST_HOLD",
    "OTHER_PARTY",
    "OTHER_PARTY_EN",
    "ExitHold",
    "exits",
    "seats_shown_to",
    "shown_to",
]

OTHER_PARTY, OTHER_PARTY_EN = "对方当事人", "the other party"
EXITS_APART = timedelta(minutes=15)  # between one side leaving and the next
LONGEST_HOLD = timedelta(hours=2)  # nobody is kept longer, whatever the presider says: they came of their own will


@dataclass(frozen=True, slots=True)
class ExitHold:
    """One side stays where it is after a sitting, until another has left."""

    session_id: str
    matter_id: str
    side: Side
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the side still stays."""
        return now < self.until

    def longer(self, by: timedelta) -> ExitHold:
        """The same for longer. Raises `Conflict("exit_longest")` beyond what anybody may be asked to stay."""
        until = self.until + by
        if until > self.since + LONGEST_HOLD:
            raise Conflict("exit_longest", hours=LONGEST_HOLD // timedelta(hours=1))
        return replace(self, until=until)


def shown_to(parties: Iterable[MatterParty], side: Side, *, safety: bool) -> tuple[MatterParty, ...]:
    """The parties as somebody of `side` may know them: in safety mode the others are neither named nor reachable.

    Whoever mediates or judges (`Side.NEUTRAL`) sees all.
    """
    if not safety or side is Side.NEUTRAL:
        return tuple(parties)
    return tuple(each if each.side is side else _nameless(each) for each in parties)


def seats_shown_to(seats: Iterable[Participant], side: Side, *, safety: bool) -> tuple[Participant, ...]:
    """The same for the seats of a sitting: in safety mode those of the other side bear no name and no place."""
    if not safety or side is Side.NEUTRAL:
        return tuple(seats)
    return tuple(each if each.side in (side, Side.NEUTRAL) else _nameless_seat(each) for each in seats)


def exits(sides: Iterable[Side], first: Side, ended_at: datetime) -> Mapping[Side, datetime]:
    """When each side may leave the place it is at, one after the other, the protected one first."""
    order = sorted(set(sides) - {Side.NEUTRAL}, key=lambda each: (each is not first, each.value))
    return {side: ended_at + EXITS_APART * number for number, side in enumerate(order)}


def _nameless(party: MatterParty) -> MatterParty:
    nothing: dict[str, None] = {each.name: None for each in fields(party) if each.default is None}
    hidden = replace(party, **nothing)  # type: ignore[arg-type]  # whatever may be missing is missing here
    return replace(hidden, name=OTHER_PARTY, name_en=OTHER_PARTY_EN, phone="")


def _nameless_seat(seat: Participant) -> Participant:
    return replace(seat, name=OTHER_PARTY, name_en=OTHER_PARTY_EN, attends_at=None, attends_where="")
