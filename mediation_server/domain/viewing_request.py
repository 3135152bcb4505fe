"""`ViewingRequest`: a party applies to look at a recording (当事人申请查阅); the court says when and where, or why not.

Source: 录音录像规定 arts. 10-11; 在线诉讼规则 art. 27. Parties never watch on a device of their own: they come to the
court and look with a clerk beside them, so that nothing is filmed off a screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mediation_server.errors import BadInput, Conflict

__all__ = ["ANSWER_CHARACTERS", "REASON_CHARACTERS", "RequestState", "ViewingRequest"]

REASON_CHARACTERS = 500
ANSWER_CHARACTERS = 300


class RequestState(StrEnum):
    """Where an application stands; only a granted one opens anything."""

    ASKED = "asked"  # 待答复
    GRANTED = "granted"  # 已准许
    REFUSED = "refused"  # 未准许
    WITHDRAWN = "withdrawn"  # 已撤回
    REVOKED = "revoked"  # 准许已收回


@dataclass(frozen=True, slots=True)
class ViewingRequest:
    """One application of one party for one recording; `answer` is when and where to come, or why not."""

    id: str
    recording_id: str
    party_id: str
    user_id: str
    reason: str
    state: RequestState
    asked_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits for an answer, or its answer still stands: then no other is taken."""
        return self.state in (RequestState.ASKED, RequestState.GRANTED)

    def answered(self, by: str, at: datetime, *, granted: bool, words: str) -> ViewingRequest:
        """With the court's answer. Raises `Conflict("viewing_request_state")` twice, `BadInput` without words."""
        self._require(self.state is RequestState.ASKED)
        state = RequestState.GRANTED if granted else RequestState.REFUSED
        return replace(self, state=state, answered_by=by, answered_at=at, answer=_words(words))

    def revoked(self, by: str, at: datetime, words: str) -> ViewingRequest:
        """The court takes its yes back. Raises `Conflict` for any other state, `BadInput` without a reason."""
        self._require(self.state is RequestState.GRANTED)
        return replace(self, state=RequestState.REVOKED, answered_by=by, answered_at=at, answer=_words(words))

    def withdrawn(self) -> ViewingRequest:
        """The party does not want it any more. Raises `Conflict`."""
        self._require(self.open)
        return replace(self, state=RequestState.WITHDRAWN)

    def _require(self, possible: bool) -> None:  # noqa: FBT001 - a condition is a boolean
        if not possible:
            raise Conflict("viewing_request_state", state=self.state.value)


def _words(text: str) -> str:
    said = text.strip()
    if not said:
        raise BadInput("required", field="answer")
    if len(said) > ANSWER_CHARACTERS:
        raise BadInput("too_long", field="answer", most=ANSWER_CHARACTERS)
    return said
