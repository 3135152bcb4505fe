"""`Film`, a sitting composed into one file to take away (合成录像): how it looks, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mediation_server.domain.making import MakingState

__all__ = ["FILMS_AT_ONCE", "FILMS_WAITING", "FILM_KEPT", "Film", "FilmLayout"]

FILMS_AT_ONCE = 2  # that one person may wait for
FILMS_WAITING = 40  # of everybody together
FILM_KEPT = timedelta(days=14)  # a working copy: the originals are the evidence


class FilmLayout(StrEnum):
    """How people are arranged in the picture."""

    GRID = "grid"  # 宫格
    SPEAKER = "speaker"  # 发言人


@dataclass(frozen=True, slots=True)
class Film:
    """Asked for within a viewing and taken away within one; `mark` names its reader in every picture.

    `done` of `total` steps are done; both are 0 until the work has begun.
    """

    id: str
    recording_id: str
    viewing_id: str
    user_id: str
    layout: FilmLayout
    language: str
    mark: str
    state: MakingState
    asked_at: datetime
    done: int = 0
    total: int = 0
    bytes: int | None = None
    sha256: str | None = None
    fault: str | None = None
    expires_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made."""
        return self.state.is_open
