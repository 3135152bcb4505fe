"""Relays (TURN) for those whose network lets nothing else through: short-lived passes, only for whoever was admitted.

The pass is coturn's `use-auth-secret` form (draft-uberti-behave-turn-rest-00): nothing is stored, nothing is shared
with the relay but one secret; it works until the time that is written in its user name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TypedDict

from mediation_server.clock import Clock
from mediation_server.config import Settings
from mediation_server.errors import Conflict, Unavailable
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place
from mediation_server.services.context import Context

__all__ = ["IceServer", "ice_servers", "relays", "turn_secret"]

_ADMITTED = (Place.MAIN, Place.CAUCUS, Place.WAITING)
_MINUTE = 60


class IceServer(TypedDict):
    """An `RTCIceServer` (W3C WebRTC §4.2.4)."""

    urls: list[str]
    username: str
    credential: str


def turn_secret(settings: Settings) -> bytes:
    """The secret shared with the relay; empty without one. Raises `Unavailable("turn_secret_missing")`, `OSError`."""
    secret = settings.turn_secret_file.read_bytes().strip() if settings.turn_secret_file else b""
    if settings.turn_urls and not secret:
        raise Unavailable("turn_secret_missing")
    return secret


def ice_servers(ctx: Context, room: Room, participant: str) -> list[IceServer]:
    """The relays this person may use now: none before they were admitted, none where there are none."""
    seat = room.state.seats.get(participant)
    if not ctx.settings.turn_urls or seat is None or seat.place not in _ADMITTED:
        return []
    return [_pass_of(ctx.settings, ctx.turn_secret, ctx.clock, participant)]


def relays(ctx: Context, room: Room, participant: str) -> list[IceServer]:
    """A fresh pass, for a connection that fails or a pass that runs out. Raises `Conflict("not_in_room")`."""
    seat = room.state.seats.get(participant)
    if seat is None or seat.place not in _ADMITTED:
        raise Conflict("not_in_room")
    return ice_servers(ctx, room, participant)


def _pass_of(settings: Settings, secret: bytes, clock: Clock, participant: str) -> IceServer:
    expires = int(clock.now().timestamp()) + settings.turn_minutes * _MINUTE
    username = f"{expires}:{participant}"
    proof = hmac.new(secret, username.encode("ascii"), hashlib.sha1).digest()  # the relay knows no other hash
    urls = [each.strip() for each in settings.turn_urls.split(",")]
    return IceServer(urls=urls, username=username, credential=base64.b64encode(proof).decode("ascii"))
