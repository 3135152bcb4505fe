import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.material_types import HEAD_BYTES, Shape, shape_of, type_of
from mediation_server.errors import BadInput
from tests import papers

MP4 = b"\0\0\0\x18ftypisom" + bytes(12)
KNOWN = {
    "image/jpeg": papers.photo(),
    "image/png": papers.png(),
    "application/pdf": papers.pdf(),
    "text/plain": papers.TEXT,
    "audio/mpeg": b"ID3\x04" + bytes(20),
    "audio/mp4": b"\0\0\0\x18ftypM4A " + bytes(12),
    "audio/wav": papers.sound(),
    "video/mp4": MP4,
    "video/webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(20),
}
REFUSED = {
    "a page": papers.HTML,
    "a page behind blanks": b"\n\n  " + papers.HTML,
    "a drawing": papers.SVG,
    "an archive": papers.ZIP,
    "a program": papers.EXE,
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "rich text": b"{\\rtf1 hello}",
    "nothing": b"",
    "control characters": b"a\x00b",
    "no Chinese text of ours": "合同".encode("gb18030"),
    "a picture of another kind": b"GIF89a" + bytes(20),
    "matroska": b"\x1a\x45\xdf\xa3matroska",
}


@pytest.mark.parametrize(("media_type", "data"), KNOWN.items())
def test_a_file_is_what_its_bytes_say(media_type, data):
    assert type_of(data[:HEAD_BYTES]) == media_type
    assert shape_of(media_type) in set(Shape)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_not_on_the_list_is_refused(data):
    with pytest.raises(BadInput) as refusal:
        type_of(data[:HEAD_BYTES])
    assert (refusal.value.code, refusal.value.field) == ("material_type", "file")


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_pictures_that_few_browsers_show_are_refused_in_words_of_their_own(brand):
    with pytest.raises(BadInput) as refusal:
        type_of(b"\0\0\0\x18ftyp" + brand + bytes(12))
    assert refusal.value.code == "material_heic"


def test_a_text_cut_in_the_middle_of_a_character_is_still_a_text():
    data = ("我" * HEAD_BYTES).encode()
    for end in (HEAD_BYTES, HEAD_BYTES + 1, HEAD_BYTES + 2):
        assert type_of(data[end - HEAD_BYTES : end] if end == HEAD_BYTES else data[:HEAD_BYTES]) == "text/plain"


@given(st.binary(max_size=64))
def test_any_bytes_are_a_kind_we_can_show_or_are_refused(data):
    try:
        found = type_of(data)
    except BadInput:
        return
    assert shape_of(found) in set(Shape)
