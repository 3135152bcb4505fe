"""The conflict register (回避登记): who has which part in a matter, and who may take another; 特邀规定 arts. 15-16."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.contacts import mobile
from mediation_server.domain.checks.names import person_name
from mediation_server.domain.checks.together import Together
from mediation_server.domain.conflicts import CaseRole, Involvement, Person, barring, same_person
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.naming import namer_of
from mediation_server.store import co_mediators, conflicts, matter_events, matters, party_agents, users
from mediation_server.store.database import Tx

__all__ = ["REGISTRABLE", "Part", "check_agents", "check_part", "parts_in", "register_part", "roles_of"]

# What stands in no other table of a matter and is written down by hand.
REGISTRABLE = (CaseRole.AGENT, CaseRole.ASSESSOR, CaseRole.WITNESS, CaseRole.EXPERT, CaseRole.INTERPRETER)
_MOST_PARTS = 100
_MOST_EARLIER = 20  # disputes of the same people about the same cause


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in one matter."""

    person: Person
    role: CaseRole
    name_en: str = ""


async def parts_in(tx: Tx, matter: Matter) -> list[Part]:
    """Everybody who has a part in a matter, or had: parties, agents, judges, who accepted to mediate, who was noted."""
    parties = await matters.parties_of(tx, matter.id)
    agents = await party_agents.agents_of(tx, [each.id for each in parties])
    parts = [_party(each) for each in parties]
    parts += [Part(Person(each.name, phone=each.phone), CaseRole.AGENT) for each in agents]
    log = await matter_events.events_of(tx, matter.id)
    mediated = {str(each.payload["mediator"]) for each in log if each.kind is MatterEventKind.ACCEPTED}
    mediated |= set(await co_mediators.of_matter(tx, matter.id))
    judging = {each for each in (matter.judge_id, matter.confirming_judge_id) if each}
    named = await users.users_named(tx, mediated | judging)
    parts += [_official(named[each], CaseRole.MEDIATOR) for each in sorted(mediated) if each in named]
    parts += [_official(named[each], CaseRole.JUDGE) for each in sorted(judging - mediated) if each in named]
    noted = await conflicts.involvements_of(tx, matter.id)
    return parts + [Part(Person(each.name, each.user_id, each.phone), each.role) for each in noted]


def roles_of(parts: Iterable[Part], person: Person) -> frozenset[CaseRole]:
    """The parts that somebody has among these."""
    return frozenset(each.role for each in parts if same_person(each.person, person))


async def check_part(tx: Tx, matter: Matter, person: Person, wanted: CaseRole) -> None:
    """For whoever is about to give somebody a part in a matter. Raises `Refused("barred_by_part")`."""
    if barring(roles_of(await parts_in(tx, matter), person), wanted) is not None:
        raise Refused("barred_by_part", field="name")


async def check_agents(tx: Tx, matter: Matter, agents: Iterable[PartyAgent]) -> None:
    """For agents who are named with an application: nobody who mediated this dispute before speaks for a party now.

    A dispute that was mediated and comes back is the same one: same people against each other, same cause (特邀规定
    art. 16). Raises `Refused("barred_by_part")`.
    """
    named = [Person(each.name, phone=each.phone) for each in agents]
    earlier = await matters.same_dispute(tx, matter, _MOST_EARLIER) if named else []
    for each in (matter, *earlier):
        for person in named:
            held = roles_of(await parts_in(tx, each), person)
            if CaseRole.MEDIATOR in held and barring(held & {CaseRole.MEDIATOR}, CaseRole.AGENT) is not None:
                raise Refused("barred_by_part", field="name")


def _check_registrable(role: str) -> None:
    if role not in {each.value for each in REGISTRABLE}:
        raise BadInput("part_unknown", field="role")


async def register_part(ctx: Context, user: User, matter_id: str, role: str, name: str, phone: str = "") -> Involvement:
    """Write down that somebody has a part in a matter, unless what they were in it before forbids it.

    Raises `NotFound`, `BadInput` naming the field, `Refused("barred_by_part")`, which is written down too.
    """
    with Together() as checked:
        checked(_check_registrable, role)
        known = Person(checked(person_name, name), phone=checked(mobile, phone) if phone.strip() else "")
    refused: Refused | None = None
    async with ctx.db.transaction() as tx:
        matter = (await namer_of(tx, user, matter_id)).matter
        if len(await conflicts.involvements_of(tx, matter.id)) >= _MOST_PARTS:
            raise BadInput("too_many_parts", field="name", most=_MOST_PARTS)
        part = Involvement(new_id(), matter.id, CaseRole(role), known.name, ctx.clock.now(), user.id, phone=known.phone)
        try:
            await check_part(tx, matter, known, part.role)
        except Refused as refusal:
            refused = refusal
        else:
            await conflicts.add(tx, part)
        await audited(
            ctx,
            tx,
            AuditAction.PART_REGISTERED,
            actor=user.id,
            about=f"matter:{matter.id}",
            allowed=refused is None,
            basis=refused.code if refused else "特邀规定 16",
            role=role,
        )
    if refused is not None:
        raise refused
    return part


def _party(party: MatterParty) -> Part:
    person = Person(party.name, party.user_id, party.phone, party.id_number or "")
    return Part(person, CaseRole.PARTY, party.name_en)


def _official(user: User, role: CaseRole) -> Part:
    return Part(Person(user.name, user.id, user.phone or ""), role, user.name_en)
