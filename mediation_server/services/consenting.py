"""Giving and withdrawing consents (征询同意): one item at a time; ledger, matter log and audit in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.together import Together
from mediation_server.domain.consent import Consent, ConsentChannel, ConsentItem, GivenBy, check_note
from mediation_server.domain.consent_ledger import ITEM_RULES, Standing, spent, standings
from mediation_server.domain.consent_texts import TEXT_VERSIONS, TEXTS, ConsentText, text_of
from mediation_server.domain.ids import is_id, new_id
from mediation_server.domain.lifecycle import Actor, Command, CommandKind, possible
from mediation_server.domain.lifecycle_guards import PARTY_SIDES
from mediation_server.domain.matter import MatterParty
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.procedure import act_in, file_in
from mediation_server.store import consents, matter_events, matters
from mediation_server.store.database import Tx

__all__ = ["MOST_NOTE", "LedgerLine", "Reply", "Word", "consents_of", "give", "give_in", "withdraw", "withdraw_in"]

MOST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to which words: `text_version` is that of the text the person had before them."""

    item: ConsentItem
    text_version: str
    answer: bool


@dataclass(frozen=True, slots=True)
class Word:
    """How an answer came: by a party's own hand on the web, or written down by staff after a call or a visit.

    `by_agent`, `authority` (the power of attorney) and `special` (特别授权) are for staff who write an agent's word
    down; whoever acts as an agent brings `authority` only.
    """

    channel: ConsentChannel = ConsentChannel.WEB
    note: str = ""
    by_agent: bool = False
    authority: str = ""
    special: bool = False

    def check(self) -> None:
        """Whether it says what was said, and for whom. Raises `BadInput` naming the fields."""
        with Together() as checked:
            checked(check_note, self.channel, self.note)
            checked(self._check_length)
            if self.by_agent and not self.authority.strip():
                raise BadInput("consent_authority_required", field="authority")

    def _check_length(self) -> None:
        if len(self.note) > MOST_NOTE:
            raise BadInput("too_long", field="note", most=MOST_NOTE)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One item as its party sees it: where it stands, whether it may be withdrawn, the words.

    `text` are the words that were answered, `asked` those shown now: the same unless the wording has changed since.
    `kept`: the code of why a yes cannot be taken back any more (`consent_spent`), None when it can.
    """

    item: ConsentItem
    text: ConsentText
    asked: ConsentText
    standing: Standing
    withdrawable: bool
    kept: str | None = None


async def consents_of(ctx: Context, who: Actor, matter_id: str, party_id: str) -> tuple[LedgerLine, ...]:
    """Every item of the ledger for one party. Raises `NotFound` to another party, in the same words."""
    async with ctx.db.reading() as tx:
        party = await _party(tx, who, matter_id, party_id)
        found = standings(await consents.ledger_of(tx, party.id))
        log = await matter_events.events_of(tx, matter_id)
    return tuple(
        LedgerLine(
            item=item,
            text=(standing.last and text_of(item, standing.last.text_version)) or TEXTS[item][-1],
            asked=TEXTS[item][-1],
            standing=standing,
            withdrawable=standing.holds and standing.last is not None and not spent(standing.last, log),
            kept="consent_spent" if standing.holds and standing.last and spent(standing.last, log) else None,
        )
        for item, standing in found.items()
    )


async def give(ctx: Context, who: Actor, party_id: str, reply: Reply, word: Word | None = None) -> Consent:
    """One answer of one party to one text. The same answer again changes nothing, unless the first one is spent.

    Raises `NotFound`; `Conflict("consent_text_changed")` when other words are shown by now; `BadInput` for a word
    without channel, note or authority; `Refused("agent_not_authorised")`; what `lifecycle.decide` raises.
    """
    return await _in_one(ctx, who, party_id, lambda tx, party: give_in(ctx, tx, who, party, reply, word))


async def give_in(
    ctx: Context, tx: Tx, who: Actor, party: MatterParty, reply: Reply, word: Word | None = None
) -> Consent:
    """The same inside the caller's transaction, which has the matter locked and rings `ctx.outbox_filled` after it."""
    how = _checked(who, word or Word(), reply.item)
    if reply.text_version != TEXT_VERSIONS[reply.item]:
        raise Conflict("consent_text_changed")
    standing = standings(await consents.ledger_of(tx, party.id))[reply.item]
    last, same = standing.last, (reply.answer, reply.text_version, None)
    again = last is not None and (last.answer, last.text_version, standing.withdrawn_at) == same
    if last and again and not spent(last, await matter_events.events_of(tx, party.matter_id)):
        return last
    return await _kept(ctx, tx, who, _entry(who, how, party, reply, ctx.clock.now()))


async def withdraw(ctx: Context, who: Actor, party_id: str, item: ConsentItem, word: Word | None = None) -> Consent:
    """Take a yes back; what was done on it stays done.

    Raises `NotFound`, `Conflict("consent_not_given")`, `Conflict("consent_spent")` once what it allowed has happened,
    and like `give`.
    """
    return await _in_one(ctx, who, party_id, lambda tx, party: withdraw_in(ctx, tx, who, party, item, word))


async def withdraw_in(
    ctx: Context, tx: Tx, who: Actor, party: MatterParty, item: ConsentItem, word: Word | None = None
) -> Consent:
    """The same inside the caller's transaction, as `give_in`."""
    how = _checked(who, word or Word(), item)
    standing = standings(await consents.ledger_of(tx, party.id))[item]
    if standing.last is None or not standing.holds:
        raise Conflict("consent_not_given")
    if spent(standing.last, await matter_events.events_of(tx, party.matter_id)):
        raise Conflict("consent_spent")
    back = _entry(who, how, party, Reply(item, standing.last.text_version, answer=False), ctx.clock.now())
    return await _kept(ctx, tx, who, replace(back, withdraws=standing.last.id))


async def _in_one(
    ctx: Context, who: Actor, party_id: str, written: Callable[[Tx, MatterParty], Awaitable[Consent]]
) -> Consent:
    """Run the step in one transaction; a refusal leaves nothing but its line in the audit log."""
    if not is_id(party_id):
        raise NotFound
    try:
        async with ctx.db.transaction() as tx:
            party = await _party(tx, who, (await matters.party(tx, party_id)).matter_id, party_id)
            await matters.locked(tx, party.matter_id)
            entry = await written(tx, party)
    except Refused as refusal:
        async with ctx.db.transaction() as tx:
            await _audit(ctx, tx, who, f"party:{party_id}", refusal.code, allowed=False)
        raise
    ctx.outbox_filled.set()
    return entry


async def _kept(ctx: Context, tx: Tx, who: Actor, entry: Consent) -> Consent:
    """Write the entry, move the matter by it, and end a mediation that a party does not want (在线调解规则 art. 15)."""
    matter = await matters.matter(tx, entry.matter_id)
    offered = possible(await file_in(tx, matter), who, entry.at)
    if CommandKind.CONSENT not in offered and not ITEM_RULES[entry.item].spent_by:
        # An archived matter does not move; what may be taken back at any time is taken back all the same.
        await _audit(ctx, tx, who, f"matter:{matter.id}", f"consent:{entry.item.value}", allowed=True)
        await consents.add(tx, entry)
        return entry
    said = {
        "party": entry.party_id,
        "item": entry.item.value,
        "text_version": entry.text_version,
        "answer": entry.answer,
        "given_by": entry.given_by.value,
        "channel": entry.channel.value,
    }
    acted = await act_in(tx, who, matter.id, Command(CommandKind.CONSENT, said), at=entry.at)
    entry = replace(entry, evidence=f"matter:{matter.id}@{acted.events[0].seq}")
    await consents.add(tx, entry)
    if entry.item is ConsentItem.MEDIATION and not entry.answer and CommandKind.REFUSE in offered:
        refused = {"party": entry.party_id, **({"reason": entry.note} if entry.note else {})}
        await act_in(tx, who, matter.id, Command(CommandKind.REFUSE, refused), at=entry.at)
    return entry


def _checked(who: Actor, word: Word, item: ConsentItem) -> Word:
    """The word as it can be written down. Raises `BadInput`, `Refused("agent_not_authorised")`."""
    if who.capacity in PARTY_SIDES:
        by = word.authority or (f"agent:{who.id}" if who.is_agent else "")
        word = replace(word, channel=ConsentChannel.WEB, by_agent=who.is_agent, authority=by, special=who.special)
    elif word.channel is ConsentChannel.WEB:
        raise BadInput("consent_channel_required", field="channel")
    word.check()
    if word.by_agent and ITEM_RULES[item].special and not word.special:
        raise Refused("agent_not_authorised")
    return word


def _entry(who: Actor, word: Word, party: MatterParty, reply: Reply, at: datetime) -> Consent:
    return Consent(
        id=new_id(),
        matter_id=party.matter_id,
        item=reply.item,
        text_version=reply.text_version,
        answer=reply.answer,
        at=at,
        evidence="",
        party_id=party.id,
        given_by=GivenBy.AGENT if word.by_agent else GivenBy.SELF,
        authority=word.authority.strip() if word.by_agent else "",
        channel=word.channel,
        operator_id=None if who.capacity in PARTY_SIDES else who.id,
        note=word.note.strip(),
    )


async def _party(tx: Tx, who: Actor, matter_id: str, party_id: str) -> MatterParty:
    if not is_id(party_id) or (who.capacity in PARTY_SIDES and who.party != party_id):
        raise NotFound
    party = await matters.party(tx, party_id)
    if party.matter_id != matter_id:
        raise NotFound
    return party


async def _audit(ctx: Context, tx: Tx, who: Actor, about: str, basis: str, *, allowed: bool) -> None:
    await audited(
        ctx,
        tx,
        AuditAction.MATTER_MOVED,
        actor=who.id,
        about=about,
        allowed=allowed,
        basis=basis,
        command=CommandKind.CONSENT.value,
        role=who.capacity.value,
    )
