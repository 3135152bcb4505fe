"""`Context`: what every use case is given; built once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.store.database import Database

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the clock, the live rooms and the settings."""

    db: Database
    clock: Clock
    rooms: RoomRegistry
    settings: Settings
