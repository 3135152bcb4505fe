"""How text stands in a calendar file (RFC 5545 §3.1, §3.3.11): escaped, folded, instants in UTC; knows no entry."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["escaped", "folded", "instant_text"]

_LONGEST_LINE = 75  # octets of a line before it is folded


def instant_text(at: datetime) -> str:
    """An aware instant: `20261127T013000Z`."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """A TEXT value; a line break in it must never become one of the file's."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(each for each in lines if each.isprintable())


def folded(line: str) -> str:
    """A line in parts of 75 octets at most, joined by CR LF and a blank, never cut inside a character."""
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
