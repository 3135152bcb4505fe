"""One byte range of a file, by RFC 9110 §14: what is served, what is ignored, what is refused."""

import io
import re

import aiohttp
import pytest
from aiohttp import web
from hypothesis import assume, given
from hypothesis import strategies as st

from web.ranges import ByteRange, Still, parse_range, send_range

SIZE = 10_000  # as in the examples of §14.1.2
IGNORED = [
    None,
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=1",
    "bytes=0x1-0x2",
    "bytes=1-2, 5-6",
    "bytes=0-0,-1",
    "items=0-5",
    "bytes=-1-5",
    "bytes=+1-5",
    "bytes=1-5\n",
    "bytes=1-5;",
    "bytes=٠-٩",
    "bytes=" + "9" * 40 + "-",
]


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-499", 0, 499),
        ("bytes=500-999", 500, 999),
        ("bytes=-500", 9500, 9999),
        ("bytes=9500-", 9500, 9999),
        ("bytes=0-0", 0, 0),
        ("bytes=-1", 9999, 9999),
        ("bytes=0-", 0, 9999),
        ("bytes=9000-123456789", 9000, 9999),
        ("bytes=-123456789", 0, 9999),
        ("Bytes=1-2", 1, 2),
    ],
)
def test_a_single_range_is_cut_to_the_file(header, first, last):
    assert parse_range(header, SIZE) == ByteRange(first, last)


@pytest.mark.parametrize("header", IGNORED)
def test_several_ranges_other_units_and_nonsense_are_ignored(header):
    assert parse_range(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=10000-10001", "bytes=999999-", "bytes=-0", "bytes=5-4"])
def test_what_no_byte_answers_to_is_refused(header):
    with pytest.raises(ValueError, match=re.escape(header)):
        parse_range(header, SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_an_empty_file_has_no_range(header):
    with pytest.raises(ValueError, match=re.escape(header)):
        parse_range(header, 0)


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_gives_the_bytes_that_a_slice_gives(data, first, length):
    assume(first < len(data))
    found = parse_range(f"bytes={first}-{first + length}", len(data))
    assert data[found.first : found.last + 1] == data[first : first + length + 1]
    found = parse_range(f"bytes=-{length + 1}", len(data))
    assert data[found.first : found.last + 1] == data[-(length + 1) :]


@given(st.one_of(st.text(), st.from_regex(r"bytes=[0-9]*-[0-9]*(,[0-9]*-[0-9]*)*", fullmatch=True)), st.integers(0))
def test_whatever_is_asked_a_range_lies_in_the_file(header, size):
    try:
        found = parse_range(header, size)
    except ValueError:
        return
    assert found is None or 0 <= found.first <= found.last < size


# --- on a real connection ----------------------------------------------------------------------------------


class Stream(io.BytesIO):
    """A file of which everything can be asked for, piece by piece."""

    reads = 0

    def read(self, size=-1):
        self.reads += 1
        return super().read(size)


@pytest.fixture
async def served():
    """`ask(stream, size, method, **headers)`: what comes back for it."""
    now = {}

    async def handler(request):
        return await send_range(request, now["stream"], now["size"], "video/webm", still=now["still"])

    app = web.Application()
    app.router.add_route("*", "/", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url, patience = f"http://127.0.0.1:{runner.addresses[0][1]}", aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(url, timeout=patience) as session:

        async def ask(stream, size, method="GET", headers=None, still=None):
            now.update(stream=stream, size=size, still=still)
            async with session.request(method, "/", headers=headers) as answer:
                return answer.status, answer.headers, await answer.read()

        yield ask
    await runner.cleanup()


async def test_a_part_says_which_it_is(served):
    status, headers, body = await served(Stream(b"0123456789"), 10, headers={"Range": "bytes=2-4"})
    assert (status, body) == (206, b"234")
    assert (headers["Content-Range"], headers["Content-Length"]) == ("bytes 2-4/10", "3")


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-1,3-4"}, {"Range": "bytes=2-4", "If-Range": '"x"'}])
async def test_the_whole_file_when_there_is_no_range_to_serve(served, asked):
    status, headers, body = await served(Stream(b"0123456789"), 10, headers=asked)
    assert (status, body) == (200, b"0123456789")
    assert "Content-Range" not in headers
    assert (headers["Accept-Ranges"], headers["Cache-Control"]) == ("bytes", "no-store, private")


async def test_a_range_beyond_the_end_tells_the_length(served):
    status, headers, body = await served(Stream(b"0123456789"), 10, headers={"Range": "bytes=10-"})
    assert (status, body) == (416, b"")
    assert (headers["Content-Range"], headers["Cache-Control"]) == ("bytes */10", "no-store, private")


@pytest.mark.parametrize("asked", ["bytes=2-4", "bytes=99-"])
async def test_a_range_is_defined_for_get_alone(served, asked):
    stream = Stream(b"0123456789")
    status, headers, body = await served(stream, 10, "HEAD", headers={"Range": asked})
    assert (status, headers["Content-Length"], body) == (200, "10", b"")
    assert stream.reads == 0


async def test_a_large_file_is_sent_in_pieces(served):
    stream = Stream(bytes(range(256)) * 4096)
    status, _, body = await served(stream, len(stream.getvalue()))
    assert (status, body) == (200, stream.getvalue())
    assert stream.reads == 4


async def test_a_file_that_became_shorter_ends_the_connection(served):
    with pytest.raises(aiohttp.ClientPayloadError):
        await served(Stream(b"0123"), 10)


async def test_an_answer_stops_in_the_middle_once_its_reader_may_not_have_it_any_more(served):
    answers, stream, size = iter([True, True, False]), Stream(bytes(64 << 20)), 64 << 20

    async def allowed():
        return next(answers)

    with pytest.raises(aiohttp.ClientPayloadError):
        await served(stream, size, still=Still(allowed, every_s=0))
    assert stream.reads == 2  # one piece for each yes


async def test_a_reader_who_still_may_have_it_gets_all_of_it(served):
    async def allowed():
        return True

    assert (await served(Stream(b"0123456789"), 10, still=Still(allowed, every_s=0)))[2] == b"0123456789"
