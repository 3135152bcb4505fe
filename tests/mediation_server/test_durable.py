"""A file is in place whole or not at all, and what was closed can be taken away, by whoever owns it."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from mediation_server import durable
from mediation_server.durable import removed, written

NOBODY = 65534


def test_a_file_is_there_whole_with_its_mode(tmp_path):
    written(tmp_path / "key", b"one")
    written(tmp_path / "key", b"two", mode=0o440)
    (only,) = tmp_path.iterdir()
    assert (only.name, only.read_bytes(), stat.S_IMODE(only.stat().st_mode)) == ("key", b"two", 0o440)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_where_the_disk_refuses_what_was_there_stays_and_nothing_is_left_beside(tmp_path, monkeypatch, step):
    written(tmp_path / "key", b"one")

    def refuses(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(*{"fsync": (durable.os, "fsync"), "replace": (Path, "replace")}[step], refuses)
    with pytest.raises(OSError, match="full"):
        written(tmp_path / "key", b"two")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"key": b"one"}


@pytest.fixture
def closed():
    """A directory as the seal leaves it, of somebody who is not root."""
    place = Path(tempfile.mkdtemp())
    closed = place / "recording"
    closed.mkdir()
    (closed / "t001-0001.mkv").write_bytes(b"words")
    (closed / "elsewhere").symlink_to(place)
    closed.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        for each in (place, closed):
            os.chown(each, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield closed
    os.seteuid(before)
    shutil.rmtree(place, ignore_errors=True)


def test_what_is_closed_is_taken_away_by_whoever_is_not_root(closed):
    with pytest.raises(PermissionError):
        shutil.rmtree(closed)
    removed(closed)
    removed(closed)
    assert closed.parent.is_dir()
    assert list(closed.parent.iterdir()) == []
