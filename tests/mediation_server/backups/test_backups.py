"""A backup holds the database and all that lies beside it as of one moment; what does not hold is not restored."""

import asyncio
import hashlib
import io
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest

from mediation_server.at_rest.matter_keys import Purpose, keys_of
from mediation_server.at_rest.stored import open_stored, store
from mediation_server.backups import making
from mediation_server.backups.listing import LISTING, read_listing
from mediation_server.backups.making import back_up
from mediation_server.backups.restoring import backup_findings, restore
from mediation_server.config import Settings
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.material import FileState, Material, MaterialFile, MaterialKind, MaterialState
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.errors import BadInput, Conflict, Gone, Unavailable
from mediation_server.services import demo_data
from mediation_server.services.procedure import log_findings
from mediation_server.store import materials, matters, recordings
from mediation_server.store.database import Database

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
RECORDING = fixed_id("recording of session 4")
PLACE = f"recordings/{demo_data.SESSION_4}/{RECORDING}"


class House:
    """A data directory with the demo's database and files beside it."""

    def __init__(self, ctx, root):
        self.ctx, self.data, self.target = ctx, root / "data", root / "backups"
        self.settings = Settings(data_dir=self.data)

    def write(self, path, content, mode=0o400):
        file = self.data / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(content)
        file.chmod(mode)

    async def sealed(self, manifest=b"{}", state=RecordingState.SEALED):
        """A recording of which the row names the manifest that lies there."""
        made = Recording(RECORDING, demo_data.SESSION_4, state, NOW, 1, 1, hashlib.sha256(manifest).hexdigest(), NOW)
        async with self.ctx.db.transaction() as tx:
            await recordings.save(tx, made)

    async def handed_in(self, sha256):
        """The row of a file in matter 1."""
        async with self.ctx.db.transaction() as tx:
            party = (await matters.parties_of(tx, demo_data.MATTER_1))[0]
            material = Material(new_id(), demo_data.MATTER_1, party.id, party.side, MaterialKind.EVIDENCE,
                                MaterialState.DRAFT, "", "", False, party.user_id, NOW)  # fmt: skip
            await materials.add(tx, material)
            file = MaterialFile(new_id(), material.id, 0, sha256, "text/plain", 5, "a.txt", FileState.READY, 1, NOW)
            await materials.add_file(tx, file)

    async def backed_up(self):
        return (await back_up(self.settings, self.target, NOW)).directory


@pytest.fixture
def nothing_blocks_the_loop():
    """Not watched: these tests write and read files themselves; a backup is a command of its own, no room beside it."""


@pytest.fixture
def demo(accounts):
    """The demo's first day is asked for by this name."""
    return accounts


@pytest.fixture
async def house(ctx, demo, tmp_path):
    house = House(ctx, tmp_path)
    house.write(f"{PLACE}/manifest.json", b"{}")
    house.write(f"{PLACE}/t001-0001.mkv", b"media")
    house.write("recordings/x/y/journal.jsonl", b"line\n", 0o600)
    house.write("recordings/x/y/t001-0001.mkv.part", b"half", 0o600)
    house.write("keys/evidence.json", b"[]", 0o600)
    house.write("materials/incoming/z", b"on its way", 0o600)
    await house.sealed()
    return house


def tree(root):
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()}


async def restored(house, backup, tmp_path):
    settings = Settings(data_dir=tmp_path / "elsewhere")
    await restore(settings, backup)
    return settings


async def test_what_was_backed_up_comes_back_byte_for_byte_and_holds(house, tmp_path):
    backup = await house.backed_up()
    assert await asyncio.to_thread(backup_findings, backup) == []
    before = await house_rows(house.settings)
    settings = await restored(house, backup, tmp_path)
    files = {
        path: data
        for path, data in tree(house.data).items()
        if not path.startswith(("mediation.db", "materials/incoming"))
    }
    assert {path: data for path, data in tree(settings.data_dir).items() if path != "mediation.db"} == files
    assert await house_rows(settings) == before
    assert (settings.data_dir / PLACE / "t001-0001.mkv").stat().st_mode & 0o777 == 0o400
    assert (settings.data_dir / "recordings/x/y/journal.jsonl").stat().st_mode & 0o777 == 0o600
    database = Database(settings.database)
    await database.open()
    assert await log_findings(database, demo_data.MATTER_1) == []
    await database.close()


async def house_rows(settings):
    def rows():
        with sqlite3.connect(f"file:{settings.data_dir}/mediation.db?mode=ro", uri=True) as one:
            return list(one.iterdump())

    return await asyncio.to_thread(rows)


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (lambda backup: (backup / PLACE / "t001-0001.mkv").unlink(), f"missing: {PLACE}/t001-0001.mkv"),
        (lambda backup: flipped(backup / "database"), "changed: database"),
        (lambda backup: flipped(backup / PLACE / "manifest.json"), f"changed: {PLACE}/manifest.json"),
        (lambda backup: (backup / "keys/more.pem").write_bytes(b"x"), "unknown: keys/more.pem"),
        (lambda backup: linked(backup / PLACE / "t001-0001.mkv"), f"missing: {PLACE}/t001-0001.mkv"),
    ],
    ids=["missing", "database", "changed", "unknown", "link"],
)
async def test_a_backup_that_was_changed_is_named_where_and_not_restored(house, tmp_path, harm, line):
    backup = await house.backed_up()
    harm(backup)
    assert await asyncio.to_thread(backup_findings, backup) == [line]
    with pytest.raises(Conflict, match="backup_broken"):
        await restored(house, backup, tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(data))


def linked(path):
    other = path.parents[4] / "somewhere"
    shutil.copy(path, other)
    path.unlink()
    path.symlink_to(other)


async def test_nothing_is_overwritten(house, tmp_path):
    backup = await house.backed_up()
    before = tree(house.data)
    with pytest.raises(Conflict, match="restore_not_empty"):
        await restore(house.settings, backup)
    assert tree(house.data) == before


async def test_one_that_was_never_finished_is_none(house, tmp_path):
    backup = await house.backed_up()
    (backup / LISTING).unlink()
    with pytest.raises(BadInput, match="backup_unreadable"):
        await restored(house, backup, tmp_path)


@pytest.mark.parametrize(
    "path", ["../outside", "recordings/../../outside", "/etc/passwd", "keys//x", "other/x", "keys/.x"]
)
async def test_no_list_leads_out_of_the_data_directory(house, tmp_path, path):
    backup = await house.backed_up()
    said = (backup / LISTING).read_bytes()
    (backup / LISTING).write_bytes(said.replace(b'"keys/evidence.json"', f'"{path}"'.encode()))
    with pytest.raises(BadInput, match="backup_unreadable"):
        await restored(house, backup, tmp_path)


async def test_a_backup_never_lies_in_what_it_backs_up(house):
    with pytest.raises(Conflict, match="backup_inside"):
        await back_up(house.settings, house.data / "backups", NOW)


async def test_a_recording_sealed_after_the_files_were_copied_is_whole_in_it(house, monkeypatch):
    house.write(f"{PLACE}/manifest.json", b"older")

    async def sealed_meanwhile(url, target):
        house.write(f"{PLACE}/manifest.json", b"newer")
        house.write(f"{PLACE}/t002-0001.mkv", b"more")
        await house.sealed(b"newer")
        return await dumped(url, target)

    dumped = making.dumped
    monkeypatch.setattr(making, "dumped", sealed_meanwhile)
    backup = await house.backed_up()
    assert (backup / PLACE / "manifest.json").read_bytes() == b"newer"
    assert (backup / PLACE / "t002-0001.mkv").read_bytes() == b"more"
    assert await asyncio.to_thread(backup_findings, backup) == []


async def test_what_was_disposed_of_while_it_was_copied_is_not_in_it(house, monkeypatch):
    async def gone_meanwhile(url, target):
        await house.sealed(state=RecordingState.DISPOSED)
        return await dumped(url, target)

    dumped = making.dumped
    monkeypatch.setattr(making, "dumped", gone_meanwhile)
    backup = await house.backed_up()
    assert not any(path.startswith(PLACE) for path in read_listing(backup).files)
    assert not any((backup / PLACE).glob("*"))


async def test_what_even_the_original_lacks_is_said(house):
    (house.data / PLACE / "manifest.json").unlink()
    backup = await house.backed_up()
    assert read_listing(backup).lacking == (PLACE,)
    assert await asyncio.to_thread(backup_findings, backup) == [f"lacking: {PLACE}"]


async def test_without_a_database_there_is_no_backup(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(Unavailable, match="backup_database"):
        await back_up(Settings(data_dir=tmp_path / "data"), tmp_path / "backups", NOW)
    assert not any((tmp_path / "backups").glob("backup-*Z"))


async def test_a_backup_holds_no_key_and_opens_only_beside_those_of_the_house(house, tmp_path):
    keys = keys_of(house.settings)
    keys.prepare()
    key = keys.writing(demo_data.MATTER_4, Purpose.RECORD, f"recording/{RECORDING}")
    (house.data / PLACE / "t001-0001.mkv").unlink()
    store(io.BytesIO(b"media"), house.data / PLACE / "t001-0001.mkv", key)
    backup = await house.backed_up()
    assert not any("keys/" in path for path in tree(backup) if not path.startswith("keys/evidence"))
    assert not any(b"media" in data for path, data in tree(backup).items() if path.startswith(PLACE))
    settings = Settings(data_dir=tmp_path / "elsewhere", matter_keys=keys.directory, master_keys=keys.master.directory)
    await restore(settings, backup)
    with open_stored(settings.data_dir / PLACE, "t001-0001.mkv", keys_of(settings), key.scope) as stream:
        assert stream.read() == b"media"


async def test_a_restored_backup_from_before_a_disposal_cannot_be_read_any_more(house, tmp_path):
    keys = keys_of(house.settings)
    keys.prepare()
    key = keys.writing(demo_data.MATTER_4, Purpose.RECORD, f"recording/{RECORDING}")
    (house.data / PLACE / "t001-0001.mkv").unlink()
    store(io.BytesIO(b"media"), house.data / PLACE / "t001-0001.mkv", key)
    backup = await house.backed_up()
    keys.destroy([key.id])
    settings = Settings(data_dir=tmp_path / "elsewhere", matter_keys=keys.directory, master_keys=keys.master.directory)
    await restore(settings, backup)
    with pytest.raises(Gone, match="record_key_destroyed"):
        open_stored(settings.data_dir / PLACE, "t001-0001.mkv", keys_of(settings), key.scope)


async def test_a_paper_is_looked_for_where_it_lies_now_and_opened_to_see_that_it_is_the_one(house):
    sha256 = hashlib.sha256(b"paper").hexdigest()
    await house.handed_in(sha256)
    assert read_listing(await house.backed_up()).lacking == (f"materials/{demo_data.MATTER_1}/kept/{sha256}",)
    keys, scope = keys_of(house.settings), f"kept/{sha256}"
    for content, lacking in ((b"paper", 0), (b"other", 1)):
        shutil.rmtree(house.target)
        place = house.data / "materials" / demo_data.MATTER_1 / "kept"
        place.mkdir(parents=True, exist_ok=True)
        key = keys.writing(demo_data.MATTER_1, Purpose.PAPERS, scope)
        store(io.BytesIO(content), place / sha256, key)
        assert len(read_listing(await house.backed_up()).lacking) == lacking
    shutil.rmtree(house.target)
    shutil.rmtree(house.data / "materials")
    house.write(f"materials/kept/{sha256[:2]}/{sha256}", b"paper")  # as an earlier release kept it
    assert read_listing(await house.backed_up()).lacking == ()


async def test_what_is_half_made_is_in_no_backup(house):
    for name in ("t001-0001.mkv.7.tmp", "t001-0001.mkv.plain", "t001-0001.mkv.done"):
        house.write(f"{PLACE}/{name}", b"half of it", 0o600)
    kept = read_listing(await house.backed_up()).files
    assert {path.rpartition(".")[2] for path in kept if path.startswith(PLACE)} & {"tmp", "plain", "done"} == {"done"}
