"""Which events of a matter the court is told, and in what words; queues them with the fact itself, decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from mediation_server.caseflow.catalogue import OutcomeRecorded
from mediation_server.caseflow.handover_catalogue import FalseMediationAlert
from mediation_server.caseflow.procedure_catalogue import (
    ConfirmationApplied,
    ConsentRecorded,
    MatterArchived,
    MediatorAccepted,
    MediatorAppointed,
    MediatorDeclined,
    PeriodExtended,
    PeriodPaused,
    PeriodResumed,
)
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.matter import Matter, Track
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.services.acted import Acted
from mediation_server.services.handing_over import queue_transfer
from mediation_server.store import matters, outbox, users
from mediation_server.store.database import Tx
from mediation_server.store.outbox import Draft

__all__ = ["tell_court"]

_TOLD_ITEMS = ("c1", "c2", "c3")
_K = MatterEventKind


@dataclass(frozen=True, slots=True)
class _Tale:
    """An event with what is needed to tell it."""

    event: MatterEvent
    file: MatterFile
    period_end: date | None
    names: Mapping[str, str]

    def text(self, key: str) -> str:
        value = self.event.payload.get(key)
        return value if isinstance(value, str) else ""

    def name(self, key: str) -> str:
        return self.names.get(self.text(key), self.text(key))

    def named(self, key: str) -> tuple[str, ...]:
        value = self.event.payload.get(key)
        return tuple(self.names.get(str(each), str(each)) for each in value) if isinstance(value, list) else ()

    @property
    def key(self) -> str:
        """One business key per entry of the log: told again, it is the same message."""
        return f"{self.event.matter_id}:{self.event.seq}"


async def tell_court(tx: Tx, acts: Sequence[Acted]) -> None:
    """Queue what the court has to know of what these commands led to.

    A matter that a body took by itself is none of a court's business before its parties apply for confirmation.
    """
    told = [(each, event) for each in acts for event in each.events if _is_told(each.matter, event)]
    if not told:
        return
    names = await _names(tx, told)
    await outbox.enqueue_all(tx, [one for acted, event in told for one in _messages(acted, event, names)])
    for acted, event in told:
        if event.kind is _K.HANDING_OVER:
            await queue_transfer(tx, acted.matter, acted.file, event)


def _messages(acted: Acted, event: MatterEvent, names: Mapping[str, str]) -> Iterable[Draft]:
    tale = _Tale(event, acted.file, acted.matter.period_end, names)
    for kind, shape in _TOLD[event.kind]:
        yield Draft(acted.matter.id, kind, tale.key, shape(tale).model_dump(mode="json"), event.at)
    if event.kind is _K.PAUSED and event.payload.get("cause") == "false_mediation":
        # Apart from the pause: whoever reads that reads no suspicion.
        alert = FalseMediationAlert(alert_id=tale.key, at=event.at).model_dump(mode="json")
        yield Draft(acted.matter.id, MessageType.FALSE_MEDIATION_ALERT, tale.key, alert, event.at)


def _is_told(matter: Matter, event: MatterEvent) -> bool:
    return event.kind in _TOLD and _concerns_court(matter, event)


def _concerns_court(matter: Matter, event: MatterEvent) -> bool:
    if event.kind is _K.CONSENTED and event.payload.get("item") not in _TOLD_ITEMS:
        return False
    if event.kind is _K.CONSENTED and event.role == "court":
        return False  # it told us
    if event.kind is _K.CONCLUDED and event.payload.get("conclusion"):
        return False  # told with the sitting that came to it (`concluding`)
    return matter.track is not Track.ORG_ACCEPTED or event.kind is _K.CONFIRMATION_APPLIED


async def _names(tx: Tx, told: Sequence[tuple[Acted, MatterEvent]]) -> Mapping[str, str]:
    parties = await matters.parties_of_all(tx, {acted.matter.id for acted, _ in told})
    mediators = {str(event.payload["mediator"]) for _, event in told if event.payload.get("mediator")}
    known = await users.users_named(tx, sorted(mediators))
    return {each.id: each.name for each in parties} | {key: user.name for key, user in known.items()}


def _consented(tale: _Tale) -> BaseModel:
    return ConsentRecorded.model_validate(
        {
            "party": tale.name("party"),
            "item": tale.text("item"),
            "text_version": tale.text("text_version"),
            "answer": bool(tale.event.payload.get("answer")),
            "at": tale.event.at,
        }
    )


def _assigned(tale: _Tale) -> BaseModel:
    said = {"mediator": tale.name("mediator"), "how": tale.text("by"), "charges": tale.text("charges") or None}
    return MediatorAppointed.model_validate({**said, "at": tale.event.at})


def _accepted(tale: _Tale) -> BaseModel:
    return MediatorAccepted(
        mediator=tale.name("mediator"),
        accepted_at=tale.event.at,
        period_start=tale.file.period_start,
        period_end=tale.period_end,
    )


def _declined(tale: _Tale) -> BaseModel:
    return MediatorDeclined(mediator=tale.name("mediator"), reason=tale.text("reason"), at=tale.event.at)


def _extended(tale: _Tale) -> BaseModel:
    days = tale.event.payload.get("days")
    return PeriodExtended.model_validate(
        {
            "extension_id": tale.key,
            "days": days,
            "consents": tale.named("consents"),
            "period_end": tale.period_end,
            "at": tale.event.at,
        }
    )


def _pause_id(tale: _Tale) -> str:
    return f"{tale.event.matter_id}:{len(tale.file.stops)}"


def _paused(tale: _Tale) -> BaseModel:
    return PeriodPaused.model_validate(
        {"pause_id": _pause_id(tale), "cause": tale.text("cause"), "since": tale.event.at}
    )


def _resumed(tale: _Tale) -> BaseModel:
    return PeriodResumed(pause_id=_pause_id(tale), until=tale.event.at, period_end=tale.period_end)


def _concluded(tale: _Tale) -> BaseModel:
    """How a mediation ended without a sitting: its period, a refusal, a withdrawal, the last signature."""
    said = {"outcome": tale.text("outcome"), "ground": tale.text("ground"), "concluded_at": tale.event.at}
    return OutcomeRecorded.model_validate({"session_id": None, "conclusion_id": tale.key, **said})


def _applied(tale: _Tale) -> BaseModel:
    return ConfirmationApplied(
        confirm_app_id=tale.key,
        applicants=tale.named("applicants"),
        court=tale.text("court"),
        effective_at=tale.file.effective_at,
        at=tale.event.at,
    )


def _archived(tale: _Tale) -> BaseModel:
    return MatterArchived(catalogue_sha256=tale.text("catalogue_sha256"), at=tale.event.at)


_TOLD: Mapping[MatterEventKind, tuple[tuple[MessageType, Callable[[_Tale], BaseModel]], ...]] = {
    _K.CONSENTED: ((MessageType.CONSENT_RECORDED, _consented),),
    _K.ASSIGNED: ((MessageType.MEDIATOR_APPOINTED, _assigned),),
    _K.ACCEPTED: ((MessageType.MEDIATOR_ACCEPTED, _accepted),),
    _K.DECLINED: ((MessageType.MEDIATOR_DECLINED, _declined),),
    _K.ACCEPT_EXPIRED: ((MessageType.MEDIATOR_DECLINED, _declined),),
    _K.EXTENDED: ((MessageType.PERIOD_EXTENDED, _extended),),
    _K.PAUSED: ((MessageType.PERIOD_PAUSED, _paused),),
    _K.RESUMED: ((MessageType.PERIOD_RESUMED, _resumed),),
    _K.CONCLUDED: ((MessageType.OUTCOME_RECORDED, _concluded),),
    _K.HANDING_OVER: (),  # the whole file, gathered by `handing_over`
    _K.CONFIRMATION_APPLIED: ((MessageType.CONFIRMATION_APPLIED, _applied),),
    _K.ARCHIVED: ((MessageType.MATTER_ARCHIVED, _archived),),
}
