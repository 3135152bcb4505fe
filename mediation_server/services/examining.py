"""Saying what one thinks of the other side's evidence (质证意见): authentic, lawful, relevant; item by item."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.material import MOST_REASON, MaterialOpinion, opinion_wanted
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.rooms.chat import cleaned
from mediation_server.services.context import Context
from mediation_server.services.material_access import looking, recorded, seen
from mediation_server.store import materials, matters

__all__ = ["Opinion", "give_opinion"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The three answers, and why not where one is a no."""

    authentic: bool
    lawful: bool
    relevant: bool
    reason: str = ""


async def give_opinion(ctx: Context, user: User, matter_id: str, material_id: str, opinion: Opinion) -> MaterialOpinion:
    """A party's opinion of an item that was relayed to them; the later one counts, each is in the audit log.

    Whoever handed the item in reads it, and the mediator. Raises `NotFound`, `BadInput("reason_required")`, `TooLarge`.
    """
    reason = cleaned(opinion.reason, field="reason", longest=MOST_REASON) if opinion.reason.strip() else ""
    async with ctx.db.transaction() as tx:
        found = await looking(tx, user, matter_id)
        await matters.locked(tx, matter_id)
        material = await seen(tx, found, material_id)
        if found.party is None or not opinion_wanted(material, found.reader):
            raise NotFound
        mine = found.party.id
        known = {each.party_id: each.id for each in await materials.opinions_of_all(tx, [material.id])}
        given = MaterialOpinion(
            id=known.get(mine) or new_id(),
            material_id=material.id,
            party_id=mine,
            authentic=opinion.authentic,
            lawful=opinion.lawful,
            relevant=opinion.relevant,
            reason=reason,
            given_at=ctx.clock.now(),
        )
        await materials.save_opinion(tx, given)
        answers = {"authentic": given.authentic, "lawful": given.lawful, "relevant": given.relevant}
        await recorded(ctx, tx, user, AuditAction.OPINION_GIVEN, material, answers)
    return given
