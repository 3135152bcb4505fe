"""Whether the way to any peer has changed since somebody looked; knows no peer."""

from __future__ import annotations

__all__ = ["Routing"]


class Routing:
    """Whoever gathers keys and addresses for many packets keeps `version`, and gathers anew when it is another one."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 0

    def changed(self) -> None:
        """Keys or address of some transport are others now."""
        self.version += 1
