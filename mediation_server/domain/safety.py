"""Safety mode (安全模式): what one side may know of the other, which is nothing that says who or where; pure.

For disputes with violence or threats, at the request of a party or by whoever mediates. One rule for pages, notices and
lists; in the room `rooms.visibility` applies it to media and presence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Side

__all__ = ["EXITS_APART", "OTHER_PARTY", "OTHER_PARTY_EN", "exits", "shown_to"]

OTHER_PARTY, OTHER_PARTY_EN = "对方当事人", "the other party"
EXITS_APART = timedelta(minutes=15)  # between one side leaving and the next


def shown_to(parties: Iterable[MatterParty], side: Side, *, safety: bool) -> tuple[MatterParty, ...]:
    """The parties as somebody of `side` may know them: in safety mode the others are neither named nor reachable.

    Whoever mediates or judges (`Side.NEUTRAL`) sees all.
    """
    if not safety or side is Side.NEUTRAL:
        return tuple(parties)
    return tuple(each if each.side is side else _nameless(each) for each in parties)


def exits(sides: Iterable[Side], first: Side, ended_at: datetime) -> Mapping[Side, datetime]:
    """When each side may leave the place it is at, one after the other, the protected one first."""
    order = sorted(set(sides) - {Side.NEUTRAL}, key=lambda each: (each is not first, each.value))
    return {side: ended_at + EXITS_APART * number for number, side in enumerate(order)}


def _nameless(party: MatterParty) -> MatterParty:
    nothing: dict[str, None] = {each.name: None for each in fields(party) if each.default is None}
    hidden = replace(party, **nothing)  # type: ignore[arg-type]  # whatever may be missing is missing here
    return replace(hidden, name=OTHER_PARTY, name_en=OTHER_PARTY_EN, phone="")
