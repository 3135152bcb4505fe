"""Reviewing a sealed recording (查阅录像): page, files and check; the rights are asked for every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from mediation_server.domain.matter import Conclusion, Matter, MatterParty
from mediation_server.domain.recording import Recording
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.domain.viewing import Viewing
from mediation_server.services.context import Context
from mediation_server.services.recording_wall import check_viewing
from mediation_server.services.review_sources import Beside, CaptionShelf, sources_of
from mediation_server.store import conclusions, matters, recordings, sessions

__all__ = ["Clip", "RecordingShelf", "ReviewPage", "clip", "integrity", "previews", "review", "review_page", "sheet"]


@dataclass(frozen=True, slots=True)
class Clip:
    """One file of a recording, open for reading; whoever asked for it closes `stream`."""

    stream: BinaryIO
    bytes: int
    media_type: str  # RFC 6838: audio/webm, video/webm, video/matroska


class RecordingShelf(CaptionShelf, Protocol):
    """The port to the sealed files; the `recordings` adapter stands behind it."""

    async def review(self, recording: Recording) -> Mapping[str, object]:
        """Lanes, chat, moments, gaps and clips as plain JSON values. Raises `NotFound`."""
        ...

    async def clip(self, recording: Recording, index: int) -> Clip:
        """File number `index` of the manifest. Raises `NotFound`."""
        ...

    async def findings(self, recording: Recording) -> Sequence[Mapping[str, str]]:
        """Every place where the evidence does not hold, as `code` and `where`; empty when it does."""
        ...

    async def previews(self, recording: Recording) -> Mapping[str, object]:
        """How loud voices were, which small pictures there are, as plain JSON values; `state` says whether made."""
        ...

    async def sheet(self, recording: Recording, participant: str) -> bytes:
        """The small pictures of one participant, a JPEG. Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What stands around the pictures: whose viewing, of which sitting in which matter, and what it came to."""

    viewing: Viewing
    recording: Recording
    session: Session
    matter: Matter
    parties: tuple[MatterParty, ...]
    conclusion: Conclusion | None


async def review_page(ctx: Context, user: User, viewing_id: str) -> ReviewPage:
    """The frame of the page. Raises what `check_viewing` raises."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.reading() as tx:
        recording = await recordings.recording(tx, viewing.recording_id)
        session = await sessions.session(tx, recording.session_id)
        return ReviewPage(
            viewing=viewing,
            recording=recording,
            session=session,
            matter=await matters.matter(tx, session.matter_id),
            parties=tuple(await matters.parties_of(tx, session.matter_id)),
            conclusion=await conclusions.conclusion_of(tx, session.id),
        )


async def review(ctx: Context, shelf: RecordingShelf, user: User, viewing_id: str) -> Mapping[str, object]:
    """The time line of the viewed recording with its `sources`. Raises what `check_viewing` raises, and `NotFound`."""
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.reading() as tx:
        recording = await recordings.recording(tx, viewing.recording_id)
        session = await sessions.session(tx, recording.session_id)
        sources = await sources_of(Beside(tx, session, recording, shelf), viewing.purpose)
    return {**await shelf.review(recording), "sources": sources}


async def clip(ctx: Context, shelf: RecordingShelf, user: User, viewing_id: str, index: int) -> Clip:
    """One file of the viewed recording, for one range of it. Raises what `check_viewing` raises, and `NotFound`."""
    return await shelf.clip(await _viewed(ctx, user, viewing_id), index)


async def integrity(ctx: Context, shelf: RecordingShelf, user: User, viewing_id: str) -> Sequence[Mapping[str, str]]:
    """The check of the viewed recording, done now. Raises what `check_viewing` raises."""
    return await shelf.findings(await _viewed(ctx, user, viewing_id))


async def previews(ctx: Context, shelf: RecordingShelf, user: User, viewing_id: str) -> Mapping[str, object]:
    """What shows where something is before it is played. Raises what `check_viewing` raises."""
    return await shelf.previews(await _viewed(ctx, user, viewing_id))


async def sheet(ctx: Context, shelf: RecordingShelf, user: User, viewing_id: str, participant: str) -> bytes:
    """The small pictures of one participant. Raises what `check_viewing` raises, and `NotFound`."""
    return await shelf.sheet(await _viewed(ctx, user, viewing_id), participant)


async def _viewed(ctx: Context, user: User, viewing_id: str) -> Recording:
    viewing = await check_viewing(ctx, user, viewing_id)
    async with ctx.db.reading() as tx:
        return await recordings.recording(tx, viewing.recording_id)
