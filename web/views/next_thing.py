"""The one next thing for a party in a matter: what, whether it is this party's turn, until when, and where; pure.

What waits for the other side is told neutrally, and every day in here is the same for both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from mediation_server.domain.calendar import CHINA, days_after, local_date
from mediation_server.domain.matter import MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import EXTENSION, MEDIATION
from mediation_server.domain.session import SessionState
from mediation_server.services.mine import MyMatter, MySitting

__all__ = ["CONFIRM_DAYS", "NextThing", "next_sitting", "next_thing"]

CONFIRM_DAYS = 30  # to apply for confirmation together, from when the agreement takes effect (民诉法 art. 205; T10)
_DOOR_OPENS = timedelta(minutes=30)
_STILL_COMING = timedelta(hours=2)
_GOING_ON = (SessionState.LOBBY, SessionState.LIVE, SessionState.CAUCUS, SessionState.SUSPENDED)
_MET_IN = (
    MatterState.MEDIATING,
    MatterState.PROPOSAL_SERVED,
    MatterState.SIGNING,
    MatterState.CONFIRMING,
    MatterState.JUDGMENT_REQUESTED,
)
_AGREED = (MatterOutcome.AGREED, MatterOutcome.PARTIAL)
_CONFIRMED_LATER = (Track.PREFILING_DELEGATED, Track.ORG_ACCEPTED)


@dataclass(frozen=True, slots=True)
class NextThing:
    """`kind` is a key under next.what_ and next.then_; `go` names where it leads, empty when there is nothing to do.

    `mine`: it is this party's turn. `until`: the day by which, or the instant at which.
    """

    kind: str
    mine: bool = False
    until: date | datetime | None = None
    go: str = ""
    sitting: MySitting | None = None


def next_thing(mine: MyMatter, now: datetime) -> NextThing:
    """What comes next for this party; a sitting that begins soon or goes on comes before everything else."""
    sitting = next_sitting(mine, now)
    if sitting is not None and _is_open(sitting, now):
        return NextThing("enter_sitting", mine=True, until=sitting.session.starts_at, go="sitting", sitting=sitting)
    found = _ahead(_BY_STATE[mine.matter.state](mine, now), local_date(now))
    if sitting is not None and not found.mine:
        return NextThing("prepare_sitting", until=sitting.session.starts_at, go="sitting", sitting=sitting)
    return found


def _ahead(found: NextThing, today: date) -> NextThing:
    """The same without a day that has passed: what follows from that is told by what comes next, not as a reproach."""
    passed = found.until is not None and not isinstance(found.until, datetime) and found.until < today
    return replace(found, until=None) if passed else found


def next_sitting(mine: MyMatter, now: datetime) -> MySitting | None:
    """Where this party goes next: the sitting that goes on, else the first to come or late by less than two hours."""
    if mine.matter.state not in _MET_IN:
        return None
    standing = [each for each in mine.sittings if each.session.is_open]
    going_on = [each for each in standing if each.session.state in _GOING_ON and _is_open(each, now)]
    coming = [each for each in standing if each.session.starts_at > now - _STILL_COMING]
    return next((pool[0] for pool in (going_on, coming) if pool), None)


def _is_open(sitting: MySitting, now: datetime) -> bool:
    """Whether one may go in: it is under way, or begins within half an hour."""
    session = sitting.session
    under_way = session.started_at is not None and session.state in _GOING_ON
    return under_way or now - _STILL_COMING < session.starts_at <= now + _DOOR_OPENS


def _asked_to_mediate(mine: MyMatter) -> NextThing:
    party = mine.file.parties.get(mine.me.id)
    if party is not None and MEDIATION not in party.answers:
        return NextThing("answer_mediation", mine=True, until=mine.matter.next_due, go="consents")
    return NextThing("wait_answers", until=mine.matter.next_due)


def _consenting(mine: MyMatter, _: datetime) -> NextThing:
    return _asked_to_mediate(mine)


def _appointing(mine: MyMatter, _: datetime) -> NextThing:
    if mine.matter.consent_pending:
        asked = _asked_to_mediate(mine)
        if asked.mine:
            return asked
    if mine.choose_until is not None:
        return NextThing("choose_mediator", mine=True, until=mine.choose_until, go="mediator")
    return NextThing("wait_mediator", until=mine.matter.next_due, go="mediator")


def _accepting(mine: MyMatter, _: datetime) -> NextThing:
    asked = _asked_to_mediate(mine) if mine.matter.consent_pending else None
    return asked if asked and asked.mine else NextThing("wait_acceptance", until=mine.matter.next_due, go="mediator")


def _mediating(mine: MyMatter, _: datetime) -> NextThing:
    if mine.matter.consent_pending:
        return _asked_to_mediate(mine)
    party = mine.file.parties.get(mine.me.id)
    if mine.file.asked_days and party is not None and EXTENSION not in party.answers:
        return NextThing("answer_extension", mine=True, until=mine.matter.period_end, go="period")
    return NextThing("wait_schedule", until=mine.matter.period_end, go="materials")


def _proposed(mine: MyMatter, _: datetime) -> NextThing:
    return NextThing("read_proposal", mine=True, until=mine.matter.next_due, go="proposal")


def _signing(mine: MyMatter, now: datetime) -> NextThing:
    """Signing has a term of its own (T09) within the period; once that has passed the period's end counts."""
    signed = mine.file.agreement.signed if mine.file.agreement else frozenset()
    days = [each for each in (mine.matter.next_due, mine.matter.period_end) if each and each >= local_date(now)]
    until = min(days, default=None)
    if mine.me.id in signed:
        return NextThing("wait_signatures", until=until, go="agreement")
    if mine.agent is not None and not mine.agent.may_settle(mine.matter.cause):
        return NextThing("party_signs", until=until, go="agreement")
    return NextThing("sign", mine=True, until=until, go="agreement")


def _concluded(mine: MyMatter, now: datetime) -> NextThing:
    if mine.matter.outcome not in _AGREED:
        over = mine.matter.outcome in (MatterOutcome.WITHDRAWN, MatterOutcome.SETTLED_SELF)
        return NextThing("over" if over else "wait_handover")
    if mine.matter.track not in _CONFIRMED_LATER:
        return NextThing("ask_judgment", go="agreement")
    if not mine.matter.confirmable or mine.file.effective_at is None:
        return NextThing("keep_terms", go="agreement")
    until = days_after(local_date(mine.file.effective_at), CONFIRM_DAYS, CHINA)
    return (
        NextThing("keep_terms", go="agreement")
        if local_date(now) > until
        else NextThing("apply_confirmation", mine=True, until=until, go="confirmation")
    )


def _supplement(mine: MyMatter, _: datetime) -> NextThing:
    return NextThing("supplement", mine=True, until=mine.matter.next_due, go="application")


def _recalled(mine: MyMatter, _: datetime) -> NextThing:
    """Where all had signed before the court closed the case, people at the court look at it; nothing is dropped."""
    return NextThing("recalled_agreed" if mine.matter.outcome in _AGREED else "recalled")


def _waits(kind: str, go: str = "") -> Callable[[MyMatter, datetime], NextThing]:
    return lambda _mine, _now: NextThing(kind, go=go)


_S = MatterState
_BY_STATE: Mapping[MatterState, Callable[[MyMatter, datetime], NextThing]] = MappingProxyType(
    {
        _S.DRAFT: lambda _mine, _now: NextThing("finish_application", mine=True, go="application"),
        _S.SUBMITTED: lambda mine, _now: NextThing("wait_review", until=mine.matter.next_due),
        _S.SUPPLEMENT: _supplement,
        _S.REJECTED: _waits("rejected"),
        _S.CONSENTING: _consenting,
        _S.APPOINTING: _appointing,
        _S.AWAITING_ACCEPT: _accepting,
        _S.MEDIATING: _mediating,
        _S.PAUSED: _waits("wait_resume"),
        _S.PROPOSAL_SERVED: _proposed,
        _S.SIGNING: _signing,
        _S.CONCLUDED: _concluded,
        _S.CONFIRMING: _waits("wait_confirmation", "agreement"),
        _S.CONFIRMED: _waits("keep_terms", "agreement"),
        _S.CONFIRM_REFUSED: _waits("confirm_refused"),
        _S.JUDGMENT_REQUESTED: _waits("wait_judgment", "agreement"),
        _S.JUDGMENT_ISSUED: _waits("receive_judgment", "agreement"),
        _S.JUDGMENT_EFFECTIVE: _waits("keep_terms", "agreement"),
        _S.PERFORMING: _waits("keep_terms", "agreement"),
        _S.HANDING_OVER: _waits("wait_handover"),
        _S.HANDED_OVER: _waits("court_goes_on"),
        _S.RECALLED: _recalled,
        _S.CLOSED: _waits("over"),
        _S.ARCHIVED: _waits("over"),
    }
)
