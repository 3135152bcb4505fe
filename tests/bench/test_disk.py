"""What `bench.disk` makes of what it saw: every figure has its limit, and a moved time line is not talked away."""

import asyncio
from types import SimpleNamespace

import pytest

from bench import _faults, _light, disk, report

START = 1_800_000_000.0
PHASES = (disk.Phase(START + 20, START + 40, 3_600_000), disk.Phase(START + 50, START + 70, -3_600_000))


def seen(**changes):
    whole = {"shares": {"none": 0.999, "disk": 0.999, "fsync": 1.0}, "banner_s": 0.4, "errors_ms": {"chat_sent": 3.0}}
    return disk.Seen(**{**whole, **changes})


def test_every_figure_has_its_limit():
    assert disk.build_report(seen()).ok
    assert not disk.build_report(disk.Seen()).ok
    assert not disk.build_report(seen(shares={"disk": 0.99, "fsync": 1.0})).ok
    assert not disk.build_report(seen(banner_s=2.1)).ok
    assert not disk.build_report(seen(errors_ms={"chat_sent": 3.0, "left": 41.0})).ok


@pytest.mark.parametrize("ahead", [0, 3_600, -3_600])
def test_a_moment_is_held_against_the_clock_nobody_set(ahead):
    at = {0: 10.0, 3_600: 30.0, -3_600: 60.0}[ahead]
    wall = START + at + ahead
    ((_, error),) = disk.errors_ms([disk.Said("left", wall, round(at * 1000) + 7)], START, PHASES)
    assert error == pytest.approx(7.0)
    if ahead:  # an offset that went with the clock
        ((_, error),) = disk.errors_ms([disk.Said("left", wall, round((at + ahead) * 1000))], START, PHASES)
        assert error == pytest.approx(3_600_000)


async def test_the_disk_fills_to_the_last_byte_and_gives_it_back():
    try:
        async with _faults.faults(1) as laid:
            laid.fill()
            with pytest.raises(OSError, match="No space left"):
                (laid.disk / "one").write_bytes(bytes(8192))
            laid.free()
            (laid.disk / "one").write_bytes(bytes(8192))
    except _faults.FaultsMissing as lacking:
        pytest.fail(f"{lacking}: the bench needs root, mount and a C compiler")


def person(number, sent, came=None):
    made = _light.Person(number, None)
    made.sent, made.came = sent, came or {}
    return made


def test_a_picture_counts_where_it_is_with_each_of_the_others_in_time():
    sent = [START + number / 30 for number in range(4)]
    in_time = {(0, number): at + 0.039 for number, at in enumerate(sent)}
    late = in_time | {(0, 1): sent[1] + 0.041}
    lost = {(0, 0): in_time[0, 0], (0, 1): in_time[0, 1]}
    people = [person(0, sent), person(1, [], late), person(2, [], lost)]
    whole, first = [_light.Window(START, START + 1)], [_light.Window(START, sent[1])]
    assert _light.share(people, whole, 0.04) == pytest.approx(5 / 8)
    assert _light.share(people, first, 0.04) == pytest.approx(1.0)
    assert _light.longest_ms(people, whole) == pytest.approx(41, abs=0.1)
    assert _light.share(people, [_light.Window(START - 9, START)], 0.04) is None


def test_a_fault_is_held_against_the_windows_without_one():
    unsteady = {"none": 0.98, "disk": 0.98, "fsync": 0.99}
    assert disk.build_report(seen(shares=unsteady)).figures["live_frames"] == pytest.approx(1.0)
    worse = unsteady | {"disk": 0.97}
    assert disk.build_report(seen(shares=worse)).figures["live_frames"] == pytest.approx(0.97 / 0.98)
    assert disk.build_report(seen(shares={"none": 1.0})).figures["live_frames"] is None


def test_frames_that_are_late_without_a_fault_make_no_figure_and_say_why():
    unsteady = disk.build_report(seen(shares={"none": 0.949, "disk": 0.949}))
    assert unsteady.figures["live_frames"] is None
    assert unsteady.reasons == ("live_frames: only 0.949 of the pictures came in time while nothing went wrong",)
    steady = disk.build_report(seen(shares={"none": 0.95, "disk": 0.95}))
    assert (steady.figures["live_frames"], steady.reasons) == (1.0, ())


async def test_a_window_without_a_fault_begins_when_what_the_fault_left_behind_is_over(monkeypatch):
    monkeypatch.setattr(disk, "_WINDOW_S", 0.01)
    monkeypatch.setattr(disk, "_AFTER_S", 0.2)

    async def fault():
        pass

    with report.progress(2) as steps:
        windows = await disk._windows({"disk": fault}, 2, steps)
    for faulty, calm in zip(windows["disk"], windows["none"], strict=True):
        assert calm.from_s - faulty.to_s >= 0.19


def whose_line_breaks():
    broken = person(0, [])

    def breaks(_):
        raise ConnectionRefusedError("the line is gone")

    broken.up = SimpleNamespace(
        sock=SimpleNamespace(send=breaks), outbound=SimpleNamespace(protect=bytes), drain=list, renew_consent=list
    )
    return broken


async def test_what_ended_the_sending_is_let_out():
    with pytest.raises(ConnectionRefusedError, match="the line is gone"):
        async with disk._talking([whose_line_breaks()]):
            await asyncio.sleep(0.05)
    async with disk._talking([person(0, [])]):
        await asyncio.sleep(0.05)


async def test_what_ended_the_answering_is_let_out():
    async def breaks():
        raise LookupError("nobody is asked")

    async def waits():
        await asyncio.sleep(60)

    ended, waiting = asyncio.create_task(breaks()), asyncio.create_task(waits())
    await asyncio.sleep(0)
    await _light._ended(waiting)
    assert waiting.cancelled()
    with pytest.raises(LookupError, match="nobody is asked"):
        await _light._ended(ended)


async def test_a_line_that_broke_is_a_reason_and_no_crash(monkeypatch):
    async def breaks(rounds, steps, seen):
        raise ConnectionRefusedError("the line is gone")

    monkeypatch.setattr(disk, "measure", breaks)
    found = await disk._measured(1, None)
    assert (found.ok, found.reasons) == (False, ("ConnectionRefusedError: the line is gone",))
