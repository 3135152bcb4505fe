"""What `bench.disk` makes of what it saw: every figure has its limit, and a moved time line is not talked away."""

import pytest

from bench import _faults, disk

START = 1_800_000_000.0
PHASES = (disk.Phase(START + 20, START + 40, 3_600_000), disk.Phase(START + 50, START + 70, -3_600_000))


def seen(**changes):
    whole = {"shares": {"none": 0.9, "disk": 0.999, "fsync": 1.001}, "banner_s": 0.4, "errors_ms": {"chat_sent": 3.0}}
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
