"""One byte range of an open file (RFC 9110 §14): parsed strictly, sent in pieces, never cached; decides no right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import BinaryIO, NamedTuple

from aiohttp import web

__all__ = ["PLAYED", "ByteRange", "Still", "parse_range", "send_range"]

_SINGLE = re.compile(r"(?i:bytes)=([0-9]{0,18})-([0-9]{0,18})")
_PIECE = 256 * 1024
PLAYED = 1 << 20  # bytes: a player asks for all that follows, reads some seconds of it, and keeps the line occupied


class ByteRange(NamedTuple):
    """First and last byte, both included."""

    first: int
    last: int


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range asked for, None for the whole file. Raises `ValueError` for one that cannot be served.

    Several ranges, other units and nonsense are ignored, as the RFC allows; the answer is then the whole file.
    """
    match = _SINGLE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise ValueError(header)
        return ByteRange(max(0, size - int(last)), size - 1)
    if int(first) >= size or (last and int(last) < int(first)):
        raise ValueError(header)
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


class Still(NamedTuple):
    """Whether the reader may still have it: asked again while a long answer is on its way, at most every `every_s`.

    Of a range no more than `most` bytes are sent; whoever wants the rest asks for it (RFC 9110 §15.3.7).
    """

    allowed: Callable[[], Awaitable[bool]]
    every_s: float = 2.0
    most: int | None = None


async def send_range(
    request: web.Request,
    stream: BinaryIO,
    size: int,
    content_type: str,
    more: Mapping[str, str] | None = None,
    still: Still | None = None,
) -> web.StreamResponse:
    """Answer with the asked part of `stream`; a reader that went away, or may not have it any more, ends it.

    A range is defined for GET alone (§14.2); `If-Range` holds for nothing sent without a validator (§13.1.5).
    """
    headers = {"Content-Type": content_type, "Accept-Ranges": "bytes", "Cache-Control": "no-store, private"}
    headers |= more or {}
    try:
        defined = request.method == "GET" and "If-Range" not in request.headers
        asked = parse_range(request.headers.get("Range") if defined else None, size)
    except ValueError:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if asked and still and still.most:
        asked = asked._replace(last=min(asked.last, asked.first + still.most - 1))
    part = asked or ByteRange(0, size - 1)
    if asked:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    response = web.StreamResponse(status=206 if asked else 200, headers=headers)
    response.content_length = part.last - part.first + 1
    await response.prepare(request)
    if request.method != "HEAD":
        await _copy(response, stream, part, still)
    return response


async def _copy(response: web.StreamResponse, stream: BinaryIO, part: ByteRange, still: Still | None) -> None:
    await asyncio.to_thread(stream.seek, part.first)
    now = asyncio.get_running_loop().time
    left, asked = part.last - part.first + 1, now()
    while left > 0:
        if still and now() - asked >= still.every_s:
            if not await still.allowed():
                response.force_close()
                return
            asked = now()
        piece = await asyncio.to_thread(stream.read, min(_PIECE, left))
        if not piece:  # shorter than it was: the line must close, or what follows is taken for the rest
            response.force_close()
            return
        await response.write(piece)
        left -= len(piece)
