"""The row of a sitting's recording, as most tests need it: of several the one begun last."""

from __future__ import annotations

from mediation_server.domain.recording import Recording
from mediation_server.services.context import Context
from mediation_server.services.recordings import recordings_of

__all__ = ["recording_of"]


async def recording_of(ctx: Context, session_id: str) -> Recording | None:
    """None where nothing was recorded."""
    found = await recordings_of(ctx, session_id)
    return found[-1] if found else None
