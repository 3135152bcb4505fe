"""Processor time and processor placement, read from Linux; knows no network and no benchmark."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cores", "cpu_ns", "on_cpu_ns", "pin", "put_first", "split_cores"]


_ROUND_ROBIN_PRIORITY = 1


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the server under test and the generator run; the same core twice on a machine that has one."""

    server: int
    generator: int

    @property
    def apart(self) -> bool:
        """Whether the two do not compete for one core."""
        return self.server != self.generator


def split_cores(allowed: set[int]) -> Cores:
    """Give the server the first of the allowed cores and the generator the last."""
    return Cores(server=min(allowed), generator=max(allowed))


def pin(pid: int, cores: set[int]) -> None:
    """Keep every thread of a process on these cores; threads it starts later inherit them (0: this process)."""
    tasks = Path(f"/proc/{pid or os.getpid()}/task")
    for task in tasks.iterdir():
        os.sched_setaffinity(int(task.name), cores)


def put_first(pid: int, *, first: bool = True, heirs: bool = True) -> bool:
    """Let every thread of a process (0: this one) run before ordinary work, or no longer; False where not permitted.

    What else a shared machine does then spoils neither pace nor latency; threads and processes started later inherit
    it, unless there are no `heirs`.
    """
    policy, priority = (os.SCHED_RR, _ROUND_ROBIN_PRIORITY) if first else (os.SCHED_OTHER, 0)
    policy |= 0 if heirs else os.SCHED_RESET_ON_FORK
    try:
        for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
            os.sched_setscheduler(int(task.name), policy, os.sched_param(priority))
    except PermissionError:
        return False
    return True


def on_cpu_ns(schedstat: str) -> int:
    """Read the time spent on a processor, in ns: the first of three numbers (Linux, scheduler/sched-stats)."""
    first, _waited, _slices = schedstat.split()
    return int(first)


def cpu_ns(pid: int, proc: Path = Path("/proc")) -> int:
    """Sum the processor time, in ns, of all living threads of a process, kernel time on their behalf included."""
    total = 0
    for task in (proc / str(pid) / "task").iterdir():
        try:
            total += on_cpu_ns((task / "schedstat").read_text(encoding="ascii"))
        except (FileNotFoundError, ProcessLookupError):  # the thread ended between listing and reading
            continue
    return total
