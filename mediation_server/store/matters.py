"""Matters and the parties named in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union,
    update,
)

from mediation_server.domain.matter import IN_REVIEW, Matter, MatterParty, MatterState
from mediation_server.domain.party_agent import AgentStanding
from mediation_server.domain.people import Side
from mediation_server.domain.search import searched_texts
from mediation_server.domain.users import login_of_phone
from mediation_server.errors import NotFound
from mediation_server.store import matter_words
from mediation_server.store.account_tables import users
from mediation_server.store.application_tables import party_agents
from mediation_server.store.database import Tx
from mediation_server.store.desk_tables import letters
from mediation_server.store.mapping import Mapper
from mediation_server.store.roster_tables import co_mediators
from mediation_server.store.tables import matter_parties, matters

__all__ = [
    "add",
    "all_locked",
    "at_court",
    "by_case_no",
    "by_ref",
    "court_in_english",
    "index_all",
    "link_parties",
    "locked",
    "matter",
    "matters_named",
    "matters_of",
    "matters_of_party",
    "mediated_by",
    "next_ref",
    "parties_named",
    "parties_of",
    "parties_of_all",
    "parties_of_user",
    "party",
    "party_reached_at",
    "replace_parties",
    "same_dispute",
    "save",
    "save_over",
    "save_over_all",
    "spoken_for",
]

_matters = Mapper(Matter, matters)
_parties = Mapper(MatterParty, matter_parties)
_NAMED, _PARTIES_NAMED = _matters.among(matters.c.id), _parties.among(matter_parties.c.id)
_PARTIES_OF = _parties.among(matter_parties.c.matter_id).order_by(matter_parties.c.matter_id, matter_parties.c.ordinal)
_NEXT = text(
    "INSERT INTO counters (name, last) VALUES (:name, :least) ON CONFLICT (name) DO UPDATE SET last = "
    "CASE WHEN counters.last >= :least THEN counters.last + 1 ELSE :least END RETURNING last"
)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_PRESIDING = select(matters.c.id, users.c.name, users.c.name_en).join(users, users.c.id == matters.c.mediator_id)
_BESIDE = select(co_mediators.c.matter_id, users.c.name, users.c.name_en).join(
    users, users.c.id == co_mediators.c.user_id
)
_MEDIATED = union(_PRESIDING.where(matters.c.id.in_(_IDS)), _BESIDE.where(co_mediators.c.matter_id.in_(_IDS)))
_REACHED_AT = select(users.c.id).where(users.c.login == literal(login_of_phone("")) + matter_parties.c.phone)


async def add(tx: Tx, value: Matter, parties: Sequence[MatterParty]) -> None:
    """A new matter with its parties in their order."""
    await _matters.add(tx, value)
    for ordinal, party in enumerate(parties):
        await _parties.add(tx, party, {"ordinal": ordinal})
    await _link_to_accounts(tx, value.id)
    await index_all(tx, [value])


async def replace_parties(tx: Tx, value: Matter, parties: Sequence[MatterParty]) -> None:
    """A matter that no sitting and no answer names yet has these parties and no others."""
    kept = [each.id for each in parties]
    gone = and_(matter_parties.c.matter_id == value.id, matter_parties.c.id.not_in(kept))
    named = select(matter_parties.c.id).where(gone)
    await tx.execute(delete(letters).where(letters.c.party_id.in_(named)))  # about a party that is none any more
    await tx.execute(delete(matter_parties).where(gone))
    known = {each.id for each in await parties_of(tx, value.id)}
    for ordinal, party in enumerate(parties):
        columns = {**_parties.columns_of(party), "ordinal": ordinal}
        if party.id in known:
            await tx.execute(update(matter_parties).where(matter_parties.c.id == party.id).values(**columns))
        else:
            await tx.execute(insert(matter_parties).values(**columns))
    await _link_to_accounts(tx, value.id)
    await index_all(tx, [value])


async def link_parties(tx: Tx, phone: str, user_id: str) -> None:
    """Everybody named in a matter with this phone is spoken for by this account, unless by another already."""
    named = and_(matter_parties.c.phone == phone, matter_parties.c.user_id.is_(None))
    await tx.execute(update(matter_parties).where(named).values(user_id=user_id))


async def matter(tx: Tx, matter_id: str) -> Matter:
    """The matter with this id. Raises `NotFound`."""
    found = await _matters.by_key(tx, matter_id)
    if found is None:
        raise NotFound
    return found


async def locked(tx: Tx, matter_id: str) -> Matter:
    """The same, and other writers wait until `tx` ends: for whoever is about to move it or write in its log."""
    found = await _matters.by_key(tx, matter_id, locked=True)
    if found is None:
        raise NotFound
    return found


async def all_locked(tx: Tx, matter_ids: Iterable[str]) -> list[Matter]:
    """Several of them, each as by `locked`, always in one order so that two who ask never wait for each other."""
    query = _matters.selecting().where(matters.c.id.in_(sorted(set(matter_ids)))).order_by(matters.c.id)
    return await _matters.all(tx, query.with_for_update())


async def by_ref(tx: Tx, ref: str) -> Matter | None:
    """The matter the court knows by this number, or None."""
    return await _matters.first(tx, _matters.selecting().where(matters.c.ref == ref))


async def by_case_no(tx: Tx, court: str, case_no: str) -> list[Matter]:
    """Matters of a court that carry this number, oldest first."""
    same = (matters.c.court == court, matters.c.case_no == case_no)
    return await _matters.all(tx, _matters.selecting().where(*same).order_by(matters.c.created_at, matters.c.id))


async def at_court(
    tx: Tx, court: str, states: Iterable[MatterState], most: int, *, consent_pending: bool | None = None
) -> list[Matter]:
    """Matters of a court in these states, what was handed in first comes first."""
    query = _matters.selecting().where(matters.c.court == court, matters.c.state.in_([each.value for each in states]))
    if consent_pending is not None:
        query = query.where(matters.c.consent_pending == consent_pending)
    return await _matters.all(tx, query.order_by(matters.c.submitted_at, matters.c.id).limit(most))


async def court_in_english(tx: Tx, court: str) -> str:
    """The English name of a court as its matters have it; empty while it has none."""
    return await tx.scalar(select(matters.c.court_en).where(matters.c.court == court).limit(1)) or ""


async def next_ref(tx: Tx, code: str, year: int) -> str:
    """The next reference of a court and year: `TJ-9901-2026-000043`; of two that ask at once each gets its own."""
    prefix = f"TJ-{code}-{year}-"
    last = await tx.scalar(select(func.max(matters.c.ref)).where(matters.c.ref.like(f"{prefix}%")))
    least = int(str(last)[len(prefix) :]) + 1 if last else 1
    number = (await tx.execute(_NEXT, {"name": prefix, "least": least})).scalar_one()
    return f"{prefix}{number:06}"


async def save(tx: Tx, value: Matter) -> None:
    """Write a matter as it is now; it is found from now on by what it says now."""
    await save_over(tx, await _matters.by_key(tx, value.id), value)


async def save_over(tx: Tx, before: Matter | None, value: Matter) -> None:
    """The same for a caller that has read what stands there while it holds the matter locked."""
    if before is not None:
        await save_over_all(tx, [(before, value)])
        return
    await _matters.save(tx, value)
    await index_all(tx, [value])


async def save_over_all(tx: Tx, changes: Sequence[tuple[Matter, Matter]]) -> None:
    """The same for several that exist, each with what stands there."""
    await _matters.save_changes(tx, changes)
    await index_all(tx, [value for before, value in changes if _found_by(before) != _found_by(value)])


def _found_by(value: Matter) -> list[str]:
    return searched_texts(value, (), [value.mediator_id or ""])


async def index_all(tx: Tx, values: Sequence[Matter]) -> None:
    """Let matters be found by what they say now: after their parties changed, or who mediates them."""
    if not values:
        return
    parties, mediators = defaultdict[str, list[MatterParty]](list), defaultdict[str, list[str]](list)
    for party in await parties_of_all(tx, [each.id for each in values]):
        parties[party.matter_id].append(party)
    for matter_id, *names in (await tx.execute(_MEDIATED, {"ids": [each.id for each in values]})).all():
        mediators[matter_id] += names
    texts = {each.id: searched_texts(each, parties[each.id], mediators[each.id]) for each in values}
    await matter_words.keep_all(tx, texts)


async def mediated_by(tx: Tx, user_id: str) -> list[Matter]:
    """Matters somebody mediates, presiding or beside another."""
    beside = select(co_mediators.c.matter_id).where(co_mediators.c.user_id == user_id)
    mine = or_(matters.c.mediator_id == user_id, matters.c.id.in_(beside))
    return await _matters.all(tx, _matters.selecting().where(mine).order_by(matters.c.id))


async def matters_named(tx: Tx, matter_ids: Iterable[str]) -> list[Matter]:
    """The matters with these ids, in no order; those that do not exist are missing."""
    return await _matters.all_among(tx, _NAMED, matter_ids)


async def matters_of(tx: Tx, user_id: str) -> list[Matter]:
    """Matters somebody mediates, confirms or tries, newest first."""
    query = _matters.selecting().where(_work_of(user_id))
    return await _matters.all(tx, query.order_by(matters.c.created_at.desc(), matters.c.id))


async def same_dispute(tx: Tx, value: Matter, most: int) -> list[Matter]:
    """Other matters about the same cause in which parties by the same phones stand on both sides, newest first."""
    parties = await parties_of(tx, value.id)
    named = [
        select(matter_parties.c.matter_id).where(
            matter_parties.c.phone.in_([each.phone for each in side if each.phone])
        )
        for side in (
            [each for each in parties if each.side is Side.APPLICANT],
            [each for each in parties if each.side is not Side.APPLICANT],
        )
    ]
    both = (matters.c.id.in_(each) for each in named)
    query = _matters.selecting().where(matters.c.cause == value.cause, matters.c.id != value.id, *both)
    return await _matters.all(tx, query.order_by(matters.c.created_at.desc(), matters.c.id).limit(most))


async def matters_of_party(tx: Tx, user_id: str) -> list[Matter]:
    """Matters in which this account speaks for a party, itself or as its agent, newest first."""
    query = _matters.selecting().where(spoken_for(user_id))
    return await _matters.all(tx, query.order_by(matters.c.created_at.desc(), matters.c.id))


def spoken_for(user_id: str) -> ColumnElement[bool]:
    """In which matters an account speaks for a party, itself or as its agent: a condition on `matters.id`."""
    itself = select(matter_parties.c.matter_id).where(matter_parties.c.user_id == user_id)
    acting = (party_agents.c.user_id == user_id, party_agents.c.standing == AgentStanding.ADMITTED.value)
    of_agent = select(matter_parties.c.matter_id).join(party_agents, party_agents.c.party_id == matter_parties.c.id)
    return matters.c.id.in_(union(itself, of_agent.where(*acting)))


async def parties_of_user(tx: Tx, user_id: str, matter_id: str) -> list[MatterParty]:
    """The parties of one matter for whom this account speaks, in their order."""
    theirs = and_(matter_parties.c.matter_id == matter_id, matter_parties.c.user_id == user_id)
    return await _parties.all(tx, _parties.selecting().where(theirs).order_by(matter_parties.c.ordinal))


async def parties_of(tx: Tx, matter_id: str) -> list[MatterParty]:
    """The parties of a matter in their order."""
    return await parties_of_all(tx, [matter_id])


async def party(tx: Tx, party_id: str) -> MatterParty:
    """One party. Raises `NotFound`."""
    found = await _parties.by_key(tx, party_id)
    if found is None:
        raise NotFound
    return found


async def parties_named(tx: Tx, party_ids: Iterable[str]) -> list[MatterParty]:
    """The parties with these ids, in no order; those that do not exist are missing."""
    return await _parties.all_among(tx, _PARTIES_NAMED, party_ids)


async def party_reached_at(tx: Tx, phone: str) -> MatterParty | None:
    """Somebody named in a matter with this phone, the one named last; or None."""
    query = _parties.selecting().where(matter_parties.c.phone == phone).order_by(matter_parties.c.id.desc())
    return await _parties.first(tx, query)


async def parties_of_all(tx: Tx, matter_ids: Iterable[str]) -> list[MatterParty]:
    """The parties of several matters, in their order within each."""
    return await _parties.all_among(tx, _PARTIES_OF, matter_ids)


async def _link_to_accounts(tx: Tx, matter_id: str) -> None:
    unlinked = and_(matter_parties.c.matter_id == matter_id, matter_parties.c.user_id.is_(None))
    await tx.execute(update(matter_parties).where(unlinked).values(user_id=_REACHED_AT.scalar_subquery()))


def _work_of(user_id: str) -> ColumnElement[bool]:
    """Which matters are somebody's to mediate, try or, while they are with the court for that, review."""
    sent_for_review = matters.c.state.in_([state.value for state in IN_REVIEW])
    reviewing = and_(matters.c.confirming_judge_id == user_id, sent_for_review)
    return or_(matters.c.mediator_id == user_id, matters.c.judge_id == user_id, reviewing)
