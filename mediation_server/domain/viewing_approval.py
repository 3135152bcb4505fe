"""`ViewingApproval`: an exception of the recording wall (例外查阅审批): on which ground, asked and approved by whom.

Three grounds open what the wall keeps shut: the law wants a look at what was mediated (民诉解释 art. 146; 在线调解规则
art. 18), a complaint is investigated, or a letter of a superior court or of the procuratorate asks for it.  Each is for
one recording, for whoever asked, until a day; and never approved by whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.dates import day
from mediation_server.domain.checks.texts import one_code, one_line, prose
from mediation_server.domain.checks.together import Together
from mediation_server.errors import BadInput, Conflict, Refused

__all__ = ["APPROVAL_LASTS", "WORDS_MOST", "ApprovalState", "ExceptionGround", "Interest", "Stated", "ViewingApproval"]

APPROVAL_LASTS = timedelta(days=90)  # the longest; whoever needs it for longer asks again
WORDS_MOST = 500
_REASON_LEAST = 10
_NUMBER_MOST, _AUTHORITY_MOST = 60, 80


class ExceptionGround(StrEnum):
    """Why a recording is opened to somebody whom the wall keeps out."""

    LAW = "law"  # 法律规定应当查阅: whoever tries the case
    COMPLAINT = "complaint"  # 投诉调查: filing staff who investigate it
    LETTER = "letter"  # 上级法院、检察机关来函: a clerk shows it to whoever comes with the letter


class Interest(StrEnum):
    """What the law protects more than the secrecy of a mediation (民诉解释 art. 146, 民诉法 art. 115)."""

    STATE = "state"  # 国家利益
    PUBLIC = "public"  # 社会公共利益
    OTHERS = "others"  # 他人合法权益
    FALSE_LITIGATION = "false_litigation"  # 虚假诉讼、虚假调解


class ApprovalState(StrEnum):
    """Where an exception stands; only an approved one opens anything."""

    ASKED = "asked"  # 待审批
    APPROVED = "approved"  # 已批准
    REFUSED = "refused"  # 未批准
    REVOKED = "revoked"  # 批准已收回
    ENDED = "ended"  # 已办结: whoever asked needs it no more


@dataclass(frozen=True, slots=True)
class Stated:
    """The basis as it was filled in, checked: each ground wants its own, and has nothing of the others'."""

    ground: ExceptionGround
    reason: str
    until: date
    interest: Interest | None = None
    number: str = ""  # of the complaint, of the letter
    authority: str = ""  # who complained; who wrote the letter

    @staticmethod
    def of(ground: ExceptionGround, typed: dict[str, str], today: date) -> Stated:
        """What was typed (`reason`, `until`, `interest`, `number`, `authority`). Raises `BadInput` naming the field."""
        interest, number, authority = None, "", ""
        said = {each: typed.get(each, "") for each in ("interest", "number", "authority", "reason", "until")}
        with Together() as checked:
            if ground is ExceptionGround.LAW:
                interest = checked(_interest, said["interest"])
            else:
                number, authority = checked(_number, said["number"]), checked(_authority, said["authority"])
            reason = checked(prose, said["reason"], field="reason", least=_REASON_LEAST, most=WORDS_MOST)
            until = checked(day, said["until"], field="until", earliest=today, latest=today + APPROVAL_LASTS)
        return Stated(ground, reason, until, interest, number, authority)


def _interest(text: str) -> Interest:
    try:
        return Interest(text)
    except ValueError:
        raise BadInput("interest_required", field="interest") from None


def _authority(text: str) -> str:
    return one_line(text, field="authority", most=_AUTHORITY_MOST)


def _number(text: str) -> str:
    """A number as registers write them, `〔2026〕江检民监函12号`: with digits, no sentence."""
    number = one_code(text, field="number", most=_NUMBER_MOST)
    if not any(each.isdecimal() for each in number):
        raise BadInput("reference_form", field="number")
    return number


@dataclass(frozen=True, slots=True)
class ViewingApproval:
    """One exception for one recording; `answer` is what whoever decided said to it."""

    id: str
    recording_id: str
    asked_by: str
    asked_at: datetime
    ground: ExceptionGround
    reason: str
    until: date
    interest: Interest | None = None
    number: str = ""
    authority: str = ""
    state: ApprovalState = ApprovalState.ASKED
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits for an answer, or its answer still stands."""
        return self.state in (ApprovalState.ASKED, ApprovalState.APPROVED)

    def open_on(self, today: date) -> bool:
        """Whether it still does on this day at the court; after its last day the same may be asked anew."""
        return self.open and today <= self.until

    def opens_to(self, user_id: str, ground: ExceptionGround, today: date) -> bool:
        """Whether it opens its recording to this person on this ground, on this day at the court."""
        mine = self.asked_by == user_id and self.ground is ground
        return mine and self.state is ApprovalState.APPROVED and today <= self.until

    def answered(self, by: str, at: datetime, *, approved: bool | None, words: str) -> ViewingApproval:
        """With the answer. Raises `Refused("own_approval")` to whoever asked, `Conflict` twice or late, `BadInput`."""
        if by == self.asked_by:
            raise Refused("own_approval")
        self._require(self.state is ApprovalState.ASKED)
        self._require_lasting(at)
        with Together() as checked:
            told = checked(_words, words)
            if approved is None:
                raise BadInput("decision_missing", field="say")
        state = ApprovalState.APPROVED if approved else ApprovalState.REFUSED
        return replace(self, state=state, answered_by=by, answered_at=at, answer=told)

    def revoked(self, by: str, at: datetime, words: str) -> ViewingApproval:
        """The approval is taken back. Raises `Conflict` for any other state, `BadInput` without a reason."""
        self._require(self.state is ApprovalState.APPROVED)
        self._require_lasting(at)
        return replace(self, state=ApprovalState.REVOKED, answered_by=by, answered_at=at, answer=_words(words))

    def ended(self) -> ViewingApproval:
        """Whoever asked needs it no more: the complaint is settled, the letter answered. Raises `Conflict`."""
        self._require(self.open)
        return replace(self, state=ApprovalState.ENDED)

    def _require_lasting(self, at: datetime) -> None:
        if local_date(at) > self.until:
            raise Conflict("approval_over")

    def _require(self, possible: bool) -> None:  # noqa: FBT001 - a condition is a boolean
        if not possible:
            raise Conflict("viewing_approval_state", state=self.state.value)


def _words(text: str) -> str:
    return prose(text, field="answer", least=1, most=WORDS_MOST)
