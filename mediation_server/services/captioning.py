"""Captions in the room (机器字幕): somebody wants to read them, or no longer; for the page they say it on alone."""

from __future__ import annotations

from mediation_server.errors import NotFound
from mediation_server.rooms.room import Room

__all__ = ["want"]


async def want(room: Room, participant: str, *, on: bool) -> None:
    """Write what this person may hear, or no longer. Raises `NotFound("no_captions")` where nothing writes any."""
    async with room.turn:
        if room.captions is None:
            raise NotFound("no_captions")
        await room.want_captions(participant, on=on)
