"""The first start of the demo, whole or not at all, and what the command line says when something is wrong."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import jinja2
import pytest

from mediation_server.app import start
from mediation_server.at_rest.stored import is_stored
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.demo import DATABASE, first_start
from mediation_server.domain.ids import new_id
from mediation_server.errors import Unavailable
from mediation_server.offline import verify_session
from mediation_server.services import demo_data
from mediation_server.store.database import Database

PATIENCE_S = 60
CLOCK = SystemClock()
ROOT = Path(__file__).parents[2]


MADE = ["demo-tsa", "keys", "master-keys", "materials", "matter-keys", DATABASE, "recordings"]


@pytest.fixture
def settings(tmp_path):
    return Settings(demo=True, port=0, data_dir=tmp_path / "var")


def stamps(directory):
    """Every file with what would tell that it was written again."""
    return {path.relative_to(directory): (path.stat().st_ino, path.stat().st_mtime_ns) for path in directory.rglob("*")}


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def plain_content(data):
    """Media and papers that are not encrypted; what a recording says of itself is no content."""
    files = [each for area in ("recordings", "materials") for each in (data / area).rglob("*") if each.is_file()]
    content = [each for each in files if each.suffix not in {".json", ".jsonl"}]
    assert content
    return [each for each in content if not is_stored(each.parent, each.name)]


async def test_the_second_start_does_nothing(settings):
    passwords = await first_start(settings, CLOCK)
    assert passwords["fang.jing"]
    assert names(settings.data_dir) == MADE
    assert await asyncio.to_thread(plain_content, settings.data_dir) == []
    before = stamps(settings.data_dir)
    assert await first_start(settings, CLOCK) == {}
    assert stamps(settings.data_dir) == before
    assert await verify_session(settings, CLOCK, demo_data.SESSION_4) == []


def leave_rubbish_aside(data_dir):
    aside = data_dir / "first-start" / "recordings" / demo_data.SESSION_4 / new_id()
    aside.mkdir(parents=True)
    (aside / "t001-0001.mkv").write_bytes(b"half a file")
    (data_dir / "first-start" / DATABASE).write_bytes(b"half a database")
    aside.chmod(0o555)  # as the recorder leaves what it sealed


def leave_the_recording_in_place(data_dir):
    """The power went between the recording and the database."""
    placed = data_dir / "recordings" / demo_data.SESSION_4 / new_id()
    placed.mkdir(parents=True)
    (placed / "journal.jsonl").write_text("{}\n")
    placed.chmod(0o555)


@pytest.mark.parametrize("leave", [leave_rubbish_aside, leave_the_recording_in_place])
async def test_a_start_that_was_cut_short_begins_anew(settings, leave):
    settings.data_dir.mkdir()
    leave(settings.data_dir)
    assert await first_start(settings, CLOCK)
    assert names(settings.data_dir) == MADE
    assert len(list((settings.data_dir / "recordings" / demo_data.SESSION_4).iterdir())) == 1
    assert await verify_session(settings, CLOCK, demo_data.SESSION_4) == []


async def test_the_recordings_of_other_sittings_stay(settings):
    other = settings.data_dir / "recordings" / new_id() / new_id() / "journal.jsonl"
    other.parent.mkdir(parents=True)
    other.write_text("evidence\n")
    await first_start(settings, CLOCK)
    assert other.read_text() == "evidence\n"


async def test_a_start_that_fails_leaves_no_database_and_can_be_tried_again(settings):
    with pytest.raises(ValueError, match="day"):
        await first_start(settings.model_copy(update={"seed_date": "2026-02-30"}), CLOCK)
    assert names(settings.data_dir) == ["first-start"]
    assert await first_start(settings, CLOCK)
    assert names(settings.data_dir) == MADE


async def test_a_taken_port_changes_nothing_and_loses_no_passwords(settings, taken_port):
    with pytest.raises(Unavailable, match="port_taken"):
        await start(settings.model_copy(update={"port": taken_port}), CLOCK)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not settings.data_dir.exists()
    running = await start(settings, CLOCK)
    await running.close()
    assert running.passwords["fang.jing"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"media_port": ...}, "media_port_taken"), ({"court_url": "https://x.example"}, "court_key_missing")],
)
async def test_whatever_else_is_refused_is_refused_before_anything_is_written(settings, wrong, code):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        given = {name: holder.getsockname()[1] if value is ... else value for name, value in wrong.items()}
        with pytest.raises(Unavailable, match=code):
            await start(settings.model_copy(update=given), CLOCK)
    assert not settings.data_dir.exists()


async def test_a_start_makes_pages_ready_before_anybody_asks(settings, monkeypatch):
    running = await start(settings, CLOCK)
    monkeypatch.delattr(jinja2.Environment, "compile")
    try:
        async with aiohttp.ClientSession() as session, session.get(running.url + "/demo") as page:
            assert page.status == 200
    finally:
        await running.close()


async def test_links_in_messages_say_where_the_demo_is_reached(settings):
    running = await start(settings, CLOCK)
    try:
        async with aiohttp.ClientSession(headers={"Sec-Fetch-Site": "same-origin"}) as session:
            async with session.post(running.url + "/demo/as/applicant", allow_redirects=False) as answer:
                link = answer.headers["Location"]
            async with session.get(running.url + "/demo/outbox") as page:
                assert running.url + link in await page.text()
    finally:
        await running.close()


# --- a database somewhere else -----------------------------------------------------------------------------


async def rows(url, table):
    database = Database(url)
    await database.open()
    try:
        async with database.reading() as tx:
            return (await tx.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()
    finally:
        await database.close()


@pytest.fixture
def elsewhere(settings, tmp_path):
    return settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{tmp_path}/elsewhere/court.db"})


async def test_a_fresh_database_elsewhere_is_filled_exactly_once(elsewhere):
    passwords = await first_start(elsewhere, CLOCK)
    assert passwords["fang.jing"]
    assert names(elsewhere.data_dir) == [each for each in MADE if each != DATABASE]
    assert await verify_session(elsewhere, CLOCK, demo_data.SESSION_4) == []
    held = [await rows(elsewhere.database_url, each) for each in ("users", "session_events", "recordings", "audit")]
    assert all(held)
    assert await first_start(elsewhere, CLOCK) == {}
    assert held == [
        await rows(elsewhere.database_url, each) for each in ("users", "session_events", "recordings", "audit")
    ]


async def test_a_database_with_somebody_in_it_is_left_alone(elsewhere, settings):
    await first_start(elsewhere, CLOCK)
    other = settings.model_copy(update={"database_url": elsewhere.database_url, "data_dir": settings.data_dir / "new"})
    assert await first_start(other, CLOCK) == {}
    assert not other.data_dir.exists()


async def test_a_database_file_that_is_there_but_empty_is_filled_too(settings):
    assert await rows(settings.database, "users") == 0  # as any command leaves it that opens the database
    assert await first_start(settings, CLOCK)
    assert await rows(settings.database, "users") > 0
    assert names(settings.data_dir) == MADE
    assert await verify_session(settings, CLOCK, demo_data.SESSION_4) == []


# --- the command line --------------------------------------------------------------------------------------


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


@pytest.fixture
def run(tmp_path):
    """`run(*arguments, **settings)`: the command in a process of its own, started where no settings file lies."""

    async def started(*arguments, **given):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MEDIATION_")}
        environment |= {"MEDIATION_DATA_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)} | given
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mediation_server", *arguments),
            env=environment,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return started


async def ended(process):
    """Exit code and what was printed and complained about."""
    out, complaint = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode, out.decode(), complaint.decode()


async def test_the_demo_prints_one_json_line_when_it_is_ready_and_ends_when_told(run):
    process = await run("demo", "--json", "--port", "0")
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
    ready = json.loads(line)
    assert set(ready) == {"url", "roles"}
    assert list(ready["roles"]) == ["mediator", "applicant", "respondent", "judge"]
    assert all(link.startswith(ready["url"] + "/") for link in ready["roles"].values())
    async with aiohttp.ClientSession() as session, session.get(ready["url"] + "/healthz") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    code, rest, _ = await ended(process)
    assert (code, rest) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "given", "named"),
    [
        (("serve",), {"MEDIATION_LOGIN_HOURS": "900"}, "MEDIATION_LOGIN_HOURS"),
        (("demo", "--seed-date", "yesterday"), {}, "MEDIATION_SEED_DATE"),
        (("demo", "--seed-date", "2026-02-30"), {}, "MEDIATION_SEED_DATE"),
    ],
)
async def test_a_bad_setting_is_one_sentence_and_exit_2(run, arguments, given, named, tmp_path):
    code, out, complaint = await ended(await run(*arguments, **given))
    assert (code, out) == (2, "")
    assert complaint.startswith(f"{named}: ")
    assert complaint.count("\n") == 1
    assert not (tmp_path / "var").exists()


async def test_a_taken_port_is_one_sentence_and_exit_2(run, taken_port, tmp_path):
    code, out, complaint = await ended(await run("demo", "--json", "--port", str(taken_port)))
    assert (code, out) == (2, "")
    (line,) = [each for each in complaint.splitlines() if not each.startswith("{")]  # the rest is the log
    assert line.startswith("port_taken: 端口已被占用")
    assert not (tmp_path / "var").exists()


async def test_verify_of_a_sitting_that_is_not_there_is_exit_2(run):
    for name in (new_id(), "../../etc"):
        code, out, complaint = await ended(await run("verify", name))
        assert (code, out) == (2, "")
        assert complaint.startswith("not_found: ")
        assert complaint.count("\n") == 1
