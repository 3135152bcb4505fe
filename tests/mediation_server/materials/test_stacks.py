import hashlib

import pytest

from mediation_server.domain.ids import new_id
from mediation_server.errors import NotFound
from mediation_server.materials.stacks import Stacks


@pytest.fixture
def stacks(tmp_path):
    return Stacks(tmp_path)


def brought(stacks, data):
    upload = new_id()
    stacks.write(upload, 0, data)
    sha256 = stacks.digest(upload)
    stacks.keep(upload, sha256)
    return sha256


def test_pieces_go_where_they_belong_and_the_disk_says_how_far_a_file_has_come(stacks):
    upload = new_id()
    assert stacks.arrived(upload) == 0
    stacks.write(upload, 0, b"hello ")
    stacks.write(upload, 6, b"world")
    assert (stacks.arrived(upload), stacks.head(upload)) == (11, b"hello world")
    assert stacks.digest(upload) == hashlib.sha256(b"hello world").hexdigest()


def test_the_same_content_is_kept_once_and_read_only(stacks):
    first, again = brought(stacks, b"one"), brought(stacks, b"one")
    assert first == again
    kept = [path for path in (stacks.root / "kept").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o777 == 0o400
    assert not list((stacks.root / "incoming").iterdir())
    with stacks.open_original(first) as stream:
        assert stream.read() == b"one"


def test_copies_are_shown_whole_or_not_at_all(stacks):
    sha256, bench = brought(stacks, b"one"), stacks.bench()
    with pytest.raises(NotFound):
        stacks.open_page(sha256, 1)
    (bench / "p0001.jpg").write_bytes(b"page")
    (bench / "t0001.jpg").write_bytes(b"small")
    stacks.show(sha256, bench)
    stacks.clear(bench)
    for small, wanted in ((False, b"page"), (True, b"small")):
        stream, media_type = stacks.open_page(sha256, 1, small=small)
        with stream:
            assert (stream.read(), media_type) == (wanted, "image/jpeg")


def test_what_is_forgotten_is_gone_with_its_copies(stacks):
    sha256, bench = brought(stacks, b"one"), stacks.bench()
    stacks.show(sha256, bench)
    stacks.forget(sha256)
    stacks.forget(sha256)
    assert not [path for path in stacks.root.rglob("*") if path.is_file()]
    with pytest.raises(NotFound):
        stacks.open_original(sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, "", "0" * 64 + "/", "0" * 64])
def test_nothing_but_a_hash_of_ours_opens_a_file(stacks, name):
    with pytest.raises(NotFound):
        stacks.open_original(name)


@pytest.mark.parametrize("name", ["../x", "", "u" * 26, "con"])
def test_nothing_but_an_id_of_ours_names_a_file_that_comes(stacks, name):
    with pytest.raises(NotFound):
        stacks.write(name, 0, b"x")


def test_no_link_is_followed(stacks, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    upload = new_id()
    stacks.write(upload, 0, b"x")
    (stacks.root / "incoming" / upload).unlink()
    (stacks.root / "incoming" / upload).symlink_to(secret)
    for attempt in (lambda: stacks.write(upload, 0, b"y"), lambda: stacks.head(upload)):
        with pytest.raises(OSError, match="Errno"):
            attempt()
    assert secret.read_text() == "secret"
