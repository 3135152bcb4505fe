"""Files as people hand them in, made on the spot: pictures, documents, sounds, and what only pretends to be one."""

from __future__ import annotations

import io
import struct
import wave
import zlib

from PIL import Image, ImageDraw

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ZIP = b"PK\x03\x04" + bytes(40)
EXE = b"MZ" + bytes(60)
HEIC = struct.pack(">I", 24) + b"ftypheic" + bytes(12)
TEXT = "2025年6月1日 转账 90 000元\n".encode() * 60


def photo(word="1", *, size=(320, 240), gps=True):
    """A JPEG with a word on it and, as phones write it, the place where it was taken."""
    picture = Image.new("RGB", size, (40 + sum(word.encode()) % 150, 90, 140))
    ImageDraw.Draw(picture).text((20, 20), word, fill="white")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned
    if gps:
        exif.get_ifd(0x8825)[2] = (31.0, 13.0, 0.0)
        exif[0x010E] = "at home"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(size=(40, 30)):
    out = io.BytesIO()
    Image.new("RGBA", size, (255, 0, 0, 128)).save(out, "PNG")
    return out.getvalue()


def bomb(side=8_000):
    """A few kilobytes of PNG that would be a very large picture."""
    rows = zlib.compressobj(9)
    line = bytes(1 + side)
    data = b"".join(rows.compress(line) for _ in range(side)) + rows.flush()

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf(pages=2, *, script=False):
    """A PDF by hand: blank A4 pages, with a script to be run when it opens."""
    action = " /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>" if script else ""
    kids = " ".join(f"{n + 3} 0 R" for n in range(pages))
    objects = [f"<< /Type /Catalog /Pages 2 0 R{action} >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"]
    objects += ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n"
    )
    return out + end.encode() + b"%%EOF\n"


def sound(seconds=0.2):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(8000 * seconds) * 2))
    return out.getvalue()
