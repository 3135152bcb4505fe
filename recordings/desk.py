"""`Desk`: sealed recordings handed out for review and verification; asks no rights, the services do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from mediation_server.domain.log import SessionEvent, first_break
from mediation_server.domain.recording import Recording, RecordingState, TimeStamp
from mediation_server.errors import NotFound
from mediation_server.keyring import KeyRing
from mediation_server.services.context import Context
from mediation_server.services.own_recordings import Interval
from mediation_server.services.reading import events_of
from mediation_server.services.recordings import stamps_of
from mediation_server.services.review_sources import Spoken
from mediation_server.services.reviewing import Clip
from mediation_server.timestamping.trust import trusted_authorities
from recordings.audience import read_ledger
from recordings.captions import captions_of
from recordings.export import Companions, exported
from recordings.playback import as_json, media_type, review_of
from recordings.previews import Previews
from recordings.receipt import read_receipt
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
        events = await events_of(self._ctx, recording.session_id)
        return await asyncio.to_thread(lambda: as_json(review_of(manifest, events)))  # a long day has many events

    async def captions(self, recording: Recording) -> Sequence[Spoken]:
        """What a machine understood, in order of time; empty where none listened. Raises `NotFound`."""
        return await asyncio.to_thread(captions_of, self._vault, recording)

    async def clip(self, recording: Recording, index: int) -> Clip:
        """File number `index`, open. Raises `NotFound`."""
        manifest, _ = await asyncio.to_thread(self._vault.manifest, recording.session_id, recording.id)
        codecs = [track.codec for track in manifest.tracks for _ in track.segments]
        if not 0 <= index < len(codecs):
            raise NotFound("recording_not_found")
        stream, size = await asyncio.to_thread(self._vault.open_segment, recording.session_id, recording.id, index)
        return Clip(stream, size, media_type(codecs[index]))

    async def findings(self, recording: Recording, receipt: str = "") -> Sequence[Mapping[str, str]]:
        """Hash everything once more and say where it breaks; `receipt` is the value a party's receipt shows.

        Of what was disposed of only the log is left to check.
        """
        events = await events_of(self._ctx, recording.session_id)
        if recording.state is RecordingState.DISPOSED:
            return self.broken_chain(events)
        stamps = await stamps_of(self._ctx, recording.id)
        async with self._hashing:
            found = await asyncio.to_thread(self._checked, events, recording, stamps, receipt)
        return [{"code": each.code, "where": each.where} for each in found]

    def _checked(
        self, events: Sequence[SessionEvent], recording: Recording, stamps: Sequence[TimeStamp], receipt: str
    ) -> list[Finding]:
        settings = self._ctx.settings
        outside = Outside(
            keys=KeyRing(settings.keys_dir).public_keys(),
            stamps=tuple(stamps),
            authorities=trusted_authorities(settings),
            receipt=receipt,
            gently=True,  # somebody watches meanwhile, and rooms may be live
            opens=self._vault.keys,
        )
        return verify_recording(self._vault.directory(recording.session_id, recording.id), events, recording, outside)

    async def export(self, recording: Recording, directory: Path, verifier: bytes) -> None:
        """Everything a verifier needs, in a new directory. Raises `Conflict("directory_exists")`, `NotFound`."""
        events = await events_of(self._ctx, recording.session_id)
        stamps = await stamps_of(self._ctx, recording.id)
        source = self._vault.chest(recording.session_id, recording.id)
        keys = await asyncio.to_thread(KeyRing(self._ctx.settings.keys_dir).public_keys)
        await asyncio.to_thread(exported, source, directory, Companions(events, stamps, keys, verifier))

    async def audience(self, recording: Recording) -> Sequence[Interval]:
        """The audience ledger of a sealed recording, from its evidence."""
        directory = self._vault.directory(recording.session_id, recording.id)
        ledger = await asyncio.to_thread(read_ledger, directory, recording.duration_ms or 0)
        return [Interval(each.from_ms, each.to_ms, each.receivers) for each in ledger]

    async def receipt(self, recording: Recording) -> bytes:
        """The signed receipt. Raises `NotFound`."""
        directory = self._vault.directory(recording.session_id, recording.id)
        return await asyncio.to_thread(read_receipt, directory)

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
