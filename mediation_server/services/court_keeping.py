"""Keeping courts (法院管理): added and changed by administrators while the product runs; moves no matter.

A court is known by its name in every matter, so that its code and name stay; what it offers changes from a day on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.checks.names import latin_name, organisation_name
from mediation_server.domain.checks.together import Together
from mediation_server.domain.courts import COURTS, SUPERIOR, Court, court_code
from mediation_server.domain.matter import Track
from mediation_server.domain.people import Role
from mediation_server.domain.tracks import TrackRule, rules_of
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.house_news import know
from mediation_server.store import courts
from mediation_server.store.courts import KeptCourt

__all__ = ["CourtForm", "add", "change", "court_page"]


@dataclass(frozen=True, slots=True)
class CourtForm:
    """What was typed about a court: for each track its first and last day, empty for no bound; `tracks` it offers."""

    code: str
    name: str
    name_en: str
    open: bool
    tracks: Mapping[Track, tuple[str, str]]
    others: Mapping[Track, tuple[str, str]] = field(default_factory=dict)


def court_page(user: User, code: str) -> tuple[Court, tuple[TrackRule, ...]]:
    """A court with what it offers. Raises `NotFound` to whoever is no administrator, or for none."""
    _require_admin(user)
    found = next((each for each in COURTS.all() if each.code == code), None)
    if found is None:
        raise NotFound
    return found, rules_of(found.name)


async def add(ctx: Context, user: User, form: CourtForm) -> Court:
    """A court more. Raises `NotFound`, `BadInput` naming the field, `Conflict("court_known")`."""
    _require_admin(user)
    with Together() as checked:
        code, name = checked(court_code, form.code), checked(organisation_name, form.name)
        checked(_offered, name, form)
    known = (*COURTS.all(), SUPERIOR)
    for asked, taken in (("code", {each.code for each in known}), ("name", {each.name for each in known})):
        if {"code": code, "name": name}[asked] in taken:
            raise Conflict("court_known", field=asked)
    return await _kept(ctx, user, form, Court(code, name, "", form.open))


async def change(ctx: Context, user: User, code: str, form: CourtForm) -> Court:
    """What a court offers, its English name, whether it takes applications. Raises `NotFound`, `BadInput`."""
    found, _ = court_page(user, code)
    return await _kept(ctx, user, form, found)


async def _kept(ctx: Context, user: User, form: CourtForm, court: Court) -> Court:
    name_en, rules = _offered(court.name, form)
    tracks = [[each.track.value, _text(each.valid_from, date.min), _text(each.valid_to, date.max)] for each in rules]
    value = KeptCourt(court.code, court.name, name_en, form.open, tracks, ctx.clock.now(), user.id)
    async with ctx.db.transaction() as tx:
        await courts.save(tx, value)
        await audited(
            ctx,
            tx,
            AuditAction.COURT_CHANGED,
            actor=user.id,
            about=f"court:{court.code}",
            open=form.open,
            tracks=tracks,
        )
    return know(value)


def _offered(court: str, form: CourtForm) -> tuple[str, list[TrackRule]]:
    """The English name, where there is one, and what it offers since when."""
    with Together() as checked:
        name_en = checked(latin_name, form.name_en) if form.name_en.strip() else court
        days = {**form.others, **form.tracks}.items()
        rules = [checked(_rule, court, track, since, until) for track, (since, until) in days]
        if not form.tracks:
            raise BadInput("court_tracks_required", field="tracks")
    return name_en, [each for each in rules if each.track in form.tracks]


def _rule(court: str, track: Track, since: str, until: str) -> TrackRule:
    with Together() as checked:
        first = checked(_day, since, date.min, f"from_{track}")
        last = checked(_day, until, date.max, f"to_{track}")
    if last < first:
        raise BadInput("court_days_reversed", field=f"to_{track}")
    return TrackRule(track, court, first, last)


def _day(text: str, nothing: date, name: str) -> date:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else nothing
    except ValueError:
        raise BadInput("date_form", field=name) from None


def _text(day: date, nothing: date) -> str | None:
    return None if day == nothing else day.isoformat()


def _require_admin(user: User) -> None:
    if user.role is not Role.ADMIN:
        raise NotFound
