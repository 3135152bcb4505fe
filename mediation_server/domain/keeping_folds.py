"""How events about keeping change what a matter's file says of it: classes, holds, disposal; total and pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mediation_server.domain.calendar import local_date
from mediation_server.domain.event_reading import one_of, text_in
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.retention import Hold, HoldCause, Keeping, RetentionClass

__all__ = ["KEEPING_FOLDS"]

_K = MatterEventKind
_SUSPECTED = "false_mediation"  # the hold that a suspicion is; it ends when the suspicion does


def _archived(keeping: Keeping, event: MatterEvent) -> Keeping:
    return replace(keeping, archived_on=local_date(event.at), proposed_by=None, proposed_at=None)


def _reopened(keeping: Keeping, _: MatterEvent) -> Keeping:
    return replace(keeping, archived_on=None, proposed_by=None, proposed_at=None)


def _classed(keeping: Keeping, event: MatterEvent) -> Keeping:
    """Whatever was proposed was proposed of another class."""
    chosen = one_of(RetentionClass, event, "retention") or keeping.chosen
    return replace(keeping, chosen=chosen, proposed_by=None, proposed_at=None)


def _held(keeping: Keeping, event: MatterEvent) -> Keeping:
    cause = one_of(HoldCause, event, "cause") or HoldCause.REVIEW
    hold = Hold(text_in(event, "hold") or f"{event.seq}", cause, event.actor, event.at, text_in(event, "reason") or "")
    return _holding(keeping, hold)


def _suspected(keeping: Keeping, event: MatterEvent) -> Keeping:
    """A suspicion of sham mediation holds the record of itself (特邀规定 art. 18)."""
    if event.payload.get("cause") != _SUSPECTED:
        return keeping
    return _holding(keeping, Hold(_SUSPECTED, HoldCause.FALSE_MEDIATION, event.actor, event.at))


def _holding(keeping: Keeping, hold: Hold) -> Keeping:
    others = tuple(each for each in keeping.holds if each.id != hold.id)
    return replace(keeping, holds=(*others, hold), proposed_by=None, proposed_at=None)


def _unsuspected(keeping: Keeping, _: MatterEvent) -> Keeping:
    return replace(keeping, holds=tuple(each for each in keeping.holds if each.id != _SUSPECTED))


def _release_asked(keeping: Keeping, event: MatterEvent) -> Keeping:
    asked, why = text_in(event, "hold"), text_in(event, "reason") or ""
    return replace(
        keeping,
        holds=tuple(
            replace(each, asked_by=event.actor, asked_why=why) if each.id == asked else each for each in keeping.holds
        ),
    )


def _released(keeping: Keeping, event: MatterEvent) -> Keeping:
    return replace(keeping, holds=tuple(each for each in keeping.holds if each.id != text_in(event, "hold")))


def _proposed(keeping: Keeping, event: MatterEvent) -> Keeping:
    return replace(keeping, proposed_by=event.actor, proposed_at=event.at)


def _declined(keeping: Keeping, _: MatterEvent) -> Keeping:
    return replace(keeping, proposed_by=None, proposed_at=None)


def _disposed(keeping: Keeping, event: MatterEvent) -> Keeping:
    return replace(keeping, disposed_at=event.at)


KEEPING_FOLDS: Mapping[MatterEventKind, Callable[[Keeping, MatterEvent], Keeping]] = MappingProxyType(
    {
        _K.ARCHIVED: _archived,
        _K.REOPENED: _reopened,
        _K.PAUSED: _suspected,
        _K.RESUMED: _unsuspected,
        _K.RETENTION_SET: _classed,
        _K.HELD: _held,
        _K.RELEASE_ASKED: _release_asked,
        _K.RELEASED: _released,
        _K.DISPOSAL_PROPOSED: _proposed,
        _K.DISPOSAL_DECLINED: _declined,
        _K.DISPOSED: _disposed,
    }
)
