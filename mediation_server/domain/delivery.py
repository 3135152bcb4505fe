"""What is told to the court and how long to wait after a failure; pure rules, no transport and no table."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

__all__ = ["OUTCOME_MESSAGES", "MessageType", "delay_after"]

_LADDER = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
_HOURLY_ATTEMPTS = 72


class MessageType(StrEnum):
    """What we tell the court (the platform-to-court half of the message catalogue)."""

    DIVERSION_RECEIVED = "DiversionReceived"
    CONSENT_RECORDED = "ConsentRecorded"
    MEDIATOR_APPOINTED = "MediatorAppointed"
    MEDIATOR_ACCEPTED = "MediatorAccepted"
    MEDIATOR_DECLINED = "MediatorDeclined"
    PERIOD_EXTENDED = "PeriodExtended"
    PERIOD_PAUSED = "PeriodPaused"
    PERIOD_RESUMED = "PeriodResumed"
    CONFIRMATION_APPLIED = "ConfirmationApplied"
    MATTER_ARCHIVED = "MatterArchived"
    SESSION_HELD = "SessionHeld"
    OUTCOME_RECORDED = "OutcomeRecorded"
    MEDIATION_JUDGMENT_REQUESTED = "MediationJudgmentRequested"
    TRANSFER_TO_FILING = "TransferToFiling"
    TRANSFER_TO_TRIAL = "TransferToTrial"
    FALSE_MEDIATION_ALERT = "FalseMediationAlert"
    RECORDING_SEALED = "RecordingSealed"


# What a sitting's 已同步 speaks of; a recording that is sealed later does not turn it back.
OUTCOME_MESSAGES = frozenset(
    {MessageType.SESSION_HELD, MessageType.OUTCOME_RECORDED, MessageType.MEDIATION_JUDGMENT_REQUESTED}
)


def delay_after(failures: int, fraction: float = 0.5) -> timedelta | None:
    """How long to wait after the n-th failure in a row (n >= 1); None when it is time to give up.

    5 s, 30 s, 2 min, 10 min, 1 h, then hourly for 72 h. `fraction` in [0, 1] spreads it by a tenth either way, so
    that messages held back together do not all come back in the same instant.
    """
    if failures > len(_LADDER) + _HOURLY_ATTEMPTS:
        return None
    return _LADDER[min(failures, len(_LADDER)) - 1] * (0.9 + 0.2 * fraction)
