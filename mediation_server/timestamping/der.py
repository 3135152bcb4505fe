"""DER (ITU-T X.690), as much of it as time stamps need: elements read within bounds, and written; knows no meaning.

By hand because tokens of real authorities are not always strict DER, which a declarative parser refuses, and because
the verifier in the browser does the same walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["BOOLEAN", "GENERALIZED_TIME", "INTEGER", "NULL", "OCTETS", "OID", "SEQUENCE", "SET", "DerError", "Element",
           "context", "element", "integer", "oid", "parsed"]  # fmt: skip

BOOLEAN, INTEGER, OCTETS, NULL, OID, GENERALIZED_TIME, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x05, 0x06, 0x18, 0x30, 0x31
_MOST = 512  # elements in one another's content; nothing here has more
_LONG, _LONGEST = 0x80, 4  # bytes of a length


class DerError(ValueError):
    """What was read is no DER, or not what stands in its place."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, its content, and both with the length between, as they stood."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> tuple[Element, ...]:
        """The elements its content consists of. Raises `DerError`."""
        found: list[Element] = []
        at = 0
        while at < len(self.content):
            if len(found) >= _MOST:
                raise DerError("too many elements")
            each = _at(self.content, at)
            found.append(each)
            at += len(each.whole)
        return tuple(found)

    def as_(self, tag: int) -> Element:
        """Itself, when it has this tag. Raises `DerError`."""
        if self.tag != tag:
            raise DerError(f"tag {self.tag:#x} instead of {tag:#x}")
        return self

    @property
    def number(self) -> int:
        """As an INTEGER. Raises `DerError`."""
        return int.from_bytes(self.as_(INTEGER).content, "big", signed=True)

    @property
    def name(self) -> str:
        """As an OBJECT IDENTIFIER, dotted. Raises `DerError`."""
        numbers, value = [], 0
        for byte in self.as_(OID).content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                numbers.append(value)
                value = 0
        if not numbers:
            raise DerError("an empty object identifier")
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def parsed(data: bytes) -> Element:
    """The one element that these bytes are. Raises `DerError`."""
    found = _at(data, 0)
    if len(found.whole) != len(data):
        raise DerError("something follows")
    return found


def _at(data: bytes, at: int) -> Element:
    if at + 2 > len(data):
        raise DerError("torn")
    size, body = data[at + 1], at + 2
    if size >= _LONG:
        count = size - _LONG
        if not 0 < count <= _LONGEST or body + count > len(data):
            raise DerError("a length that cannot be")
        size, body = int.from_bytes(data[body : body + count], "big"), body + count
    if body + size > len(data):
        raise DerError("torn")
    return Element(data[at], data[body : body + size], data[at : body + size])


def element(tag: int, *parts: bytes) -> bytes:
    """An element with this content."""
    content = b"".join(parts)
    if len(content) < _LONG:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG + len(length))) + length + content


def context(number: int, *parts: bytes) -> bytes:
    """A constructed element with a context-specific tag."""
    return element(0xA0 + number, *parts)


def integer(value: int) -> bytes:
    """An INTEGER."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return element(OID, *(_septets(each) for each in (40 * first + second, *rest)))


def _septets(value: int) -> bytes:
    out: Sequence[int] = [value & 0x7F]
    while value := value >> 7:
        out = [value & 0x7F | 0x80, *out]
    return bytes(out)
