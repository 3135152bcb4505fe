"""What somebody who waits can tell the mediator with one press (等候中的示意); knows no room and no screen."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Signal"]


class Signal(StrEnum):
    """Each stands by itself: who needs a break may be ready for an offer all the same."""

    READY = "ready"  # 我准备好了
    BREAK = "break"  # 需要休息
    LAWYER = "lawyer"  # 要问律师
    UNSAFE = "unsafe"  # 感到不安全
