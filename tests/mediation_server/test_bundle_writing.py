"""A bundle stopped anywhere and gone on with is the same bundle, byte for byte; another plan begins anew."""

import hashlib
import io
import threading
import zipfile

import pytest

from mediation_server.at_rest.stored import HeldKeys, ScopeKey, open_stored
from mediation_server.bundle_writing import Writing, written
from mediation_server.bundles import bundle_findings, unpacked
from mediation_server.domain.bundle import Bundle, BundleFile, Part
from mediation_server.errors import BadInput
from mediation_server.keyring import KeyRing
from tests.doubles import FakeClock

BIG = 3 << 20
KEY = ScopeKey("k", "bundle/b", b"k" * 32)


class StopHereError(Exception):
    """As if the process died."""


@pytest.fixture
def signer(tmp_path):
    return KeyRing(tmp_path / "keys").signer(FakeClock().now())


def bundle(fill=b"a"):
    files = [
        BundleFile(f"materials/{n:03}.bin", BIG, "application/octet-stream", lambda n=n: io.BytesIO(fill * (BIG + n)))
        for n in range(3)
    ]
    lines = [{"title": "银行流水"}]
    return Bundle("party", {"ref": "TJ-1"}, (Part("materials", lines, files),), frozenset({"material:1"}))


def whole(directory, what, key=None):
    size, sha256 = written(directory, what, lambda _: None, threading.Event(), key)
    with open_stored(directory, "bundle.zip", HeldKeys([KEY]), KEY.scope) as stream:
        data = stream.read()
    assert (size, sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return data


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_wherever_it_was_stopped_the_same_bytes_come_out(tmp_path, signer, key):
    what = Writing(bundle(), {"index.html": "页".encode(), "bundle.css": b"x"}, signer)
    expected, pieces = whole(tmp_path / "whole", what), 0

    def count(_):
        nonlocal pieces
        pieces += 1

    written(tmp_path / "counted", what, count, threading.Event())
    for place in range(1, pieces + 1):
        directory, left = tmp_path / str(place), place

        def die(_):
            nonlocal left
            left -= 1
            if left == 0:
                raise StopHereError

        with pytest.raises(StopHereError):
            written(directory, what, die, threading.Event(), key)
        assert whole(directory, what, key) == expected
    with zipfile.ZipFile(io.BytesIO(expected)) as source:
        assert source.testzip() is None
        assert [each.date_time for each in source.infolist()] == [(1980, 1, 1, 0, 0, 0)] * 6


def test_nothing_of_it_is_plain_half_made_or_whole(tmp_path, signer):
    said = [{"title": "terms that two people agreed on"}]
    files = [BundleFile("a.bin", BIG, "", lambda: io.BytesIO(b"the landlord's letter" * (BIG // 20)))]
    what = Writing(Bundle("party", {"ref": "TJ-1"}, (Part("materials", said, files),)), {"index.html": b"p"}, signer)
    looked = 0

    def look(_):
        nonlocal looked
        looked += 1
        data = b"".join(each.read_bytes() for each in (tmp_path / "b").iterdir())
        assert b"landlord" not in data
        assert b"agreed" not in data

    written(tmp_path / "b", what, look, threading.Event(), KEY)
    look(0)
    assert looked > 3
    assert not (tmp_path / "b" / "bundle.zip.part").exists()


def test_half_a_bundle_under_another_key_is_begun_anew(tmp_path, signer):
    what, left = Writing(bundle(), {"index.html": b"p"}, signer), 4

    def die(_):
        nonlocal left
        left -= 1
        if left == 0:
            raise StopHereError

    with pytest.raises(StopHereError):
        written(tmp_path / "b", what, die, threading.Event(), ScopeKey("other", KEY.scope, bytes(32)))
    assert whole(tmp_path / "b", what, KEY) == whole(tmp_path / "fresh", what)


def test_what_was_written_before_is_not_read_again(tmp_path, signer):
    read = []

    def opened(name):
        read.append(name)
        return io.BytesIO(b"x")

    files = [BundleFile(f"{name}.bin", 1, "", lambda name=name: opened(name)) for name in "abc"]
    what = Writing(Bundle("party", {}, (Part("materials", (), files),)), {}, signer)

    def die(_):
        if read[-1] == "c":
            raise StopHereError

    with pytest.raises(StopHereError):
        written(tmp_path / "b", what, die, threading.Event())
    whole(tmp_path / "b", what)
    assert read == ["a", "b", "c", "c"]


def test_what_was_begun_of_another_state_is_thrown_away(tmp_path, signer):
    def die(_):
        raise StopHereError

    with pytest.raises(StopHereError):
        written(tmp_path / "b", Writing(bundle(), {"index.html": b"old"}, signer), die, threading.Event())
    what = Writing(bundle(), {"index.html": b"new"}, signer)
    assert whole(tmp_path / "b", what) == whole(tmp_path / "fresh", what)


def test_unpacked_it_is_what_was_put_in(tmp_path, signer):
    path = tmp_path / "b.zip"
    path.write_bytes(whole(tmp_path / "b", Writing(bundle(), {"index.html": b"<p>"}, signer)))
    listing = unpacked(path, tmp_path / "out")
    assert (listing.signed, listing.key) == (True, signer.id)
    assert (tmp_path / "out/materials/002.bin").read_bytes() == b"a" * (BIG + 2)
    assert (tmp_path / "out/index.html").read_bytes() == b"<p>"


def test_a_list_that_somebody_rewrote_is_signed_by_nobody(tmp_path, signer):
    data = whole(tmp_path / "b", Writing(bundle(), {"index.html": b"<p>"}, signer))
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(path, "w") as target:
        for each in source.infolist():
            said = source.read(each)
            target.writestr(each, said.replace(b"TJ-1", b"TJ-2") if each.filename == "bundle.json" else said)
    assert bundle_findings(path) == ["signature: bundle.json"]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a\\evil", "C:evil", ".hidden", "a//b"])
def test_a_name_that_leads_outside_is_refused_before_anything_is_written(tmp_path, signer, name):
    data = whole(tmp_path / "b", Writing(bundle(), {"index.html": b"<p>"}, signer))
    path = tmp_path / "b.zip"
    path.write_bytes(data)
    with zipfile.ZipFile(path, "a") as more:
        more.writestr(zipfile.ZipInfo("placeholder"), b"x")
    path.write_bytes(path.read_bytes().replace(b"placeholder", name.encode().ljust(11, b"_")[:11]))
    with pytest.raises(BadInput, match="bundle_unreadable"):
        unpacked(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_packed_is_refused_though_list_and_signature_hold(tmp_path, signer):
    data = whole(tmp_path / "b", Writing(bundle(), {"index.html": b"<p>"}, signer))
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    assert path.stat().st_size < BIG
    with pytest.raises(BadInput, match="bundle_unreadable"):
        bundle_findings(path)


def test_entries_that_lie_over_one_another_are_refused_though_list_and_signature_hold(tmp_path, signer):
    fill = bytes(1 << 16)
    files = [BundleFile(f"a{n:02}.bin", len(fill), "", lambda: io.BytesIO(fill)) for n in range(50)]
    what = Writing(Bundle("party", {}, (Part("materials", (), files),)), {}, signer)
    with zipfile.ZipFile(io.BytesIO(whole(tmp_path / "b", what))) as source:
        listing = source.read("bundle.json")
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a00.bin", fill)
        first = target.infolist()[0]
        for each in files[1:]:  # each is found by its own name, and none takes room of its own
            about = zipfile.ZipInfo(each.path)
            for name in ("CRC", "compress_size", "file_size", "header_offset"):
                setattr(about, name, getattr(first, name))
            target.infolist().append(about)
        target.writestr("bundle.json", listing)
    with pytest.raises(BadInput, match="bundle_unreadable"):
        bundle_findings(path)
