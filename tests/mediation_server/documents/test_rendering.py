import zlib

import pytest

from mediation_server.documents.rendering import rendered
from mediation_server.errors import Unavailable

QR = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><path d="M0 0h1v1H0z"/></svg>'
DATA = {
    "number": "TJ-9901-2026-000043",
    "court": "江岚市云溪区人民法院",
    "rows": [["申请人", "陶静怡"]],
    "qr": QR,
    "day": "2026年11月28日",
    "paragraphs": ["已收到您的调解申请。"],
}


async def test_a_receipt_is_a_pdf_with_its_fonts_in_it():
    made = await rendered("receipt", DATA)
    assert made.startswith(b"%PDF-1.7")
    assert b"NotoSerifCJK" in made


@pytest.mark.parametrize(
    "name", ["#panic()", "*bold* $x$ _y_", "= heading", '"quoted"', "\\", '#read("/etc/passwd")', "</svg>", "`raw`"]
)
async def test_what_people_typed_is_text_and_never_markup(name):
    made = await rendered("receipt", {**DATA, "rows": [["申请人", name]]})
    assert made.startswith(b"%PDF")
    assert b"root:" not in b"".join(unpacked(made))


def unpacked(pdf):
    for part in pdf.split(b"stream\n")[1:]:
        try:
            yield zlib.decompress(part)
        except zlib.error:
            yield part


async def test_what_cannot_be_made_says_so():
    for template, data in (("nothing", DATA), ("receipt", {})):
        with pytest.raises(Unavailable, match="document_unavailable"):
            await rendered(template, data)
