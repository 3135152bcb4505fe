import io
import json
import logging
import subprocess
import sys

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from mediation_server.logs import configure_logs
from mediation_server.store import users
from tests.court_world import MEDIATOR, court_world


@pytest.fixture
def lines():
    """What was logged, parsed; everything is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_both_ways_of_logging_give_one_json_line_each(lines):
    logging.getLogger("web.something").info("a page was %s", "shown")
    structlog.get_logger("recordings.something").warning("disk_slow", waited_ms=20)
    first, second = lines()
    assert (first["event"], first["level"], first["logger"]) == ("a page was shown", "info", "web.something")
    assert (second["event"], second["waited_ms"], second["level"]) == ("disk_slow", 20, "warning")


def test_libraries_speak_from_warnings_on(lines):
    logging.getLogger("aioice.ice").info("check from 203.0.113.7")
    logging.getLogger("aioice.ice").warning("something is wrong")
    assert [each["event"] for each in lines()] == ["something is wrong"]


@pytest.mark.parametrize("made_by", [logging.getLogger, structlog.get_logger])
def test_a_traceback_shows_lines_of_code_and_no_values(lines, made_by):
    def stumble(said):
        raise RuntimeError("stumbled")

    try:
        stumble("我只肯付二万元")
    except RuntimeError:
        made_by("web.x").exception("a bug")
    (line,) = lines()
    assert "stumble" in json.dumps(line["exception"])
    assert "二万元" not in json.dumps(line, ensure_ascii=False)


async def test_a_statement_that_fails_does_not_tell_what_it_was_to_write(tmp_path, lines):
    async with court_world(tmp_path) as world:
        with pytest.raises(IntegrityError) as failure:
            async with world.db.transaction() as tx:
                await users.add(tx, MEDIATOR, "a hash of a password", world.clock.now())
    assert "users" in str(failure.value)
    assert "a hash" not in str(failure.value)
    assert MEDIATOR.name not in str(failure.value)


def test_standard_output_stays_free_for_the_command_itself():
    program = (
        "from mediation_server.logs import configure_logs; import structlog\n"
        "configure_logs(); structlog.get_logger('recordings.x').error('boom')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert json.loads(done.stderr)["event"] == "boom"
