"""What a file is, by its first bytes and never by its name: a short list of kinds that can be shown; pure."""

from __future__ import annotations

from enum import StrEnum

from mediation_server.errors import BadInput

__all__ = ["HEAD_BYTES", "Shape", "shape_of", "type_of"]

HEAD_BYTES = 4096
_MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"qt  ",
    b"MSNV",
}
_3GP = (b"3gp", b"3g2")
_M4A_BRANDS = {b"M4A ", b"M4B ", b"mp4a"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_CONTROLS = bytes(each for each in range(32) if each not in b"\t\n\r\f") + b"\x7f"
_MPEG_VERSIONS = (0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB)  # second byte of an MPEG audio frame, layer III


class Shape(StrEnum):
    """How a kind of file is shown."""

    IMAGE = "image"
    DOCUMENT = "document"  # page by page
    TEXT = "text"
    SOUND = "sound"
    FILM = "film"


_SHAPES = {
    "image/jpeg": Shape.IMAGE,
    "image/png": Shape.IMAGE,
    "application/pdf": Shape.DOCUMENT,
    "text/plain": Shape.TEXT,
    "audio/mpeg": Shape.SOUND,
    "audio/mp4": Shape.SOUND,
    "audio/wav": Shape.SOUND,
    "video/mp4": Shape.FILM,
    "video/webm": Shape.FILM,
}


def shape_of(media_type: str) -> Shape:
    """How a file of one of our types is shown. Raises `KeyError` for any other."""
    return _SHAPES[media_type]


def type_of(head: bytes) -> str:
    """The media type of a file that begins with `head` (its first `HEAD_BYTES`, or all of it).

    Raises `BadInput("material_heic")` for the pictures of some phones, which few browsers can show, and
    `BadInput("material_type")` for everything that is not on the list: web pages, drawings, office files, archives,
    programs, whatever their names say.
    """
    for found in (_picture(head), _film(head), _sound(head)):
        if found:
            return found
    if _is_text(head):
        return "text/plain"
    raise BadInput("material_type", field="file")


def _picture(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "application/pdf" if head.startswith(b"%PDF-") else None


def _film(head: bytes) -> str | None:
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in _HEIF_BRANDS:
        raise BadInput("material_heic", field="file")
    if brand in _M4A_BRANDS:
        return "audio/mp4"
    return "video/mp4" if brand in _MP4_BRANDS or brand.startswith(_3GP) else None


def _sound(head: bytes) -> str | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    frame = len(head) > 1 and head[0] == 0xFF and head[1] in _MPEG_VERSIONS  # noqa: PLR2004 - the sync word
    return "audio/mpeg" if frame or head.startswith(b"ID3") else None


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters, that is no markup a browser might take for a page."""
    if not head or head.translate(None, _CONTROLS) != head:
        return False
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:  # a character cut in two at the end of the head is no fault
        if len(head) < HEAD_BYTES or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8-sig")
    return not text.lstrip().startswith(("<", "{\\rtf", "#!"))
