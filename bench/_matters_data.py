"""Fills a database with very many matters for `bench.matters`: people, logs, sittings, words; measures nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Index, Table, insert

from bench._matters_courses import APPLICANT, COURSES, MEDIATOR, RESPONDENT, Course, Told, told
from bench.report import Steps
from mediation_server.domain.calendar import CHINA
from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.invitation import Invitation
from mediation_server.domain.matter import (
    Conclusion,
    Ground,
    Matter,
    MatterOutcome,
    MatterParty,
    MatterState,
    Outcome,
    Track,
)
from mediation_server.domain.matter_log import MatterEvent, append
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.roster import Organisation, OrganisationKind
from mediation_server.domain.search import searched_texts, words_of
from mediation_server.domain.session import Participant, Session, SessionKind, SessionState
from mediation_server.domain.users import User, login_of_phone
from mediation_server.store.database import Database
from mediation_server.store.mapping import Mapper
from mediation_server.store.tables import metadata

__all__ = ["CHUNK", "COURTS", "World", "fill"]

CHUNK = 2_000
COURTS, _MEDIATORS, _PARTY_ACCOUNTS, _BODIES = 20, 400, 2_000, 20
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁晨曦若溪启明晓禾远山巧云立轩静怡承志文博秀兰一帆思远清和大勇慧敏子涵雨桐浩然"
_CAUSES = (
    "民间借贷纠纷",
    "买卖合同纠纷",
    "物业服务合同纠纷",
    "房屋租赁合同纠纷",
    "机动车交通事故责任纠纷",
    "劳动合同纠纷",
)
_BEFORE_SITTINGS = (MatterState.CONSENTING, MatterState.APPOINTING, MatterState.AWAITING_ACCEPT)
_WRITTEN = (
    "matters",
    "matter_parties",
    "sessions",
    "participants",
    "invitations",
    "conclusions",
    "recordings",
    "consents",
    "matter_events",
    "matter_words",
    "clock_looks",
)
_Row = dict[str, Any]

_USERS = Mapper(User, metadata.tables["users"])
_MATTERS = Mapper(Matter, metadata.tables["matters"])
_MATTER_PARTIES = Mapper(MatterParty, metadata.tables["matter_parties"])
_SESSIONS = Mapper(Session, metadata.tables["sessions"])
_PARTICIPANTS = Mapper(Participant, metadata.tables["participants"])
_INVITATIONS = Mapper(Invitation, metadata.tables["invitations"])
_CONCLUSIONS = Mapper(Conclusion, metadata.tables["conclusions"])
_RECORDINGS = Mapper(Recording, metadata.tables["recordings"])
_CONSENTS = Mapper(Consent, metadata.tables["consents"])
_ORGANISATIONS = Mapper(Organisation, metadata.tables["organisations"])
_EVENTS = Mapper(MatterEvent, metadata.tables["matter_events"], key="hash")


@dataclass
class World:
    """Who there is, and some matters of each kind of reader, for pages to ask for."""

    today: date
    mediators: list[User] = field(default_factory=list)
    judges: list[User] = field(default_factory=list)
    filing: list[User] = field(default_factory=list)
    parties: list[User] = field(default_factory=list)
    clerks: list[User] = field(default_factory=list)
    managers: list[User] = field(default_factory=list)  # of mediation bodies, each of some mediators
    matters: dict[str, list[str]] = field(default_factory=dict)  # ids by the id of whoever may read them
    numbers: list[str] = field(default_factory=list)  # case numbers
    names: list[str] = field(default_factory=list)

    @property
    def everybody(self) -> list[User]:
        """All accounts."""
        return [*self.mediators, *self.judges, *self.filing, *self.clerks, *self.managers, *self.parties]


async def fill(database: Database, count: int, today: date, steps: Steps) -> World:
    """Write `count` matters as they stand on the morning of `today`, always the same ones."""
    chance, world = random.Random(1), _people(today)
    async with database.transaction() as tx:
        await _ORGANISATIONS.add_all(tx, [_organisation(n) for n in range(_BODIES)])
        await tx.execute(insert(_USERS.table), [_user_row(each) for each in world.everybody])
        await tx.run_sync(_without_indexes)
    batch: dict[str, list[_Row]] = {name: [] for name in _WRITTEN}
    for number, (course, begun) in enumerate(_plan(chance, count, today)):
        _matter(batch, world, chance, number, told(course, begun, today))
        if len(batch["matters"]) >= CHUNK or number == count - 1:
            steps.begin(f"{number + 1:,} of {count:,} matters")
            async with database.transaction() as tx:
                for name in _WRITTEN:
                    if batch[name]:
                        await tx.execute(insert(_table(name)), batch[name])
            batch = {name: [] for name in _WRITTEN}
            steps.done()
    async with database.transaction() as tx:
        await tx.run_sync(_with_indexes)
    return world


def _indexes() -> list[Index]:
    return [index for name in _WRITTEN for index in sorted(_table(name).indexes, key=lambda each: str(each.name))]


def _without_indexes(connection: Connection) -> None:
    """An index that is made at the end costs a fraction of one that is kept while millions of rows come."""
    for index in _indexes():
        index.drop(connection)


def _with_indexes(connection: Connection) -> None:
    for index in _indexes():
        index.create(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")  # as it does by itself in a quiet minute; SQLite does not


def _table(name: str) -> Table:
    return metadata.tables[name]


def _plan(chance: random.Random, count: int, today: date) -> Iterator[tuple[Course, date]]:
    whole = sum(each.share for each in COURSES)
    wanted = [course for course in COURSES for _ in range(max(1, round(count * course.share / whole)))]
    chance.shuffle(wanted)
    for course in (wanted + wanted)[:count]:
        yield course, today - timedelta(days=chance.randint(course.youngest, course.oldest))


def _people(today: date) -> World:
    world, chance = World(today), random.Random(2)
    for n in range(_MEDIATORS):
        mediator = _user(f"mediator {n}", _name(chance), Role.MEDIATOR, n)
        world.mediators.append(replace(mediator, organisation_id=_organisation(n % _BODIES).id))
    for n in range(COURTS * 2):
        world.judges.append(_user(f"judge {n}", _name(chance), Role.JUDGE, n))
    for n in range(COURTS):
        world.filing.append(_user(f"filing {n}", _name(chance), Role.FILING, n))
        world.clerks.append(_user(f"clerk {n}", _name(chance), Role.CLERK, n))
    for n in range(_BODIES):
        manager = _user(f"manager {n}", _name(chance), Role.ORGANISATION, n)
        world.managers.append(replace(manager, court=None, organisation_id=_organisation(n).id))
    for n in range(_PARTY_ACCOUNTS):
        phone = f"161{n:08}"
        login = login_of_phone(phone)
        world.parties.append(User(fixed_id(f"bench {phone}"), login, _name(chance), "", Role.PARTY, phone=phone))
    return world


def _organisation(n: int) -> Organisation:
    ident = fixed_id(f"bench body {n}")
    return Organisation(ident, f"江岚市第{n + 1}人民调解委员会", "", OrganisationKind.PEOPLE, (), (_court(n),))


def _user(login: str, name: str, role: Role, n: int) -> User:
    return User(fixed_id(f"bench {login}"), login, name, "", role, court=_court(n))


def _user_row(user: User) -> _Row:
    columns = _USERS.columns_of(user)
    return {**columns, "password_hash": "none", "created_at": datetime(2020, 1, 1, tzinfo=UTC)}


def _court(n: int) -> str:
    return f"江岚市第{n % COURTS + 1}区人民法院"


def _name(chance: random.Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 2))


def _matter(batch: dict[str, list[_Row]], world: World, chance: random.Random, number: int, course: Told) -> None:
    begun = course.entries[0].at
    mediator = world.mediators[chance.randrange(_MEDIATORS)]
    court = mediator.court or ""
    judge = world.judges[chance.randrange(len(world.judges))]
    matter = Matter(
        id=fixed_id(f"bench matter {number}"),
        ref=f"TJ-99{number % COURTS:02}-{begun.year}-{number:06}",
        track=Track.POSTFILING_ENTRUSTED,
        state=MatterState.DRAFT,
        court=court,
        court_en="",
        cause=chance.choice(_CAUSES),
        cause_en="",
        mediator_id=None,
        created_at=begun,
        judge_id=judge.id,
        judge_capacity="trial",
        claim=f"请求支付{chance.randrange(1, 900)} 000元。",
        claim_fen=chance.randrange(10_000, 90_000_000),
    )
    case_no = f"({begun.year})皖99{number % COURTS:02}民初{number + 1}号"
    parties = _parties(world, chance, matter.id, number)
    known = {APPLICANT: parties[0].id, RESPONDENT: parties[1].id, MEDIATOR: mediator.id, "@case": case_no}
    row = course.file.on_row(matter, CHINA)
    row = replace(
        row,
        case_no=case_no,
        mediator_id=mediator.id if row.mediator_id else None,
        next_clock=course.first.id.value if course.first else None,
        next_due=course.first.due if course.first else None,
        version=len(course.entries),
    )
    batch["matters"].append(_MATTERS.columns_of(row))
    for ordinal, party in enumerate(parties):
        batch["matter_parties"].append({**_MATTER_PARTIES.columns_of(party), "ordinal": ordinal})
    searched = searched_texts(row, parties, [mediator.name] if row.mediator_id else [])
    batch["matter_words"] += [{"matter_id": row.id, "word": word} for word in sorted(words_of(searched))]
    if course.look_on:
        batch["clock_looks"].append({"matter_id": row.id, "look_on": course.look_on})
    batch["consents"] += [_CONSENTS.columns_of(_consent(each, begun)) for each in parties]
    batch["matter_events"] += [_event_row(each) for each in _log(row.id, course, known)]
    if row.state not in _BEFORE_SITTINGS:
        _sitting(batch, row, mediator, parties, begun)
    _remember(world, row, parties, mediator, judge)


def _parties(world: World, chance: random.Random, matter_id: str, number: int) -> list[MatterParty]:
    found = []
    for side, role in ((Side.APPLICANT, Role.APPLICANT), (Side.RESPONDENT, Role.RESPONDENT)):
        account = world.parties[number % _PARTY_ACCOUNTS] if side is Side.APPLICANT and number % 10 == 0 else None
        name = account.name if account else _name(chance)
        phone = (account.phone if account else None) or f"162{number:08}"
        ident = fixed_id(f"bench party {number} {side.value}")
        party = MatterParty(ident, matter_id, side, role, name, "", "natural", phone)
        found.append(replace(party, user_id=account.id if account else None))
    return found


def _log(matter_id: str, course: Told, known: Mapping[str, str]) -> list[MatterEvent]:
    log: list[MatterEvent] = []
    for at, draft in course.entries:
        log.append(
            append(
                log[-1] if log else None,
                matter_id=matter_id,
                at=at,
                actor=known.get(draft.actor, draft.actor),
                role=draft.role,
                kind=draft.kind,
                payload=_put(draft.payload, known),
            )
        )
    return log


def _put(value: Any, known: Mapping[str, str]) -> Any:
    """A payload with the people of this matter in it."""
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, Mapping):
        return {known.get(key, key): _put(each, known) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_put(each, known) for each in value]
    return value


def _event_row(event: MatterEvent) -> _Row:
    return _EVENTS.columns_of(event)


def _sitting(
    batch: dict[str, list[_Row]], row: Matter, mediator: User, parties: Sequence[MatterParty], begun: datetime
) -> None:
    at = begun.astimezone(UTC) + timedelta(days=2)
    ident = fixed_id(f"bench sitting {row.id}")
    open_still = row.state is MatterState.MEDIATING
    session = Session(ident, row.id, SessionKind.MEDIATION, SessionState.ENDED, at, 60, mediator.id, at, at)
    if open_still:
        session = replace(session, state=SessionState.SCHEDULED, started_at=None, ended_at=None)
    batch["sessions"].append(_SESSIONS.columns_of(session))
    her = Participant(fixed_id(f"{ident} m"), ident, Role.MEDIATOR, Side.NEUTRAL, mediator.name, "", None, mediator.id)
    guests = (
        Participant(fixed_id(f"{ident} {each.side}"), ident, each.role, each.side, each.name, "", each.id)
        for each in parties
    )
    people = [her, *guests]
    for ordinal, person in enumerate(people):
        columns = _PARTICIPANTS.columns_of(person)
        batch["participants"].append({**columns, "ordinal": ordinal})
    batch["invitations"] += [_INVITATIONS.columns_of(_invitation(each, begun)) for each in people[1:]]
    if not open_still:
        _kept(batch, session, row)


def _kept(batch: dict[str, list[_Row]], held: Session, row: Matter) -> None:
    """What is left of a sitting that was held: how it ended, and its recording."""
    at, agreed = held.starts_at, row.outcome in (MatterOutcome.AGREED, MatterOutcome.PARTIAL)
    outcome, ground = (Outcome.AGREED, None) if agreed else (Outcome.FAILED, Ground("g5"))
    words = ("一次付清。", "") if agreed else ("", "分歧较大")
    ended = Conclusion(fixed_id(f"{held.id} c"), held.id, row.id, outcome, ground, *words, at, held.presider_id)
    batch["conclusions"].append(_CONCLUSIONS.columns_of(ended))
    minute = 60_000
    sealed = Recording(fixed_id(f"{held.id} r"), held.id, RecordingState.SEALED, at, minute, minute, "0" * 64, at)
    batch["recordings"].append(_RECORDINGS.columns_of(sealed))


def _invitation(guest: Participant, begun: datetime) -> Invitation:
    expires = begun + timedelta(days=3)
    return Invitation(fixed_id(f"{guest.id} i"), guest.session_id, guest.id, f"hash of {guest.id}", begun, expires)


def _consent(party: MatterParty, begun: datetime) -> Consent:
    ident = fixed_id(f"{party.id} c1")
    return Consent(ident, party.matter_id, ConsentItem.MEDIATION, "1", True, begun, "", party_id=party.id)  # noqa: FBT003


def _remember(world: World, row: Matter, parties: Sequence[MatterParty], mediator: User, judge: User) -> None:
    """Of each reader a few matters, those under way before those that are over."""
    readers = [judge.id, *([row.mediator_id] if row.mediator_id else []), *(each.user_id for each in parties)]
    for reader in readers:
        if reader:
            mine = world.matters.setdefault(reader, [])
            mine.insert(0, row.id) if row.next_due else mine.append(row.id)
            del mine[5:]
    if len(world.numbers) < CHUNK and row.mediator_id == mediator.id:
        world.numbers.append(row.case_no or "")
        world.names.append(parties[0].name)
