"""The session log as whoever may watch a recording may take it along: what was said and done in the joint room.

An allow-list: an entry of a kind that is not named here, or of a caucus (背对背), stands there withheld, by its place
in the chain alone.  What a verifier needs is always told: it is nothing that manifest and page do not say anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.domain.log import EventKind, SessionEvent, Withheld
from recordings.playback import outside_caucus

__all__ = ["redacted"]

_K = EventKind
_VERIFIED = frozenset(
    {
        _K.STARTED,
        _K.SUSPENDED,
        _K.RESUMED,
        _K.CAUCUS_OPENED,
        _K.CAUCUS_CLOSED,
        _K.AUDIENCE_CHANGED,
        _K.RECORDING_STARTED,
        _K.RECORDING_GAP,
        _K.RECORDING_SEALED,
        _K.RECORDING_REPAIRED,
        _K.CLOCK_JUMPED,
        _K.ENDED,
    }
)
_TOLD = frozenset(
    {
        _K.CONSENT_GIVEN,
        _K.ARRIVED,
        _K.IDENTITY_VERIFIED,
        _K.ADMITTED,
        _K.DISCONNECTED,
        _K.LEFT,
        _K.RETURNED_TO_LOBBY,
        _K.REMOVED,
        _K.MUTED,
        _K.UNMUTED,
        _K.HAND_RAISED,
        _K.HAND_LOWERED,
        _K.SPOKE,
        _K.CHAT_SENT,
        _K.SCREEN_SHARED,
        _K.SCREEN_UNSHARED,
        _K.DOCUMENT_SHOWN,
        _K.DOCUMENT_HIDDEN,
        _K.PAGE_TURNED,
        _K.PICTURES_HELD,
        _K.PICTURES_BACK,
        _K.MISSED,
        _K.REPEATED,
        _K.MEDIA_LOST,
        _K.MEDIA_BACK,
        _K.WENT_ON_UNRECORDED,
        _K.CONCLUDED,
    }
)


def redacted(events: Sequence[SessionEvent]) -> list[SessionEvent | Withheld]:
    """The log in its order, what is not to be told withheld."""
    ordered = sorted(events, key=lambda each: each.seq)
    told = {each.seq for each in outside_caucus(ordered) if each.kind in _TOLD}
    return [
        each if each.kind in _VERIFIED or each.seq in told else Withheld(each.seq, each.previous, each.hash)
        for each in ordered
    ]
