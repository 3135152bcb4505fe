"""`Viewing`, one granted look at one recording (查阅): for whom, what for, on which ground, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mediation_server.domain.access import Purpose

__all__ = ["Viewing"]


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
