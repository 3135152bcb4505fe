"""Calendar files (.ics, RFC 5545 and RFC 5546): one appointment as text; knows no sitting and no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.ical_text import escaped, folded, instant_text

__all__ = ["Appointment", "Method", "calendar_file"]

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
        f"UID:{escaped(appointment.uid)}",
        f"SEQUENCE:{appointment.sequence}",
        f"DTSTAMP:{instant_text(appointment.stamp)}",
        f"DTSTART:{instant_text(appointment.starts_at)}",
        f"DTEND:{instant_text(appointment.ends_at)}",
        f"SUMMARY:{escaped(appointment.summary)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        *_optional("DESCRIPTION", appointment.description),
        *_optional("LOCATION", appointment.location),
        *([f"ORGANIZER:mailto:{escaped(appointment.organizer)}"] if appointment.organizer else []),
        *([f"ATTENDEE;RSVP=FALSE:mailto:{escaped(appointment.attendee)}"] if appointment.attendee else []),
        *([] if cancelled or not appointment.reminder_minutes else _alarm(appointment)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _alarm(appointment: Appointment) -> list[str]:
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-PT{appointment.reminder_minutes}M",
        f"DESCRIPTION:{escaped(appointment.summary)}",
        "END:VALARM",
    ]


def _optional(name: str, text: str) -> list[str]:
    return [f"{name}:{escaped(text)}"] if text else []
