"""`Upload`: a file on its way, in pieces that may be sent again; how much one file and one side may take up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.errors import TooLarge

__all__ = ["LASTS", "MOST_NAME", "MOST_WAITING", "Upload", "check_room"]

LASTS = timedelta(hours=24)  # then what has come of it is thrown away
MOST_WAITING = 60  # files on their way to one item
MOST_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was announced: `bytes` long, called `name` by whoever sends it."""

    id: str
    material_id: str
    user_id: str
    name: str
    bytes: int
    created_at: datetime


def check_room(size: int, taken_by_side: int, taken: int, *, most_file: int, most_matter: int) -> None:
    """Whether a file of `size` bytes has room. Raises `TooLarge`: `material_too_large`, `matter_full`.

    No side may fill more than half of what a matter has, so that the other can always answer.
    """
    if size > most_file:
        raise TooLarge("material_too_large", field="file", most=most_file >> 20)
    if taken + size > most_matter or taken_by_side + size > most_matter // 2:
        raise TooLarge("matter_full", field="file", most=most_matter >> 21)
