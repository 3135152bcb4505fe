"""What lies plain from before is taken over: recordings and papers, each once, and one that fails fails alone."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from mediation_server.at_rest.stored import is_stored
from mediation_server.domain.ids import fixed_id, new_id
from mediation_server.domain.material import FileState, Material, MaterialFile, MaterialKind, MaterialState
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.services.demo_data import MATTER_1, MATTER_2, MATTER_4, SESSION_4
from mediation_server.services.encrypting import TakenOver, encrypt_all, encrypting
from mediation_server.services.shelving import stacks_of
from mediation_server.store import materials, matters, recordings
from tests.court_world import eventually

LETTER = b"the landlord's letter"
SHA256 = hashlib.sha256(LETTER).hexdigest()


class Shelf:
    def __init__(self, *, refuses=False):
        self.taken, self.refuses = [], refuses

    def plain_of(self, sealed):
        return list(sealed)

    def take_over(self, recording, matter_id):
        if self.refuses:
            raise OSError
        self.taken.append((recording.id, matter_id))
        return 2


@pytest.fixture
async def house(demo, tmp_path):
    """A sealed recording, and one letter that both of two matters were handed, as an earlier release kept it."""
    ctx = replace(demo.ctx, settings=demo.ctx.settings.model_copy(update={"data_dir": tmp_path}))
    now = ctx.clock.now()
    async with ctx.db.transaction() as tx:
        made = Recording(fixed_id("four"), SESSION_4, RecordingState.SEALED, now, 1, 1, "ab" * 32, now)
        await recordings.save(tx, made)
        for matter in (MATTER_1, MATTER_2):
            party = (await matters.parties_of(tx, matter))[0]
            item = Material(new_id(), matter, party.id, party.side, MaterialKind.EVIDENCE, MaterialState.DRAFT,
                            "", "", False, demo.mediator.id, now)  # fmt: skip
            await materials.add(tx, item)
            file = MaterialFile(new_id(), item.id, 0, SHA256, "text/plain", 5, "a.txt", FileState.READY, 1, now)
            await materials.add_file(tx, file)
    await asyncio.to_thread(written, tmp_path)
    return ctx


def written(root):
    place = root / "materials" / "kept" / SHA256[:2]
    place.mkdir(parents=True)
    (place / SHA256).write_bytes(LETTER)


def plain(root):
    files = (each for each in (root / "materials").rglob("*") if each.is_file())
    return [each for each in files if not is_stored(each.parent, each.name)]


async def test_everything_is_taken_over_once_and_the_old_place_is_left_empty(house, tmp_path):
    shelf = Shelf()
    assert await encrypt_all(house, shelf) == TakenOver(4, 0)
    assert shelf.taken == [(fixed_id("four"), MATTER_4)]
    assert await asyncio.to_thread(plain, tmp_path) == []
    for matter in (MATTER_1, MATTER_2):
        with await asyncio.to_thread(stacks_of(house, matter).open_original, SHA256) as stream:
            assert await asyncio.to_thread(stream.read) == LETTER
    assert (await encrypt_all(house, Shelf())).files == 2  # of the shelf alone, which always finds some


async def test_what_cannot_be_taken_over_is_counted_and_hinders_nothing_else(house, tmp_path):
    assert await encrypt_all(house, Shelf(refuses=True)) == TakenOver(2, 1)
    assert await asyncio.to_thread(plain, tmp_path) == []


async def test_the_running_product_does_it_by_itself(house, tmp_path):
    async def nothing_plain():
        return not await asyncio.to_thread(plain, tmp_path)

    async with encrypting(house, Shelf()):
        await eventually(nothing_plain)


async def test_whoever_asks_for_a_page_meanwhile_has_nine_tenths_of_the_time(house, monkeypatch):
    """A look through a hundred recordings that takes 50 ms is followed by nine times as long a rest."""
    rests, sleep, looked = [], asyncio.sleep, asyncio.Event()

    class Slow(Shelf):
        def plain_of(self, sealed):
            house.clock.advance(seconds=0.05)
            return []

    async def noted(seconds):
        rests.append(seconds)
        if seconds == 0.45:
            looked.set()
        await sleep(0 if seconds <= 1 else seconds)

    monkeypatch.setattr(asyncio, "sleep", noted)
    async with encrypting(house, Slow()):
        await asyncio.wait_for(looked.wait(), 30)
    assert max(rests[: rests.index(0.45) + 1]) <= 1  # and no rest is long
