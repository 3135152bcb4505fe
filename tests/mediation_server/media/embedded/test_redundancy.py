"""Sound twice over: what was put together comes apart again, and what does not add up is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.redundancy import doubled, unfolded

OPUS = 111


def plain(timestamp, payload):
    """A packet with a header of twelve bytes."""
    return struct.pack("!BBHII", 0x80, OPUS, 7, timestamp & 0xFFFFFFFF, 9) + payload


@given(
    st.integers(0, 0xFFFFFFFF),
    st.binary(min_size=1, max_size=120),
    st.lists(st.tuples(st.integers(1, (1 << 14) - 1), st.binary(max_size=200)), max_size=3),
)
def test_what_was_put_together_comes_apart_again(timestamp, payload, earlier):
    packets = [plain(timestamp - before, each) for before, each in earlier]
    whole = doubled(plain(timestamp, payload), packets, OPUS)
    assert whole[:12] == plain(timestamp, payload)[:12]
    blocks, present = unfolded(whole[12:], OPUS)
    assert present == payload
    assert blocks == earlier


@pytest.mark.parametrize("far", [0, 1 << 14, -960])
def test_what_lies_too_far_back_is_left_out(far):
    whole = doubled(plain(100_000, b"now"), [plain(100_000 - far, b"then")], OPUS)
    assert unfolded(whole[12:], OPUS) == ([], b"now")


@given(st.binary(max_size=60))
def test_whatever_comes_is_taken_apart_or_refused_and_nothing_is_made_up(data):
    try:
        blocks, present = unfolded(data, OPUS)
    except ValueError:
        return
    assert data.endswith(b"".join(each.payload for each in blocks) + present)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes((OPUS - 1,)) + b"of another type",
        bytes((0x80 | OPUS,)),
        bytes((0x80 | OPUS, 0, 7, 255, OPUS)) + b"shorter than it says",
        bytes((0x80 | OPUS, 0, 4, 0)) * 9 + bytes((OPUS,)) + b"too many",
        bytes((0x80 | (OPUS - 1), 0, 4, 0, OPUS)) + b"a stranger among them",
    ],
)
def test_what_does_not_add_up_is_refused(data):
    with pytest.raises(ValueError, match="red"):
        unfolded(data, OPUS)
