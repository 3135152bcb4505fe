"""Practice matters (练习事项): a clean matter in mediation, two invented parties, a sitting soon; demo only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.causes import Cause, CauseFlag, cause_named
from mediation_server.domain.checks.together import Together
from mediation_server.domain.ids import chance, new_id
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Session, SessionKind, SessionState
from mediation_server.domain.tracks import tracks_open
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Refused, TooMany
from mediation_server.services import demo_cast as cast
from mediation_server.services.context import Context
from mediation_server.services.demo_history import Step, begin, led_by_court, sent_by_court, taken_by_body
from mediation_server.services.demo_people import PRACTICE
from mediation_server.services.scheduling import named_for, scheduled
from mediation_server.services.throttle import Limit

__all__ = ["CAUSES", "COURTS", "Practice", "Wish", "practise"]

COURTS = {cast.YUNXI: cast.YUNXI_EN, cast.SHIQIAO: cast.SHIQIAO_EN}
CAUSES = ("民间借贷纠纷", "机动车交通事故责任纠纷", "物业服务合同纠纷", "买卖合同纠纷", "追索劳动报酬纠纷", "离婚纠纷")
_CODES = {cast.YUNXI: "9901", cast.SHIQIAO: "9922"}
# Whom the roster lets mediate there, and whom the body itself can name (`demo_roster`); the first is the usual one.
_NAMED_BY_COURT = {
    cast.YUNXI: (cast.MEDIATOR_1, cast.MEDIATOR_2, cast.MEDIATOR_4, cast.MEDIATOR_5, cast.MEDIATOR_6),
    cast.SHIQIAO: (cast.MEDIATOR_2, cast.MEDIATOR_6),
}
_NAMED_BY_BODY = {cast.YUNXI: (cast.MEDIATOR_4, cast.MEDIATOR_2), cast.SHIQIAO: (cast.MEDIATOR_2,)}
_JUDGES = {cast.YUNXI: cast.TRIAL_JUDGE, cast.SHIQIAO: cast.JUDGE_SHIQIAO}
_FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
_AHEAD, _MINUTES = timedelta(minutes=10), 60
_AN_HOUR = Limit(count=30, window_ms=60 * 60 * 1000)
_CLAIM = "练习用的事项：人物、金额和经过都由练习的人来定。"
_CLAIM_EN = "A matter to practise with: people, amounts and facts are what those who practise make of them."


@dataclass(frozen=True, slots=True)
class Wish:
    """What to practise, as it was chosen: at which court, which way into mediation, about what."""

    court: str
    track: str
    cause: str


class _Plan(NamedTuple):
    """A wish that can be fulfilled."""

    court: str
    track: Track
    cause: Cause


class Practice(NamedTuple):
    """The new matter, and who presides over its sitting."""

    matter_id: str
    presider: User


async def practise(ctx: Context, wish: Wish, user: User | None = None) -> Practice:
    """A new practice matter, mediated by `user` when they may, else by somebody of the cast.

    Raises `Refused("demo_only")`, `TooMany("too_many_practice")`, `BadInput` naming the field; `Refused` with
    `outside_charter` for what the body does not take, with `mediator_unfit` when the mediator has too many matters.
    """
    if not ctx.settings.demo:
        raise Refused("demo_only")
    now = ctx.clock.now()
    plan = _checked(wish, now)
    if not ctx.throttle.admit(ctx.clock, "practice", _AN_HOUR):
        raise TooMany("too_many_practice", limit=_AN_HOUR.count)
    presider = _presider(plan, user)
    matter = _matter(plan, presider, now)
    parties = [each.as_(side, matter.id, new_id()) for each, side in zip(PRACTICE, _SIDES, strict=True)]
    async with ctx.db.transaction() as tx:
        await begin(tx, matter, parties, _course(matter, parties, presider, now))
        starts_at = (now + _AHEAD).replace(second=0, microsecond=0)
        session = Session(
            new_id(), matter.id, SessionKind.MEDIATION, SessionState.SCHEDULED, starts_at, _MINUTES, presider.id
        )
        await scheduled(ctx, tx, session, named_for(session, presider, parties))
    ctx.outbox_filled.set()
    return Practice(matter.id, presider)


_SIDES = (Side.APPLICANT, Side.RESPONDENT)


def _checked(wish: Wish, now: datetime) -> _Plan:
    with Together() as checked:
        track = checked(_track, wish, now)
        cause = checked(cause_named, wish.cause, local_date(now))
    return _Plan(wish.court, track, cause)


def _track(wish: Wish, now: datetime) -> Track:
    """Which of the court's tracks; of a court that is not offered there is none."""
    if wish.court not in COURTS:
        raise BadInput("court_not_offered", field="court")
    track = next((each for each in tracks_open(wish.court, local_date(now)) if each.value == wish.track), None)
    if track is None:
        raise BadInput("track_not_open", field="track")
    return track


def _presider(plan: _Plan, user: User | None) -> User:
    if plan.track is Track.COURT_LED:
        return user if user and user.role is Role.JUDGE and user.court == plan.court else _JUDGES[plan.court]
    fit = (_NAMED_BY_BODY if plan.track is Track.ORG_ACCEPTED else _NAMED_BY_COURT)[plan.court]
    return next((each for each in fit if user and each.id == user.id), fit[0])


def _course(matter: Matter, parties: list[MatterParty], presider: User, now: datetime) -> list[Step]:
    """Everything at once: the court or the body has it, all agree, the mediator has accepted."""
    if matter.track is Track.COURT_LED:
        return [step._replace(at=now) for step in led_by_court(matter, parties, cast.FILING, now)]
    if matter.track is Track.ORG_ACCEPTED:
        return taken_by_body(parties, presider, now, confirmable=matter.confirmable)
    return sent_by_court(matter, parties, presider, cast.FILING, now)


def _matter(plan: _Plan, presider: User, now: datetime) -> Matter:
    matter_id, code, year = new_id(), _CODES[plan.court], local_date(now).year
    filed, led = plan.track in _FILED, plan.track is Track.COURT_LED
    number = chance() % 900 + 9_000  # above what the demo's own matters have
    judge = presider if led else _JUDGES[plan.court] if filed else None
    return Matter(
        id=matter_id,
        ref=f"LX-{code}-{year}-{matter_id[-6:].upper()}",
        track=plan.track,
        state=MatterState.DRAFT,
        court=plan.court,
        court_en=COURTS[plan.court],
        cause=plan.cause.name,
        cause_en=plan.cause.name_en,
        mediator_id=None,
        created_at=now,
        case_no=_number(plan, code, year, number),
        procedure="简易" if filed else None,
        judge_id=judge.id if judge else None,
        judge_capacity=("leading" if led else "trial") if judge else None,
        confirmable=CauseFlag.NOT_CONFIRMABLE not in plan.cause.flags,
        claim=_CLAIM,
        claim_en=_CLAIM_EN,
    )


def _number(plan: _Plan, code: str, year: int, number: int) -> str | None:
    if plan.track is Track.ORG_ACCEPTED:
        return None
    return f"({year})皖{code}{'民初' if plan.track in _FILED else '民诉前调'}{number}号"
