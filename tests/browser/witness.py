"""What somebody at a page sees and hears of others, and what is left of a sitting afterwards; presses nothing."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Page, expect

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.config import Settings
from recordings.chest import Chest
from tests.browser import steps
from tests.browser.likeness import APPLICANT, MEDIATOR, RESPONDENT, Likeness
from tests.browser.people import colour_of, looks_like, loudness_of, until

NAMES = {MEDIATOR.name: "郑思远", APPLICANT.name: "周承安", RESPONDENT.name: "林若溪"}
TONES = [each.tone_hz for each in (MEDIATOR, APPLICANT, RESPONDENT)]
LOUD_DB, APART_DB = -50, 20
NEXT_PICTURES = """async video => {
  for (let seen = 0; seen <= 5; seen += 1) await new Promise(done => video.requestVideoFrameCallback(done));
}"""


async def participant_of(page: Page, other: Likeness) -> str:
    seat = steps.seat_of(page, NAMES[other.name]).first
    await expect(seat).to_be_visible()
    return await seat.get_attribute("data-participant")


async def video_of(page: Page, other: Likeness) -> str:
    """The selector of somebody's picture, which is there."""
    video = f"article.seat[data-participant='{await participant_of(page, other)}'] video"
    await until(page, f"(document.querySelector({json.dumps(video)})?.videoWidth ?? 0) > 0")
    return video


async def sees(page: Page, other: Likeness) -> None:
    """The right face in the right seat, and it moves."""
    colour = await colour_of(page, await video_of(page, other))
    assert looks_like(colour, other), f"{other.name} looks like {colour}"
    await sees_moving(page, other)


async def sees_moving(page: Page, other: Likeness) -> None:
    """Picture after picture is put on the screen."""
    async with asyncio.timeout(20):
        await page.eval_on_selector(await video_of(page, other), NEXT_PICTURES)


async def hears(page: Page, other: Likeness) -> None:
    """The right voice from the right person, and nobody else's."""
    audio = f"audio[data-participant='{await participant_of(page, other)}']"
    await until(page, f"document.querySelector({json.dumps(audio)})?.srcObject != null")
    levels = await loudness_of(page, audio, TONES)
    assert levels[other.tone_hz] > LOUD_DB, levels
    others = [level for tone, level in levels.items() if tone != other.tone_hz]
    assert max(others) < levels[other.tone_hz] - APART_DB, levels


async def sealed_manifest(demo) -> dict:
    """The manifest of the sitting that was just held."""
    return json.loads((await _sealed(demo)).read_text())


async def recorded_files(demo, other: str, codec: str) -> list[Path]:
    """The files of one person's voice or picture in the recording that was just sealed, as they were recorded."""
    manifest = await _sealed(demo)
    chest = Chest(manifest.parent, keys_of(Settings(data_dir=demo.directory / "var")))
    tracks = json.loads(manifest.read_text())["tracks"]
    mine = [each for each in tracks if (each["participant"], each["codec"]) == (other, codec)]
    return [_plain(demo, chest, segment["file"]) for track in mine for segment in track["segments"]]


def _plain(demo, chest: Chest, name: str) -> Path:
    made = demo.directory / "plain" / chest.directory.name / name
    made.parent.mkdir(parents=True, exist_ok=True)
    with chest.opened(name) as stream, made.open("wb") as out:
        shutil.copyfileobj(stream, out)
    return made


async def _sealed(demo) -> Path:
    async with asyncio.timeout(60):
        while True:
            found = list((demo.directory / "var" / "recordings").glob("*/*/manifest.json"))
            if len(found) == 2:  # the other one is the demo's own
                return max(found, key=lambda path: path.stat().st_mtime)
            await asyncio.sleep(0.1)


def verify_says_intact(demo, session: str) -> None:
    database = demo.directory / "var" / "mediation.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM session_events WHERE session_id = ?", (session,)).fetchone()[0]
    done = subprocess.run(
        [sys.executable, "-m", "mediation_server", "verify", session],
        env={"MEDIATION_DATA_DIR": str(demo.directory / "var"), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
