"""A network of the benchmark's own, so that nothing it starts can be reached from outside; knows no server.

Janus never gathers on a loopback interface and would otherwise open its ports on the machine's own address.
Within the namespace every packet between two local addresses still takes the loopback path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ADDRESS", "INTERFACE", "enter", "inside", "obstacle", "prepare"]

ADDRESS = "198.18.0.1"  # RFC 2544: set aside for benchmarks
INTERFACE = "bench0"
_MARK = "BENCH_NETWORK_NAMESPACE"


def inside() -> bool:
    """Tell whether this process already runs in the namespace."""
    return os.environ.get(_MARK) == "1"


def obstacle() -> str | None:
    """Tell why no namespace can be made here, or None when it can."""
    if shutil.which("unshare") is None or _ip() is None:
        return "no network namespace: unshare (util-linux) and ip (iproute2) are needed"
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, check=False)
    return f"no network namespace: {tried.stderr.strip()}" if tried.returncode else None


def enter(module: str, arguments: Sequence[str]) -> Never:
    """Start this program again inside a fresh namespace, in place of this process."""
    command = [*_unshare(), sys.executable, "-m", module, *arguments]
    os.execvpe(command[0], command, {**os.environ, _MARK: "1"})  # noqa: S606 - no shell is wanted


def prepare() -> None:
    """Bring up loopback and a pair of interfaces that lead nowhere. Raises CalledProcessError."""
    ip = _ip() or "ip"
    for command in (
        ("link", "set", "lo", "up"),
        ("link", "add", INTERFACE, "type", "veth", "peer", "name", f"{INTERFACE}-end"),
        ("address", "add", f"{ADDRESS}/32", "dev", INTERFACE),
        ("link", "set", INTERFACE, "up"),
        ("link", "set", f"{INTERFACE}-end", "up"),
    ):
        subprocess.run([ip, *command], check=True, capture_output=True)


def _unshare() -> list[str]:
    as_root = os.geteuid() == 0
    return ["unshare", "--net"] if as_root else ["unshare", "--net", "--user", "--map-root-user"]


def _ip() -> str | None:
    return shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
