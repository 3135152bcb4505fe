"""Ending a mediation because a side stays away (两次未到): that is no refusal, so its mediator decides."""

from __future__ import annotations

from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Ground
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.access import readable_matter
from mediation_server.services.context import Context
from mediation_server.services.planning import missed_twice
from mediation_server.services.procedure import act_on_matter

__all__ = ["MOST_REASONS", "end_for_absence"]

MOST_REASONS = 2_000


async def end_for_absence(ctx: Context, user: User, matter_id: str, reasons: str) -> None:
    """End it on ground 3, which the law wants written reasons for (在线调解规则 art. 25(3)).

    Raises `NotFound` to whoever does not mediate it, `BadInput`, `Conflict("nobody_missed_twice")`.
    """
    text = reasons.strip()
    if not text:
        raise BadInput("reasons_required", field="reasons")
    async with ctx.db.reading() as tx:
        matter = await readable_matter(tx, user, matter_id)
        if matter.mediator_id != user.id:
            raise NotFound
        if not await missed_twice(tx, matter_id):
            raise Conflict("nobody_missed_twice")
    ended = {"ground": Ground.UNREACHABLE.value, "reason": text}
    await act_on_matter(ctx, Actor(user.id, Capacity.MEDIATOR), matter_id, Command(CommandKind.FAIL, ended))
