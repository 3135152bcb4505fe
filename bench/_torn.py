"""What `kill -9` left of a recording: how far each torn file reaches, and whether strangers' programs play it.

ffprobe decodes every frame, mkvinfo walks the elements, Chromium plays it to the end; none of them is ours.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playwright.async_api import Page

from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore
from recordings.chest import Chest
from recordings.journal import FileEntry, JournalState, read_journal
from recordings.vault import Vault

__all__ = [
    "PROGRAMS",
    "Torn",
    "live_recording",
    "logged_gaps",
    "opened",
    "plays_in_chromium",
    "probed",
    "started_s",
    "torn_since",
]

PROGRAMS = ("ffprobe", "mkvinfo")
_OPUS_S = 0.02
_PROBE = ("ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames:packet=pts_time")
_PLAY = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const player = document.createElement("video");
  player.muted = true;
  player.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  document.body.append(player);
  player.playbackRate = 8;
  const ended = new Promise((resolve) => {
    player.addEventListener("ended", () => resolve(player.currentTime > 0), { once: true });
    player.addEventListener("error", () => resolve(false), { once: true });
    setTimeout(() => resolve(false), 20_000);
  });
  await player.play().catch(() => undefined);
  const well = await ended;
  player.remove();
  return well;
}"""


@dataclass(frozen=True, slots=True)
class Torn:
    """One file that was open when the process died: where it ends in s of the sitting, and who could not read it."""

    file: str
    end_s: float | None
    unread_by: tuple[str, ...]


def live_recording(data: Path) -> Path:
    """The directory of the recording that is being written. Blocks. Raises `LookupError` when there is none."""
    found = Vault(data).unsealed()
    if len(found) != 1:
        msg = f"{len(found)} recordings are being written"
        raise LookupError(msg)
    return found[0]


def started_s(state: JournalState) -> float:
    """When the sitting began, in s since 1970."""
    return datetime.fromisoformat(state.started_at).timestamp()


def torn_since(directory: Path, known: set[str]) -> list[tuple[FileEntry, str]]:
    """Files that nobody closed and that are not known yet, each with its codec; they are known from now on. Blocks."""
    state = read_journal(directory)
    fresh = [each for each in state.files if each.repaired and each.file not in known]
    known.update(each.file for each in fresh)
    return [(each, state.tracks[each.track]["codec"]) for each in fresh]


def opened(data: Path, directory: Path, file: str) -> Path:
    """A file as it was recorded, beside the data directory: it lies there encrypted. Blocks."""
    made = data.with_name("opened") / file
    made.parent.mkdir(exist_ok=True)
    keys = KeyStore(data / "matter-keys", MasterKeys(data / "master-keys"))
    with Chest(directory, keys).opened(file) as stream, made.open("wb") as out:
        shutil.copyfileobj(stream, out)
    return made


async def probed(path: Path, entry: FileEntry, codec: str) -> Torn:
    """Let both programs read a file from its first byte to its last."""
    unread = []
    shown, said = await _run(*_PROBE, "-of", "json", str(path))
    found = json.loads(shown or "{}")
    times = [float(each["pts_time"]) for each in found.get("packets", ()) if "pts_time" in each]
    frames = sum(int(each.get("nb_read_frames", 0)) for each in found.get("streams", ()))
    if said or not times or frames < len(times) - 1:
        unread.append("ffprobe")
    walked, complaint = await _run("mkvinfo", "--all", str(path))
    if complaint or "Cluster" not in walked:
        unread.append("mkvinfo")
    end = entry.from_ms / 1000 + max(times) + (_OPUS_S if codec == "opus" else 0.0) if times else None
    return Torn(entry.file, end, tuple(unread))


async def plays_in_chromium(page: Page, path: Path) -> bool:
    """Play it from a blank page to its end."""
    data = await asyncio.to_thread(path.read_bytes)
    return bool(await page.evaluate(_PLAY, base64.b64encode(data).decode("ascii")))


def logged_gaps(database: Path, session_id: str) -> list[Mapping[str, object]]:
    """The gaps that the session log tells of. Blocks."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        asked = "SELECT payload FROM session_events WHERE session_id = ? AND kind = 'recording_gap' ORDER BY seq"
        return [json.loads(payload) for (payload,) in connection.execute(asked, (session_id,))]


async def _run(*command: str) -> tuple[str, str]:
    """What a program writes, and what it complains of."""
    program = shutil.which(command[0])
    if program is None:
        return "", f"{command[0]} is not installed"
    process = await asyncio.create_subprocess_exec(
        program, *command[1:], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    refused = "" if process.returncode == 0 else f"exit {process.returncode}"
    return out.decode(errors="replace"), errors.decode(errors="replace").strip() or refused
