"""How each event of a matter's log changes its file: one small fold per kind, total and pure; checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mediation_server.domain.calendar import local_date
from mediation_server.domain.event_reading import day_in, days_in, instant_in, one_of, text_in, texts_in
from mediation_server.domain.keeping_folds import KEEPING_FOLDS
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Track
from mediation_server.domain.matter_file import (
    EXTENSION,
    MEDIATION,
    Answer,
    Circulated,
    FiledParty,
    MatterFile,
    Stop,
    Team,
)
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Side

__all__ = ["after", "file_of", "folded"]

_Fold = Callable[[MatterFile, MatterEvent], MatterFile]


def folded(file: MatterFile, events: Iterable[MatterEvent]) -> MatterFile:
    """The matter after these events, in order; never raises, whatever their payloads hold."""
    version = file.version
    for event in events:
        file, version = after(file, event), event.seq
    return file if version == file.version else replace(file, version=version)


def after(file: MatterFile, event: MatterEvent) -> MatterFile:
    """The same for one event, its number aside: for whoever looks at the file between the events."""
    keep = KEEPING_FOLDS.get(event.kind)
    known = file if keep is None else replace(file, keeping=keep(file.keeping, event))
    return _FOLDS[event.kind](known, event)


def file_of(matter_id: str, events: Iterable[MatterEvent]) -> MatterFile:
    """The file of a matter from its whole log."""
    return folded(MatterFile(matter_id), events)


def _moves(state: MatterState) -> _Fold:
    return lambda file, _: replace(file, state=state)


def _stays(file: MatterFile, _: MatterEvent) -> MatterFile:
    return file


def _named(file: MatterFile, event: MatterEvent) -> Mapping[str, FiledParty]:
    """The parties an event names, with the answers they have given already; those it does not name stay."""
    value = event.payload.get("parties")
    named = value.items() if isinstance(value, Mapping) else ()
    known = {str(key): Side(side) for key, side in named if isinstance(side, str) and side in set(Side)}
    parties = {key: file.parties.get(key) or FiledParty(key, side) for key, side in known.items()}
    return {**file.parties, **{key: replace(each, side=known[key]) for key, each in parties.items()}}


def _created(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.DRAFT, parties=_named(file, event))


def _submitted(file: MatterFile, event: MatterEvent) -> MatterFile:
    """The first submission counts for the limitation period; whom the completed one leaves out is out of it."""
    parties, first, named = _named(file, event), file.submitted_at or event.at, event.payload.get("parties")
    if isinstance(named, Mapping):
        parties = {key: each for key, each in parties.items() if key in named}
    return replace(file, state=MatterState.SUBMITTED, parties=parties, submitted_at=first)


def _supplement(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.SUPPLEMENT, defects=file.defects | set(texts_in(event, "defects")))


def _diverted(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(
        file,
        state=MatterState.CONSENTING,
        track=one_of(Track, event, "track"),
        procedure=text_in(event, "procedure"),
        regime=days_in(event, "regime") or event.at.year,
        confirmable=bool(event.payload.get("confirmable", True)),
        case_no=text_in(event, "case_no"),
    )


def _adopted(file: MatterFile, event: MatterEvent) -> MatterFile:
    """A matter that was under way before it had a log: what its row said, everybody asked long ago."""
    yes = Answer(yes=True, text_version="", at=event.at)
    parties = {key: replace(each, answers={MEDIATION: yes}) for key, each in _named(file, event).items()}
    mediator = text_in(event, "mediator")
    return replace(
        _diverted(file, event),
        state=one_of(MatterState, event, "state"),
        parties=parties,
        team=Team(mediator) if mediator else None,
        outcome=one_of(MatterOutcome, event, "outcome"),
        adopted_end=day_in(event, "period_end"),
    )


def _consented(file: MatterFile, event: MatterEvent) -> MatterFile:
    party, item = file.parties.get(text_in(event, "party") or ""), text_in(event, "item")
    if party is None or item is None:
        return file
    answer = Answer(bool(event.payload.get("answer")), text_in(event, "text_version") or "", event.at)
    answered = replace(party, answers={**party.answers, item: answer})
    return replace(file, parties={**file.parties, party.id: answered})


def _all_consented(file: MatterFile, event: MatterEvent) -> MatterFile:
    file = replace(file, consent_pending=bool(event.payload.get("consent_pending")))
    if file.state is not MatterState.CONSENTING:
        return file
    presider = text_in(event, "mediator")
    if presider is None:
        return replace(file, state=MatterState.APPOINTING)
    return _begun(replace(file, team=Team(presider)), event)


def _begun(file: MatterFile, event: MatterEvent) -> MatterFile:
    """Mediation begins; the period starts once, whoever takes over later."""
    file = replace(file, state=MatterState.MEDIATING)
    if file.period_start or file.adopted_end:
        return file
    procedure = text_in(event, "procedure") or file.procedure
    return replace(file, period_start=event.at, period_days=days_in(event), procedure=procedure)


def _assigned(file: MatterFile, event: MatterEvent) -> MatterFile:
    team = Team(text_in(event, "mediator") or "", texts_in(event, "others"))
    return replace(file, state=MatterState.AWAITING_ACCEPT, candidate=team, assigned_at=event.at)


def _unassigned(file: MatterFile, _: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.APPOINTING, candidate=None, assigned_at=None)


def _accepted(file: MatterFile, event: MatterEvent) -> MatterFile:
    team = file.candidate or Team(text_in(event, "mediator") or "")
    return _begun(replace(file, team=team, candidate=None, assigned_at=None), event)


def _replacement_decided(file: MatterFile, event: MatterEvent) -> MatterFile:
    file = replace(file, replacement_asked=False)
    if not event.payload.get("upheld") or file.team is None:
        return file
    gone = {file.team.presider, *file.team.others}
    return replace(file, state=MatterState.APPOINTING, team=None, recused=file.recused | gone)


def _extended(file: MatterFile, event: MatterEvent) -> MatterFile:
    """Each extension wants consents of its own: those given are used up. One that does not name every party is none."""
    if not set(file.parties) <= set(texts_in(event, "consents")):
        return file
    return replace(_unanswered(file), extended_days=file.extended_days + days_in(event))


def _extension_asked(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(_unanswered(file), asked_days=days_in(event), asked_at=event.at)


def _unanswered(file: MatterFile) -> MatterFile:
    """Nobody is asked for more days, and nobody has agreed to any."""
    parties = {
        key: replace(each, answers={item: answer for item, answer in each.answers.items() if item != EXTENSION})
        for key, each in file.parties.items()
    }
    return replace(file, parties=parties, asked_days=None, asked_at=None)


def _paused(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.PAUSED, stops=(*file.stops, Stop(text_in(event, "cause") or "", event.at)))


def _resumed(file: MatterFile, event: MatterEvent) -> MatterFile:
    stops = tuple(each if each.until else replace(each, until=event.at) for each in file.stops)
    return replace(file, state=MatterState.MEDIATING, stops=stops)


def _procedure_changed(file: MatterFile, event: MatterEvent) -> MatterFile:
    procedure = text_in(event, "procedure") or file.procedure
    if file.period_start is None:
        return replace(file, procedure=procedure)
    return replace(file, procedure=procedure, period_days=days_in(event), changed_on=local_date(event.at))


def _proposal_served(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(
        file,
        state=MatterState.PROPOSAL_SERVED,
        proposal=text_in(event, "proposal") or "",
        proposal_sha256=text_in(event, "sha256"),
        proposal_at=event.at,
    )


def _objected(file: MatterFile, _: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.MEDIATING, proposal=None, proposal_sha256=None, proposal_at=None)


def _circulated(file: MatterFile, event: MatterEvent) -> MatterFile:
    agreement = Circulated(
        text_in(event, "agreement") or "",
        days_in(event, "version"),
        text_in(event, "sha256") or "",
        partial=bool(event.payload.get("partial")),
    )
    return replace(file, state=MatterState.SIGNING, agreement=agreement)


def _edited(file: MatterFile, _: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.MEDIATING, agreement=None)


def _signed(file: MatterFile, event: MatterEvent) -> MatterFile:
    """A signature counts for exactly the text it was given to."""
    party, agreement = text_in(event, "party"), file.agreement
    if agreement is None or party is None or party not in file.parties or text_in(event, "sha256") != agreement.sha256:
        return file
    return replace(file, agreement=replace(agreement, signed=agreement.signed | {party}))


def _withdrawal_requested(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, withdrawal=one_of(MatterOutcome, event, "outcome"))


def _concluded(file: MatterFile, event: MatterEvent) -> MatterFile:
    outcome = one_of(MatterOutcome, event, "outcome")
    agreed = outcome in (MatterOutcome.AGREED, MatterOutcome.PARTIAL)
    return replace(
        file,
        state=MatterState.CONCLUDED,
        outcome=outcome,
        ground=one_of(Ground, event, "ground"),
        concluded_at=event.at,
        effective_at=(instant_in(event, "effective_at") or event.at) if agreed else None,
        consent_pending=False,
        candidate=None,
        assigned_at=None,
        withdrawal=None,
    )


def _confirmation_applied(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.CONFIRMING, confirmation_at=event.at)


def _remediated(file: MatterFile, event: MatterEvent) -> MatterFile:
    """A mediation anew by consent of all, with a period of its own."""
    return replace(
        _extended(file, event),
        state=MatterState.MEDIATING,
        period_start=event.at,
        period_days=days_in(event),
        adopted_end=None,
        changed_on=None,
        graced_on=None,
        stops=(),
        extended_days=0,
        proposal=None,
        agreement=None,
        outcome=None,
        ground=None,
        effective_at=None,
    )


def _handed_over(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.HANDED_OVER, handed_over=True, case_after=text_in(event, "case_no"))


def _recalled(file: MatterFile, _: MatterEvent) -> MatterFile:
    """The court has it again: nobody is waited for any more."""
    return replace(file, state=MatterState.RECALLED, candidate=None, assigned_at=None, consent_pending=False)


def _closed(file: MatterFile, _: MatterEvent) -> MatterFile:
    return replace(file, state=MatterState.CLOSED, before=file.state, reopen_by=None)


def _reopened(file: MatterFile, _: MatterEvent) -> MatterFile:
    back = MatterState.CLOSED if file.state is MatterState.ARCHIVED else file.before
    return replace(file, state=back, reopen_by=None)


def _expired(file: MatterFile, event: MatterEvent) -> MatterFile:
    clock, due = text_in(event, "clock"), text_in(event, "due")
    return replace(file, expired=file.expired | {(clock, due)}) if clock and due else file


def _reminded(file: MatterFile, event: MatterEvent) -> MatterFile:
    clock, due, on = text_in(event, "clock"), text_in(event, "due"), day_in(event, "on")
    return replace(file, reminded=file.reminded | {(clock, due, on)}) if clock and due and on else file


def _graced(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, graced_on=local_date(event.at))


def _requested_by(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, reopen_by=event.actor)


def _preserved(file: MatterFile, event: MatterEvent) -> MatterFile:
    return replace(file, preserved_on=day_in(event, "measure_on"))


_K, _S = MatterEventKind, MatterState
_FOLDS: dict[MatterEventKind, _Fold] = {
    _K.ADOPTED: _adopted,
    _K.CREATED: _created,
    _K.SUBMITTED: _submitted,
    _K.SUPPLEMENT_REQUESTED: _supplement,
    _K.RESUBMITTED: _submitted,
    _K.REJECTED: _moves(_S.REJECTED),
    _K.DIVERTED: _diverted,
    _K.CONSENTED: _consented,
    _K.ALL_CONSENTED: _all_consented,
    _K.REFUSED: _stays,  # what follows from it is an event of its own
    _K.UNREACHABLE: _stays,
    _K.ASSIGNED: _assigned,
    _K.DECLINED: _unassigned,
    _K.ACCEPT_EXPIRED: _unassigned,
    _K.ACCEPTED: _accepted,
    _K.DISCLOSED: _stays,
    _K.DISCLOSURE_ACCEPTED: _stays,
    _K.REPLACEMENT_REQUESTED: lambda file, _: replace(file, replacement_asked=True),
    _K.REPLACEMENT_DECIDED: _replacement_decided,
    _K.CONTACTED: _stays,
    _K.EXTENSION_ASKED: _extension_asked,
    _K.EXTENDED: _extended,
    _K.PAUSED: _paused,
    _K.RESUMED: _resumed,
    _K.PROCEDURE_CHANGED: _procedure_changed,
    _K.PROPOSAL_SERVED: _proposal_served,
    _K.OBJECTED: _objected,
    _K.CIRCULATED: _circulated,
    _K.EDITED: _edited,
    _K.SIGNED: _signed,
    _K.SIGNING_REFUSED: _stays,
    _K.WITHDRAWAL_REQUESTED: _withdrawal_requested,
    _K.CONCLUDED: _concluded,
    _K.CONFIRMATION_APPLIED: _confirmation_applied,
    _K.CONFIRMATION_ACCEPTED: _stays,
    _K.CONFIRMATION_WITHDRAWN: _moves(_S.CONCLUDED),
    _K.CONFIRMED: _moves(_S.CONFIRMED),
    _K.CONFIRM_REFUSED: _moves(_S.CONFIRM_REFUSED),
    _K.REMEDIATED: _remediated,
    _K.JUDGMENT_REQUESTED: _moves(_S.JUDGMENT_REQUESTED),
    _K.JUDGMENT_ISSUED: _moves(_S.JUDGMENT_ISSUED),
    _K.JUDGMENT_REFUSED: _moves(_S.CONCLUDED),
    _K.JUDGMENT_EFFECTIVE: _moves(_S.JUDGMENT_EFFECTIVE),
    _K.RENEGED: _stays,
    _K.HANDING_OVER: _moves(_S.HANDING_OVER),
    _K.HANDED_OVER: _handed_over,
    _K.RECALLED: _recalled,
    _K.PERFORMING: _moves(_S.PERFORMING),
    _K.PERFORMED: _stays,
    _K.BREACHED: lambda file, _: replace(file, breached=True),
    _K.FEE_NOTICED: _stays,
    _K.PRESERVED: _preserved,
    _K.CLOSED: _closed,
    _K.ARCHIVED: _moves(_S.ARCHIVED),
    _K.REOPEN_REQUESTED: _requested_by,
    _K.REOPENED: _reopened,
    _K.RETENTION_SET: _stays,
    _K.HELD: _stays,
    _K.RELEASE_ASKED: _stays,
    _K.RELEASED: _stays,
    _K.DISPOSAL_PROPOSED: _stays,
    _K.DISPOSAL_DECLINED: _stays,
    _K.DISPOSED: _stays,
    _K.MATERIAL_RELAYED: _stays,
    _K.CLOCK_EXPIRED: _expired,
    _K.REMINDED: _reminded,
    _K.GRACED: _graced,
}
