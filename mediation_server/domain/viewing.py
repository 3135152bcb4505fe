"""`Viewing`, one granted look at one recording (查阅): for whom, what for, on which ground, until when; its notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mediation_server.domain.access import Purpose

__all__ = ["NOTES_MOST", "NOTE_CHARACTERS", "ReviewNote", "Viewing"]

NOTE_CHARACTERS = 500
NOTES_MOST = 500  # of one person about one recording


@dataclass(frozen=True, slots=True)
class Viewing:
    """A granted viewing; the rights behind it are checked again at every range that is asked for."""

    id: str
    recording_id: str
    user_id: str
    purpose: Purpose
    basis: str
    watermark: str
    opened_at: datetime
    expires_at: datetime
    request_id: str | None = None  # the party's application, when a clerk shows it
    approval_id: str | None = None  # the exception of the wall it goes by, if it goes by one


@dataclass(frozen=True, slots=True)
class ReviewNote:
    """A bookmark (书签) at a moment of a recording, with a note or without: for no file and no eye but its writer's.

    `at_ms` counts from the start of the sitting.
    """

    id: str
    recording_id: str
    user_id: str
    at_ms: int
    text: str
    written_at: datetime
