"""The conditions and guards that the life-cycle table names: each a question about one case; none changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from mediation_server.domain.calendar import (
    CHINA,
    HolidayCalendar,
    days_after,
    local_date,
    working_days_after,
)
from mediation_server.domain.lifecycle_table import REJECTIONS, Capacity, CommandKind
from mediation_server.domain.matter import Ground, MatterOutcome, Track
from mediation_server.domain.matter_file import EXTENSION, MEDIATION, NO_OBJECTION, MatterFile
from mediation_server.domain.people import Side
from mediation_server.domain.retention import Bar, Hold
from mediation_server.errors import BadInput, Conflict, MediationError, Refused

__all__ = ["CONDITIONS", "GUARDS", "PARTY_SIDES", "Actor", "Case", "Command", "Facts", "Guard", "track_of"]

PARTY_SIDES = MappingProxyType(
    {Capacity.APPLICANT: Side.APPLICANT, Capacity.RESPONDENT: Side.RESPONDENT, Capacity.THIRD: Side.THIRD}
)
_BEFORE_FILING = (Track.PREFILING_DELEGATED, Track.ORG_ACCEPTED)
_AFTER_FILING = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
_AGREED = (MatterOutcome.AGREED, MatterOutcome.PARTIAL)
_SETTLED = (MatterOutcome.AGREED, MatterOutcome.WITHDRAWN, MatterOutcome.SETTLED_SELF)
_CAP_DAYS, _CAP_SINCE = 30, 2025  # 2025意见 art. 3
_ACCEPT_DAYS, _OBJECTION_DAYS, _CONFIRMATION_DAYS = 3, 7, 30
_LONGEST_EXTENSION = 180  # nobody means more
_WITH_CONSEQUENCES = ("T03", "T05", "T08")


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a matter; `payload` as `matter_payloads` describes the event it leads to."""

    kind: CommandKind
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, in what capacity; `party` for whom, if for a party; `special`: their agent may settle (特别授权).

    Who presides over the mediation acts as `Capacity.MEDIATOR`, a judge who leads it too.
    """

    id: str
    capacity: Capacity
    party: str | None = None
    is_agent: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision needs and the log does not hold; gathered by the service inside the same transaction."""

    calendar: HolidayCalendar = CHINA
    tracks: frozenset[Track] = frozenset(Track)  # open at this court today
    defects: tuple[str, ...] = ()  # what the application still lacks
    unclear: tuple[str, ...] = ()  # terms of the agreement that name no obligor, act, amount or day
    unfit: str | None = None  # why this mediator cannot be assigned: off the roster, conflict, too many matters
    charter_covers: bool = True
    presider: str | None = None  # the judge who leads, when the court mediates itself
    sitting_live: bool = False
    tasks_open: int = 0
    messages_unsent: int = 0


class Case(NamedTuple):
    """One command at one moment."""

    file: MatterFile
    command: Command
    who: Actor
    now: datetime
    facts: Facts

    def given(self, key: str) -> object:
        """One key of the command's payload, None when it is not there."""
        return self.command.payload.get(key)

    def text(self, key: str) -> str:
        """The same if it is a text, else an empty one."""
        value = self.given(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> frozenset[str]:
        """The texts of a list of the payload, or the values of a mapping."""
        value = self.given(key)
        listed = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
        return frozenset(each for each in listed if isinstance(each, str))

    @property
    def today(self) -> date:
        """The day at the court."""
        return local_date(self.now)


class Guard(NamedTuple):
    """A question and the refusal when its answer is no."""

    holds: Callable[[Case], bool]
    refusal: Callable[[], MediationError]


def track_of(case: Case) -> Track | None:
    """The track a matter has, or is about to get."""
    wanted = case.text("track")
    return case.file.track or (Track(wanted) if wanted in set(Track) else None)


def _names_all(case: Case, key: str) -> bool:
    return bool(case.file.parties) and set(case.file.parties) <= case.texts(key)


def _both_sides(case: Case) -> bool:
    standing = {each.side.value for each in case.file.parties.values()}
    return {Side.APPLICANT.value, Side.RESPONDENT.value} <= case.texts("parties") | standing


def _new_defects(case: Case) -> bool:
    return bool(case.texts("defects") - case.file.defects)


def _own_word(case: Case) -> bool:
    """A party speaks for itself; staff may write down what a party said, with their own name beside it."""
    return case.who.capacity not in PARTY_SIDES or case.given("party") == case.who.party


def _may_sign(case: Case) -> bool:
    return not case.who.is_agent or case.who.special


def _chosen_by_all(case: Case) -> bool:
    choices = case.given("choices")
    if not isinstance(choices, Mapping):
        return False
    asked = {each.id for each in case.file.parties.values() if each.agrees(MEDIATION)}
    return bool(asked) and all(choices.get(each) == case.given("mediator") for each in asked)


def _not_recused(case: Case) -> bool:
    return not ({case.text("mediator")} | case.texts("others")) & case.file.recused


def _accept_in_time(case: Case) -> bool:
    since = case.file.assigned_at
    return since is None or case.today <= working_days_after(local_date(since), _ACCEPT_DAYS, case.facts.calendar)


def _period_running(case: Case) -> bool:
    end = case.file.period_end(case.facts.calendar)
    return end is not None and case.today <= end


def _period_not_over(case: Case) -> bool:
    """What has run out cannot be stopped any more, also where nobody has acted on it yet."""
    end = case.file.period_end(case.facts.calendar)
    return end is None or case.today <= end


def _period_over(case: Case) -> bool:
    return case.file.is_over(case.today, case.facts.calendar)


def _not_reminded(case: Case) -> bool:
    told = case.file.reminded
    return (case.text("clock"), case.text("due"), case.text("on")) not in {(a, b, on.isoformat()) for a, b, on in told}


def _within_cap(case: Case) -> bool:
    days = case.given("days")
    wanted = case.file.extended_days + (days if isinstance(days, int) else 0)
    capped = case.file.track is Track.POSTFILING_ENTRUSTED and (case.file.regime or 0) >= _CAP_SINCE
    return wanted <= (_CAP_DAYS if capped else _LONGEST_EXTENSION)


def _objection_over(case: Case) -> bool:
    served = case.file.proposal_at
    return served is not None and case.today > days_after(local_date(served), _OBJECTION_DAYS, case.facts.calendar)


def _same_text(case: Case) -> bool:
    agreement = case.file.agreement
    return agreement is not None and case.given("sha256") == agreement.sha256


def _not_signed_yet(case: Case) -> bool:
    return case.file.agreement is None or case.text("party") not in case.file.agreement.signed


def _newer_version(case: Case) -> bool:
    agreement, wanted = case.file.agreement, case.given("version")
    return agreement is None or (isinstance(wanted, int) and wanted > agreement.version)


def _confirmation_in_time(case: Case) -> bool:
    since = case.file.effective_at
    if since is None:  # under way before there was a log: the court counts
        return True
    return case.today <= days_after(local_date(since), _CONFIRMATION_DAYS, case.facts.calendar)


def _judgment_possible(case: Case) -> bool:
    return case.file.track in _AFTER_FILING or bool(case.given("court_consent"))


def _handed_over_if_due(case: Case) -> bool:
    """What failed goes back to the court before the matter can be closed (在线调解规则 art. 21)."""
    file = case.file
    settled = file.outcome is None or file.outcome in _SETTLED or file.handed_over
    return settled or file.track is Track.ORG_ACCEPTED or file.state in _PAST_HAND_OVER


def _hold(case: Case) -> Hold | None:
    return case.file.keeping.hold(case.text("hold"))


def _release_asked_by(case: Case) -> str | None:
    hold = _hold(case)
    return hold.asked_by if hold else None


def _bar(case: Case) -> Bar | None:
    return case.file.disposal_bar(case.today, case.facts.calendar)


_PAST_HAND_OVER = ("recalled", "rejected", "handed_over", "confirmed", "judgment_effective")

CONDITIONS: Mapping[str, Callable[[Case], bool]] = MappingProxyType(
    {
        "court_led": lambda case: case.file.track is Track.COURT_LED,
        "not_court_led": lambda case: case.file.track is not Track.COURT_LED,
        "prefiling": lambda case: case.file.track is Track.PREFILING_DELEGATED,
        "before_filing": lambda case: case.file.track in _BEFORE_FILING,
        "filed": lambda case: case.file.track in _AFTER_FILING,
        "consent_pending": lambda case: case.file.consent_pending,
        "everybody_agrees": lambda case: case.file.all_agree(MEDIATION),
        "clock_accept": lambda case: case.given("clock") == "T03",
        "clock_period": lambda case: case.given("clock") == "T05",
        "clock_objection": lambda case: case.given("clock") == "T08",
        "clock_only_tells": lambda case: case.given("clock") not in _WITH_CONSEQUENCES,
    }
)

_FAILURES = tuple(each for each in Ground if each is not Ground.AGREEMENT)

# fmt: off
GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        "both_sides_named": Guard(_both_sides, lambda: BadInput("sides_missing", field="parties")),
        "intake_complete": Guard(lambda case: not case.facts.defects, lambda: BadInput("intake_incomplete")),
        "defects_are_new": Guard(_new_defects, lambda: Conflict("defects_known", field="defects")),
        "rejection_known": Guard(lambda case: case.given("reason") in REJECTIONS,
                                 lambda: BadInput("rejection_unknown", field="reason")),
        "track_allowed": Guard(lambda case: track_of(case) in case.facts.tracks or _taken_by_body(case),
                               lambda: Refused("track_not_open", field="track")),
        "track_of_court": Guard(lambda case: track_of(case) is not Track.ORG_ACCEPTED,
                                lambda: Refused("track_not_open", field="track")),
        "has_number": Guard(lambda case: bool(case.given("case_no")),
                            lambda: BadInput("case_no_required", field="case_no")),
        "filed_has_number": Guard(lambda case: track_of(case) not in _AFTER_FILING or bool(case.given("case_no")),
                                  lambda: BadInput("case_no_required", field="case_no")),
        "filed_has_procedure": Guard(lambda case: track_of(case) not in _AFTER_FILING or bool(case.given("procedure")),
                                     lambda: BadInput("procedure_required", field="procedure")),
        "charter_covers": Guard(lambda case: case.facts.charter_covers, lambda: Refused("outside_charter")),
        "party_named": Guard(lambda case: case.text("party") in case.file.parties,
                             lambda: BadInput("party_unknown", field="party")),
        "own_word": Guard(_own_word, lambda: Refused("not_your_word", field="party")),
        "all_agree": Guard(lambda case: case.file.all_agree(MEDIATION), lambda: Conflict("consent_missing")),
        "applicants_agree": Guard(lambda case: _side_agrees(case, Side.APPLICANT), lambda: Conflict("consent_missing")),
        "all_agree_to_extend": Guard(lambda case: case.file.all_agree(EXTENSION),
                                     lambda: Conflict("extension_consent_missing")),
        "all_agree_to_proposal": Guard(lambda case: case.file.all_agree(NO_OBJECTION),
                                       lambda: Conflict("proposal_consent_missing")),
        "presider_named": Guard(lambda case: _presider(case) is not None, lambda: Conflict("presider_missing")),
        "nobody_pending": Guard(lambda case: not case.file.consent_pending, lambda: Conflict("consent_pending")),
        "chosen_by_all": Guard(_chosen_by_all, lambda: Conflict("not_chosen_jointly", field="choices")),
        "mediator_fit": Guard(lambda case: case.facts.unfit is None,
                              lambda: Refused("mediator_unfit", field="mediator")),
        "not_recused": Guard(_not_recused, lambda: Refused("mediator_recused", field="mediator")),
        "disclosure_given": Guard(lambda case: case.given("relations") is not None,
                                  lambda: BadInput("disclosure_required", field="relations")),
        "accept_in_time": Guard(_accept_in_time, lambda: Conflict("accept_too_late")),
        "nothing_asked_yet": Guard(lambda case: not case.file.replacement_asked,
                                   lambda: Conflict("replacement_asked_already")),
        "replacement_asked": Guard(lambda case: case.file.replacement_asked, lambda: Conflict("replacement_not_asked")),
        "period_running": Guard(_period_running, lambda: Conflict("period_over")),
        "days_as_asked": Guard(lambda case: case.file.asked_days in (None, case.given("days")),
                               lambda: Conflict("extension_not_as_asked", field="days")),
        "period_not_over": Guard(_period_not_over, lambda: Conflict("period_over")),
        "extension_within_cap": Guard(_within_cap, lambda: Conflict("extension_too_long", field="days")),
        "all_named_in_consents": Guard(lambda case: _names_all(case, "consents"),
                                       lambda: Conflict("not_all_parties", field="consents")),
        "all_named_as_confirming": Guard(lambda case: _names_all(case, "confirmed_by"),
                                         lambda: Conflict("not_all_parties", field="confirmed_by")),
        "all_named_as_applicants": Guard(lambda case: _names_all(case, "applicants"),
                                         lambda: Conflict("not_all_parties", field="applicants")),
        "suspected": Guard(lambda case: bool(case.file.stops) and case.file.stops[-1].cause == "false_mediation",
                           lambda: Conflict("not_suspected")),
        "reason_given": Guard(lambda case: bool(case.given("reason") or case.given("conclusion")),
                              lambda: BadInput("reason_required", field="reason")),
        "filed": Guard(lambda case: case.file.track in _AFTER_FILING, lambda: Conflict("not_filed")),
        "proposal_explained": Guard(lambda case: case.given("explained") is True,
                                    lambda: BadInput("proposal_not_explained", field="explained")),
        "terms_clear": Guard(lambda case: not case.facts.unclear, lambda: BadInput("terms_unclear", field="terms")),
        "newer_version": Guard(_newer_version, lambda: Conflict("version_not_newer", field="version")),
        "agent_authorised": Guard(_may_sign, lambda: Refused("special_authority_missing")),
        "same_text": Guard(_same_text, lambda: Conflict("text_changed", field="sha256")),
        "not_signed_yet": Guard(_not_signed_yet, lambda: Conflict("signed_already")),
        "agreed_outcome": Guard(lambda case: case.given("outcome") in _AGREED,
                                lambda: BadInput("outcome_unfit", field="outcome")),
        "proof_given": Guard(lambda case: bool(case.given("proof")), lambda: BadInput("proof_required", field="proof")),
        "withdrawal_asked": Guard(lambda case: case.file.withdrawal is not None,
                                  lambda: Conflict("withdrawal_not_asked")),
        "failure_ground": Guard(lambda case: case.given("ground") in _FAILURES,
                                lambda: BadInput("ground_required", field="ground")),
        "agreed": Guard(lambda case: case.file.outcome is MatterOutcome.AGREED, lambda: Conflict("not_agreed")),
        "agreed_at_all": Guard(lambda case: case.file.outcome in _AGREED, lambda: Conflict("not_agreed")),
        "not_after_filing": Guard(lambda case: case.file.track in _BEFORE_FILING,
                                  lambda: Conflict("confirmation_after_filing")),
        "confirmable": Guard(lambda case: case.file.confirmable, lambda: Conflict("not_confirmable")),
        "confirmation_in_time": Guard(_confirmation_in_time, lambda: Conflict("confirmation_too_late")),
        "judgment_possible": Guard(_judgment_possible, lambda: Conflict("judgment_before_filing")),
        "not_settled": Guard(lambda case: case.file.outcome not in _SETTLED or case.file.state == "confirm_refused",
                             lambda: Conflict("nothing_to_hand_over")),
        "court_sent_it": Guard(lambda case: case.file.track is not Track.ORG_ACCEPTED,
                               lambda: Conflict("no_court_to_hand_to")),
        "handed_over_if_due": Guard(_handed_over_if_due, lambda: Conflict("hand_over_first")),
        "tasks_done": Guard(lambda case: not case.facts.tasks_open, lambda: Conflict("tasks_open")),
        "messages_sent": Guard(lambda case: not case.facts.messages_unsent, lambda: Conflict("messages_unsent")),
        "asked_by_another": Guard(lambda case: case.file.reopen_by not in (None, case.who.id),
                                  lambda: Refused("second_person_needed")),
        "not_disposed": Guard(lambda case: case.file.keeping.disposed_at is None, lambda: Conflict("file_disposed")),
        "may_be_disposed": Guard(lambda case: _bar(case) is None, lambda: Conflict("disposal_barred")),
        "disposal_proposed": Guard(lambda case: case.file.keeping.proposed_by is not None,
                                   lambda: Conflict("disposal_not_proposed")),
        "disposal_proposed_by_another": Guard(lambda case: case.file.keeping.proposed_by != case.who.id,
                                              lambda: Refused("second_person_needed")),
        "hold_known": Guard(lambda case: _hold(case) is not None, lambda: Conflict("hold_unknown", field="hold")),
        "release_asked_by_another": Guard(lambda case: _release_asked_by(case) not in (None, case.who.id),
                                          lambda: Refused("second_person_needed")),
        "not_expired_before": Guard(
            lambda case: (case.text("clock"), case.text("due")) not in case.file.expired,
            lambda: Conflict("clock_done")),
        "not_reminded_before": Guard(_not_reminded, lambda: Conflict("clock_done")),
        "not_graced_before": Guard(lambda case: case.file.graced_on is None, lambda: Conflict("clock_done")),
        "accept_overdue": Guard(lambda case: not _accept_in_time(case), lambda: Conflict("clock_running")),
        "period_over": Guard(_period_over, lambda: Conflict("clock_running")),
        "objection_over": Guard(_objection_over, lambda: Conflict("clock_running")),
        "no_sitting_live": Guard(lambda case: not case.facts.sitting_live, lambda: Conflict("sitting_live")),
    }
)
# fmt: on


def _taken_by_body(case: Case) -> bool:
    return case.command.kind is CommandKind.ORG_TAKE and Track.ORG_ACCEPTED in case.facts.tracks


def _side_agrees(case: Case, side: Side) -> bool:
    named = [each for each in case.file.parties.values() if each.side is side]
    return bool(named) and all(each.agrees(MEDIATION) for each in named)


def _presider(case: Case) -> str | None:
    return case.who.id if case.who.capacity is Capacity.JUDGE else case.facts.presider
