"""The way of a matter as its parties see it: done, now, next, stopped; the same for every side; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.calendar import local_date
from mediation_server.domain.matter import Matter, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import MatterFile, Stop
from mediation_server.domain.session import Session, SessionKind, SessionState

__all__ = ["Step", "path_of"]

_S = MatterState
# How far each state is: asked, mediator, mediation, signing, agreed, before the court, at its end.
_FAR = {
    **dict.fromkeys((_S.DRAFT, _S.SUBMITTED, _S.SUPPLEMENT, _S.REJECTED), 0),
    _S.CONSENTING: 1,
    **dict.fromkeys((_S.APPOINTING, _S.AWAITING_ACCEPT), 2),
    **dict.fromkeys((_S.MEDIATING, _S.PAUSED, _S.PROPOSAL_SERVED), 3),
    _S.SIGNING: 4,
    _S.CONCLUDED: 5,
    **dict.fromkeys((_S.CONFIRMING, _S.CONFIRM_REFUSED, _S.JUDGMENT_REQUESTED, _S.JUDGMENT_ISSUED), 6),
    **dict.fromkeys((_S.CONFIRMED, _S.JUDGMENT_EFFECTIVE, _S.PERFORMING, _S.HANDING_OVER, _S.HANDED_OVER), 7),
    **dict.fromkeys((_S.RECALLED, _S.CLOSED, _S.ARCHIVED), 8),
}
_ASKED, _NAMED, _MEDIATED, _SIGNED, _AGREED, _JUDGED, _ENDED = range(1, 8)
_BY_COURT = (Track.PREFILING_DELEGATED, Track.ORG_ACCEPTED)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `kind` is a key under path.; `n` are the days a stop took, or the minutes a sitting did."""

    kind: str
    state: str  # done | now | next | stop
    on: date | None = None
    until: date | None = None
    n: int | None = None


def path_of(matter: Matter, file: MatterFile, sittings: Iterable[Session]) -> tuple[Step, ...]:
    """The steps in their order; what may still come is told only as far as it is on this matter's way."""
    far = _FAR[matter.state]
    if matter.state is _S.REJECTED:
        return (_begun(matter, file), Step("rejected", "done"))
    met = sorted([*_stops(file), *_meetings(sittings)], key=lambda step: step.on or date.max)
    early = [_begun(matter, file), _step("asked", far, _ASKED)]
    if matter.track is not Track.COURT_LED:
        accepted = local_date(file.period_start) if file.period_start else None
        early.append(_step("mediator", far, _NAMED, accepted))
    return (*early, *met, *_later(matter, file, far, met=bool(met)))


def _begun(matter: Matter, file: MatterFile) -> Step:
    if matter.state in (_S.DRAFT, _S.SUPPLEMENT):
        return Step("applying", "now")
    if file.submitted_at is not None:
        return Step("applied", "done", local_date(file.submitted_at))
    return Step("sent", "done", local_date(matter.created_at))


def _later(matter: Matter, file: MatterFile, far: int, *, met: bool) -> list[Step]:
    """From the sittings on: an agreement and what makes it firm, or how it ended without one."""
    ended_on = local_date(file.concluded_at) if file.concluded_at else None
    if matter.outcome not in (None, MatterOutcome.AGREED, MatterOutcome.PARTIAL):
        return [Step(f"ended_{matter.outcome}", "done", ended_on), *_without_agreement(matter)]
    steps = []
    if far == _MEDIATED and not met:
        steps.append(Step("paused" if matter.state is _S.PAUSED else "meeting", "now"))
    elif far == _MEDIATED:
        steps.append(Step("paused" if matter.state is _S.PAUSED else "meeting_again", "now"))
    elif far < _MEDIATED:
        steps.append(Step("meeting", "next"))
    if far <= _ENDED or matter.outcome is not None:
        effective = local_date(file.effective_at) if file.effective_at else ended_on
        steps.append(_step("signing", far, _SIGNED, effective))
        steps += _made_firm(matter, file, far)
    steps.append(_step("kept", far, _ENDED))
    return steps


def _made_firm(matter: Matter, file: MatterFile, far: int) -> list[Step]:
    """司法确认 before filing, 调解书 after it; a matter that cannot be confirmed has neither."""
    if matter.track in _BY_COURT:
        if not matter.confirmable:
            return []
        applied = local_date(file.confirmation_at) if file.confirmation_at else None
        return [Step("confirming", _state(far, _AGREED, _JUDGED), applied)]
    return [Step("judgment", _state(far, _AGREED, _JUDGED))]


def _without_agreement(matter: Matter) -> list[Step]:
    if matter.outcome in (MatterOutcome.WITHDRAWN, MatterOutcome.SETTLED_SELF):
        return []
    if matter.state is _S.HANDED_OVER or _FAR[matter.state] > _ENDED:
        return [Step("handed_over", "done")]
    return [Step("handed_over", "now")]


def _stops(file: MatterFile) -> list[Step]:
    return [_stop(each) for each in file.stops]


def _stop(stop: Stop) -> Step:
    kind = "appraisal" if stop.cause == "appraisal" else "stopped"
    return Step(kind, "stop", local_date(stop.since), local_date(stop.until) if stop.until else None, stop.days or None)


def _meetings(sittings: Iterable[Session]) -> list[Step]:
    return [
        Step(f"met_{each.kind}", "done", local_date(each.started_at), n=each.held_minutes)
        for each in sittings
        if each.state is SessionState.ENDED and each.started_at and each.kind is not SessionKind.PREP
    ]


def _step(kind: str, far: int, here: int, on: date | None = None) -> Step:
    return Step(kind, _state(far, here, here), on)


def _state(far: int, first: int, last: int) -> str:
    """`now` while the matter is between two places on its way, both included."""
    return "done" if far > last else "now" if far >= first else "next"
