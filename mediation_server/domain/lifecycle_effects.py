"""What a transition writes: the payload of its event where the command does not give it, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mediation_server.domain.calendar import period_days
from mediation_server.domain.lifecycle_guards import Actor, Case
from mediation_server.domain.lifecycle_table import Capacity, CommandKind
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import MEDIATION, MatterFile
from mediation_server.domain.matter_log import MatterEventKind

__all__ = ["EFFECTS", "MAKERS", "SYSTEM", "Draft"]

SYSTEM = "system"
_PARTY = "party"  # an event whose author stays unnamed, for the mediation is not to hold it against them
_K = MatterEventKind


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that will be appended if everything goes well."""

    kind: MatterEventKind
    payload: Mapping[str, object] = field(default_factory=dict)
    actor: str = SYSTEM
    role: str = Capacity.SYSTEM.value


def by(who: Actor, kind: MatterEventKind, payload: Mapping[str, object]) -> Draft:
    """The draft of an event that somebody brought about."""
    return Draft(kind, payload, who.id, who.capacity.value)


Maker = Callable[[Case], Mapping[str, object]]
Effect = Callable[[Case, tuple[Draft, ...], MatterFile], tuple[Draft, ...]]  # the file as the drafts leave it


def _period(file: MatterFile) -> dict[str, object]:
    track = file.track or Track.ORG_ACCEPTED
    return {"procedure": file.procedure, "days": period_days(track, file.procedure)}


def _diversion(case: Case) -> dict[str, object]:
    by_whom = "court" if case.who.capacity is Capacity.COURT else "filing"
    confirmable = case.given("confirmable")
    return {
        "by": by_whom,
        "regime": case.given("regime") or case.today.year,
        "confirmable": True if confirmable is None else confirmable,
    }


def _court_created(_: Case) -> dict[str, object]:
    """Of what the court sends only the parties belong to the first event; the rest is its diversion."""
    other = ("track", "procedure", "regime", "confirmable", "checklist", "case_no", "consents")
    return dict.fromkeys(other)


def _consented_by_all(case: Case) -> dict[str, object]:
    if case.file.track is not Track.COURT_LED:
        return {}
    judge = case.who.id if case.who.capacity is Capacity.JUDGE else case.facts.presider
    return {"consent_pending": False, "mediator": judge, **_period(case.file)}


def _appointed(case: Case) -> dict[str, object]:
    return {"by": "organisation" if case.who.capacity is Capacity.ORGANISATION else "court"}


def _accepted(case: Case) -> dict[str, object]:
    """Relations are disclosed in an event of their own."""
    presider = case.file.candidate.presider if case.file.candidate else case.who.id
    return {"mediator": presider, **_period(case.file), "relations": None, "statement": None}


def _mine(case: Case) -> dict[str, object]:
    presider = case.file.candidate.presider if case.file.candidate else case.who.id
    return {"mediator": presider}


def _disclosing(case: Case) -> dict[str, object]:
    return {"mediator": case.who.id}


def _of_presider(case: Case) -> dict[str, object]:
    return {"mediator": case.file.team.presider if case.file.team else None}


def _by_consent(case: Case) -> dict[str, object]:
    return {"consents": sorted(case.file.parties)}


def _procedure(case: Case) -> dict[str, object]:
    track, procedure = case.file.track or Track.POSTFILING_ENTRUSTED, case.given("procedure")
    return {"days": period_days(track, procedure if isinstance(procedure, str) else None)}


def _granted(case: Case) -> dict[str, object]:
    return {"outcome": (case.file.withdrawal or MatterOutcome.WITHDRAWN).value}


def _handing(case: Case) -> dict[str, object]:
    return {"to": _desk(case.file)}


def _asked_by(case: Case) -> dict[str, object]:
    hold = case.file.keeping.hold(case.text("hold"))
    return {"asked_by": hold.asked_by if hold else None}


def _proposed_by(case: Case) -> dict[str, object]:
    return {"proposed_by": case.file.keeping.proposed_by}


def _reopened(case: Case) -> dict[str, object]:
    return {"requested_by": case.file.reopen_by}


MAKERS: Mapping[CommandKind, Maker] = MappingProxyType(
    {
        CommandKind.DIVERT: _diversion,
        CommandKind.ORG_TAKE: _diversion,
        CommandKind.COURT_DIVERT: _court_created,
        CommandKind.ALL_CONSENT: _consented_by_all,
        CommandKind.RELEASE: _asked_by,
        CommandKind.DISPOSE: _proposed_by,
        CommandKind.APPOINT: _appointed,
        CommandKind.ACCEPT: _accepted,
        CommandKind.DECLINE: _mine,
        CommandKind.DISCLOSE: _disclosing,
        CommandKind.ACCEPT_DISCLOSED: _of_presider,
        CommandKind.EXTEND: _by_consent,
        CommandKind.REMEDIATE: _by_consent,
        CommandKind.CHANGE_PROCEDURE: _procedure,
        CommandKind.GRANT_WITHDRAWAL: _granted,
        CommandKind.HAND_OVER: _handing,
        CommandKind.REOPEN: _reopened,
    }
)


def _desk(file: MatterFile) -> str:
    """Before filing the court registers the case, after it the trial goes on (在线调解规则 art. 21)."""
    return "trial" if file.track in (Track.POSTFILING_ENTRUSTED, Track.COURT_LED) else "filing"


def _all_consent_if_so(case: Case, drafts: tuple[Draft, ...], after: MatterFile) -> tuple[Draft, ...]:
    """The last yes needs no second step: the mediation goes on, or the period begins, in the same moment."""
    asked = after.state is MatterState.CONSENTING or after.consent_pending
    if not asked or not after.all_agree(MEDIATION):
        return drafts
    payload: dict[str, object] = {"consent_pending": False}
    if after.state is MatterState.CONSENTING and after.track is Track.COURT_LED:
        if case.facts.presider is None:
            return drafts  # the judge says so when they take the matter
        payload |= {"mediator": case.facts.presider, **_period(after)}
    return (*drafts, Draft(_K.ALL_CONSENTED, payload))


def _divert(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
    named = {key: case.given(key) for key in ("track", "procedure", "checklist", "case_no")}
    return (*drafts, by(case.who, _K.DIVERTED, {**named, **_diversion(case)}))


def _consents_that_came(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
    """Parties who agreed before the court, by their ids; the text version is the court's."""
    consents = case.given("consents")
    named = consents if isinstance(consents, list | tuple) else ()
    said = {"item": MEDIATION, "text_version": "court", "answer": True, "given_by": "self", "channel": "court"}
    return (*drafts, *(by(case.who, _K.CONSENTED, {"party": each, **said}) for each in named))


def _ends(outcome: MatterOutcome, ground: Ground) -> Effect:
    def effect(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
        why = {"reason": case.given("reason"), "party": case.given("party")}
        return (*drafts, Draft(_K.CONCLUDED, {"outcome": outcome.value, "ground": ground.value, **why}))

    return effect


def _hand_over(_: Case, drafts: tuple[Draft, ...], after: MatterFile) -> tuple[Draft, ...]:
    """A body that took the matter by itself has no court to return it to; it names the other ways (人民调解法 26)."""
    if after.track is Track.ORG_ACCEPTED:
        return drafts
    return (*drafts, Draft(_K.HANDING_OVER, {"to": _desk(after)}))


def _disclose(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
    said = {"relations": case.given("relations"), "statement": case.given("statement")}
    return (*drafts, by(case.who, _K.DISCLOSED, {"mediator": case.who.id, **said}))


def _nameless(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
    del case
    return tuple(Draft(each.kind, each.payload, _PARTY, _PARTY) for each in drafts)


def _conclude_when_all_signed(case: Case, drafts: tuple[Draft, ...], after: MatterFile) -> tuple[Draft, ...]:
    """The agreement takes effect when the last party signs (在线调解规则 art. 19)."""
    if after.agreement is None or after.agreement.signed != frozenset(after.parties):
        return drafts
    outcome = MatterOutcome.PARTIAL if after.agreement.partial else MatterOutcome.AGREED
    effect = {"outcome": outcome.value, "ground": Ground.AGREEMENT.value, "effective_at": case.now.isoformat()}
    return (*drafts, Draft(_K.CONCLUDED, effect))


def _expire_accept(case: Case, drafts: tuple[Draft, ...], _: MatterFile) -> tuple[Draft, ...]:
    presider = case.file.candidate.presider if case.file.candidate else SYSTEM
    return (*drafts, Draft(_K.ACCEPT_EXPIRED, {"mediator": presider}))


def _end_expired(case: Case, drafts: tuple[Draft, ...], after: MatterFile) -> tuple[Draft, ...]:
    return _ends(MatterOutcome.FAILED, Ground.PERIOD_EXPIRED)(case, drafts, after)


def _deem_agreed(_: Case, drafts: tuple[Draft, ...], after: MatterFile) -> tuple[Draft, ...]:
    """Nobody objected: the proposal itself goes out for signature, in the words in which it was served."""
    deemed = {"agreement": after.proposal or "", "version": 1, "sha256": after.proposal_sha256 or ""}
    return (*drafts, Draft(_K.CIRCULATED, deemed))


def _close(_: Case, drafts: tuple[Draft, ...], __: MatterFile) -> tuple[Draft, ...]:
    return (*drafts, Draft(_K.CLOSED))


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "all_consent_if_so": _all_consent_if_so,
        "divert": _divert,
        "consents_that_came": _consents_that_came,
        "end_unwilling": _ends(MatterOutcome.TERMINATED, Ground.UNWILLING),
        "end_unreachable": _ends(MatterOutcome.TERMINATED, Ground.UNREACHABLE),
        "end_unsigned": _ends(MatterOutcome.FAILED, Ground.REFUSES_TO_SIGN),
        "hand_over": _hand_over,
        "disclose": _disclose,
        "nameless": _nameless,
        "conclude_when_all_signed": _conclude_when_all_signed,
        "expire_accept": _expire_accept,
        "end_expired": _end_expired,
        "deem_agreed": _deem_agreed,
        "close": _close,
    }
)
