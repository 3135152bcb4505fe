"""`Desk`: sealed recordings handed out for review and verification; asks no rights, the services do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from mediation_server.domain.log import SessionEvent, first_break
from mediation_server.domain.recording import Recording
from mediation_server.errors import NotFound
from mediation_server.keyring import KeyRing
from mediation_server.services.context import Context
from mediation_server.services.reading import events_of
from mediation_server.services.reviewing import Clip
from recordings.playback import as_json, media_type, review_of
from recordings.previews import Previews
from recordings.vault import Vault
from recordings.verify import Finding, Outside, verify_recording

__all__ = ["Desk"]

_AT_ONCE = 4  # files being hashed at a time, over all viewers


class Desk:
    """The `RecordingShelf` of the product, over the vault and the session log."""

    def __init__(self, vault: Vault, ctx: Context, previews: Previews | None = None) -> None:
        self._vault, self._ctx, self._previews = vault, ctx, previews
        self._hashing = asyncio.Semaphore(_AT_ONCE)

    async def review(self, recording: Recording) -> Mapping[str, object]:
        """The review as plain JSON values. Raises `NotFound`."""
        manifest, _ = await asyncio.to_thread(self._vault.manifest, recording.session_id, recording.id)
        return as_json(review_of(manifest, await events_of(self._ctx, recording.session_id)))

    async def clip(self, recording: Recording, index: int) -> Clip:
        """File number `index`, open. Raises `NotFound`."""
        manifest, _ = await asyncio.to_thread(self._vault.manifest, recording.session_id, recording.id)
        codecs = [track.codec for track in manifest.tracks for _ in track.segments]
        if not 0 <= index < len(codecs):
            raise NotFound("recording_not_found")
        stream, size = await asyncio.to_thread(self._vault.open_segment, recording.session_id, recording.id, index)
        return Clip(stream, size, media_type(codecs[index]))

    async def findings(self, recording: Recording) -> Sequence[Mapping[str, str]]:
        """Hash everything once more and say where it breaks."""
        events = await events_of(self._ctx, recording.session_id)
        directory = self._vault.directory(recording.session_id, recording.id)
        async with self._hashing:
            found = await asyncio.to_thread(self._checked, directory, events, recording)
        return [{"code": each.code, "where": each.where} for each in found]

    def _checked(self, directory: Path, events: Sequence[SessionEvent], recording: Recording) -> list[Finding]:
        outside = Outside(keys=KeyRing(self._ctx.settings.keys_dir).public_keys())
        return verify_recording(directory, events, recording, outside)

    async def previews(self, recording: Recording) -> Mapping[str, object]:
        """Loudness and small pictures as far as they are made."""
        return await self._previews.told(recording) if self._previews else {"state": "none", "waves": {}, "sheets": {}}

    async def sheet(self, recording: Recording, participant: str) -> bytes:
        """One person's small pictures. Raises `NotFound`."""
        if self._previews is None:
            raise NotFound
        return await self._previews.sheet(recording, participant)

    def broken_chain(self, events: Sequence[SessionEvent]) -> Sequence[Mapping[str, str]]:
        """The check of a sitting that has no recording: its log alone. Raises `NotFound` for an empty one."""
        if not events:
            raise NotFound
        broken = first_break(events)
        return [{"code": "chain_broken", "where": f"event {broken.seq}, {broken.reason}"}] if broken else []
