"""What the roster keeps of a matter's events: the body, the team, relations, refusals; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.domain.conflicts import Relation, RelationKind
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.services.acted import Acted
from mediation_server.store import co_mediators, conflicts, matters, roster
from mediation_server.store.database import Tx

__all__ = ["follow", "relation_text", "relations_said"]


def relation_text(kind: RelationKind, party_id: str) -> str:
    """A relation as the log of a matter says it."""
    return f"{kind.value}:{party_id}"


def relations_said(event: MatterEvent) -> list[tuple[RelationKind, str]]:
    """What a disclosure says, as kind and party; what is not said in our words is left out."""
    said = event.payload.get("relations")
    pairs = [str(each).partition(":") for each in said] if isinstance(said, list | tuple) else []
    known = {each.value for each in RelationKind}
    return [(RelationKind(kind), party) for kind, _, party in pairs if kind in known and party]


_K = MatterEventKind
_TEAM_CHANGES = (_K.ASSIGNED, _K.DECLINED, _K.ACCEPT_EXPIRED, _K.REPLACEMENT_DECIDED)


async def follow(tx: Tx, acts: Sequence[Acted]) -> None:
    """Keep what the events of these commands mean for the roster and the register, in their own transaction."""
    for acted in acts:
        for event in acted.events:
            if event.kind is MatterEventKind.DIVERTED and await roster.organisations_of(tx, [event.actor]):
                await roster.give_matter(tx, event.matter_id, event.actor, event.at)
            if _is_unjustified(event):
                await roster.count_refusal(tx, str(event.payload.get("mediator", "")))
            if event.kind is MatterEventKind.DISCLOSED:
                await _disclose(tx, event, frozenset(acted.file.parties))
            if event.kind in _TEAM_CHANGES:
                team = acted.file.candidate or acted.file.team
                if await co_mediators.put(tx, event.matter_id, team.others if team else ()):
                    await matters.index_all(tx, [acted.matter])


async def _disclose(tx: Tx, event: MatterEvent, parties: frozenset[str]) -> None:
    for kind, party in relations_said(event):
        if party in parties:
            await conflicts.disclose(tx, Relation(new_id(), event.matter_id, event.actor, party, kind, event.at))


def _is_unjustified(event: MatterEvent) -> bool:
    silent = event.kind is MatterEventKind.ACCEPT_EXPIRED
    return silent or (event.kind is MatterEventKind.DECLINED and not event.payload.get("justified"))
