"""Calendar files (.ics, RFC 5545 and RFC 5546): one appointment as text; knows no sitting and no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

__all__ = ["Appointment", "Method", "calendar_file"]

_LONGEST_LINE = 75  # octets of a line before it is folded (RFC 5545 §3.1)
_PRODUCT = "-//Online Mediation//Sittings//ZH"


class Method(StrEnum):
    """What the reader's calendar is to do with it (RFC 5546 §3.2)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment of one person: the same `uid` over all changes, `sequence` grows with each (RFC 5545 §3.8.7.4).

    Instants are aware; `location` may be empty; `reminder_minutes` before the start the calendar rings, 0 for never.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    location: str = ""
    organizer: str = ""
    attendee: str = ""  # a mail address
    reminder_minutes: int = 30


def calendar_file(appointment: Appointment, method: Method = Method.REQUEST) -> str:
    """The text of the file, its lines ended by CR LF and folded at 75 octets, never inside a character."""
    cancelled = method is Method.CANCEL
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method.value}",
        "BEGIN:VEVENT",
        f"UID:{_escaped(appointment.uid)}",
        f"SEQUENCE:{appointment.sequence}",
        f"DTSTAMP:{_instant(appointment.stamp)}",
        f"DTSTART:{_instant(appointment.starts_at)}",
        f"DTEND:{_instant(appointment.ends_at)}",
        f"SUMMARY:{_escaped(appointment.summary)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        *_optional("DESCRIPTION", appointment.description),
        *_optional("LOCATION", appointment.location),
        *([f"ORGANIZER:mailto:{_escaped(appointment.organizer)}"] if appointment.organizer else []),
        *([f"ATTENDEE;RSVP=FALSE:mailto:{_escaped(appointment.attendee)}"] if appointment.attendee else []),
        *([] if cancelled or not appointment.reminder_minutes else _alarm(appointment)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _alarm(appointment: Appointment) -> list[str]:
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-PT{appointment.reminder_minutes}M",
        f"DESCRIPTION:{_escaped(appointment.summary)}",
        "END:VALARM",
    ]


def _optional(name: str, text: str) -> list[str]:
    return [f"{name}:{_escaped(text)}"] if text else []


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """TEXT of RFC 5545 §3.3.11; a line break in it must never become one of the file's."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(each for each in lines if each.isprintable())


def _folded(line: str) -> str:
    parts: list[str] = []
    part, size, room = "", 0, _LONGEST_LINE
    for character in line:
        octets = len(character.encode())
        if size + octets > room:
            parts.append(part)
            part, size, room = "", 0, _LONGEST_LINE - 1  # the blank that begins a continued line counts
        part += character
        size += octets
    return "\r\n ".join([*parts, part])
