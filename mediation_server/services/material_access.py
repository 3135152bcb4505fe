"""The only way to a material: who looks, and whether `domain.material.may_see` lets them; sends no byte itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.material import Material, Reader, may_see
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.people import Role
from mediation_server.domain.rights import Action, Claim, Condition, Holder, claim_on, may
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.access import assists, named_agent, own_matter, readable_matter
from mediation_server.services.context import Context
from mediation_server.store import audit, materials, matters, party_agents
from mediation_server.store.database import Tx

__all__ = ["Looking", "looking", "mediating", "recorded", "seen", "visible"]

Details = Mapping[str, object]
_NONE: Details = MappingProxyType({})


class Looking(NamedTuple):
    """Somebody in front of a matter's materials; `claim` for the table of rights.

    `party` for the account of a party or of an agent who acts for it already.
    """

    matter: Matter
    reader: Reader
    party: MatterParty | None = None
    claim: Claim | None = None


async def looking(tx: Tx, user: User, matter_id: str) -> Looking:
    """In what position somebody looks at the materials of a matter. Raises `NotFound` to whoever has none."""
    if user.role is Role.PARTY:
        return await _of_party(tx, user, matter_id)
    filing = user.role is Role.FILING
    find = _of_own_court if filing else readable_matter
    matter = await find(tx, user, matter_id)
    claim = claim_on(matter, user.id, user.role)
    passes_on = may(claim, Action.RELAY_MATERIALS)
    reads = may(claim, Action.READ_MATERIALS) or await assists(tx, user, matter)
    reader = Reader(user.id, team=passes_on and not filing, filing=passes_on and filing, court=reads and not passes_on)
    return Looking(matter, reader, None, claim)


async def mediating(tx: Tx, user: User, matter_id: str) -> Looking:
    """The same for whoever passes materials on. Raises `NotFound` to everybody else."""
    found = await looking(tx, user, matter_id)
    if not (found.reader.team or found.reader.filing):
        raise NotFound
    return found


async def seen(tx: Tx, found: Looking, material_id: str) -> Material:
    """One item of the matter. Raises `NotFound` for what may not be seen, in the same words as for what is not."""
    if not is_id(material_id):
        raise NotFound
    material = await materials.material(tx, material_id)
    if material.matter_id != found.matter.id or not may_see(material, found.reader):
        raise NotFound
    return material


async def visible(tx: Tx, found: Looking) -> list[Material]:
    """Every item of the matter that this person may see."""
    return [each for each in await materials.materials_of(tx, found.matter.id) if may_see(each, found.reader)]


async def recorded(
    ctx: Context,
    tx: Tx,
    user: User,
    action: AuditAction,
    material: Material,
    details: Details = _NONE,
) -> None:
    """Write down what was done with an item: ids and hashes, never what it is called."""
    about, told = f"matter:{material.matter_id}", {"material": material.id, **details}
    await audit.add(tx, AuditEntry(new_id(), ctx.clock.now(), user.id, action, about, allowed=True, details=told))


async def _of_party(tx: Tx, user: User, matter_id: str) -> Looking:
    """A party, its agent, or somebody named as its agent, who sees the own papers and nothing else."""
    with suppress(NotFound):
        matter, party, agent = await own_matter(tx, user, matter_id)
        own = frozenset({Condition.OWN_SIDE, *((Condition.POWER_OF_ATTORNEY,) if agent else ())})
        claim = Claim(Holder.AGENT if agent else Holder.PARTY, own)
        return Looking(matter, Reader(user.id, side=party.side, party=party.id), party, claim)
    waiting = await party_agents.agents_of_user(tx, user.id, matter_id) if is_id(matter_id) else []
    if not waiting:
        raise NotFound
    matter, party, agent = await named_agent(tx, user, waiting[0].id)
    return Looking(matter, Reader(user.id, side=party.side, agent=agent.id), None, Claim(Holder.AGENT))


async def _of_own_court(tx: Tx, user: User, matter_id: str) -> Matter:
    matter = await matters.matter(tx, matter_id) if is_id(matter_id) else None
    if matter is None or matter.court != user.court:
        raise NotFound
    return matter
