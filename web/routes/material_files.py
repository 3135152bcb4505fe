"""The bytes of materials, in and out: uploads in pieces or by a plain form, pages, sound, film, files as they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, MediationError, TooLarge
from mediation_server.services import materials, uploading
from mediation_server.services.materials import Opened
from mediation_server.services.uploading import Progress
from web.app_keys import CONTEXT
from web.forms import MAX_BODY, read_form
from web.ranges import send_range
from web.redirect import see_other
from web.routes.materials import BASE, ITEM, base_of, item_answer, reader_of

__all__ = ["CHUNK", "routes"]

routes = web.RouteTableDef()
CHUNK = 1 << 20  # what a page sends at a time: little enough to be lost on a bad line without tears
_PIECE = 64 * 1024
_MOST_PARTS = 20
_FILE = "file"  # the field of the plain form
_UPLOAD = BASE + r"/uploads/{upload_id:[0-9a-hjkmnp-tv-z]{26}}"
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


@routes.post(ITEM + "/uploads")
async def announce(request: web.Request) -> web.StreamResponse:
    """A script says that a file will come, and how long it is."""
    user, form, match = await reader_of(request), await read_form(request), request.match_info
    ctx, size = request.config_dict[CONTEXT], form.number("bytes", 0, 10**12)
    name = form.fields.get("name", "")[:1000]
    upload = await uploading.announce(ctx, user, match["matter_id"], match["material_id"], name, size)
    return web.json_response({"upload": upload.id, "offset": 0, "bytes": upload.bytes, "chunk": CHUNK})


@routes.get(_UPLOAD)
async def arrived(request: web.Request) -> web.StreamResponse:
    """How much of it has come, to go on from there."""
    user, match = await reader_of(request), request.match_info
    ctx = request.config_dict[CONTEXT]
    return _progress(await uploading.arrived(ctx, user, match["matter_id"], match["upload_id"]))


@routes.put(_UPLOAD)
async def receive(request: web.Request) -> web.StreamResponse:
    """One piece, at the place it says."""
    user, match, offset = await reader_of(request), request.match_info, request.query.get("offset", "")
    if not offset.isascii() or not offset.isdigit() or len(offset) > 12:  # noqa: PLR2004 - a terabyte
        raise BadInput("number_range", field="offset", least=0, most=10**12)
    ctx, pieces = request.config_dict[CONTEXT], request.content.iter_chunked(_PIECE)
    return _progress(
        await uploading.receive(ctx, user, match["matter_id"], match["upload_id"], int(offset), aiter(pieces))
    )


@routes.post(ITEM + "/files")
async def receive_form(request: web.Request) -> web.StreamResponse:
    """The same without script: a plain form with one or more files; the first that is refused is told."""
    user, match = await reader_of(request), request.match_info
    if request.content_type != "multipart/form-data":
        raise BadInput("form_type")
    try:
        await _all_parts(request, user)
    except (BadInput, Conflict, TooLarge) as refusal:
        answer = await item_answer(request, user, refusal=refusal)
        answer.force_close()  # what is still on its way is not read
        return answer
    return see_other(f"{base_of(request)}/{match['material_id']}#pages")


@routes.get(ITEM + "/files.json")
async def files(request: web.Request) -> web.StreamResponse:
    """Which copies are there by now, for the page that waits for them."""
    user, match = await reader_of(request), request.match_info
    found = await materials.item_page(request.config_dict[CONTEXT], user, match["matter_id"], match["material_id"])
    first = {each.file.id: each.number for each in reversed(found.item.pages)}
    return web.json_response(
        {
            "files": [
                {"id": each.id, "state": each.state.value, "pages": each.pages, "first": first[each.id]}
                for each in found.item.files
            ]
        }
    )


@routes.get(ITEM + r"/{kind:pages|thumbs}/{number:\d{1,5}}")
async def page(request: web.Request) -> web.StreamResponse:
    """One page as it is shown; the rights are asked for anew each time."""
    user, match = await reader_of(request), request.match_info
    ctx, small = request.config_dict[CONTEXT], match["kind"] == "thumbs"
    number = int(match["number"])
    opened = await materials.open_page(ctx, user, match["matter_id"], match["material_id"], number, small=small)
    return await send_opened(request, opened)


@routes.get(ITEM + r"/files/{file_id:[0-9a-hjkmnp-tv-z]{26}}/original")
async def original(request: web.Request) -> web.StreamResponse:
    """A file as it came: never shown by us, always handed out to be kept, under a name of ours."""
    user, match = await reader_of(request), request.match_info
    ctx = request.config_dict[CONTEXT]
    opened = await materials.open_original(ctx, user, match["matter_id"], match["material_id"], match["file_id"])
    name = f"{match['file_id']}.{_EXTENSIONS[opened.media_type]}"
    plain = Opened(opened.stream, opened.bytes, "application/octet-stream")
    return await send_opened(request, plain, {"Content-Disposition": f'attachment; filename="{name}"'})


async def send_opened(
    request: web.Request, opened: Opened, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """Answer with an open file, or the part of it that was asked for, and close it."""
    try:
        return await send_range(request, opened.stream, opened.bytes, opened.media_type, headers)
    finally:
        await asyncio.to_thread(opened.stream.close)


async def _all_parts(request: web.Request, user: User) -> None:
    ctx, match, taken = request.config_dict[CONTEXT], request.match_info, 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            taken += 1
            if not isinstance(part, BodyPartReader) or taken > _MOST_PARTS:
                raise BadInput("form_type")
            if part.name != _FILE:
                await _pass_over(part)  # whatever else a page says is no evidence
                continue
            name, pieces = part.filename or "", _pieces(part)
            await uploading.receive_whole(ctx, user, match["matter_id"], match["material_id"], name, pieces)
    except MediationError:
        raise
    except ValueError as error:  # no multipart after all
        raise BadInput("form_type") from error


async def _pass_over(part: BodyPartReader) -> None:
    """Read a field to its end, which is as near as that of a plain form. Raises `TooLarge`."""
    left = MAX_BODY
    async for piece in _pieces(part):
        left -= len(piece)
        if left < 0:
            raise TooLarge


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_PIECE):
        yield piece


def _progress(progress: Progress) -> web.Response:
    done = progress.file is not None
    return web.json_response(
        {"upload": progress.upload, "offset": progress.offset, "bytes": progress.bytes, "done": done}
    )
