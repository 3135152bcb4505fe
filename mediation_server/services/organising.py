"""A mediation body's day (调解组织): what it is asked to take, to name and to decide, and how busy its people are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Role, Side
from mediation_server.domain.roster import Organisation, covers
from mediation_server.domain.users import User
from mediation_server.errors import Conflict, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.help_calls import calling
from mediation_server.services.moving import moving
from mediation_server.services.naming import namer_of
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in
from mediation_server.store import matter_events, matters, roster
from mediation_server.store.database import Tx
from mediation_server.store.roster import Listing

__all__ = ["BodyHome", "BodyMatter", "body_home", "hand_back", "take"]

_MOST = 200
_SHOWN = (
    MatterState.SUBMITTED,
    MatterState.CONSENTING,
    MatterState.APPOINTING,
    MatterState.AWAITING_ACCEPT,
    MatterState.MEDIATING,
    MatterState.PAUSED,
    MatterState.PROPOSAL_SERVED,
    MatterState.SIGNING,
)


@dataclass(frozen=True, slots=True)
class BodyMatter:
    """A matter of a body; `asked`: a party wants another mediator; `in_charter`: its cause is one of the body's."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    asked: bool
    in_charter: bool


@dataclass(frozen=True, slots=True)
class BodyHome:
    """Everything on the home page of a body's administrator, the oldest first."""

    organisation: Organisation
    to_take: tuple[BodyMatter, ...]
    to_name: tuple[BodyMatter, ...]
    to_decide: tuple[BodyMatter, ...]
    under_way: tuple[BodyMatter, ...]
    listings: tuple[Listing, ...]
    load: Mapping[str, int]
    calling: tuple[BodyMatter, ...] = ()  # in a sitting of which somebody feels unsafe now


async def body_home(ctx: Context, user: User) -> BodyHome:
    """The page. Raises `NotFound` to whoever administers no body."""
    if user.role is not Role.ORGANISATION or user.organisation_id is None:
        raise NotFound
    async with ctx.db.reading() as tx:
        body = await roster.organisation(tx, user.organisation_id)
        found = await _of(tx, body, await roster.taken_by(tx, body.id, _SHOWN, _MOST))
        listings = await roster.entries_of(tx, organisation_id=body.id)
        load = await roster.open_matters(tx, [each.user.id for each in listings])
    calls = set(calling(ctx).values())
    by_state = {state: tuple(each for each in found if each.matter.state is state) for state in _SHOWN}
    waiting = (*by_state[MatterState.SUBMITTED], *by_state[MatterState.APPOINTING])
    return BodyHome(
        organisation=body,
        to_take=by_state[MatterState.SUBMITTED],
        to_name=by_state[MatterState.APPOINTING],
        to_decide=tuple(each for each in found if each.asked),
        under_way=tuple(each for each in found if each not in waiting and not each.asked),
        listings=tuple(listings),
        load=load,
        calling=tuple(each for each in found if each.matter.id in calls),
    )


async def take(ctx: Context, user: User, matter_id: str) -> Matter:
    """Take a matter that was applied for at this body (人民调解法 arts. 17-18).

    Raises `NotFound`, `Refused("outside_charter")`, and what the life cycle says.
    """
    async with moving(ctx, user.id, matter_id, CommandKind.ORG_TAKE) as tx:
        matter, body = await _own(tx, user, matter_id)
        who = Actor(body, Capacity.ORGANISATION)
        acted = await act_in(tx, who, matter.id, Command(CommandKind.ORG_TAKE), at=ctx.clock.now())
    return acted.matter


async def hand_back(ctx: Context, user: User, matter_id: str, reason: str) -> None:
    """Not take it: the court has it again, and the applicant is told that, with the other ways there are.

    Raises `NotFound`, `BadInput` for a reason that is missing or too long, `Conflict("matter_state")` afterwards.
    """
    words = reason_of(reason)
    async with ctx.db.transaction() as tx:
        matter, body = await _own(tx, user, matter_id)
        if matter.state is not MatterState.SUBMITTED:
            raise Conflict("matter_state", state=matter.state.value, command="hand_back")
        await roster.give_matter(tx, matter.id, None, ctx.clock.now())
        await audited(
            ctx,
            tx,
            AuditAction.MATTER_ENTRUSTED,
            actor=user.id,
            about=f"matter:{matter.id}",
            taken_from=body,
        )
        await post(tx, await _letters(ctx, tx, matter, (await roster.organisation(tx, body)).name, words))
    await deliver(ctx)


async def _own(tx: Tx, user: User, matter_id: str) -> tuple[Matter, str]:
    naming = await namer_of(tx, user, matter_id)
    if naming.organisation_id is None:
        raise NotFound
    return await matters.locked(tx, naming.matter.id), naming.organisation_id


async def _of(tx: Tx, body: Organisation, ids: Sequence[str]) -> list[BodyMatter]:
    """These matters as their body sees them, in this order, each table asked once."""
    about = {each.id: each for each in await matters.matters_named(tx, ids)}
    parties = defaultdict[str, list[MatterParty]](list)
    for party in await matters.parties_of_all(tx, ids):
        parties[party.matter_id].append(party)
    wanted = (MatterEventKind.REPLACEMENT_REQUESTED, MatterEventKind.REPLACEMENT_DECIDED)
    asked = await matter_events.of_kinds(tx, ids, wanted)
    found = []
    for each in ids:
        matter, last = about[each], asked.get(each, [])[-1:]
        waits = matter.state is MatterState.MEDIATING and any(
            one.kind is MatterEventKind.REPLACEMENT_REQUESTED for one in last
        )
        found.append(BodyMatter(matter, tuple(parties[each]), waits, covers(body.scope, matter.cause)))
    return found


async def _letters(ctx: Context, tx: Tx, matter: Matter, body: str, reason: str) -> list[Notice]:
    text = f"【{matter.court}】{body}未受理{matter.ref}：{reason[:60]}。您仍可申请其他组织调解，或向法院起诉。"
    asked = [each for each in await matters.parties_of(tx, matter.id) if each.side is Side.APPLICANT]
    return [Notice(new_id(), Channel.SMS, each.phone, "", text, ctx.clock.now()) for each in asked if each.phone]
