"""Recordings encrypted at rest: from the first byte on, through a crash, sealed, checked, taken along, copied."""

import asyncio

import av
import pytest

from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore, Purpose
from mediation_server.at_rest.stored import BrokenFileError, is_stored, key_of, store
from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import RecordingState
from mediation_server.errors import Gone, Unavailable
from mediation_server.keyring import KeyRing
from mediation_server.media.engine import Source
from mediation_server.openfile import digest_of
from recordings.chest import Chest
from recordings.compose.composer import Composer
from recordings.export import Companions, exported
from recordings.factory import Keeping
from recordings.keeping import RecordKeeper
from recordings.previews import Previews
from recordings.repair import repair
from recordings.seal import seal_in_subprocess
from recordings.vault import Vault
from recordings.verify import Outside, verify_recording
from recordings.verify_export import verify_export
from tests.recordings.demo import a_demo
from tests.recordings.kit import a_publication, decoded, keys_in, opus_stream, read_file, vp8_stream
from tests.recordings.sitting import Sitting
from tests.recordings.test_compose import around_the_caucus, the_recipe

MATTER = new_id()


@pytest.fixture
async def sitting(tmp_path):
    sitting = await Sitting(tmp_path, keys_in(tmp_path)).begin()
    yield sitting
    await sitting.recordings.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    directory = tmp_path_factory.mktemp("demo")
    return asyncio.run(a_demo(directory, Keeping(KeyRing(directory / "keys"), opens=keys_in(directory))))


def plain_media(directory):
    """Media files that are not encrypted, and whatever holds the beginning of a Matroska file."""
    return [
        each.name
        for each in directory.rglob("*")
        if each.is_file()
        and (b"matroska" in each.read_bytes() or (".mkv" in each.name and not is_stored(each.parent, each.name)))
    ]


async def play(sitting):
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    sitting.recorder.started(voice)
    sitting.recorder.started(face)
    await sitting.play(0, [(voice, opus_stream(250)), (face, vp8_stream(100))])
    await sitting.taken()


async def test_nothing_plain_is_on_the_disk_from_the_first_byte_to_the_seal(sitting, tmp_path):
    await play(sitting)
    assert len(list(sitting.directory.glob("*.part"))) == 2
    assert plain_media(tmp_path) == []
    manifest = await sitting.sealed()
    assert plain_media(tmp_path) == []
    for segment in manifest.segments:
        assert key_of(sitting.directory, segment.file).startswith(f"{sitting.session.matter_id}-record-")
    heard, _ = read_file(sitting.opened(manifest.segments[0].file))
    assert [data for _, _, data in heard] == [packet[12:] for _, packet in opus_stream(250)]
    assert decoded(sitting.opened(manifest.segments[1].file)) == 100


async def test_the_process_that_seals_is_given_the_keys_of_these_files_alone(sitting):
    orders = []

    async def sealer(order):
        orders.append(order)
        return await seal_in_subprocess(order)

    sitting.recordings._sealer = sealer
    await play(sitting)
    manifest = await sitting.sealed()
    assert len(manifest.segments) == 2
    (order,) = orders
    assert {each["scope"] for each in order.opens} == {f"recording/{sitting.recorder.recording_id}"}
    assert "secret" not in repr(order)


async def test_a_torn_file_is_mended_and_the_recording_goes_on_encrypted(sitting, tmp_path):
    await play(sitting)
    torn = sitting.directory / "t001-0001.mkv.part"
    whole = torn.read_bytes()
    again = Sitting(tmp_path, sitting.opens)
    again.session, again.clock = sitting.session, sitting.clock
    await sitting.recorder.finish()
    torn.write_bytes(whole[:-30])
    journal = sitting.directory / "journal.jsonl"
    journal.write_bytes(
        b"".join(line for line in journal.read_bytes().splitlines(keepends=True) if b'"closed"' not in line)
    )
    mended = await asyncio.to_thread(repair, sitting.directory, sitting.opens)
    assert mended.locked == ()
    assert mended.state.files[0].to_ms in range(4700, 5100)
    again.at(9000)
    await again.begin()
    voice = a_publication()
    again.recorder.started(voice)
    await again.play(9000, [(voice, opus_stream(100, ssrc=7))])
    manifest = await again.sealed()
    assert len(manifest.segments) == 3
    assert plain_media(tmp_path) == []
    await again.recordings.close()


async def test_without_its_key_a_torn_recording_waits_and_is_sealed_when_the_key_is_back(sitting, tmp_path):
    await play(sitting)
    again = Sitting(tmp_path, sitting.opens)
    again.session, again.clock = sitting.session, sitting.clock
    await sitting.recorder.finish()
    journal = sitting.directory / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"closed"' not in line and b'"stopped"' not in line))
    sitting.opens.directory.rename(tmp_path / "away")
    again.at(9000)
    await again.begin()  # the sitting goes on, and is recorded, under a key of its own
    voice = a_publication()
    again.recorder.started(voice)
    await again.play(9000, [(voice, opus_stream(100, ssrc=7))])
    again.books.length = 12_000
    again.at(12_000)
    await again.recorder.finish()
    await again.recordings.settled()
    assert again.books.named("failed")[0].state is RecordingState.FAILED
    for each in (tmp_path / "away").iterdir():
        for key in each.iterdir():
            key.rename(sitting.opens.directory / each.name / key.name)
    assert await again.recordings.recover()
    await again.recordings.settled()
    manifest, _ = await again.manifest()
    assert len(manifest.segments) == 3
    assert manifest.segments[0].repaired
    await again.recordings.close()


async def test_a_lost_master_key_does_not_keep_a_sitting_from_being_recorded(tmp_path):
    keys = KeyStore(tmp_path / "matter-keys", MasterKeys(tmp_path / "master"))
    first = Sitting(tmp_path, keys)
    keys.writing(first.session.matter_id, Purpose.RECORD, "x")
    (tmp_path / "master" / "current").rename(tmp_path / "lost")
    sitting = await Sitting(tmp_path, KeyStore(tmp_path / "matter-keys", MasterKeys(tmp_path / "master"))).begin()
    await play(sitting)
    manifest = await sitting.sealed()
    assert len(manifest.segments) == 2
    assert not is_stored(sitting.directory, manifest.segments[0].file)  # until it is taken over
    await sitting.recordings.close()


async def test_its_evidence_is_that_of_a_plain_recording(demo):
    outside = Outside(opens=demo.recordings.vault.keys)
    assert await asyncio.to_thread(verify_recording, demo.directory, demo.log, demo.recording, outside) == []


async def test_one_changed_bit_is_found_with_the_second_it_is_in(demo, tmp_path):
    copy = demo.copied(tmp_path / demo.directory.name)
    victim = min(copy.glob("t*.mkv"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    outside = Outside(opens=demo.recordings.vault.keys)
    (finding,) = await asyncio.to_thread(verify_recording, copy, demo.log, demo.recording, outside)
    assert str(finding).startswith(f"file_broken: {victim.name}, 00:")


async def test_without_its_key_a_recording_is_said_to_be_locked_not_changed(demo):
    found = await asyncio.to_thread(verify_recording, demo.directory, demo.log, demo.recording)
    assert {each.code for each in found} == {"file_locked"}
    assert len(found) == len(demo.manifest.segments)


async def test_a_file_of_another_recording_of_the_same_matter_is_found(demo, tmp_path):
    copy = demo.copied(tmp_path / "0123456789abcdefghjkmnpqrs")
    elsewhere = Chest(copy, demo.recordings.vault.keys)
    with pytest.raises(BrokenFileError):
        elsewhere.opened(demo.manifest.segments[0].file)


async def test_what_is_taken_along_is_plain_and_holds(demo, tmp_path):
    chest = demo.recordings.vault.chest(demo.recording.session_id, demo.recording.id)
    companions = Companions(demo.log, (), demo.manifest.keys, b"")
    await asyncio.to_thread(exported, chest, tmp_path / "out", companions)
    assert await asyncio.to_thread(verify_export, tmp_path / "out", Outside()) == []
    keeper = RecordKeeper(demo.recordings.vault)
    for name, size, _ in keeper.along(demo.recording):
        with keeper.opened(demo.recording, name) as stream:
            assert len(stream.read()) == size


async def test_a_second_copy_is_as_encrypted_as_the_first_and_is_compared(demo, tmp_path):
    keeper = RecordKeeper(demo.recordings.vault, tmp_path / "second")
    assert (await asyncio.to_thread(keeper.copy, demo.recording))[1] == ""
    assert plain_media(tmp_path / "second") == []
    locked = RecordKeeper(type(demo.recordings.vault)(demo.recordings.vault.root.parent), tmp_path / "second")
    assert locked.fault(demo.recording) == "copy_locked"


async def test_a_destroyed_key_opens_neither_the_recording_nor_its_copy(tmp_path):
    keys = keys_in(tmp_path)
    demo = await a_demo(tmp_path, Keeping(KeyRing(tmp_path / "keys"), opens=keys))
    keeper = RecordKeeper(demo.recordings.vault, tmp_path / "second")
    keeper.copy(demo.recording)
    backup = {each.name: each.read_bytes() for each in demo.directory.iterdir()}
    key_id = key_of(demo.directory, demo.manifest.segments[0].file)
    assert keys.destroy([key_id]) == 1
    for name in (each.file for each in demo.manifest.segments):
        with pytest.raises(Gone, match="record_key_destroyed"):
            keeper.opened(demo.recording, name)
    assert keeper.fault(demo.recording) == "copy_locked"
    assert not any(b"matroska" in each for each in backup.values())
    with pytest.raises((Gone, Unavailable)):
        demo.recordings.vault.open_segment(demo.recording.session_id, demo.recording.id, 0)


async def test_previews_and_films_are_encrypted_like_what_they_are_made_of(demo):
    data, keys = demo.recordings.vault.root.parent, demo.recordings.vault.keys
    previews = Previews(data, keys)
    async with previews.running():
        previews.want(demo.recording)
        await asyncio.wait_for(previews.settled(), 100)
        told = await previews.told(demo.recording)
        sheet = await previews.sheet(demo.recording, next(iter(told["sheets"])))
    assert sheet.startswith(b"\xff\xd8")
    composer, film_id, steps = Composer(data, 1, niceness=0, keys=keys), new_id(), []

    async def told_of(done, total):
        steps.append((done, total))
        folder = composer.shelves.root / film_id
        assert [each.name for each in folder.iterdir() if not is_stored(folder, each.name)] == []

    recipe = around_the_caucus(the_recipe(demo))
    film = await composer.make(film_id, demo.recording.session_id, recipe, told_of)
    stream, size = composer.shelves.open_film(film_id)
    with stream:
        assert digest_of(stream) == (size, film.sha256) == (film.bytes, film.sha256)
    with composer.shelves.open_film(film_id)[0] as stream, av.open(stream) as container:
        assert sum(1 for _ in container.decode(video=0)) == recipe.frames
    assert steps[-1][0] == steps[-1][1]
    for place in (data / "previews" / demo.recording.id, composer.shelves.root / film_id):
        assert [each.name for each in place.iterdir() if not is_stored(place, each.name)] == []


# --- taken over ---------------------------------------------------------------------------------------------


@pytest.fixture
async def older(tmp_path):
    """A recording as an earlier release left it, plain, with a second copy and previews; and a keeper with keys."""
    demo = await asyncio.to_thread(lambda: asyncio.run(a_demo(tmp_path)))
    RecordKeeper(demo.recordings.vault, tmp_path / "second").copy(demo.recording)
    previews = tmp_path / "previews" / demo.recording.id
    previews.mkdir(parents=True)
    (previews / "previews.json").write_text("{}")
    keeper = RecordKeeper(Vault(tmp_path, keys_in(tmp_path)), tmp_path / "second", [tmp_path / "previews"])
    return demo, keeper


async def holds(demo, keeper):
    outside = Outside(opens=keeper._vault.keys)
    found = await asyncio.to_thread(verify_recording, demo.directory, demo.log, demo.recording, outside)
    return found == [] and keeper.fault(demo.recording) == ""


async def test_a_plain_recording_is_taken_over_with_its_copy_and_its_evidence_holds(older, tmp_path):
    demo, keeper = older
    assert await holds(demo, keeper)
    sealed, files, mode = [(demo.recording, MATTER)], 2 * len(demo.manifest.segments), demo.directory.stat().st_mode
    assert RecordKeeper(Vault(tmp_path)).plain_of(sealed) == []  # who has no keys takes nothing over
    assert keeper.plain_of(sealed) == sealed
    assert keeper.take_over(demo.recording, MATTER) == files
    assert plain_media(tmp_path) == []
    assert not list((tmp_path / "previews").iterdir())  # made again when somebody asks
    assert await holds(demo, keeper)
    assert demo.directory.stat().st_mode == mode
    assert keeper.take_over(demo.recording, MATTER) == 0
    assert keeper.plain_of(sealed) == []


@pytest.mark.parametrize("part", ["copy", "previews", "unreadable"])
async def test_one_plain_part_of_a_recording_is_enough_to_look_at_it(older, tmp_path, part, monkeypatch):
    demo, keeper = older
    keeper.take_over(demo.recording, MATTER)
    copy, previews = tmp_path / "second" / "recordings" / demo.recording.session_id, tmp_path / "previews"
    if part == "copy":
        media = next((copy / demo.recording.id).glob("*.mkv"))
        media.unlink()
        media.write_bytes(b"plain")
    elif part == "previews":
        (previews / demo.recording.id).mkdir()
        (previews / demo.recording.id / "previews.json").write_text("{}")
    else:

        def refused(*_):
            raise PermissionError

        monkeypatch.setattr("recordings.keeping.is_stored", refused)
    sealed = [(demo.recording, MATTER)]
    assert keeper.plain_of(sealed) == sealed


@pytest.mark.parametrize("done", [0, 1, 3])
async def test_a_take_over_that_was_killed_leaves_every_file_whole_and_is_gone_on_with(
    older, tmp_path, done, monkeypatch
):
    demo, keeper = older
    stored = []

    def killed(*arguments):
        if len(stored) == done:
            arguments[1].write_bytes(b"half")
            raise KeyboardInterrupt
        stored.append(arguments[1])
        return store(*arguments)

    monkeypatch.setattr("recordings.keeping.store", killed)
    with pytest.raises(KeyboardInterrupt):
        keeper.take_over(demo.recording, MATTER)
    monkeypatch.undo()
    assert keeper.fault(demo.recording) == ""
    assert keeper.take_over(demo.recording, MATTER) == 2 * len(demo.manifest.segments) - done
    assert plain_media(tmp_path) == []
    assert await holds(demo, keeper)
