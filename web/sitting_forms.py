"""Reads the forms that plan and move sittings into what the services take; knows no request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from mediation_server.domain.checks.together import Together
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Side
from mediation_server.domain.session import Attendance, Session, SessionKind
from mediation_server.domain.sitting import LONGEST_TEXT, MAX_MINUTES, MIN_MINUTES, WRITING_DAYS, Plan, Way
from mediation_server.errors import BadInput
from mediation_server.services.rescheduling import Change
from web.forms import Form

__all__ = ["START_FIELDS", "change_of", "one_of", "plan_of"]

_Value = TypeVar("_Value")
_DAY_MINUTES = 24 * 60
START_FIELDS = {"starts_at": "day"}  # forms ask for day and time, services for an instant


def plan_of(form: Form, parties: Iterable[MatterParty]) -> Plan:
    """The plan of a sitting. Raises `BadInput` naming the field."""
    kind = one_of(form, "kind", SessionKind, SessionKind.MEDIATION)
    parties = tuple(parties)
    with Together() as checked:
        return Plan(
            starts_at=checked(form.instant, "day", "time"),
            minutes=checked(_minutes, form, kind),
            kind=kind,
            ways={each.id: checked(_way, form, each.id) for each in parties},
            side=checked(one_of, form, "side", Side) if kind is SessionKind.PREP else None,
            place=checked(form.text, "place", most=LONGEST_TEXT),
            note=checked(form.text, "note", most=LONGEST_TEXT),
            waived=_waived(form, parties),
            despite=form.fields.get("despite") == "yes",
        )


def change_of(form: Form, session: Session, parties: Iterable[MatterParty]) -> Change:
    """A new time for a sitting. Raises `BadInput` naming the field."""
    with Together() as checked:
        return Change(
            starts_at=checked(form.instant, "day", "time"),
            minutes=checked(_minutes, form, session.kind),
            reason=checked(form.text, "reason", most=LONGEST_TEXT),
            asked_by=checked(one_of, form, "asked_by", Side) if form.fields.get("asked_by") else None,
            waived=_waived(form, parties),
            despite=form.fields.get("despite") == "yes",
        )


def one_of(form: Form, name: str, values: type[_Value], default: _Value | None = None) -> _Value:
    """One of a closed set. Raises `BadInput("choice_missing")` for anything else."""
    given = form.text(name)
    if not given and default is not None:
        return default
    try:
        return values(given)  # type: ignore[call-arg]
    except ValueError:
        raise BadInput("choice_missing", field=name) from None


def _minutes(form: Form, kind: SessionKind) -> int:
    if kind is SessionKind.ASYNC:
        return form.number("days", 1, WRITING_DAYS) * _DAY_MINUTES
    return form.number("minutes", MIN_MINUTES, MAX_MINUTES)


def _way(form: Form, party_id: str) -> Way:
    with Together() as checked:
        attendance = checked(one_of, form, f"way-{party_id}", Attendance, Attendance.VIDEO)
        where = checked(form.text, f"where-{party_id}", most=LONGEST_TEXT)
    if attendance is not Attendance.SEPARATE:
        return Way(attendance, None, where)
    return Way(attendance, form.instant("day", f"at-{party_id}"), where)


def _waived(form: Form, parties: Iterable[MatterParty]) -> frozenset[str]:
    return frozenset(each.id for each in parties if form.fields.get(f"waived-{each.id}") == "yes")
