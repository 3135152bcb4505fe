"""A record of the demo's archive is held, released, proposed, agreed to and destroyed by those who may, in twos."""

import asyncio
import shutil
from dataclasses import dataclass, field, replace

import pytest

from mediation_server.at_rest.matter_keys import Purpose as KeyPurpose
from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.disposal import digest_of_content
from mediation_server.domain.film import Film, FilmLayout
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.making import MakingState
from mediation_server.domain.matter import MatterState
from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.people import Role
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.retention import HoldCause, RetentionClass
from mediation_server.domain.task import TaskKind
from mediation_server.domain.users import User
from mediation_server.domain.viewing import ReviewNote, Viewing
from mediation_server.errors import Conflict, Gone, NotFound, Refused
from mediation_server.services import archiving, closing, copying, disposing, retaining
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_6, SESSION_6
from mediation_server.services.disposal_certificates import certificate_pdf
from mediation_server.services.procedure import log_findings
from mediation_server.services.sweeping import sweep
from mediation_server.services.todo import todo_of
from mediation_server.store import matters, recordings, review_notes, users, viewings
from mediation_server.store.made import FILMS
from tests.court_world import eventually

CLERK = User(fixed_id("clerk six"), "clerk.six", "石书记", "Shi", Role.CLERK, court=cast.SHIQIAO)
FILING = User(fixed_id("filing six"), "filing.six", "许立案", "Xu", Role.FILING, court=cast.SHIQIAO)
OTHER_FILING = User(fixed_id("filing seven"), "filing.seven", "白立案", "Bai", Role.FILING, court=cast.SHIQIAO)
ADMIN, AUDITOR = cast.ADMINISTRATOR, User(fixed_id("auditor"), "aud", "审计", "Aud", Role.AUDITOR)
RECORDING = fixed_id("recording six")
YEAR = 366 * 86_400


@dataclass
class Shelf:
    """Recordings that lie in memory; `refuses`: how often destroying fails."""

    lying: set = field(default_factory=lambda: {RECORDING})
    refuses: int = 0
    copies: bool = True

    def inventory(self, recording):
        return [{"file": "t001-0001.mkv", "bytes": 7, "sha256": "cd" * 32}] if recording.id in self.lying else []

    def destroy(self, recording):
        if self.refuses:
            self.refuses -= 1
            raise OSError
        self.lying.discard(recording.id)

    def copy(self, recording):
        return 7, ""


@pytest.fixture
async def archive(demo):
    now = demo.ctx.clock.now()
    made = Recording(RECORDING, SESSION_6, RecordingState.SEALED, now, 1000, 1000, "ab" * 32, now)
    async with demo.ctx.db.transaction() as tx:
        for each in (CLERK, FILING, OTHER_FILING, AUDITOR):
            await users.add(tx, each, "no password", now)
        await recordings.save(tx, made)
        note = ReviewNote(fixed_id("note"), RECORDING, cast.CONFIRMING_JUDGE.id, 5, "此处停顿", now)
        await review_notes.add(tx, note)
    return demo


async def page(demo, who=CLERK):
    return await retaining.keeping_page(demo.ctx, who, MATTER_6)


async def kinds(demo, who):
    return [each.task.kind for each in (await todo_of(demo.ctx, who)).items]


async def due(demo):
    """Its class is the one of what never became a case, and those ten years are over."""
    await retaining.set_retention(demo.ctx, FILING, MATTER_6, RetentionClass.OWN, "未立案")
    demo.ctx.clock.advance(seconds=4 * YEAR)
    await sweep(demo.ctx)


async def proposed(demo):
    await due(demo)
    await retaining.propose(demo.ctx, CLERK, MATTER_6, "期满，无保全")


async def test_a_record_whose_time_is_over_is_a_clerks_task_then_an_administrators_then_gone(archive):
    assert (await page(archive)).until.year == 2050
    shelf = Shelf()
    await due(archive)
    assert await kinds(archive, CLERK) == [TaskKind.DISPOSE_RECORDINGS]
    assert await kinds(archive, cast.CLERK) == []  # of another court
    await retaining.propose(archive.ctx, CLERK, MATTER_6, "期满，无保全")
    assert (await kinds(archive, CLERK), await kinds(archive, ADMIN)) == ([], [TaskKind.APPROVE_DISPOSAL])
    await disposing.approve(archive.ctx, shelf, ADMIN, MATTER_6, "核对无误")
    assert await kinds(archive, ADMIN) == []
    assert (await page(archive)).recordings[0].state is RecordingState.DISPOSED
    with pytest.raises(NotFound):
        await retaining.certificate(archive.ctx, CLERK, MATTER_6)  # not before the bytes are gone
    assert await disposing.destroy_decided(archive.ctx, shelf) == 1
    assert shelf.lying == set()
    assert await disposing.destroy_decided(archive.ctx, shelf) == 0
    assert await log_findings(archive.ctx.db, MATTER_6) == []


async def test_the_certificate_says_who_when_and_which_hashes_and_the_log_repeats_its_own(archive):
    await proposed(archive)
    acted = await disposing.approve(archive.ctx, Shelf(), ADMIN, MATTER_6, "核对无误")
    await disposing.destroy_decided(archive.ctx, Shelf())
    _, gone = await retaining.certificate(archive.ctx, CLERK, MATTER_6)
    said = gone.content
    assert (said["proposed"]["id"], said["approved"]["id"], said["reason"]) == (CLERK.id, ADMIN.id, "核对无误")
    assert said["recordings"][0]["files"] == [{"file": "t001-0001.mkv", "bytes": 7, "sha256": "cd" * 32}]
    assert said["retention"]["class"] == "own"
    event = acted.events[-1]
    assert (event.kind, event.payload["sha256"]) == (MatterEventKind.DISPOSED, digest_of_content(said))
    (written,) = await archive.audited(AuditAction.RECORD_DISPOSED)
    assert written.details["said"]["sha256"] == gone.sha256
    assert (await certificate_pdf(gone)).startswith(b"%PDF-")


async def test_the_keys_of_a_record_go_with_it_and_the_papers_stay_readable(archive, tmp_path):
    settings = archive.ctx.settings.model_copy(update={"data_dir": tmp_path})
    ctx = replace(archive.ctx, settings=settings)
    keys = keys_of(settings)
    key, paper = await asyncio.to_thread(lambda: [keys.writing(MATTER_6, each, "recording/x") for each in KeyPurpose])
    await proposed(archive)
    await disposing.approve(ctx, Shelf(), ADMIN, MATTER_6, "核对无误")
    shelf = Shelf(refuses=1)
    assert await disposing.destroy_decided(ctx, shelf) == 0
    with pytest.raises(Gone):  # the keys go first: what still lies there is read by nobody
        await asyncio.to_thread(keys.scope_key, key.id, "recording/x")
    assert await disposing.destroy_decided(ctx, shelf) == 1
    assert await asyncio.to_thread(keys.scope_key, paper.id, "recording/x") == paper
    _, gone = await retaining.certificate(ctx, CLERK, MATTER_6)
    assert gone.content["keys"] == [key.id]
    assert (await certificate_pdf(gone)).startswith(b"%PDF-")
    assert key.secret.hex() not in str(await archive.everything())


async def test_a_key_that_an_older_copy_brings_back_is_destroyed_at_the_next_start(archive, tmp_path):
    settings = archive.ctx.settings.model_copy(update={"data_dir": tmp_path})
    ctx, keys = replace(archive.ctx, settings=settings), keys_of(settings)
    key = await asyncio.to_thread(keys.writing, MATTER_6, KeyPurpose.RECORD, "recording/x")
    await asyncio.to_thread(shutil.copytree, keys.directory, tmp_path / "older")
    await proposed(archive)
    await disposing.approve(ctx, Shelf(), ADMIN, MATTER_6, "核对无误")
    await disposing.destroy_decided(ctx, Shelf())
    await asyncio.to_thread(shutil.rmtree, keys.directory)
    await asyncio.to_thread((tmp_path / "older").rename, keys.directory)
    async with disposing.disposing(ctx, Shelf()):
        await eventually(lambda: not list(keys.directory.glob("*/*.json")))
    with pytest.raises(Gone):
        await asyncio.to_thread(keys.scope_key, key.id, "recording/x")


async def test_what_was_noted_beside_a_recording_goes_with_it(archive):
    await proposed(archive)
    await disposing.approve(archive.ctx, Shelf(), ADMIN, MATTER_6, "核对无误")
    rows = await archive.everything()
    assert not any("此处停顿" in str(row) for row in rows["review_notes"])


async def test_a_film_of_it_is_let_go_and_waited_for(archive):
    await proposed(archive)
    now, judge = archive.ctx.clock.now(), cast.CONFIRMING_JUDGE.id
    viewing = Viewing(fixed_id("viewing"), RECORDING, judge, Purpose.CONFIRMATION, "confirmation", "方静", now, now)
    film = Film(
        fixed_id("film"), RECORDING, viewing.id, judge, FilmLayout.GRID, "zh", "方静", MakingState.READY, now, bytes=7
    )
    async with archive.ctx.db.transaction() as tx:
        await viewings.save(tx, viewing)
        await FILMS.save(tx, film)
    shelf = Shelf()
    await disposing.approve(archive.ctx, shelf, ADMIN, MATTER_6, "核对无误")
    assert await disposing.destroy_decided(archive.ctx, shelf) == 0
    async with archive.ctx.db.transaction() as tx:
        assert [each.id for each in await FILMS.stale(tx, archive.ctx.clock.now(), 5)] == [film.id]
        await FILMS.remove(tx, film.id)  # as whoever makes films does once its file is gone
    assert await disposing.destroy_decided(archive.ctx, shelf) == 1


async def test_a_disk_that_refuses_is_asked_again_and_no_certificate_lies(archive):
    await proposed(archive)
    shelf = Shelf(refuses=1)
    await disposing.approve(archive.ctx, shelf, ADMIN, MATTER_6, "核对无误")
    assert await disposing.destroy_decided(archive.ctx, shelf) == 0
    with pytest.raises(NotFound):
        await retaining.certificate(archive.ctx, CLERK, MATTER_6)
    assert await disposing.destroy_decided(archive.ctx, shelf) == 1
    assert (await retaining.certificate(archive.ctx, CLERK, MATTER_6))[1].destroyed_at is not None


async def test_nothing_goes_before_its_time_or_while_held_and_a_hold_between_stops_the_second_yes(archive):
    """Annex G 27: what is kept for its years is kept for longer while somebody holds it."""
    with pytest.raises(Conflict, match="retention_runs"):
        await retaining.propose(archive.ctx, CLERK, MATTER_6, "期满")
    await proposed(archive)
    await retaining.hold(archive.ctx, FILING, MATTER_6, HoldCause.COMPLAINT, "投诉8号")
    assert await kinds(archive, ADMIN) == []
    before = await archive.everything()
    with pytest.raises(Conflict, match="file_held"):
        await disposing.approve(archive.ctx, Shelf(), ADMIN, MATTER_6, "核对无误")
    assert await archive.everything() == before
    with pytest.raises(Conflict, match="file_held"):
        await retaining.propose(archive.ctx, CLERK, MATTER_6, "期满")
    held = (await retaining.keeping_list(archive.ctx, CLERK)).held
    assert [each.id for each in held] == [MATTER_6]


async def test_a_hold_ends_by_a_second_person_and_the_clerks_are_asked_again(archive):
    await due(archive)
    await retaining.hold(archive.ctx, FILING, MATTER_6, HoldCause.COMPLAINT, "投诉8号")
    (hold,) = (await page(archive)).keep.file.keeping.holds
    await retaining.ask_release(archive.ctx, FILING, MATTER_6, hold.id, "已办结")
    assert await kinds(archive, OTHER_FILING) == [TaskKind.APPROVE_RELEASE]
    with pytest.raises(Refused, match="second_person_needed"):
        await retaining.release(archive.ctx, FILING, MATTER_6, hold.id, "核对")
    await retaining.release(archive.ctx, OTHER_FILING, MATTER_6, hold.id, "核对")
    assert (await page(archive)).keep.file.keeping.holds == ()
    assert await kinds(archive, CLERK) == [TaskKind.DISPOSE_RECORDINGS]
    assert (await retaining.keeping_list(archive.ctx, CLERK)).held == ()


async def test_a_no_leaves_the_record_and_asks_the_clerks_again(archive):
    await proposed(archive)
    await retaining.decline(archive.ctx, ADMIN, MATTER_6, "请先核对副本")
    assert await kinds(archive, CLERK) == [TaskKind.DISPOSE_RECORDINGS]
    assert (await page(archive)).disposal is None


@pytest.mark.parametrize(
    "who",
    [cast.MEDIATOR_6, cast.CLERK, cast.FILING, cast.TRIAL_JUDGE, AUDITOR, cast.PARTY_ACCOUNTS[0]],
    ids=lambda who: who.login,
)
async def test_whoever_has_nothing_to_do_with_it_learns_nothing(archive, who):
    with pytest.raises(NotFound):
        await retaining.keeping_page(archive.ctx, who, MATTER_6)
    with pytest.raises(NotFound):
        await retaining.hold(archive.ctx, who, MATTER_6, HoldCause.REVIEW, "再审")
    with pytest.raises(NotFound):
        await disposing.approve(archive.ctx, Shelf(), who, MATTER_6, "核对")


async def test_an_administrator_reads_no_name_and_a_clerk_agrees_to_nothing(archive):
    assert (await page(archive, ADMIN)).parties == ()
    assert (await page(archive, CLERK)).parties
    await proposed(archive)
    with pytest.raises(NotFound):
        await disposing.approve(archive.ctx, Shelf(), CLERK, MATTER_6, "核对")
    with pytest.raises(NotFound):
        await retaining.propose(archive.ctx, ADMIN, MATTER_6, "期满")


async def test_a_matter_that_was_reopened_and_closed_is_archived_by_a_clerk_and_its_years_begin_anew(archive):
    ctx = archive.ctx
    await closing.ask_reopening(ctx, FILING, MATTER_6, "错字")
    (task,) = (await todo_of(ctx, OTHER_FILING)).items
    await closing.approve_reopening(ctx, OTHER_FILING, task.task.id, "属实")
    assert (await page(archive)).until is None
    acted = await archiving.archive(ctx, CLERK, MATTER_6)
    assert acted.matter.state is MatterState.ARCHIVED
    assert len(acted.events[-1].payload["catalogue_sha256"]) == 64
    assert (await page(archive)).until.year == 2056


async def test_a_sealed_recording_gets_its_second_copy_once_and_one_without_is_tried_again(archive):
    assert await copying.copy_sealed(archive.ctx, Shelf()) == 1
    assert await copying.copy_sealed(archive.ctx, Shelf()) == 0
    (copy,) = (await page(archive)).copies.values()
    assert (copy.bytes, copy.fault) == (7, "")


async def test_a_second_place_that_is_away_is_said_and_tried_again(archive):
    class Away(Shelf):
        def copy(self, recording):
            raise OSError

    assert await copying.copy_sealed(archive.ctx, Away()) == 0
    assert (await page(archive)).copies[RECORDING].fault == "copy_refused"
    assert await copying.copy_sealed(archive.ctx, Shelf()) == 1


async def test_a_copy_that_was_under_way_while_its_recording_went_is_destroyed_too(archive):
    loop = asyncio.get_running_loop()

    async def goes(recording):
        async with archive.ctx.db.transaction() as tx:
            await recordings.save(tx, replace(recording, state=RecordingState.DISPOSED))

    class Slow(Shelf):
        def copy(self, recording):
            asyncio.run_coroutine_threadsafe(goes(recording), loop).result(timeout=10)
            self.lying = {recording.id}
            return 7, ""

    slow = Slow(set())
    await copying.copy_sealed(archive.ctx, slow)
    assert slow.lying == set()
    assert (await page(archive)).copies == {}


async def test_the_rows_of_a_matter_follow_its_holds(archive):
    await retaining.hold(archive.ctx, FILING, MATTER_6, HoldCause.LITIGATION, "另案诉讼")
    async with archive.ctx.db.reading() as tx:
        assert (await matters.matter(tx, MATTER_6)).held
    assert await log_findings(archive.ctx.db, MATTER_6) == []
