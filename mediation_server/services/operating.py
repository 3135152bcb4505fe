"""How this process is (运行状况): figures for the operator's page and Prometheus; they name no person and no matter."""

from __future__ import annotations

import asyncio
import resource
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mediation_server.clock_watch import ClockWatch
from mediation_server.disk import MIB, DiskWatch, nearest
from mediation_server.key_watch import KeyWatch
from mediation_server.loop_lag import LagFigures, LoopLag
from mediation_server.media.engine import Load, MemberQuality
from mediation_server.media_watch import MediaWatch
from mediation_server.rooms.captions_port import CaptionsLoad
from mediation_server.rooms.quality import Level, level_of
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.rooms.room import Room
from mediation_server.services.context import Context
from mediation_server.store import outbox, time_stamps
from mediation_server.store.outbox import Waiting

__all__ = [
    "LEVELS",
    "PHASES",
    "CanaryFigures",
    "Figures",
    "LineFigures",
    "MachineFigures",
    "RoomFigures",
    "Vitals",
    "figures",
]

PHASES = ("lobby", "live", "suspended", "ended")
UNKNOWN = "unknown"  # a line nothing is known of yet
LEVELS = (*(level.value for level in Level), UNKNOWN)
_PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Vitals:
    """What watches this process; made by the composition root."""

    disk: DiskWatch
    lag: LoopLag
    recorders: Callable[[], RecorderLoad]
    media: MediaWatch | None = None  # None: no canary
    metrics_url: str = ""  # where Prometheus reads; empty: nowhere
    captions: Callable[[], CaptionsLoad] = CaptionsLoad
    clock: ClockWatch | None = None
    keys: KeyWatch | None = None


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """One live room, its phase one of `PHASES`: a caucus shows as live, for who talks apart is not the operator's."""

    phase: str
    people: int  # connected now
    since: datetime | None  # the start of the sitting
    recording: bool
    lines: Mapping[str, int]  # people by level of their line


@dataclass(frozen=True, slots=True)
class LineFigures:
    """The lines of all people; loss as a fraction 0..1, of those it is known of."""

    levels: Mapping[str, int]
    uplink_loss: tuple[float, ...]
    downlink_loss: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CanaryFigures:
    """Rounds of the media canary; seconds of the last that passed."""

    failing: bool
    passed: int
    failed: int
    took_s: float | None


@dataclass(frozen=True, slots=True)
class MachineFigures:
    """Bytes: free and in all on the disk of the data directory, wanted free, and memory of this process."""

    disk_free: int
    disk_total: int
    disk_wanted: int
    memory: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything at one moment."""

    at: datetime
    rooms: tuple[RoomFigures, ...]
    lines: LineFigures
    load: Load
    lag: LagFigures
    recorders: RecorderLoad
    outbox: Waiting
    machine: MachineFigures
    canary: CanaryFigures | None
    captions: CaptionsLoad = field(default_factory=CaptionsLoad)
    clock_jumps: int = 0  # of the wall clock, since the start
    clock_last_ms: int = 0  # how far the last went
    key_trouble: str = ""  # what is wrong with the master keys, a code; empty: nothing
    stamps_waiting: int = 0  # trusted time stamps an authority has not given yet


async def figures(ctx: Context, vitals: Vitals) -> Figures:
    """The figures of now. Checks no right: whoever shows them does."""
    engine, qualities, rooms = ctx.rooms.engine, list[MemberQuality | None](), list[RoomFigures]()
    for room in ctx.rooms.rooms():
        known = [engine.quality(room.id, participant) for participant, _ in room.links.all()]
        rooms.append(_room(room, known))
        qualities += known
    async with ctx.db.reading() as tx:
        waiting, stamps = await outbox.waiting(tx), await time_stamps.count_waiting(tx)
    media = vitals.media
    return Figures(
        at=ctx.clock.now(),
        rooms=tuple(rooms),
        lines=_lines(qualities),
        load=engine.load(),
        lag=vitals.lag.figures(),
        recorders=vitals.recorders(),
        outbox=waiting,
        machine=await asyncio.to_thread(_machine, ctx.settings.data_dir, ctx.settings.disk_warning_mib * MIB),
        canary=CanaryFigures(media.is_failing, media.passed, media.failed, media.took_s) if media else None,
        captions=vitals.captions(),
        stamps_waiting=stamps,
        clock_jumps=vitals.clock.jumps if vitals.clock else 0,
        clock_last_ms=(vitals.clock.last_ms or 0) if vitals.clock else 0,
        key_trouble=vitals.keys.trouble if vitals.keys else "",
    )


def _room(room: Room, known: list[MemberQuality | None]) -> RoomFigures:
    state = room.state
    marks = {"ended": state.ended, "suspended": state.suspended is not None, "live": state.started}
    phase = next((name for name, holds in marks.items() if holds), "lobby")
    return RoomFigures(phase, len(known), room.session.started_at, room.taping.is_on, _levels(known))


def _levels(known: list[MemberQuality | None]) -> Mapping[str, int]:
    return Counter(level.value if (level := level_of(each)) else UNKNOWN for each in known)


def _lines(qualities: list[MemberQuality | None]) -> LineFigures:
    known = [each for each in qualities if each is not None]
    return LineFigures(
        levels=_levels(qualities),
        uplink_loss=tuple(each.uplink_loss for each in known),
        downlink_loss=tuple(each.downlink_loss for each in known),
    )


def _machine(data_dir: Path, wanted: int) -> MachineFigures:
    """Blocks. What cannot be asked counts as nothing."""
    try:
        disk = shutil.disk_usage(nearest(data_dir))
        free, total = disk.free, disk.total
    except OSError:
        free = total = 0
    return MachineFigures(free, total, wanted, _memory())


def _memory() -> int:
    """Resident bytes of this process (proc(5)); 0 where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE
    except OSError:
        return 0
