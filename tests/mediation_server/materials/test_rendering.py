import asyncio
from io import BytesIO

import av
import pytest
from PIL import Image

from mediation_server.at_rest.stored import HeldKeys, ScopeKey, is_stored, open_stored, store
from mediation_server.materials.rendering import Renderer, render
from tests import papers


@pytest.fixture
def bench(tmp_path):
    directory = tmp_path / "bench"
    directory.mkdir()
    return directory


async def rendered(tmp_path, bench, data, media_type, **options):
    source = tmp_path / "source"
    await asyncio.to_thread(source.write_bytes, data)
    return await render(source, media_type, bench, **options)


async def test_a_photo_is_drawn_anew_upright_and_says_nothing_of_where_it_was_taken(tmp_path, bench):
    data = papers.photo(size=(400, 300))
    assert b"at home" in data
    made = await rendered(tmp_path, bench, data, "image/jpeg")
    assert (made.pages, made.fault) == (1, None)
    with Image.open(bench / "p0001.jpg") as picture:
        assert (picture.size, dict(picture.getexif())) == ((300, 400), {})
    assert b"at home" not in (bench / "p0001.jpg").read_bytes()
    with Image.open(bench / "t0001.jpg") as small:
        assert max(small.size) == 360


async def test_a_large_picture_becomes_as_large_as_a_page_needs(tmp_path, bench):
    made = await rendered(tmp_path, bench, papers.photo(size=(4400, 2200), gps=False), "image/jpeg")
    assert made.pages == 1
    with Image.open(bench / "p0001.jpg") as picture:
        assert picture.size == (1100, 2200)


async def test_what_shines_through_stands_on_white(tmp_path, bench):
    await rendered(tmp_path, bench, papers.png(), "image/png")
    with Image.open(bench / "p0001.jpg") as picture:
        red, green, _ = picture.getpixel((5, 5))
        assert red > 240
        assert 110 < green < 145


async def test_every_page_of_a_document_becomes_a_picture_and_its_script_stays_behind(tmp_path, bench):
    made = await rendered(tmp_path, bench, papers.pdf(3, script=True), "application/pdf")
    assert made.pages == 3
    assert sorted(path.name for path in bench.iterdir()) == sorted(
        f"{kind}{page:04}.jpg" for kind in "pt" for page in (1, 2, 3)
    )
    with Image.open(bench / "p0003.jpg") as picture:
        assert max(picture.size) == 2200


async def test_a_text_is_cut_into_pages_without_tricks_of_direction(tmp_path, bench):
    made = await rendered(tmp_path, bench, "a\u202eb\n".encode() * 100, "text/plain")
    assert made.pages == 3
    assert (bench / "p0001.txt").read_text("utf-8").splitlines()[0] == "ab"


async def test_sound_is_copied_without_its_tags(tmp_path, bench):
    made = await rendered(tmp_path, bench, papers.sound(), "audio/wav")
    assert made.pages == 1
    with av.open(str(bench / "media")) as played:
        assert played.streams.audio[0].rate == 8000


async def test_film_loses_the_place_where_it_was_taken(tmp_path, bench):
    source = tmp_path / "film.mp4"
    with av.open(str(source), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata["location"] = "+31.2000+117.1000/"
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(stream.encode())
    assert b"+31.2000" in source.read_bytes()
    made = await render(source, "video/mp4", bench)
    assert (made.pages, made.fault) == (1, None)
    assert b"+31.2000" not in (bench / "media").read_bytes()


@pytest.mark.parametrize(
    ("data", "media_type", "fault"),
    [
        (b"\xff\xd8\xff" + bytes(50), "image/jpeg", "unreadable"),
        (b"%PDF-1.4 nothing else", "application/pdf", "unreadable"),
        (papers.sound()[:20], "audio/wav", "unreadable"),
        (b"\x1a\x45\xdf\xa3webm", "video/webm", "unreadable"),
        (papers.pdf(201), "application/pdf", "too_many_pages"),
        (b"x" * (2 << 20), "text/plain", "too_long"),
    ],
)
async def test_a_file_that_cannot_be_shown_says_why(tmp_path, bench, data, media_type, fault):
    assert (await rendered(tmp_path, bench, data, media_type)).fault == fault


async def test_a_bomb_of_pixels_is_not_even_opened(tmp_path, bench):
    data = papers.bomb()
    assert len(data) < 2_000_000
    assert (await rendered(tmp_path, bench, data, "image/png")).fault == "too_many_pixels"


async def test_a_file_that_takes_too_long_is_ended(tmp_path, bench):
    made = await rendered(tmp_path, bench, papers.pdf(150), "application/pdf", patience_s=0.05)
    assert made.fault == "too_much"


async def test_copies_are_made_one_file_after_the_other(tmp_path, bench):
    source = tmp_path / "source"
    await asyncio.to_thread(source.write_bytes, papers.photo())
    renderer = Renderer()
    targets = [bench / str(n) for n in range(3)]
    for target in targets:
        target.mkdir()
    made = await asyncio.gather(*(renderer(source, "image/jpeg", target, HeldKeys()) for target in targets))
    assert [each.pages for each in made] == [1, 1, 1]


@pytest.mark.parametrize(
    ("make", "media_type", "names"),
    [
        (papers.photo, "image/jpeg", ["p0001.jpg", "t0001.jpg"]),
        (lambda: papers.pdf(1), "application/pdf", ["p0001.jpg", "t0001.jpg"]),
        (lambda: b"hello", "text/plain", ["p0001.txt"]),
        (papers.sound, "audio/wav", ["media"]),
    ],
)
async def test_a_file_is_read_and_its_copies_are_written_encrypted(tmp_path, bench, make, media_type, names):
    sha256 = "ab" * 32
    keys = [ScopeKey("k", f"{what}/{sha256}", what.encode().ljust(32)) for what in ("kept", "shown")]
    await asyncio.to_thread(store, BytesIO(make()), tmp_path / sha256, keys[0])
    made = await render(tmp_path / sha256, media_type, bench, HeldKeys(keys))
    assert (made.pages, made.fault) == (1, None)
    assert sorted(each.name for each in bench.iterdir()) == names
    assert all(is_stored(bench, name) for name in names)
    with open_stored(bench, names[0], HeldKeys(keys[1:]), f"shown/{sha256}") as stream:
        assert stream.read(1)


async def test_without_its_key_a_file_has_no_copies(tmp_path, bench):
    await asyncio.to_thread(store, BytesIO(papers.photo()), tmp_path / "x", ScopeKey("k", "kept/x", bytes(32)))
    assert (await render(tmp_path / "x", "image/jpeg", bench)).fault == "too_much"
    assert list(bench.iterdir()) == []
