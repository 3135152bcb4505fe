"""A calendar feed as text (.ics, RFC 5545): sittings and last days under ids that stay, for who asks again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["FeedEntry", "feed_text"]

_LONGEST_LINE = 75  # octets of a line before it is folded (RFC 5545 §3.1)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry: `starts` and `ends` are instants, or days for an all-day entry, whose `ends` is its last day.

    `uid` stays over all changes and `sequence` grows with each (RFC 5545 §3.8.7.4); what was cancelled is kept and says
    so, or a calendar would go on showing it. `stamp` is when it last changed.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts: datetime | date
    ends: datetime | date
    summary: str
    description: str = ""
    cancelled: bool = False


def feed_text(name: str, entries: Iterable[FeedEntry], product: str) -> str:
    """The whole feed, its lines ended by CR LF and folded at 75 octets, never inside a character."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_escaped(product)}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for entry in entries:
        lines += _event(entry)
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(entry: FeedEntry) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_escaped(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_instant(entry.stamp)}",
        *_times(entry),
        f"SUMMARY:{_escaped(entry.summary)}",
        *([f"DESCRIPTION:{_escaped(entry.description)}"] if entry.description else []),
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def _times(entry: FeedEntry) -> list[str]:
    """An all-day entry ends on the day after its last one, and makes nobody busy."""
    starts, ends = entry.starts, entry.ends
    if isinstance(starts, datetime) and isinstance(ends, datetime):
        return [f"DTSTART:{_instant(starts)}", f"DTEND:{_instant(ends)}"]
    after = ends + timedelta(days=1)
    return [f"DTSTART;VALUE=DATE:{starts:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}", "TRANSP:TRANSPARENT"]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """TEXT of RFC 5545 §3.3.11; a line break in it must never become one of the file's."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(each for each in lines if each.isprintable())


def _folded(line: str) -> str:
    parts: list[str] = []
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LONGEST_LINE - bool(parts):  # the blank that begins a continued line counts
            parts.append(part)
            part, size = "", 0
        part += character
        size += octets
    return "\r\n ".join([*parts, part])
