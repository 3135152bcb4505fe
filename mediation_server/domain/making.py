"""`MakingState`, how far something is that is made in the background for whoever asked for it: films, bundles."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MakingState"]


class MakingState(StrEnum):
    """Where the making of a file to take away stands."""

    QUEUED = "queued"  # 排队
    MAKING = "making"  # 生成中
    READY = "ready"  # 可下载
    FAILED = "failed"  # 未生成
    CANCELLED = "cancelled"  # 已取消

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made."""
        return self in (MakingState.QUEUED, MakingState.MAKING)
