"""Decrypting a train of packets and making plain packets of the ordinary ones; knows no socket, no track and no room.

Nearly every packet of a picture is ordinary: the next one of its stream, with nothing in its header that matters but
its transport-wide number, and no key frame begins with it.  Trains of those are taken at once.  The first one that is
not ends the train and is looked at by itself, where every case is known (`Uplink.take_rtp`).
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from mediation_server.media.embedded import private_names
from mediation_server.media.embedded.codecs import Codec, Payload
from mediation_server.media.embedded.rtp import HEADER_SIZE, ONE_BYTE
from mediation_server.media.embedded.srtp import Buffer, SrtpKeys

__all__ = ["Expected", "Opened", "open_train"]

_HEAD = Struct("!BBH")  # flags, marker and payload type, sequence number; behind it timestamp and SSRC
_PLAIN = 0x80
_BLOCK = Struct("!HH")  # profile and length in words of an extension block, RFC 8285 §4.2
_EXTENDED = 0x10
_ODD_FLAGS = 0x2F  # padding, contributing sources
_MEDIA = Payload.MEDIA
_WIDE = 2  # bytes of a transport-wide number


class Expected(NamedTuple):
    """The stream a train belongs to: running number of its next packet, id of transport-wide numbers, codec."""

    number: int
    twcc_id: int
    codec: Codec


class Opened(NamedTuple):
    """The ordinary packets at the head of a train, plain and under their running numbers.

    `odd`: when there are fewer than asked for, the decrypted size of the packet behind them, or 0: it was refused.
    """

    packets: list[bytes]
    numbers: list[int]  # transport-wide, of those that carry one
    bytes: int  # decrypted, headers included
    odd: int


def open_train(buffers: Sequence[Buffer], sizes: Sequence[int], keys: SrtpKeys, expected: Expected) -> Opened:
    """Decrypt packets of one stream, the first `sizes[n]` bytes of each buffer, up to one that is not ordinary.

    Their headers must go on from one to the next as those of a `Train` do.
    """
    number, twcc_id, codec = expected
    packets: list[bytes] = []
    numbers: list[int] = []
    unprotect, context, inspect, pack = private_names.unprotect, keys.opening, codec.inspect, _HEAD.pack
    total, tail = 0, bytes(buffers[0].view[_HEAD.size : HEADER_SIZE])
    flags, start, at, before, behind = -1, 0, 0, b"", b""  # the header of the packet before, for most are alike
    for buffer, sealed in zip(buffers, sizes, strict=True):
        length, view = buffer.length, buffer.view
        length[0] = sealed
        if unprotect(context, buffer.data, length):
            return Opened(packets, numbers, total, 0)
        size = length[0]
        if view[0] != flags or view[HEADER_SIZE:at] != before or view[at + _WIDE : start] != behind or start > size:
            flags = view[0]
            start, at = _payload(view, size, twcc_id)
            before, behind = bytes(view[HEADER_SIZE:at]), bytes(view[at + _WIDE : start])
        packet = pack(_PLAIN, view[1], number & 0xFFFF) + tail + view[start:size]
        if not start or inspect(packet, HEADER_SIZE) is not _MEDIA:
            return Opened(packets, numbers, total, size)
        packets.append(packet)
        if at < start:
            numbers.append(view[at] << 8 | view[at + 1])
        number += 1
        total += size
    return Opened(packets, numbers, total, 0)


def _payload(packet: memoryview, size: int, twcc_id: int) -> tuple[int, int]:
    """Where the payload begins, 0 when the header is not ordinary; where the transport-wide number is, or the same."""
    flags = packet[0]
    if flags & _ODD_FLAGS:
        return 0, 0
    if not flags & _EXTENDED:
        return HEADER_SIZE, HEADER_SIZE
    at = HEADER_SIZE + _BLOCK.size
    profile, words = _BLOCK.unpack_from(packet, HEADER_SIZE)
    start = at + 4 * words
    if profile != ONE_BYTE or start > size:
        return 0, 0
    found = start
    while at < start:
        head = packet[at]
        at += 1
        if not head:
            continue
        end = at + (head & 15) + 1
        if head >> 4 == 15 or end > start:  # noqa: PLR2004 - 15 ends the block, RFC 8285 §4.2
            break
        if head >> 4 == twcc_id:
            found = at if end - at == _WIDE else start
        at = end
    return start, found
