"""`Context`: what every use case is given; built once by the composition root."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.rooms.registry import RoomRegistry
from mediation_server.services.claiming import Claims
from mediation_server.services.house_news import HouseNews
from mediation_server.services.notifying import Notifier, Silent
from mediation_server.services.passwords import Passwords
from mediation_server.services.shelving import Shelving
from mediation_server.services.stamping import Stamping
from mediation_server.services.throttle import Throttle
from mediation_server.store.database import Database

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the clock, the live rooms, the settings, and what use cases share in this process."""

    db: Database
    clock: Clock
    rooms: RoomRegistry
    settings: Settings
    url: str = ""  # where browsers reach us, for links in messages; empty: as the settings say
    outbox_filled: asyncio.Event = field(default_factory=asyncio.Event)  # rung after a message to the court committed
    films_asked: asyncio.Event = field(default_factory=asyncio.Event)  # rung after somebody asked for a film
    bundles_asked: asyncio.Event = field(default_factory=asyncio.Event)  # rung after somebody asked for a bundle
    notifier: Notifier = field(default_factory=Silent)  # SMS and mail; the demo puts its mock here
    claims: Claims = field(default_factory=Claims)
    passwords: Passwords = field(default_factory=Passwords)
    throttle: Throttle = field(default_factory=Throttle)
    shelving: Shelving = field(default_factory=Shelving)
    house: HouseNews = field(default_factory=HouseNews)
    stamping: Stamping = field(default_factory=Stamping)
    turn_secret: bytes = b""  # shared with the relay; never leaves the process
