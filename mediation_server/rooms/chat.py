"""The chat of one room: the joint lines as the log tells them, the caucus lines in memory only; knows no socket."""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from typing import Literal

from mediation_server.domain.log import EventKind, SessionEvent, instant
from mediation_server.errors import BadInput, TooLarge
from mediation_server.rooms.shapes import ChatLineView, Language
from mediation_server.rooms.state import Place, RoomState
from mediation_server.rooms.view import name_of
from mediation_server.rooms.visibility import kept_apart

__all__ = ["MAX_LINES", "MAX_TEXT", "Chat", "ChatLine", "cleaned", "line_view"]

MAX_LINES = 500  # of each place; older joint lines stay in the session log
MAX_TEXT = 4000  # characters

_BIDI = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
_KEPT_CONTROLS = {"\n", "\t"}
_FORBIDDEN = {"Cc", "Cs", "Co"}  # controls, lone surrogates, private use


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line and exactly who could read it when it was written."""

    id: str
    participant: str
    text: str
    at: str
    place: Literal["main", "caucus"]
    readers: frozenset[str]


def cleaned(text: str, *, field: str = "text", longest: int = MAX_TEXT) -> str:
    """Text as it may be stored and shown: NFC, no controls, no direction marks, no lone surrogates.

    Raises `BadInput("text_empty")` when nothing is left and `TooLarge("text_too_long")` beyond `longest` characters.
    """
    if len(text) > longest * 2:  # normalisation first would be work for whoever floods us
        raise TooLarge("text_too_long", field=field, limit=longest)
    kept = "".join(each for each in text.replace("\r\n", "\n") if _may_stay(each))
    normal = unicodedata.normalize("NFC", kept).strip()
    if not normal:
        raise BadInput("text_empty", field=field)
    if len(normal) > longest:
        raise TooLarge("text_too_long", field=field, limit=longest)
    return normal


def line_view(line: ChatLine, state: RoomState, language: Language) -> ChatLineView:
    """A line as one reader reads it."""
    who = state.seats[line.participant].participant
    return ChatLineView(
        id=line.id,
        participant=who.id,
        name=name_of(who, language),
        side=who.side.value,
        text=line.text,
        at=line.at,
        place=line.place,
    )


class Chat:
    """Both chats of a room. A line of a caucus dies with it."""

    def __init__(self) -> None:
        self._joint: deque[ChatLine] = deque(maxlen=MAX_LINES)
        self._caucus: deque[ChatLine] = deque(maxlen=MAX_LINES)

    def follow(self, state: RoomState, event: SessionEvent) -> ChatLine | None:
        """Take what the log says, with the room as it was then: a joint line (given back), or the end of a caucus."""
        if event.kind in (EventKind.CAUCUS_CLOSED, EventKind.SUSPENDED, EventKind.ENDED):
            self._caucus.clear()
        writer = str(event.payload.get("participant"))
        if event.kind is not EventKind.CHAT_SENT or writer not in state.seats:
            return None
        readers = frozenset(key for key, seat in state.seats.items() if seat.place is Place.MAIN)
        line = ChatLine(
            id=str(event.payload["message_id"]),
            participant=writer,
            text=str(event.payload["text"]),
            at=instant(event.at),
            place="main",
            readers=readers | {writer},
        )
        self._joint.append(line)
        return line

    def whisper(self, line: ChatLine) -> None:
        """Keep a line of the caucus, in memory only."""
        self._caucus.append(line)

    def find(self, line_id: str) -> ChatLine | None:
        """The line of that id, if it is still kept."""
        return next((line for line in (*self._joint, *self._caucus) if line.id == line_id), None)

    def history(self, state: RoomState, reader: str) -> list[ChatLine]:
        """What this person may read again: joint lines sent while they sat there, caucus lines while they are in it."""
        place = state.seats[reader].place
        lines: list[ChatLine] = []
        if place.carries_media or place is Place.WAITING:
            read = [line for line in self._joint if reader in line.readers]
            lines += [line for line in read if not kept_apart(state, reader, line.participant)]
        if place is Place.CAUCUS:
            lines += [line for line in self._caucus if reader in line.readers]
        return lines


def _may_stay(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return True
    return character not in _BIDI and unicodedata.category(character) not in _FORBIDDEN
