"""Checking an agent's papers (核验代理手续): whoever mediates or files a matter reads them, and says what they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.agents import AgentPaper, Power
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.material import MOST_REASON
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.rooms.chat import cleaned
from mediation_server.services.access import worked_matter
from mediation_server.services.agent_seats import seat_agent
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.entering import account_at
from mediation_server.services.posting import deliver, post
from mediation_server.services.representing import AgentFile, file_of_agent
from mediation_server.services.seating import show_seats
from mediation_server.store import matters, party_agents
from mediation_server.store.database import Tx

__all__ = ["AgentsPage", "admit_agent", "agents_page", "return_agent", "waiting_agents"]


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """The agents of all parties of a matter, for whoever checks their papers."""

    matter: Matter
    files: tuple[tuple[MatterParty, AgentFile], ...]


async def agents_page(ctx: Context, user: User, matter_id: str) -> AgentsPage:
    """Raises `NotFound` unless somebody mediates the matter or files it at its court."""
    async with ctx.db.reading() as tx:
        matter = (await worked_matter(tx, user, matter_id)).matter
        named = {each.id: each for each in await matters.parties_of(tx, matter.id)}
        agents = await party_agents.agents_of(tx, named)
        files = [(named[each.party_id], await file_of_agent(tx, matter.id, each)) for each in agents]
    return AgentsPage(matter, tuple(sorted(files, key=lambda each: not each[1].agent.is_waiting)))


async def waiting_agents(ctx: Context, user: User, matter_id: str) -> int | None:
    """How many agents wait to be checked; None for whoever does not check them, and where nobody was ever named."""
    try:
        page = await agents_page(ctx, user, matter_id)
    except NotFound:
        return None
    return sum(file.agent.is_waiting for _, file in page.files) if page.files else None


async def admit_agent(
    ctx: Context, user: User, matter_id: str, agent_id: str, papers: Iterable[AgentPaper], powers: Iterable[Power]
) -> PartyAgent:
    """The papers hold: from now on the agent acts for the party, as far as these powers go.

    Raises `NotFound`, `BadInput` (a paper that was not read, a power the party has not given), `Conflict`.
    """
    async with ctx.db.transaction() as tx:
        matter, party, agent = await _before(tx, user, matter_id, agent_id)
        agent = agent.admitted(ctx.clock.now(), user.id, papers, powers)
        account = await account_at(ctx, tx, agent.phone)
        agent = replace(agent, user_id=agent.user_id or account.id)
        await party_agents.save(tx, agent)
        seated = await seat_agent(ctx, tx, matter, party, agent)
        given = sorted(each.value for each in agent.powers)
        about = f"matter:{matter_id}"
        await audited(ctx, tx, AuditAction.AGENT_ADMITTED, actor=user.id, about=about, agent=agent.id, powers=given)
        words = "您的代理手续已核验，可登录在线调解室办理。"
        await post(tx, [_letter(ctx, matter, agent, words)])
    for session_id in seated:
        await show_seats(ctx, session_id)
    await deliver(ctx)
    return agent


async def return_agent(ctx: Context, user: User, matter_id: str, agent_id: str, reason_text: str) -> PartyAgent:
    """The papers do not hold; the agent reads why and brings better ones. Raises `NotFound`, `BadInput`, `Conflict`."""
    async with ctx.db.transaction() as tx:
        matter, _, agent = await _before(tx, user, matter_id, agent_id)
        reason = cleaned(reason_text, field="reason", longest=MOST_REASON) if reason_text.strip() else ""
        agent = agent.returned(ctx.clock.now(), user.id, reason)
        await party_agents.save(tx, agent)
        about = f"matter:{matter_id}"
        await audited(ctx, tx, AuditAction.AGENT_RETURNED, actor=user.id, about=about, agent=agent.id)
        await post(tx, [_letter(ctx, matter, agent, "您的代理手续需要补正，请登录在线调解室查看原因。")])
    await deliver(ctx)
    return agent


async def _before(tx: Tx, user: User, matter_id: str, agent_id: str) -> tuple[Matter, MatterParty, PartyAgent]:
    matter = (await worked_matter(tx, user, matter_id)).matter
    await matters.locked(tx, matter.id)
    agent = await party_agents.agent(tx, agent_id) if is_id(agent_id) else None
    party = await matters.party(tx, agent.party_id) if agent else None
    if agent is None or party is None or party.matter_id != matter.id:
        raise NotFound
    return matter, party, agent


def _letter(ctx: Context, matter: Matter, agent: PartyAgent, words: str) -> Notice:
    return Notice(new_id(), Channel.SMS, agent.phone, "", f"【{matter.court}】{words}", ctx.clock.now())
