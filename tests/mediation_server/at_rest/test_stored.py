"""Stored files: read as written, in any part, over every boundary; whatever is changed about one is found."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation_server.at_rest.stored import (
    CHUNK,
    BrokenFileError,
    HeldKeys,
    LiveFile,
    ScopeKey,
    is_stored,
    key_of,
    length_of,
    open_stored,
    store,
)
from mediation_server.errors import Unavailable

HEAD, TAG = 96, 16
KEY = ScopeKey("m-record-1", "recording/r", b"k" * 32)
KEYS = HeldKeys([KEY])
NEAR = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 17]
LENGTHS = st.sampled_from(NEAR)
ON_DISK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def content(length):
    return bytes((at * 7 + at // 251) % 256 for at in range(length))


def stored(tmp_path, data, key=KEY):
    store(io.BytesIO(data), tmp_path / "f.mkv", key)
    return tmp_path / "f.mkv"


def opened(path, keys=KEYS, scope="recording/r"):
    return open_stored(path.parent, path.name, keys, scope)


def changed(path, at, data):
    path.chmod(0o600)
    whole = bytearray(path.read_bytes())
    whole[at : at + len(data)] = data
    path.write_bytes(whole)


def read_whole(path):
    with opened(path) as stream:
        return stream.read()


@pytest.mark.parametrize("length", NEAR)
def test_what_is_read_is_what_was_written(tmp_path, length):
    data = content(length)
    path = stored(tmp_path, data)
    with opened(path) as stream:
        assert length_of(stream) == length
        assert stream.read() == data
    assert path.stat().st_size == HEAD + length + TAG * max(1, -(-length // CHUNK))


@ON_DISK
@given(LENGTHS, st.integers(0, 4 * CHUNK), st.integers(0, 3 * CHUNK))
def test_any_part_is_read_alone(tmp_path, length, first, wanted):
    data = content(length)
    with opened(stored(tmp_path, data)) as stream:
        stream.seek(first)
        assert stream.read(wanted) == data[first : first + wanted]


def test_a_part_is_read_without_opening_the_pieces_around_it(tmp_path):
    path = stored(tmp_path, content(4 * CHUNK))
    changed(path, HEAD, b"\0" * 40)  # the first piece
    with opened(path) as stream:
        stream.seek(2 * CHUNK)
        assert stream.read(100) == content(4 * CHUNK)[2 * CHUNK :][:100]
        stream.seek(0)
        with pytest.raises(BrokenFileError):
            stream.read(1)


def test_nothing_of_the_content_stands_in_the_file(tmp_path):
    path = stored(tmp_path, b"a secret word " * 10_000)
    assert b"secret" not in path.read_bytes()
    assert is_stored(tmp_path, path.name)
    assert key_of(tmp_path, path.name) == KEY.id


def test_the_same_content_twice_is_not_the_same_file(tmp_path):
    first = stored(tmp_path, b"twice").read_bytes()
    assert stored(tmp_path, b"twice").read_bytes()[HEAD:] != first[HEAD:]


@ON_DISK
@given(st.sampled_from([1, CHUNK, CHUNK + 1, 2 * CHUNK + 9]), st.data())
def test_a_flipped_bit_anywhere_is_found(tmp_path, length, data):
    path = stored(tmp_path, content(length))
    at = data.draw(st.integers(8, path.stat().st_size - 1))  # what begins otherwise is taken for a plain file
    changed(path, at, bytes([path.read_bytes()[at] ^ 1 << data.draw(st.integers(0, 7))]))
    with pytest.raises((BrokenFileError, Unavailable)):  # another id of a key is one that nobody has
        read_whole(path)


@ON_DISK
@given(st.sampled_from([0, 1, CHUNK, 2 * CHUNK, 2 * CHUNK + 9]), st.data())
def test_a_cut_anywhere_is_found_when_it_is_opened(tmp_path, length, data):
    path = stored(tmp_path, content(length))
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[: data.draw(st.integers(9, len(whole) - 1))])
    with pytest.raises(BrokenFileError):
        opened(path)


def test_a_cut_between_two_pieces_is_found(tmp_path):
    path = stored(tmp_path, content(3 * CHUNK))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: HEAD + 2 * (CHUNK + TAG)])
    with pytest.raises(BrokenFileError):
        opened(path)


def test_two_pieces_that_changed_places_are_found(tmp_path):
    path = stored(tmp_path, content(3 * CHUNK))
    whole, size = path.read_bytes(), CHUNK + TAG
    changed(path, HEAD, whole[HEAD + size : HEAD + 2 * size] + whole[HEAD : HEAD + size])
    with pytest.raises(BrokenFileError):
        read_whole(path)


def test_a_piece_of_another_file_is_found(tmp_path):
    other = stored(tmp_path, content(2 * CHUNK)).read_bytes()
    path = stored(tmp_path, content(2 * CHUNK))
    changed(path, HEAD, other[HEAD : HEAD + CHUNK + TAG])
    with pytest.raises(BrokenFileError):
        read_whole(path)


def test_something_put_behind_the_end_is_found(tmp_path):
    path = stored(tmp_path, content(100))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + bytes(40))
    with pytest.raises(BrokenFileError):
        opened(path)


def test_a_whole_file_under_another_name_or_in_another_scope_is_found(tmp_path):
    path = stored(tmp_path, content(100))
    path.rename(tmp_path / "g.mkv")
    with pytest.raises(BrokenFileError):
        opened(tmp_path / "g.mkv")
    elsewhere = ScopeKey(KEY.id, "recording/s", b"l" * 32)
    (tmp_path / "g.mkv").rename(path)
    with pytest.raises(BrokenFileError):
        opened(path, HeldKeys([elsewhere]), "recording/s")


def test_without_its_key_a_file_says_so(tmp_path):
    path = stored(tmp_path, b"x")
    for keys in (None, HeldKeys(), HeldKeys([ScopeKey("other", KEY.scope, KEY.secret)])):
        with pytest.raises(Unavailable, match="record_key_missing"):
            opened(path, keys)


def test_a_plain_file_is_read_as_it_is(tmp_path):
    (tmp_path / "old.mkv").write_bytes(b"\x1aE\xdf\xa3 from before")
    with opened(tmp_path / "old.mkv", None) as stream:
        assert stream.read() == b"\x1aE\xdf\xa3 from before"
    assert key_of(tmp_path, "old.mkv") is None


def test_a_key_goes_to_a_child_and_comes_back(tmp_path):
    path = stored(tmp_path, b"for the child")
    with opened(path, HeldKeys.heard(KEYS.told())) as stream:
        assert stream.read() == b"for the child"
    assert "kkkk" not in repr(KEY)


class Stingy(io.RawIOBase):
    """Gives seven bytes at a time."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def read(self, size=-1):
        return self._data.read(min(size, 7777))


def test_a_stream_that_gives_less_than_asked_is_stored_whole(tmp_path):
    store(Stingy(content(2 * CHUNK + 5)), tmp_path / "f.mkv", KEY)
    assert read_whole(tmp_path / "f.mkv") == content(2 * CHUNK + 5)


# --- files being written ------------------------------------------------------------------------------------


def live(tmp_path, pieces):
    path = tmp_path / "t.mkv.part"
    path.unlink(missing_ok=True)
    file = LiveFile(path, KEY)
    for each in pieces:
        file.write(each)
    file.close()
    return path


PIECES = st.lists(st.integers(1, 3000).map(content), max_size=12)


@ON_DISK
@given(PIECES, st.integers(0, 9000), st.integers(1, 9000))
def test_a_live_file_is_read_while_it_is_written_in_any_part(tmp_path, pieces, first, wanted):
    data = b"".join(pieces)
    with opened(live(tmp_path, pieces)) as stream:
        assert length_of(stream) == len(data)
        stream.seek(first)
        assert stream.read(wanted) == data[first : first + wanted]


def test_a_long_write_becomes_several_pieces(tmp_path):
    assert read_whole(live(tmp_path, [content(2 * CHUNK + 1)])) == content(2 * CHUNK + 1)


@ON_DISK
@given(PIECES.filter(bool), st.data())
def test_a_torn_live_file_ends_after_the_last_whole_piece(tmp_path, pieces, data):
    path = live(tmp_path, pieces)
    whole = path.read_bytes()
    cut = data.draw(st.integers(HEAD, len(whole)))
    path.write_bytes(whole[:cut])
    kept, at = b"", HEAD
    for each in pieces:
        at += 4 + len(each) + TAG
        if at > cut:
            break
        kept += each
    with opened(path) as stream:
        assert length_of(stream) == len(kept)
        assert stream.read() == kept


@ON_DISK
@given(PIECES.filter(bool), st.data())
def test_a_live_file_with_a_hole_ends_before_it(tmp_path, pieces, data):
    path, data_at = live(tmp_path, pieces), data.draw(st.integers(0, len(pieces) - 1))
    before = sum(4 + len(each) + TAG for each in pieces[:data_at])
    changed(path, HEAD + before + 4, bytes(len(pieces[data_at])))
    assert read_whole(path) == b"".join(pieces[:data_at])


def test_two_pieces_of_a_live_file_cannot_change_places(tmp_path):
    path = live(tmp_path, [b"a" * 100, b"b" * 100])
    whole, size = path.read_bytes(), 4 + 100 + TAG
    changed(path, HEAD, whole[HEAD + size :] + whole[HEAD : HEAD + size])
    assert read_whole(path) == b""


def test_after_a_refused_write_a_live_file_takes_nothing_more(tmp_path, monkeypatch):
    file = LiveFile(tmp_path / "t.mkv.part", KEY)
    file.write(b"before")
    taken = file.fd
    file.fd = -1  # as a disk that refuses
    with pytest.raises(OSError, match="descriptor"):
        file.write(b"lost")
    file.fd = taken
    with pytest.raises(BrokenFileError):
        file.write(b"after")
    file.close()
    assert read_whole(tmp_path / "t.mkv.part") == b"before"
