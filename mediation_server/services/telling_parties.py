"""What parties are told of a step in their matter (通知): queued with the fact itself, sent by `posting`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from mediation_server.domain.diversion import reply_due
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.letter import Letter, LetterKind, day_word
from mediation_server.domain.matter import Matter, MatterOutcome, MatterParty, MatterState
from mediation_server.domain.matter_file import MEDIATION, MatterFile
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind
from mediation_server.domain.people import Side
from mediation_server.domain.safety import shown_to
from mediation_server.services.acted import Acted
from mediation_server.store import letters, matters
from mediation_server.store.database import Tx

__all__ = ["tell_parties"]

_K = MatterEventKind
_OUTCOMES: Mapping[MatterOutcome, str] = MappingProxyType(
    {
        MatterOutcome.AGREED: "达成协议",
        MatterOutcome.PARTIAL: "部分达成协议",
        MatterOutcome.FAILED: "调解不成",
        MatterOutcome.WITHDRAWN: "撤回申请",
        MatterOutcome.SETTLED_SELF: "自行和解",
        MatterOutcome.TERMINATED: "终止调解",
    }
)
_DESKS = MappingProxyType({"filing": "立案", "trial": "继续审理"})


@dataclass(frozen=True, slots=True)
class _Step:
    """An event with what its letters need."""

    event: MatterEvent
    matter: Matter
    file: MatterFile
    parties: Sequence[MatterParty]

    def on_side(self, side: Side) -> list[MatterParty]:
        return [each for each in self.parties if each.side is side]

    def silent(self) -> list[MatterParty]:
        """Who has not said whether they want to mediate."""
        filed = self.file.parties
        return [each for each in self.parties if each.id in filed and MEDIATION not in filed[each.id].answers]


_Said = tuple[MatterParty, LetterKind, dict[str, str]]


async def tell_parties(tx: Tx, acts: Sequence[Acted]) -> None:
    """Queue what parties have to know of what these commands led to.

    A letter's id follows from its event and its reader: the same step told twice is one letter.
    """
    told = [each for each in acts if any(event.kind in _TOLD for event in each.events)]
    if not told:
        return
    parties: dict[str, list[MatterParty]] = defaultdict(list)
    for party in await matters.parties_of_all(tx, {each.matter.id for each in told}):
        parties[party.matter_id].append(party)
    await letters.add_all(tx, [one for each in told for one in _letters(each, parties[each.matter.id])])


def _letters(acted: Acted, parties: Sequence[MatterParty]) -> Iterable[Letter]:
    matter = acted.matter
    for event in acted.events:
        say = _TOLD.get(event.kind)
        for party, kind, params in say(_Step(event, matter, acted.file, parties)) if say else ():
            yield Letter(
                id=fixed_id(f"letter {matter.id} {event.seq} {party.id} {kind.value}"),
                matter_id=matter.id,
                party_id=party.id,
                seq=event.seq,
                kind=kind,
                created_at=event.at,
                params={"court": matter.court, "ref": matter.case_no or matter.ref, **params},
            )


def _supplement(step: _Step) -> Iterable[_Said]:
    due = day_word(date.fromisoformat(str(step.event.payload["due"])))
    return [(each, LetterKind.SUPPLEMENT, {"due": due}) for each in step.on_side(Side.APPLICANT)]


def _rejected(step: _Step) -> Iterable[_Said]:
    return [(each, LetterKind.REJECTED, {}) for each in step.on_side(Side.APPLICANT)]


def _asked(step: _Step) -> Iterable[_Said]:
    """Whoever applied is asked to confirm, the others who applied and what it is about; a yes that came is not asked.

    A matter that ended or went on in the same moment has nobody left to ask.
    """
    if step.file.state is not MatterState.CONSENTING and not step.file.consent_pending:
        return
    due = day_word(reply_due(step.event.at))
    for each in step.silent():
        if each.side is Side.APPLICANT:
            yield each, LetterKind.ASKED_APPLICANT, {"due": due}
        else:
            about = {"name": each.name, "applicant": _applicant(step, each.side), "cause": step.matter.cause}
            yield each, LetterKind.ASKED, {**about, "due": due}


def _applicant(step: _Step, reader: Side) -> str:
    """Who applied, as this side may know them: in safety mode by no name."""
    known = shown_to(step.parties, reader, safety=step.matter.safety)
    names = [each.name for each in known if each.side is Side.APPLICANT]
    return names[0] + ("等" if len(names) > 1 else "") if names else ""


def _ended(step: _Step) -> Iterable[_Said]:
    """Everybody reads the same words: not who did not want to, nor why (特邀规定 art. 22)."""
    outcome = _OUTCOMES[MatterOutcome(str(step.event.payload["outcome"]))]
    return [(each, LetterKind.ENDED, {"outcome": outcome}) for each in step.parties]


def _handing_over(step: _Step) -> Iterable[_Said]:
    desk = _DESKS[str(step.event.payload["to"])]
    return [(each, LetterKind.HANDED_OVER, {"desk": desk}) for each in step.parties]


def _recalled(step: _Step) -> Iterable[_Said]:
    return [(each, LetterKind.RECALLED, {}) for each in step.parties]


def _procedure_changed(step: _Step) -> Iterable[_Said]:
    end = step.matter.period_end
    if end is None:  # no period runs yet: nothing has changed for anybody
        return []
    said = {"procedure": str(step.event.payload["procedure"]), "due": day_word(end)}
    return [(each, LetterKind.PROCEDURE_CHANGED, said) for each in step.parties]


_TOLD: Mapping[MatterEventKind, Callable[[_Step], Iterable[_Said]]] = MappingProxyType(
    {
        _K.SUPPLEMENT_REQUESTED: _supplement,
        _K.REJECTED: _rejected,
        _K.DIVERTED: _asked,
        _K.CONCLUDED: _ended,
        _K.HANDING_OVER: _handing_over,
        _K.RECALLED: _recalled,
        _K.PROCEDURE_CHANGED: _procedure_changed,
    }
)
