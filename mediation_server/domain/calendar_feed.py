"""A calendar feed as text (.ics, RFC 5545): sittings and last days under ids that stay, for who asks again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mediation_server.domain.ical_text import escaped, folded, instant_text

__all__ = ["FeedEntry", "feed_text"]


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
        f"PRODID:{escaped(product)}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for entry in entries:
        lines += _event(entry)
    return "".join(f"{folded(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(entry: FeedEntry) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{instant_text(entry.stamp)}",
        *_times(entry),
        f"SUMMARY:{escaped(entry.summary)}",
        *([f"DESCRIPTION:{escaped(entry.description)}"] if entry.description else []),
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def _times(entry: FeedEntry) -> list[str]:
    """An all-day entry ends on the day after its last one, and makes nobody busy."""
    starts, ends = entry.starts, entry.ends
    if isinstance(starts, datetime) and isinstance(ends, datetime):
        return [f"DTSTART:{instant_text(starts)}", f"DTEND:{instant_text(ends)}"]
    after = ends + timedelta(days=1)
    return [f"DTSTART;VALUE=DATE:{starts:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}", "TRANSP:TRANSPARENT"]
