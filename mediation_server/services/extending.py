"""More days for a mediation (延长期限): somebody asks, everybody answers, and with the last yes it is longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.calendar import CHINA, local_date
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Command, CommandKind, possible
from mediation_server.domain.matter import Matter, MatterState
from mediation_server.domain.matter_file import EXTENSION, MatterFile
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, TooMany
from mediation_server.services import consenting
from mediation_server.services.access import own_matter, worked_matter
from mediation_server.services.context import Context
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import Acted, act_in, file_in
from mediation_server.services.terms import MatterTerms, of_party, terms_in
from mediation_server.services.throttle import Limit
from mediation_server.store import matters
from mediation_server.store.database import Tx

__all__ = ["MOST_DAYS", "PeriodPage", "answer", "ask", "ask_as_party", "extend", "own_period_page", "period_page"]

MOST_DAYS = 180
_ASKING = Limit(5, 24 * 3600 * 1000)  # each time everybody gets a message


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """The page about a matter's period. `answers`: by party, yes, no or nothing yet; a party sees its own only.

    `offered` are the commands that this person can give now, `line` is the question as a party is asked it.
    """

    terms: MatterTerms
    offered: frozenset[CommandKind]
    answers: Mapping[str, bool | None]
    line: consenting.LedgerLine | None = None

    @property
    def all_agree(self) -> bool:
        """Whether everybody has said yes to the days that are asked for."""
        return self.terms.file.all_agree(EXTENSION)


async def period_page(ctx: Context, user: User, matter_id: str) -> PeriodPage:
    """The page for whoever mediates the matter, or files it at its court. Raises `NotFound` to anybody else."""
    async with ctx.db.reading() as tx:
        found = await worked_matter(tx, user, matter_id)
        terms = await terms_in(ctx, tx, found.matter)
    return PeriodPage(terms, possible(terms.file, found.actor, ctx.clock.now()), _answers(terms.file))


async def own_period_page(ctx: Context, user: User, matter_id: str) -> PeriodPage:
    """The page for one of its parties, who learns what others answered only by what follows from it."""
    async with ctx.db.reading() as tx:
        found = await own_matter(tx, user, matter_id)
        terms = of_party(await terms_in(ctx, tx, found.matter))
    lines = await consenting.consents_of(ctx, found.actor, matter_id, found.party.id)
    line = next(each for each in lines if each.item is ConsentItem.EXTENSION)
    mine = {found.party.id: _answers(terms.file).get(found.party.id)}
    return PeriodPage(terms, possible(terms.file, found.actor, ctx.clock.now()), mine, line)


async def ask(ctx: Context, user: User, matter_id: str, days: int) -> Acted:
    """The mediator asks every party for more days; consents given before do not count for them.

    Raises `NotFound`, `BadInput`, `TooMany("asked_too_often")`, `Conflict` (`period_over`, `extension_too_long`).
    """
    async with ctx.db.reading() as tx:
        who = (await worked_matter(tx, user, matter_id)).actor
    return await _asked(ctx, who, matter_id, days)


async def ask_as_party(ctx: Context, user: User, matter_id: str, days: int) -> Acted:
    """The same by a party, who has not agreed by that: the question comes to everybody alike."""
    async with ctx.db.reading() as tx:
        who = (await own_matter(tx, user, matter_id)).actor
    return await _asked(ctx, who, matter_id, days)


async def answer(ctx: Context, user: User, matter_id: str, text_version: str, *, yes: bool) -> bool:
    """A party's word to the days that are asked for; whether the period is longer now.

    Raises `NotFound`, `Conflict("extension_not_asked")` when nobody asks any more, `Conflict("period_over")`, and what
    `consenting.give` raises.
    """
    async with ctx.db.reading() as tx:
        found = await own_matter(tx, user, matter_id)
        file, today = await file_in(tx, found.matter), local_date(ctx.clock.now())
        if file.asked_days is None or file.state is not MatterState.MEDIATING:
            raise Conflict("extension_not_asked")
        if file.is_over(today, CHINA):
            raise Conflict("period_over")
    reply = consenting.Reply(ConsentItem.EXTENSION, text_version, yes)
    await consenting.give(ctx, found.actor, found.party.id, reply)
    return yes and await _extended(ctx, found.actor, matter_id)


async def extend(ctx: Context, user: User, matter_id: str) -> None:
    """The mediator extends by the days that all have agreed to, the last of them perhaps by telephone.

    Raises `NotFound`, `Conflict("extension_consent_missing")`, `Conflict("period_over")`.
    """
    async with ctx.db.reading() as tx:
        who = (await worked_matter(tx, user, matter_id)).actor
    if not await _extended(ctx, who, matter_id):
        raise Conflict("extension_consent_missing")


async def _asked(ctx: Context, who: Actor, matter_id: str, days: int) -> Acted:
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("number_range", field="days", least=1, most=MOST_DAYS)
    command = Command(CommandKind.ASK_EXTENSION, {"days": days})
    async with ctx.db.transaction() as tx:
        acted = await act_in(tx, who, matter_id, command, at=ctx.clock.now())
        if not ctx.throttle.admit(ctx.clock, f"extension:{matter_id}", _ASKING):
            raise TooMany("asked_too_often")
        words = f"征询延长调解期限{days}天，请在{_day(acted.matter.period_end)}前登录答复，可以拒绝。"
        await post(tx, await _to_all(ctx, tx, acted.matter, words))
    ctx.outbox_filled.set()
    await deliver(ctx)
    return acted


async def _extended(ctx: Context, who: Actor, matter_id: str) -> bool:
    """Extend if everybody agrees to the days asked for; looked at again while the matter is locked."""
    async with ctx.db.transaction() as tx:
        file = await file_in(tx, await matters.locked(tx, matter_id))
        ready = file.state is MatterState.MEDIATING and file.all_agree(EXTENSION) and file.asked_days is not None
        if not ready:
            return False
        command = Command(CommandKind.EXTEND, {"days": file.asked_days})
        acted = await act_in(tx, who, matter_id, command, at=ctx.clock.now())
        words = f"各方已同意，调解期限延长到{_day(acted.matter.period_end)}。"
        await post(tx, await _to_all(ctx, tx, acted.matter, words))
    ctx.outbox_filled.set()
    await deliver(ctx)
    return True


async def _to_all(ctx: Context, tx: Tx, matter: Matter, words: str) -> list[Notice]:
    """Annex B, template 8: to every party alike; no claim, nobody's name."""
    head, now = f"【{matter.court}】{matter.case_no or matter.ref}", ctx.clock.now()
    phones = dict.fromkeys(each.phone for each in await matters.parties_of(tx, matter.id))
    return [Notice(new_id(), Channel.SMS, phone, "", head + words, now) for phone in phones]


def _answers(file: MatterFile) -> dict[str, bool | None]:
    said = {key: each.answers.get(EXTENSION) for key, each in file.parties.items()}
    return {key: None if answer is None else answer.yes for key, answer in said.items()}


def _day(on: date | None) -> str:
    return f"{on.month}月{on.day}日" if on else ""
