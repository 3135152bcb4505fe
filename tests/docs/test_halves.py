"""`make test`: what failed beside all others is run once more by itself, and nothing broken passes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import halves

if TYPE_CHECKING:
    from pathlib import Path

# Spoiled by the others once: the second time nobody is beside it.
SPOILED = (
    "from pathlib import Path\n"
    "def test_spoiled():\n"
    "    been = Path(__file__).with_suffix('.been')\n"
    "    first, _ = not been.exists(), been.touch()\n"
    "    assert not first\n"
)
PARTS = ("media", "web", "browser")
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False\n"


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of three parts, in each of which one test is spoiled once."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    for name in PARTS:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(PASSES + SPOILED, encoding="utf-8")
    monkeypatch.setattr(halves, "TESTS", tmp_path)
    monkeypatch.setattr(halves, "ALONE", (tmp_path / "browser" / "test_browser.py",))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_spoiled_once_is_said_and_run_again(suite: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert suite.exists()
    assert halves.main() == 0
    said, _, again = capfd.readouterr().out.partition("run once more")
    assert said.count("1 failed, 1 passed") == len(PARTS)
    assert all(f"{part}/test_{part}.py::test_spoiled" in again for part in PARTS)
    assert "3 passed" in again


def test_what_fails_twice_fails(suite: Path) -> None:
    (suite / "web" / "test_web.py").write_text(FAILS, encoding="utf-8")
    assert halves.main() == 1


@pytest.mark.parametrize(
    ("codes", "spoiled"),
    [
        ([0, 1, 0], [f"test_x.py::test_{each}" for each in range(halves.FEW + 1)]),
        ([0, 2, 1], ["test_x.py::test_0"]),  # something could not be read at all
        ([1, 0, 0], []),
        ([1, 0, 0], ["test_x.py::test_nobody_hears_it"]),
        ([1, 0, 0], ["faults/test_caucus_in_bad_weather.py::test_x", "test_x.py::test_0"]),
    ],
)
def test_what_is_no_matter_of_load_stays_a_fault(tmp_path: Path, codes: list[int], spoiled: list[str]) -> None:
    assert halves.once_more(codes, spoiled, tmp_path) == codes
