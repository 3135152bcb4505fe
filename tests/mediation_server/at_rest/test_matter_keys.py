"""Keys of matters: made once, opened by their master key alone, destroyed for good in every place."""

import json
import shutil
import stat

import pytest

from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.domain.ids import new_id
from mediation_server.errors import Gone, Unavailable

MATTER, OTHER = "0" * 26, "1" * 26
RECORD, PAPERS = Purpose.RECORD, Purpose.PAPERS


@pytest.fixture
def again(tmp_path):
    """Another process on the same directories."""
    return lambda: KeyStore(tmp_path / "keys", MasterKeys(tmp_path / "master"), tmp_path / "copy")


@pytest.fixture
def keys(again):
    made = again()
    made.prepare()
    made.bring_copy()
    return made


def files(root):
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()}


def test_a_key_is_made_once_and_is_the_same_in_every_process(keys, again):
    first = keys.writing(MATTER, RECORD, "recording/a")
    assert again().writing(MATTER, RECORD, "recording/a") == first
    assert again().scope_key(first.id, "recording/a") == first
    assert len(keys.ids(MATTER, RECORD)) == 1


def test_matters_purposes_and_scopes_share_no_key(keys):
    made = [
        keys.writing(matter, purpose, scope).secret
        for matter in (MATTER, OTHER)
        for purpose in Purpose
        for scope in ("recording/a", "recording/b")
    ]
    assert len(set(made)) == 8


def test_keys_are_readable_by_their_owner_alone_and_lie_wrapped(keys, tmp_path):
    key = keys.writing(MATTER, RECORD, "recording/a")
    for root in ("keys", "copy", "master"):
        assert files(tmp_path / root)
        for each in (tmp_path / root).rglob("*"):
            assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)
    assert not any(key.secret.hex().encode() in data or key.secret in data for data in files(tmp_path).values())


def test_the_copy_is_what_the_directory_is(keys, tmp_path):
    keys.writing(MATTER, RECORD, "x")
    keys.writing(MATTER, PAPERS, "x")
    assert files(tmp_path / "copy") == files(tmp_path / "keys")


def test_a_copy_that_was_away_is_brought_up_to_date(keys, again, tmp_path):
    (tmp_path / "copy").rename(tmp_path / "unmounted")
    keys.writing(MATTER, RECORD, "x")
    (tmp_path / "unmounted").rename(tmp_path / "copy")
    assert not list(tmp_path.glob("copy/*/*"))
    again().bring_copy()
    assert files(tmp_path / "copy") == files(tmp_path / "keys") != {}


def test_nothing_is_destroyed_while_the_copy_is_away(keys, again, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    (tmp_path / "copy").rename(tmp_path / "unmounted")
    (tmp_path / "copy").mkdir()
    later = again()
    for call in (lambda: later.destroy([key.id]), later.bring_copy):
        with pytest.raises(FileNotFoundError):
            call()
    assert later.scope_key(key.id, "x") == key
    assert later.writing(OTHER, RECORD, "x")  # a hearing does not wait for it
    assert not later.is_copied
    assert not list((tmp_path / "copy").iterdir())
    (tmp_path / "copy").rmdir()
    (tmp_path / "unmounted").rename(tmp_path / "copy")
    assert later.destroy([key.id]) == 1
    later.bring_copy()
    assert later.is_copied
    assert files(tmp_path / "copy") == files(tmp_path / "keys")


def test_lost_keys_come_back_from_the_copy(keys, again, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    shutil.rmtree(tmp_path / "keys")
    assert again().scope_key(key.id, "x") == key  # even before they are there again
    again().bring_copy()
    assert files(tmp_path / "copy") == files(tmp_path / "keys")


# --- destroyed ----------------------------------------------------------------------------------------------


def test_a_destroyed_key_is_gone_in_both_places_and_says_so(keys, again, tmp_path):
    key, kept = keys.writing(MATTER, RECORD, "x"), keys.writing(MATTER, PAPERS, "x")
    before = files(tmp_path)
    wrapped = next(data for path, data in before.items() if "record-" in path)
    assert keys.destroy(keys.ids(MATTER, RECORD)) == 1
    with pytest.raises(Gone, match="record_key_destroyed"):
        again().scope_key(key.id, "x")
    assert again().scope_key(kept.id, "x") == kept
    assert wrapped not in files(tmp_path).values()
    assert keys.destroy([key.id]) == 0
    assert keys.shape().destroyed == 1


def test_a_destroyed_key_is_overwritten_before_it_is_removed(keys, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    (path,) = (tmp_path / "keys" / MATTER).glob("record-*.json")
    wrapped = path.read_bytes()
    (tmp_path / "still").hardlink_to(path)
    keys.destroy([key.id])
    assert (tmp_path / "still").stat().st_size == len(wrapped)
    assert not set(wrapped.split(b'"')) & set((tmp_path / "still").read_bytes().split(b'"')) - {b""}


@pytest.mark.parametrize("places", [("keys",), ("copy",), ("keys", "copy")])
def test_an_older_copy_brings_no_destroyed_key_back(keys, again, tmp_path, places):
    key = keys.writing(MATTER, RECORD, "x")
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    keys.destroy([key.id])
    for place in places:
        shutil.copytree(tmp_path / "older", tmp_path / place, dirs_exist_ok=True)
    with pytest.raises(Gone):
        again().scope_key(key.id, "x")
    again().bring_copy()
    assert not list(tmp_path.glob("keys/*/*.json")) + list(tmp_path.glob("copy/*/*.json"))


def test_a_key_whose_whole_directory_was_replaced_is_destroyed_again_by_name(keys, again, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    keys.destroy([key.id])
    for place in ("keys", "copy"):
        shutil.rmtree(tmp_path / place)
        shutil.copytree(tmp_path / "older", tmp_path / place)
    later = again()
    assert later.scope_key(key.id, "x") == key  # nothing here knows better
    assert later.destroy([key.id]) == 1  # the certificate does
    with pytest.raises(Gone):
        again().scope_key(key.id, "x")


def test_a_matter_that_is_taken_up_again_gets_another_key(keys, tmp_path):
    old = keys.writing(MATTER, RECORD, "x")
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    keys.destroy([old.id])
    shutil.copytree(tmp_path / "older", tmp_path / "keys", dirs_exist_ok=True)  # whoever brings the old one back
    new = keys.writing(MATTER, RECORD, "x")
    assert new.id != old.id
    assert keys.ids(MATTER, RECORD) == [new.id]


# --- master keys --------------------------------------------------------------------------------------------


def test_a_lost_master_key_is_said_and_no_other_takes_its_place(keys, again, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    shutil.rmtree(tmp_path / "master")
    for call in (lambda: again().scope_key(key.id, "x"), lambda: again().writing(OTHER, RECORD, "x"), again().prepare):
        with pytest.raises(Unavailable, match="master_key_missing"):
            call()
    assert not (tmp_path / "master").exists()
    assert keys.scope_key(key.id, "x") == key  # whoever runs has it in memory


def test_a_wrong_master_key_is_known_as_such(keys, again, tmp_path):
    key = keys.writing(MATTER, RECORD, "x")
    (path,) = (tmp_path / "master").glob("master-*.key")
    path.write_text("00" * 32)
    with pytest.raises(Unavailable, match="master_key_wrong"):
        again().scope_key(key.id, "x")
    path.write_text("not hexadecimal")
    with pytest.raises(Unavailable, match="master_key_wrong"):
        again().scope_key(key.id, "x")


def test_what_is_wrong_with_the_master_key_is_named_though_it_is_in_memory_and_so_is_its_coming_back(keys, tmp_path):
    assert keys.trouble() is None  # before the first
    keys.writing(MATTER, RECORD, "x")
    assert keys.trouble() is None
    (path,), aside = (tmp_path / "master").glob("master-*.key"), tmp_path / "aside"
    path.rename(aside)
    assert keys.trouble() == "master_key_missing"
    path.mkdir()  # nothing that can be read as a file, whoever reads
    assert keys.trouble() == "master_key_unreadable"
    with pytest.raises(Unavailable, match="master_key_unreadable"):
        KeyStore(tmp_path / "keys", MasterKeys(tmp_path / "master")).prepare()
    path.rmdir()
    path.write_text("00" * 32)
    assert keys.trouble() == "master_key_wrong"
    aside.replace(path)
    assert keys.trouble() is None
    shutil.rmtree(tmp_path / "master")
    assert keys.trouble() == "master_key_missing"


def test_a_wrapped_key_in_anothers_place_opens_nothing(keys, again, tmp_path):
    one, other = keys.writing(MATTER, RECORD, "x"), keys.writing(OTHER, RECORD, "x")
    paths = [next((tmp_path / "keys" / each).glob("*.json")) for each in (MATTER, OTHER)]
    said = json.loads(paths[0].read_bytes())
    paths[1].write_text(json.dumps({**said, "key": other.id}))
    with pytest.raises(Unavailable, match="record_key_missing"):
        again().scope_key(other.id, "x")
    assert again().scope_key(one.id, "x") == one


def test_keys_are_rewrapped_by_a_new_master_key_and_the_old_one_opens_nothing(keys, again, tmp_path):
    key, gone = keys.writing(MATTER, RECORD, "x"), keys.writing(OTHER, RECORD, "x")
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    keys.destroy([gone.id])
    (former,) = keys.master.ids()
    keys.master.make()
    assert keys.rewrap() == 1
    keys.master.remove(former)
    later = again()
    assert later.scope_key(key.id, "x") == key
    assert list(later.shape().wrapped) == keys.master.ids()
    assert files(tmp_path / "copy") == files(tmp_path / "keys")
    stolen = KeyStore(tmp_path / "older", MasterKeys(tmp_path / "master"))  # a copy from before both
    for each in (key, gone):
        with pytest.raises(Unavailable, match="master_key_missing"):
            stolen.scope_key(each.id, "x")


def test_a_rewrapping_that_was_ended_is_gone_on_with(keys, again, monkeypatch):
    made = [keys.writing(new_id(), RECORD, "x") for _ in range(4)]
    keys.master.make()
    put = KeyStore._put

    def ended(store, key_id, data):
        if key_id == sorted(each.id for each in made)[2]:
            raise KeyboardInterrupt
        put(store, key_id, data)

    monkeypatch.setattr(KeyStore, "_put", ended)
    with pytest.raises(KeyboardInterrupt):
        keys.rewrap()
    monkeypatch.undo()
    assert [again().scope_key(each.id, "x") for each in made] == made
    assert again().rewrap() == 2
    assert [again().scope_key(each.id, "x") for each in made] == made


@pytest.mark.parametrize("key_id", ["", "../../x", f"{MATTER}-record-1", f"{MATTER}-other-0123456789abcdef", "m" * 50])
def test_what_is_no_id_of_a_key_opens_nothing(keys, key_id):
    with pytest.raises(Unavailable, match="record_key_missing"):
        keys.scope_key(key_id, "x")
