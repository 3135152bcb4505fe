"""Taking a matter along as one file (事项卷宗包): what this recipient may have, kind by kind, and nothing else.

An allow-list in code: each kind of `KINDS` says itself what it gives to whom, and a new kind is a new line. Nothing of
a caucus, no offer, no chat, no contact data, nothing that is kept for the mediator, whoever asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Protocol

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.bundle import Bundle, BundleFile, Part
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.material import Material, MaterialFile, MaterialState, ScanState
from mediation_server.domain.matter import Matter, Outcome
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Session, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import Refused
from mediation_server.materials.stacks import Stacks
from mediation_server.services.access import claim_of, own_matter
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking, looking, visible
from mediation_server.services.recording_wall import purposes_for
from mediation_server.services.shelving import stacks_of
from mediation_server.store import conclusions, disposals, materials, matters, sessions
from mediation_server.store.database import Tx

__all__ = ["KINDS", "RecordingFiles", "bundle_for", "take_bundle"]

_AGREED = (Outcome.AGREED, Outcome.PARTIAL)
_EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "text/plain": "txt", "audio/mpeg": "mp3",
    "audio/mp4": "m4a", "audio/wav": "wav", "video/mp4": "mp4", "video/webm": "webm",
}  # fmt: skip


class RecordingFiles(Protocol):
    """The port to the files of sealed recordings that may be taken along. Both methods block."""

    def along(self, recording: Recording) -> Sequence[tuple[str, int, str]]:
        """Name, bytes and media type of each: media, manifest and receipt; never the log or the audience ledger."""
        ...

    def opened(self, recording: Recording, name: str) -> BinaryIO:
        """One of them, open. Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for what; `sittings` are those this person may know of."""

    ctx: Context
    tx: Tx
    user: User
    found: Looking
    claim: Claim
    sittings: tuple[Session, ...]
    shelf: RecordingFiles

    @property
    def matter(self) -> Matter:
        return self.found.matter


async def bundle_for(ctx: Context, shelf: RecordingFiles, user: User, matter_id: str) -> Bundle:
    """What this person would take along now; opens no file. Raises `NotFound`, `Refused("export_not_yours")`."""
    async with ctx.db.reading() as tx:
        return await _gathered(ctx, tx, shelf, user, matter_id)


async def take_bundle(ctx: Context, shelf: RecordingFiles, user: User, matter_id: str, reason: str) -> Bundle:
    """The same to be taken; who takes what for which reason is written down before a byte is sent.

    Raises `BadInput` for the reason besides.
    """
    words = reason_of(reason)
    async with ctx.db.transaction() as tx:
        bundle = await _gathered(ctx, tx, shelf, user, matter_id)
        said = {part.kind: len(part.files) or len(part.lines) for part in bundle.parts}
        about = f"matter:{matter_id}"
        await audited(ctx, tx, AuditAction.BUNDLE_TAKEN, actor=user.id, about=about, purpose=words, taken=said)
    return bundle


async def _gathered(ctx: Context, tx: Tx, shelf: RecordingFiles, user: User, matter_id: str) -> Bundle:
    found = await looking(tx, user, matter_id)
    claim = await _claim(tx, user, found)
    if claim is None or not may(claim, Action.EXPORT_MATTER):
        raise Refused("export_not_yours")
    held = await sessions.sessions_of(tx, matter_id)
    own = tuple([each for each in held if await _knows(tx, found, each)])
    asked = _Asked(ctx, tx, user, found, claim, own, shelf)
    parts = [Part(kind, *(await gather(asked))) for kind, gather in KINDS.items()]
    facts = await _facts(tx, found)
    return Bundle(claim.holder.value, facts, tuple(each for each in parts if each.lines or each.files))


async def _claim(tx: Tx, user: User, found: Looking) -> Claim | None:
    if found.party is None:
        return claim_of(user, found.matter)
    own = await own_matter(tx, user, found.matter.id)
    return Claim(Holder.PARTY if own.agent is None else Holder.AGENT, frozenset({Condition.OWN_SIDE}))


async def _knows(tx: Tx, found: Looking, session: Session) -> bool:
    """A party knows of the sittings in which it has a seat, and of no other side's."""
    if found.party is None:
        return True
    return any(each.party_id == found.party.id for each in await sessions.participants_of(tx, session.id))


async def _facts(tx: Tx, found: Looking) -> dict[str, Any]:
    """Names and sides; no phone, no number, no address; in safety mode a side's own names alone."""
    matter, side = found.matter, found.party.side if found.party else Side.NEUTRAL
    people = shown_to(await matters.parties_of(tx, matter.id), side, safety=matter.safety)
    return {
        "ref": matter.ref,
        "case_no": matter.case_no,
        "court": matter.court,
        "court_en": matter.court_en,
        "cause": matter.cause,
        "cause_en": matter.cause_en,
        "track": matter.track.value,
        "state": matter.state.value,
        "outcome": matter.outcome.value if matter.outcome else None,
        "parties": [{"side": each.side.value, "name": each.name, "name_en": each.name_en} for each in people],
    }


_Gathered = tuple[Sequence[dict[str, Any]], Sequence[BundleFile]]


async def _sittings(asked: _Asked) -> _Gathered:
    held = [each for each in asked.sittings if each.state is SessionState.ENDED]
    return [
        {"kind": each.kind.value, "from": _instant(each.started_at), "to": _instant(each.ended_at)} for each in held
    ], ()


async def _agreement(asked: _Asked) -> _Gathered:
    """What was agreed, in the sittings this person may know of; never why a mediation failed."""
    known = {each.id for each in asked.sittings}
    found = await conclusions.conclusions_of(asked.tx, asked.matter.id)
    agreed = [each for each in found if each.outcome in _AGREED and each.session_id in known]
    return [{"at": _instant(each.concluded_at), "terms": each.terms} for each in agreed], ()


async def _materials(asked: _Asked) -> _Gathered:
    items = [each for each in await visible(asked.tx, asked.found) if _is_given(asked.found, each)]
    stacks, lines, given = await asyncio.to_thread(stacks_of, asked.ctx), [], []
    for number, item in enumerate(sorted(items, key=lambda each: each.id), start=1):
        files = [
            made
            for file in await materials.files_of(asked.tx, item.id)
            if file.scan is not ScanState.INFECTED
            for made in _files_of(stacks, asked.found, item, file, f"materials/{number:03}-{file.ordinal + 1:02}")
        ]
        lines.append({"title": item.title, "side": item.side.value, "files": [each.path for each in files]})
        given += files
    return lines, given


def _is_given(found: Looking, item: Material) -> bool:
    """What was handed in or passed on; what is kept, attached or an agent's paper, to its party alone."""
    if found.party is not None and found.party.id == item.party_id:
        return item.state in (MaterialState.SUBMITTED, MaterialState.RELAYED)
    private = item.is_kept or item.writing_id is not None or item.agent_id is not None
    passed_on = item.state is MaterialState.RELAYED
    return not private and (passed_on or (found.party is None and item.state is MaterialState.SUBMITTED))


def _files_of(stacks: Stacks, found: Looking, item: Material, file: MaterialFile, stem: str) -> list[BundleFile]:
    """The file as it came for its own side and who works on the matter; for the other side what it is shown."""
    own = found.party is not None and found.party.id == item.party_id
    if own or found.reader.team or found.reader.filing:
        ending = _EXTENSIONS.get(file.media_type, "bin")
        opened = partial(stacks.open_original, file.sha256)
        return [BundleFile(f"{stem}.{ending}", file.bytes, file.media_type, opened)]
    if file.media_type.startswith(("audio/", "video/")):
        ending = _EXTENSIONS.get(file.media_type, "bin")
        return [BundleFile(f"{stem}.{ending}", 0, file.media_type, partial(stacks.open_media, file.sha256))]
    kind, ending = ("text/plain", "txt") if file.media_type == "text/plain" else ("image/jpeg", "jpg")
    return [
        BundleFile(f"{stem}-{page:04}.{ending}", 0, kind, partial(_page, stacks, file.sha256, page))
        for page in range(1, file.pages + 1)
    ]


def _page(stacks: Stacks, sha256: str, page: int) -> BinaryIO:
    return stacks.open_page(sha256, page)[0]


async def _recordings(asked: _Asked) -> _Gathered:
    """Of each sealed recording its seal; the media for whoever may watch it now, and never for a party."""
    named = {each.id for each in asked.sittings}
    found = await disposals.recordings_in(asked.tx, asked.matter.id)
    sealed = [each for each in found if each.state is RecordingState.SEALED and each.session_id in named]
    watches = asked.found.party is None and bool(await purposes_for(asked.tx, asked.user, asked.matter))
    lines, given = [], []
    for number, each in enumerate(sealed, start=1):
        files = await _of_recording(asked, each, f"recordings/{number:02}") if watches else []
        lines.append(
            {
                "from": _instant(each.started_at),
                "manifest_sha256": each.manifest_sha256,
                "root": each.root,
                "files": [file.path for file in files],
            }
        )
        given += files
    return lines, given


async def _of_recording(asked: _Asked, recording: Recording, stem: str) -> list[BundleFile]:
    listed = await asyncio.to_thread(asked.shelf.along, recording)
    return [
        BundleFile(f"{stem}/{name}", size, kind, partial(asked.shelf.opened, recording, name))
        for name, size, kind in listed
    ]


def _instant(at: Any) -> str | None:
    return at.isoformat() if at is not None else None


KINDS: dict[str, Callable[[_Asked], Awaitable[_Gathered]]] = {
    "sittings": _sittings,
    "agreement": _agreement,
    "materials": _materials,
    "recordings": _recordings,
}
