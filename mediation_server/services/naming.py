"""Who may name the mediator of a matter: filing staff of its court, the judge who tries it, the body that has it."""

from __future__ import annotations

from typing import NamedTuple

from mediation_server.domain.ids import is_id
from mediation_server.domain.lifecycle import Actor, Capacity
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import claim_of
from mediation_server.store import matters, roster
from mediation_server.store.database import Tx

__all__ = ["Naming", "namer_of"]

_CAPACITIES = {
    Role.FILING: Capacity.FILING,
    Role.JUDGE: Capacity.JUDGE,
    Role.ORGANISATION: Capacity.ORGANISATION,
}


class Naming(NamedTuple):
    """A matter with the capacity in which somebody names its mediator; `organisation_id`: only from this body."""

    matter: Matter
    who: Actor
    organisation_id: str | None


async def namer_of(tx: Tx, user: User, matter_id: str) -> Naming:
    """The matter and the right to name, by the table of rights. Raises `NotFound` to everybody else."""
    if not is_id(matter_id):
        raise NotFound
    matter = await matters.matter(tx, matter_id)
    body = await roster.organisation_of(tx, matter.id)
    if not may(_claim(user, matter, body), Action.APPOINT_MEDIATOR):
        raise NotFound
    own = user.role is Role.ORGANISATION
    actor = Actor((body or "") if own else user.id, _CAPACITIES[user.role])
    return Naming(matter, actor, body if own else None)


def _claim(user: User, matter: Matter, body: str | None) -> Claim | None:
    if user.role is Role.ORGANISATION:
        own = body is not None and body == user.organisation_id
        return Claim(Holder.ORGANISATION, frozenset({Condition.OWN_ORGANISATION}) if own else frozenset())
    return claim_of(user, matter)
