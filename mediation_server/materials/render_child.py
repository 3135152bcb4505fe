"""The process that makes copies for showing: `python -m mediation_server.materials.render_child TYPE SOURCE TARGET`.

Pictures and pages are drawn anew, so that nothing of the file but what is seen gets into a browser: no position, no
script, no second file behind the first. Sound and film are copied packet by packet into a file without tags.
"""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import av
import pypdfium2
from PIL import Image, ImageOps

from mediation_server.at_rest.scratch import scratch
from mediation_server.at_rest.stored import HeldKeys, ScopeKey, length_of, open_stored, store
from mediation_server.domain.material_types import Shape, shape_of
from mediation_server.materials.confinement import Limits, bound, confine, library_paths

__all__ = ["main"]

_MIB = 1 << 20
_LIMITS = Limits(memory=1536 * _MIB, cpu_s=60, writes=256 * _MIB)

_EDGE, _SMALL_EDGE = 2200, 360
_QUALITY, _SMALL_QUALITY = 84, 72
_MOST_PIXELS = {"image/jpeg": 200_000_000, "image/png": 50_000_000}  # a JPEG can be read at an eighth of its size
_MOST_PAGES = 200
_MOST_SCALE = 3.0  # 216 dots an inch
_MOST_TEXT = _MIB
_LINES, _COLUMNS = 45, 60
_BIDI = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}

_FORMATS = {  # what it must be, and what it becomes
    "audio/mpeg": ("mp3", "mp3"),
    "audio/mp4": ("mov", "mp4"),
    "audio/wav": ("wav", "wav"),
    "video/mp4": ("mov", "mp4"),
    "video/webm": ("matroska", "webm"),
}


class FaultError(Exception):
    """Why there will be no copy: one of `rendering.FAULTS`."""


def main(arguments: list[str]) -> None:
    """Make the copies; says on standard output how many pages, or which fault."""
    media_type, source, target = arguments[0], Path(arguments[1]), Path(arguments[2])
    opens = HeldKeys.heard(json.load(sys.stdin))
    bound(_LIMITS)
    Image.MAX_IMAGE_PIXELS = None  # counted here, by kind
    Image.init()  # the readers of pictures, before nothing more can be opened
    stream = open_stored(source.parent, source.name, opens, f"kept/{source.name}")
    confine(library_paths(), target)
    try:
        copies = Copies(target, opens.of(f"shown/{source.name}"))
        pages = _MAKERS[shape_of(media_type)](stream, media_type, copies)
    except FaultError as fault:
        answer: dict[str, object] = {"fault": str(fault)}
    except MemoryError:
        answer = {"fault": "too_much"}
    except Exception:  # noqa: BLE001 - whatever a library makes of a broken or hostile file
        answer = {"fault": "unreadable"}
    else:
        answer = {"pages": pages}
    sys.stdout.write(json.dumps(answer))


class Copies(NamedTuple):
    """Where copies go, and what they are encrypted with."""

    target: Path
    key: ScopeKey | None

    def put(self, name: str, data: BinaryIO) -> None:
        """One of them, from its beginning."""
        data.seek(0)
        store(data, self.target / name, self.key)


def _image(source: BinaryIO, media_type: str, target: Copies) -> int:
    with Image.open(source, formats=(media_type.removeprefix("image/").upper(),)) as picture:
        if picture.width * picture.height > _MOST_PIXELS[media_type]:
            raise FaultError("too_many_pixels")
        picture.draft("RGB", (_EDGE, _EDGE))
        _save(ImageOps.exif_transpose(picture), target, 1)
    return 1


def _document(source: BinaryIO, _media_type: str, target: Copies) -> int:
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        raise FaultError("locked" if "assword" in str(error) else "unreadable") from error
    with contextlib.closing(document):
        if len(document) > _MOST_PAGES:
            raise FaultError("too_many_pages")
        for number in range(len(document)):
            page = document[number]
            scale = min(_MOST_SCALE, _EDGE / max(1.0, *page.get_size()))
            _save(page.render(scale=scale, may_draw_forms=False).to_pil(), target, number + 1)
            page.close()
        return len(document)


def _save(picture: Image.Image, target: Copies, number: int) -> None:
    """A page and its small picture, on white, with nothing but pixels in them."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    plain = picture.convert("RGB")
    plain.info.clear()
    for prefix, edge, quality in (("p", _EDGE, _QUALITY), ("t", _SMALL_EDGE, _SMALL_QUALITY)):
        plain.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        made = BytesIO()
        plain.save(made, "JPEG", quality=quality, optimize=True)
        target.put(f"{prefix}{number:04}.jpg", made)


def _text(source: BinaryIO, _media_type: str, target: Copies) -> int:
    data = source.read(_MOST_TEXT + 1)
    if len(data) > _MOST_TEXT:
        raise FaultError("too_long")
    lines = list(_lines(data.decode("utf-8-sig")))
    pages = [lines[n : n + _LINES] for n in range(0, len(lines), _LINES)]
    if len(pages) > _MOST_PAGES:
        raise FaultError("too_long")
    for number, page in enumerate(pages, start=1):
        target.put(f"p{number:04}.txt", BytesIO("\n".join(page).encode()))
    return len(pages)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines() or [""]:
        plain = "".join(each for each in line.expandtabs(4) if _may_stay(each))
        yield from (plain[n : n + _COLUMNS] for n in range(0, max(1, len(plain)), _COLUMNS))


def _may_stay(character: str) -> bool:
    return character not in _BIDI and unicodedata.category(character) not in ("Cc", "Cs", "Co")


def _played(source: BinaryIO, media_type: str, target: Copies) -> int:
    with scratch(target.target / "media", length_of(source)) as plain:
        _repacked(source, media_type, plain)
        with plain.open("rb") as made:
            target.put("media", made)
    return 1


def _repacked(source: BinaryIO, media_type: str, path: Path) -> None:
    read_as, written_as = _FORMATS[media_type]
    options = {"movflags": "+faststart"} if written_as == "mp4" else {}
    with av.open(source, "r", format=read_as) as read, av.open(str(path), "w", written_as, options=options) as out:
        wanted = [*read.streams.video[:1], *read.streams.audio[:1]]
        if media_type.startswith("audio/"):
            wanted = list(read.streams.audio[:1])
        if not wanted:
            raise FaultError("unreadable")
        tracks = {each.index: out.add_stream_from_template(each, opaque=True) for each in wanted}
        for packet in read.demux(wanted):
            if packet.dts is None:
                continue
            packet.stream = tracks[packet.stream.index]
            out.mux(packet)


_MAKERS: dict[Shape, Callable[[BinaryIO, str, Copies], int]] = {
    Shape.IMAGE: _image,
    Shape.DOCUMENT: _document,
    Shape.TEXT: _text,
    Shape.SOUND: _played,
    Shape.FILM: _played,
}

if __name__ == "__main__":
    main(sys.argv[1:])
