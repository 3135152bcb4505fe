"""Second copies are read back before they count, and what is destroyed is gone in every place."""

from dataclasses import replace

import pytest

from recordings.keeping import RecordKeeper
from recordings.vault import Vault


@pytest.fixture
def places(demo, tmp_path):
    """The demo's recording in a data directory of its own, and an empty second place."""
    vault, second = Vault(tmp_path / "data"), tmp_path / "second"
    directory = vault.directory(demo.recording.session_id, demo.recording.id)
    directory.parent.mkdir(parents=True)
    demo.copied(directory)
    return vault, second, directory


def test_a_second_copy_holds_what_the_first_does(demo, places):
    vault, second, directory = places
    keeper = RecordKeeper(vault, second)
    size, fault = keeper.copy(demo.recording)
    copied = second / "recordings" / demo.recording.session_id / demo.recording.id
    assert (fault, size) == ("", sum(each.stat().st_size for each in directory.iterdir()))
    assert {each.name: each.read_bytes() for each in copied.iterdir()} == {
        each.name: each.read_bytes() for each in directory.iterdir()
    }


def test_a_copy_that_is_not_what_was_sealed_is_no_good_one(demo, places):
    vault, second, _ = places
    keeper = RecordKeeper(vault, second)
    keeper.copy(demo.recording)
    victim = second / "recordings" / demo.recording.session_id / demo.recording.id / demo.manifest.segments[0].file
    data = victim.read_bytes()
    victim.chmod(0o600)
    victim.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert keeper.fault(demo.recording) == "copy_differs"
    victim.unlink()
    assert keeper.fault(demo.recording) == "copy_missing"
    assert keeper.copy(demo.recording)[1] == ""  # made anew over the torn one
    assert keeper.fault(replace(demo.recording, manifest_sha256="0" * 64)) == "copy_differs"


def test_what_is_destroyed_leaves_nothing_anywhere_and_may_be_destroyed_again(demo, places, tmp_path):
    vault, second, directory = places
    previews = tmp_path / "data" / "previews"
    (previews / demo.recording.id).mkdir(parents=True)
    other = vault.root / demo.recording.session_id / "other"
    other.mkdir()
    keeper = RecordKeeper(vault, second, [previews])
    keeper.copy(demo.recording)
    keeper.destroy(demo.recording)
    keeper.destroy(demo.recording)
    assert other.is_dir()  # another recording of the sitting stays
    assert not directory.exists()
    assert not any(previews.iterdir())
    assert not any(path.is_file() for path in second.rglob("*"))
    assert keeper.inventory(demo.recording) == []


def test_the_inventory_names_every_file_by_its_hash(demo, places):
    vault, _, directory = places
    listed = RecordKeeper(vault).inventory(demo.recording)
    assert [each["file"] for each in listed] == sorted(each.name for each in directory.iterdir())
    sealed = {each.file: (each.bytes, each.sha256) for each in demo.manifest.segments}
    assert sealed.items() <= {each["file"]: (each["bytes"], each["sha256"]) for each in listed}.items()
