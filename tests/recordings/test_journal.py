"""The journal on a disk that is full in the middle of a line."""

import resource
from contextlib import contextmanager

import pytest

from recordings.journal import JOURNAL, Journal


@contextmanager
def room_for(size):
    """No file of this process may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("more", [0, 1, 10, 23, 24, 30])
def test_a_full_disk_neither_swallows_a_line_nor_says_one_twice(tmp_path, more):
    journal = Journal(tmp_path)
    journal.line("gap", from_ms=1)
    journal.flush()
    size = (tmp_path / JOURNAL).stat().st_size
    for moment in (2, 3):
        journal.line("gap_end", to_ms=moment)
    for _ in range(2):  # the disk refuses more than once
        with room_for(size + more), pytest.raises(OSError):  # noqa: PT011 - which one is the system's affair
            journal.flush()
    journal.line("gap", from_ms=4)
    journal.flush()
    journal.close()
    lines = (tmp_path / JOURNAL).read_bytes().splitlines()
    whole = [line for line in lines if line.endswith(b"}")]
    said = [b'{"from_ms":1,"is":"gap"}', b'{"is":"gap_end","to_ms":2}', b'{"is":"gap_end","to_ms":3}']
    assert whole == [*said, b'{"from_ms":4,"is":"gap"}']
