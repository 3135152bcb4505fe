"""What a process gives up before it reads a hostile file: the network, other programs, other files; Linux only.

Three layers, each by itself where the system permits it: a network namespace without any interface, Landlock (only
named files are read, one directory is written), and a seccomp filter that refuses what reading a file never needs.
`python -m mediation_server.materials.confinement` says which hold here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LAYERS", "Limits", "bound", "confine", "library_paths"]

LAYERS = ("namespace", "landlock", "seccomp")

_LIBC = ctypes.CDLL(None, use_errno=True)
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000  # unshare(2)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # landlock(7), the same number on every architecture
_RULESET_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = (1 << n for n in (1, 2, 3, 5, 8, 14))
_SINCE = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14}  # what each version of Landlock can refuse more

# Refused with EPERM: sockets, other programs, other processes, mounts, namespaces, keys, BPF, io_uring; by architecture
# its AUDIT_ARCH value and the numbers of the calls.
_REFUSED: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (0xC000003E, (41, 42, 53, 57, 58, 59, 62, 101, 165, 166, 175, 200, 246, 248, 249, 250, 272, 298, 304,
                            308, 310, 311, 313, 321, 322, 323, 425, 434, 438)),
    "aarch64": (0xC00000B7, (39, 40, 97, 104, 105, 117, 129, 130, 198, 199, 203, 217, 218, 219, 221, 241, 265, 268,
                             270, 271, 273, 280, 281, 282, 425, 434, 438)),
}  # fmt: skip
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # classic BPF
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050001, 0x7FFF0000
_X32 = 0x40000000  # a second set of numbers on x86_64


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a process may take: bytes of memory and of one file, seconds of processor time, open files."""

    memory: int
    cpu_s: int
    writes: int
    files: int = 64
    niceness: int = 10


def bound(limits: Limits) -> None:
    """Take on the limits for good, leave no core, step back behind others."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.writes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError):  # the system already allows less
            resource.setrlimit(what, (most, most))
    os.nice(limits.niceness)


def confine(reads: Iterable[Path], writes: Path | None) -> tuple[str, ...]:
    """Give everything up that the system lets us; the layers that hold from now on.

    `reads` are files and directories that may still be read, `writes` the one directory for new files, if any. A
    layer that is
    not permitted here (an old kernel, a container that forbids it) is left out: the others, and the limits, still hold.
    """
    done = []
    if _LIBC.unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) == 0:
        done.append("namespace")
    if _LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return tuple(done)
    if _landlocked(reads, writes):
        done.append("landlock")
    if _filtered():
        done.append("seccomp")
    return tuple(done)


def library_paths() -> tuple[Path, ...]:
    """What Python and the libraries read while they work: code and fonts, no data of ours."""
    ours = {sysconfig.get_path(each) for each in ("stdlib", "platstdlib", "purelib", "platlib")}
    known = (*ours, str(Path(__file__).parents[1]), "/usr/lib", "/lib", "/lib64", "/usr/share/fonts", "/etc/fonts")
    single = ("/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu")
    return tuple(Path(each) for each in sorted({*known, *single}) if Path(each).exists())


def _landlocked(reads: Iterable[Path], writes: Path | None) -> bool:
    version = _LIBC.syscall(_CREATE_RULESET, None, 0, _RULESET_VERSION)
    if version < 1:
        return False
    handled = sum(bits for since, bits in _SINCE.items() if since <= version)
    attributes = struct.pack("Q", handled)
    rules = _LIBC.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for path in reads:
            _let(rules, path, _READ_FILE | (_READ_DIR if path.is_dir() else 0))
        if writes is not None:
            _let(rules, writes, handled & (_READ_FILE | _READ_DIR | _WRITE_FILE | _MAKE_REG | _REMOVE_FILE | _TRUNCATE))
        return bool(_LIBC.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _let(rules: int, path: Path, access: int) -> None:
    """Allow this beneath a path; one that cannot be opened is not read either."""
    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _LIBC.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, at), 0)
    finally:
        os.close(at)


def _filtered() -> bool:
    known = _REFUSED.get(platform.machine())
    if known is None:
        return False
    architecture, refused = known
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for kind, number in ((_AT_LEAST, _X32), *((_EQUAL, each) for each in refused)):
        program += [(kind, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    return bool(_LIBC.prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(head), 0, 0) == 0)


if __name__ == "__main__":
    sys.stdout.write(" ".join(confine(library_paths(), Path("/tmp"))))  # noqa: S108 - nothing is written there
