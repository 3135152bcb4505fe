"""Two verifiers that share no code say the same of every case: the command line's and the page's."""

import asyncio
import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mediation_server.cli import cli
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import canonical
from mediation_server.domain.recording import TimeStamp
from mediation_server.timestamping.local_authority import LocalAuthority
from recordings.chest import Chest
from recordings.export import Companions, exported
from recordings.finding import Finding
from recordings.verify import Outside
from recordings.verify_export import export_notices, verify_export
from tests.recordings.cases import CASES
from tests.recordings.kit import START, StandingClock
from web.verifier import verifier_page

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
ASK = """
import { readdir, readFile } from "node:fs/promises";
const { verify } = await import(process.argv[2]);
const answers = [];
for (const [directory, receipt] of JSON.parse(process.argv[3])) {
  const names = await readdir(directory);
  const file = (name) => ({ arrayBuffer: async () => new Uint8Array(await readFile(`${directory}/${name}`)).buffer });
  const { findings } = await verify(new Map(names.map((name) => [name, file(name)])), receipt);
  answers.push(findings.map(({ code, where }) => [code, where]));
}
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def export(demo, tmp_path_factory):
    """The demo recording exported, with time stamps over its ends and its manifest."""
    clock = StandingClock()
    clock.ms += 90_000
    authority = LocalAuthority(tmp_path_factory.mktemp("tsa"), clock)
    target = tmp_path_factory.mktemp("exports") / "intact"
    stamps = []
    for subject, digest in demo.stamped:
        token = asyncio.run(authority.stamp(bytes.fromhex(digest)))
        stamps.append(TimeStamp(new_id(), subject, digest, START, base64.b64encode(token).decode()))
    exported(Chest(demo.directory), target, Companions(demo.log, stamps, demo.manifest.keys, verifier_page()))
    return target, authority


@pytest.fixture(scope="module")
def edited(export, tmp_path_factory):
    """A directory for each case."""
    parent = tmp_path_factory.mktemp("cases")
    made = {}
    for n, case in enumerate(CASES):
        made[case.name] = parent / str(n)
        shutil.copytree(export[0], made[case.name])
        case.edit(made[case.name])
    return made


def in_python(directory, receipt="", authorities=()):
    found = verify_export(directory, Outside(receipt=receipt, authorities=authorities))
    return [[each.code, each.where] for each in found]


@pytest.fixture(scope="module")
def in_javascript(edited):
    """What the page's modules say of every case, asked once."""
    assert NODE, "install node: the verifier of browsers is run by it"
    orders = [[str(edited[case.name]), case.receipt] for case in CASES]
    module = (ROOT / "web/static/js/verify/recording.js").as_uri()
    said = subprocess.run(
        [NODE, "--input-type=module", "-", module, json.dumps(orders)],
        input=ASK, capture_output=True, text=True, check=False, cwd=ROOT / "web",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    return dict(zip((case.name for case in CASES), json.loads(said.stdout), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_command_line_says_what_the_case_is(edited, case):
    codes = [code for code, _ in in_python(edited[case.name], case.receipt)]
    assert tuple(dict.fromkeys(codes)) == case.codes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_page_says_the_same_in_the_same_places(edited, in_javascript, case):
    assert in_javascript[case.name] == in_python(edited[case.name], case.receipt)


def test_time_stamps_are_believed_under_the_certificate_that_is_trusted_alone(export, tmp_path):
    directory, authority = export
    assert in_python(directory, authorities=(authority.certificate,)) == []
    stranger = LocalAuthority(tmp_path, StandingClock())
    assert {code for code, _ in in_python(directory, authorities=(stranger.certificate,))} == {"stamp_invalid"}


@pytest.fixture(scope="module")
def jumped(export, tmp_path_factory):
    """The same export of a sitting in which the clock jumped twice; a log like this one fits no seal any more."""
    directory = tmp_path_factory.mktemp("jumped") / "export"
    shutil.copytree(export[0], directory)
    log = json.loads((directory / "log.json").read_bytes())
    for offset, jump in ((12_345, 3_600_000), (70_000, -1_500), (80_000, "x")):
        event = {**log["events"][0], "kind": "clock_jumped", "offset_ms": offset, "payload": {"jump_ms": jump}}
        log["events"].append(event)
    (directory / "log.json").write_bytes(canonical(log))
    return directory


NOTICES = [["clock_jumped", "00:00:12.345, +3600.000 s"], ["clock_jumped", "00:01:10.000, -1.500 s"]]


def test_a_jump_of_the_clock_is_told_at_its_second_and_is_no_finding(export, jumped):
    assert [[each.code, each.where] for each in export_notices(jumped)] == NOTICES
    assert export_notices(export[0]) == []
    assert "clock_jumped" not in {code for code, _ in in_python(jumped)}


def test_the_page_tells_the_same_of_it(jumped):
    ask = ASK.replace("{ findings }", "{ findings, notices }").replace("findings.map", "notices.map")
    module = (ROOT / "web/static/js/verify/recording.js").as_uri()
    said = subprocess.run(
        [NODE, "--input-type=module", "-", module, json.dumps([[str(jumped), ""]])],
        input=ask, capture_output=True, text=True, check=False, cwd=ROOT / "web",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == [NOTICES]


def test_the_command_says_it_of_a_record_that_holds(export, monkeypatch):
    notice = Finding("clock_jumped", "00:00:12.345, +3600.000 s")
    monkeypatch.setattr("recordings.verify_export.export_notices", lambda _: [notice])
    said = CliRunner().invoke(cli, ["verify", str(export[0])])
    assert said.exit_code == 0, said.output
    assert "提示 notice: clock_jumped: 00:00:12.345, +3600.000 s" in said.output


def test_the_command_loads_no_server_to_check_a_directory(export):
    program = "import sys; from mediation_server.cli import cli; cli(standalone_mode=False); print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", program, "verify", str(export[0])], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert said.returncode == 0, said.stderr
    assert "recordings.verify_export" in said.stdout.split()
    assert not {"aiohttp", "aiortc", "sqlalchemy", "av", "jinja2"} & set(said.stdout.split())
