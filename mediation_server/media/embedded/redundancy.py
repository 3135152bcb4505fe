"""Sound that carries what was said just before once more (RFC 2198, `audio/red`): taken apart and put together.

A lost packet of sound is in the next one too, so that it is there at once, without asking.  Knows no stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mediation_server.media.embedded.rtp import HEADER, HEADER_SIZE

__all__ = ["Block", "doubled", "unfolded"]

_MOST_BLOCKS = 8  # Chromium writes one or two
_FOLLOWED = 0x80
_LONGEST = (1 << 10) - 1  # bytes of a block
_FURTHEST = (1 << 14) - 1  # ticks between a block and its packet; 341 ms of sound at 48 kHz


class Block(NamedTuple):
    """One earlier piece of sound, `before` ticks earlier than its packet."""

    before: int
    payload: bytes


def unfolded(payload: bytes, payload_type: int) -> tuple[list[Block], bytes]:
    """The earlier pieces, oldest first, and the sound of the packet itself; all of them of that payload type.

    Raises ValueError for whatever does not add up.
    """
    heads: list[tuple[int, int]] = []  # ticks before, length
    at = 0
    while len(payload) > at and payload[at] & _FOLLOWED:
        head = int.from_bytes(payload[at : at + 4], "big")
        if head >> 24 & 0x7F != payload_type or len(heads) == _MOST_BLOCKS:
            raise ValueError("red")
        heads.append((head >> 10 & _FURTHEST, head & _LONGEST))
        at += 4
    start = at + 1
    if payload[at : at + 1] != bytes((payload_type,)) or start + sum(size for _, size in heads) > len(payload):
        raise ValueError("red")
    blocks = []
    for before, size in heads:
        blocks.append(Block(before, payload[start : start + size]))
        start += size
    return blocks, payload[start:]


def doubled(packet: bytes, earlier: Sequence[bytes], payload_type: int) -> bytes:
    """A plain packet whose payload carries those of earlier plain packets of its stream too, oldest first.

    What lies too far back or is too long to be told of is left out.  The payload type of the packet itself stays.
    """
    timestamp = HEADER.unpack_from(packet)[3]
    heads, bodies = b"", b""
    for each in earlier:
        before, size = (timestamp - HEADER.unpack_from(each)[3]) & 0xFFFFFFFF, len(each) - HEADER_SIZE
        if 0 < before <= _FURTHEST and size <= _LONGEST:
            heads += ((_FOLLOWED | payload_type) << 24 | before << 10 | size).to_bytes(4, "big")
            bodies += each[HEADER_SIZE:]
    return packet[:HEADER_SIZE] + heads + bytes((payload_type,)) + bodies + packet[HEADER_SIZE:]
