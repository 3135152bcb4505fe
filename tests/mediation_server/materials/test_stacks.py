import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.at_rest.stored import is_stored, open_stored, store
from mediation_server.domain.ids import new_id
from mediation_server.errors import NotFound, Unavailable
from mediation_server.materials.stacks import Stacks, swept_benches


@pytest.fixture
def keys(tmp_path):
    return KeyStore(tmp_path / "matter-keys", MasterKeys(tmp_path / "master"))


@pytest.fixture(params=["plain", "encrypted"])
def stacks(request, tmp_path, keys):
    """The stacks of a matter, without keys and with them."""
    return Stacks(tmp_path, new_id(), keys if request.param == "encrypted" else None)


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
    stacks.forget(sha256, everywhere=True)
    stacks.forget(sha256, everywhere=True)
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


SECRET = b"the landlord's letter " * 5000


def containing(root, data):
    return [path.name for path in root.rglob("*") if path.is_file() and data in path.read_bytes()]


def test_nothing_of_a_file_is_ever_plain_on_the_disk(tmp_path, keys):
    stacks, upload = Stacks(tmp_path, new_id(), keys), new_id()
    for at in range(0, len(SECRET), 4096):
        stacks.write(upload, at, SECRET[at : at + 4096])
        assert containing(tmp_path, b"landlord") == []
    sha256 = stacks.digest(upload)
    assert containing(tmp_path, b"landlord") == []
    stacks.keep(upload, sha256)
    assert containing(tmp_path, b"landlord") == []
    with stacks.open_original(sha256) as stream:
        assert stream.read() == SECRET


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 70), min_size=1, max_size=12))
def test_pieces_of_any_length_make_the_file(tmp_path, keys, lengths):
    stacks, upload, at = Stacks(tmp_path, "0" * 26, keys), new_id(), 0
    for length in lengths:
        stacks.write(upload, at, SECRET[at : at + length])
        at += length
    assert SECRET[:at].startswith(stacks.head(upload))
    assert stacks.digest(upload) == hashlib.sha256(SECRET[:at]).hexdigest()


def test_two_matters_keep_the_same_content_each_for_itself(tmp_path, keys):
    one, other = (Stacks(tmp_path, new_id(), keys) for _ in range(2))
    sha256 = brought(one, b"the same")
    assert brought(other, b"the same") == sha256
    first, second = ((each.root / "kept" / sha256).read_bytes() for each in (one, other))
    assert first[96:] != second[96:]
    one.forget(sha256, everywhere=False)
    with other.open_original(sha256) as stream:
        assert stream.read() == b"the same"


def test_whoever_makes_copies_is_given_the_keys_of_one_file(tmp_path, keys):
    stacks = Stacks(tmp_path, new_id(), keys)
    sha256, other = brought(stacks, b"one"), brought(stacks, b"two")
    path, opens = stacks.for_copying(sha256)
    with open_stored(path.parent, path.name, opens, f"kept/{sha256}") as stream:
        assert stream.read() == b"one"
    with pytest.raises(Unavailable):
        open_stored(path.parent, other, opens, f"kept/{other}")
    assert opens.of(f"shown/{sha256}") is not None


def test_a_scanner_gets_a_plain_file_that_is_gone_afterwards(tmp_path, keys):
    stacks = Stacks(tmp_path, new_id(), keys)
    sha256 = brought(stacks, SECRET)
    with stacks.plain(sha256) as path:
        assert path.read_bytes() == SECRET
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert containing(tmp_path, b"landlord") == []


def test_what_a_killed_process_left_plain_is_removed_at_the_start(tmp_path, keys):
    stacks = Stacks(tmp_path, new_id(), keys)
    (stacks.bench() / "half").write_bytes(SECRET)
    (tmp_path / "materials" / "incoming").mkdir()
    (tmp_path / "materials" / "incoming" / "old").write_bytes(SECRET)
    assert swept_benches(tmp_path) == 2
    assert containing(tmp_path, b"landlord") == []


def test_without_the_master_key_nothing_is_taken_and_nothing_is_lost(tmp_path, keys):
    matter = new_id()
    sha256 = brought(Stacks(tmp_path, matter, keys), SECRET)
    (tmp_path / "master").rename(tmp_path / "away")
    later = Stacks(tmp_path, matter, KeyStore(tmp_path / "matter-keys", MasterKeys(tmp_path / "master")))
    with pytest.raises(Unavailable, match="master_key_missing"):
        later.write(new_id(), 0, b"x")
    with pytest.raises(Unavailable, match="master_key_missing"):
        later.open_original(sha256)
    (tmp_path / "away").rename(tmp_path / "master")
    with later.open_original(sha256) as stream:
        assert stream.read() == SECRET


# --- from before --------------------------------------------------------------------------------------------


@pytest.fixture
def before(tmp_path):
    """A data directory as it was before files were encrypted: the hash of its one file, of two pages."""
    sha256 = hashlib.sha256(SECRET).hexdigest()
    for path, data in {f"kept/{sha256[:2]}/{sha256}": SECRET, f"shown/{sha256[:2]}/{sha256}/p0001.jpg": b"page one",
                       f"shown/{sha256[:2]}/{sha256}/p0002.jpg": b"page two"}.items():  # fmt: skip
        (tmp_path / "materials" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "materials" / path).write_bytes(data)
    return sha256


def whole(stacks, sha256):
    with stacks.open_original(sha256) as stream, stacks.open_page(sha256, 2)[0] as page:
        return stream.read() == SECRET and page.read() == b"page two"


def test_what_lies_plain_from_before_is_read_and_taken_over(tmp_path, keys, before):
    stacks = Stacks(tmp_path, new_id(), keys)
    assert whole(stacks, before)
    assert stacks.take_over(before) == 3
    assert whole(stacks, before)
    assert stacks.take_over(before) == 0
    stacks.release(before)
    assert containing(tmp_path, b"landlord") == containing(tmp_path, b"page") == []
    assert whole(stacks, before)
    assert all(is_stored(each.parent, each.name) for each in stacks.root.rglob("*") if each.is_file())


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_take_over_that_was_killed_is_gone_on_with_and_leaves_all_readable(tmp_path, keys, before, done, monkeypatch):
    stacks, stored = Stacks(tmp_path, new_id(), keys), []

    def killed(*arguments):
        if len(stored) == done:
            arguments[1].write_bytes(b"half")
            raise KeyboardInterrupt
        stored.append(arguments[1])
        return store(*arguments)

    monkeypatch.setattr("mediation_server.materials.stacks.store", killed)
    with pytest.raises(KeyboardInterrupt):
        stacks.take_over(before)
    monkeypatch.undo()
    assert whole(stacks, before)
    assert stacks.take_over(before) == 3 - done
    assert whole(stacks, before)


def test_a_file_of_the_new_place_that_is_plain_is_taken_over_where_it_lies(tmp_path, keys):
    matter = new_id()
    sha256 = brought(Stacks(tmp_path, matter), SECRET)
    stacks = Stacks(tmp_path, matter, keys)
    assert stacks.take_over(sha256) == 1
    assert containing(tmp_path, b"landlord") == []
    with stacks.open_original(sha256) as stream:
        assert stream.read() == SECRET


def test_keys_of_records_open_no_papers(tmp_path, keys):
    stacks = Stacks(tmp_path, new_id(), keys)
    sha256 = brought(stacks, b"x")
    keys.destroy(keys.ids(stacks.root.name, Purpose.RECORD))
    with stacks.open_original(sha256) as stream:
        assert stream.read() == b"x"
