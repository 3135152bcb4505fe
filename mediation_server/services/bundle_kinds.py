"""What a bundle of a matter (事项卷宗包) holds for this recipient, kind by kind, and nothing else.

An allow-list in code: each kind of `KINDS` says itself what it gives to whom, and a new kind is a new line. Nothing
said in a caucus, no offer, no contact data, nothing that is kept for the mediator, whoever asks; what is written to the
joint chat only with a recording, to whoever may watch that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from mediation_server.domain.access import Purpose
from mediation_server.domain.bundle import Bundle, BundleFile, Part
from mediation_server.domain.log import EventKind, SessionEvent, canonical, instant
from mediation_server.domain.material import Material, MaterialFile, MaterialState, ScanState
from mediation_server.domain.matter import Outcome
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Action, Claim, Condition, Holder, may
from mediation_server.domain.safety import shown_to
from mediation_server.domain.session import Session, SessionState
from mediation_server.domain.users import User
from mediation_server.errors import Refused
from mediation_server.materials.stacks import Stacks
from mediation_server.services.access import claim_of, own_matter
from mediation_server.services.bundle_asking import Asked, Gathered, RecordingFiles, instant_of
from mediation_server.services.bundle_documents import documents, statements
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking, looking, visible
from mediation_server.services.recording_wall import purposes_for
from mediation_server.services.review_sources import Beside, sources_of
from mediation_server.services.shelving import stacks_of
from mediation_server.services.written import written_of
from mediation_server.store import conclusions, disposals, events, materials, matters, sessions, time_stamps
from mediation_server.store.database import Tx

__all__ = ["KINDS", "gathered"]

_AGREED = (Outcome.AGREED, Outcome.PARTIAL)
_RECEIPT = "receipt.json"
_COMMON_GAPS = frozenset({"fault", "disk", "suspended"})
_COMMON = frozenset(
    {
        EventKind.STARTED,
        EventKind.SUSPENDED,
        EventKind.RESUMED,
        EventKind.MEDIA_LOST,
        EventKind.MEDIA_BACK,
        EventKind.RECORDING_STARTED,
        EventKind.RECORDING_REPAIRED,
        EventKind.WENT_ON_UNRECORDED,
        EventKind.CLOCK_JUMPED,
        EventKind.RECORDING_SEALED,
        EventKind.ENDED,
    }
)
_EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "text/plain": "txt", "audio/mpeg": "mp3",
    "audio/mp4": "m4a", "audio/wav": "wav", "video/mp4": "mp4", "video/webm": "webm",
}  # fmt: skip


async def gathered(ctx: Context, tx: Tx, shelf: RecordingFiles, user: User, matter_id: str) -> Bundle:
    """What this person would take along now; opens no file. Raises `NotFound`, `Refused("export_not_yours")`."""
    found = await looking(tx, user, matter_id)
    claim = await _claim(tx, user, found)
    if claim is None or not may(claim, Action.EXPORT_MATTER):
        raise Refused("export_not_yours")
    held = await sessions.sessions_of(tx, matter_id)
    own = tuple([each for each in held if await _knows(tx, found, each)])
    asked = Asked(ctx, tx, user, found, claim, own, shelf)
    parts = [Part(kind, *(await gather(asked))) for kind, gather in KINDS.items()]
    kept = tuple(each for each in parts if each.lines or each.files)
    # Whoever has become somebody else in the matter, or may not be told names any more, does not get what was made.
    known = frozenset({f"holder:{claim.holder.value}", f"safety:{found.matter.safety}"})
    sources = known.union(*(each.sources for each in kept))
    return Bundle(claim.holder.value, await _facts(tx, found), kept, sources)


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


async def _sittings(asked: Asked) -> Gathered:
    held = [each for each in asked.sittings if each.state is SessionState.ENDED]
    lines = [
        {"kind": each.kind.value, "from": instant_of(each.started_at), "to": instant_of(each.ended_at)} for each in held
    ]
    return lines, (), [f"session:{each.id}" for each in held]


async def _application(asked: Asked) -> Gathered:
    """What the applicant wrote; in safety mode for no other side, since it says who and where somebody is."""
    party = asked.found.party
    told = party is None or party.side is Side.APPLICANT or not asked.matter.safety
    written = await written_of(asked.tx, asked.matter) if told else None
    if written is None:
        return (), (), ()
    return [{"facts": written.facts, "claim": written.claim, "claim_fen": written.claim_fen}], (), ["application"]


async def _events(asked: Asked) -> Gathered:
    """The course of each sitting as everybody in it knows it: no name, no reason that is one side's, no caucus."""
    lines: list[dict[str, Any]] = []
    for number, session in enumerate((each for each in asked.sittings if each.started_at), start=1):
        for each in await events.events_of(asked.tx, session.id):
            if _is_common(each):
                about = {"event": each.kind.value, "at": instant(each.at), "offset_ms": each.offset_ms}
                lines.append({"sitting": number, **about})
    return lines, (), ()


async def _agreement(asked: Asked) -> Gathered:
    """What was agreed, in the sittings this person may know of; never why a mediation failed."""
    known = {each.id for each in asked.sittings}
    found = await conclusions.conclusions_of(asked.tx, asked.matter.id)
    agreed = [each for each in found if each.outcome in _AGREED and each.session_id in known]
    lines = [{"at": instant_of(each.concluded_at), "terms": each.terms} for each in agreed]
    return lines, (), [f"conclusion:{each.id}" for each in agreed]


async def _materials(asked: Asked) -> Gathered:
    items = [each for each in await visible(asked.tx, asked.found) if _is_given(asked.found, each)]
    stacks, lines, given = await asyncio.to_thread(stacks_of, asked.ctx, asked.matter.id), [], []
    for number, item in enumerate(sorted(items, key=lambda each: each.id), start=1):
        files = [
            made
            for file in await materials.files_of(asked.tx, item.id)
            if file.scan is not ScanState.INFECTED
            for made in _files_of(stacks, asked.found, item, file, f"materials/{number:03}-{file.ordinal + 1:02}")
        ]
        lines.append({"title": item.title, "side": item.side.value, "files": [each.path for each in files]})
        given += files
    return lines, given, [f"material:{each.id}" for each in items]


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


async def _recordings(asked: Asked) -> Gathered:
    """Of each sealed recording its seal; everything for whoever may watch it now; for its parties the receipt."""
    named = {each.id for each in asked.sittings}
    found = await disposals.recordings_in(asked.tx, asked.matter.id)
    sealed = [each for each in found if each.state is RecordingState.SEALED and each.session_id in named]
    purposes = () if asked.found.party else await purposes_for(asked.tx, asked.user, asked.matter)
    lines, given, sources = list[dict[str, Any]](), list[BundleFile](), list[str]()
    for number, each in enumerate(sealed, start=1):
        more, files = await _of_recording(asked, each, number, purposes)
        about = {name: getattr(each, name) for name in ("duration_ms", "recorded_ms", "manifest_sha256", "root")}
        lines.append({"from": instant_of(each.started_at), **about, "files": [file.path for file in files], **more})
        given += files
        sources.append(f"{'media' if purposes else 'seal'}:{each.id}")
    return lines, given, sources


async def _of_recording(
    asked: Asked, recording: Recording, number: int, purposes: Sequence[Purpose]
) -> tuple[dict[str, Any], list[BundleFile]]:
    """More about a recording, and the files of it that go along."""
    if not purposes and asked.found.party is None:
        return {}, []
    stem, listed = f"recordings/{number:02}", await asyncio.to_thread(asked.shelf.along, recording)
    files = [
        BundleFile(f"{stem}/{name}", size, kind, partial(asked.shelf.opened, recording, name))
        for name, size, kind in listed
        if purposes or name == _RECEIPT
    ]
    if not purposes:
        return {}, files
    papers, drawn = await _made_of(asked, recording, purposes[0])
    made = {f"{stem}/{name}": data for name, data in papers.items()}
    made[f"reviews/{number:02}.json"] = canonical(drawn)
    return {"clips": _clips(drawn, [each.path for each in files])}, files + [
        BundleFile(path, len(data), "application/json", partial(BytesIO, data)) for path, data in made.items()
    ]


def _clips(drawn: Mapping[str, Any], paths: Sequence[str]) -> list[dict[str, Any]]:
    """Whose each file of media is, and of which stretch (ms); they are listed in the order of the time line."""
    names = {each["participant"]: each for each in drawn["lanes"]}
    return [
        {
            "path": paths[each["index"]],
            **{name: names[each["participant"]][name] for name in ("name", "name_en")},
            **{name: each[name] for name in ("offset_ms", "duration_ms")},
        }
        for each in drawn["clips"]
    ]


async def _made_of(asked: Asked, recording: Recording, purpose: Purpose) -> tuple[Mapping[str, bytes], dict[str, Any]]:
    """What is written for a recording: papers for a verifier, and what the reviewer's page draws."""
    log = await events.events_of(asked.tx, recording.session_id)
    stamps = await time_stamps.stamps_of(asked.tx, recording.id)
    session = next(each for each in asked.sittings if each.id == recording.session_id)
    sources = await sources_of(Beside(asked.tx, session, recording, asked.shelf), purpose)
    papers = await asyncio.to_thread(asked.shelf.papers, recording, log, stamps)
    drawn = await asyncio.to_thread(asked.shelf.time_line, recording, log)
    return papers, {**drawn, "sources": sources}


def _is_common(event: SessionEvent) -> bool:
    """Whether everybody in a sitting knows of it; a gap only when it was nobody's private talk."""
    if event.kind is EventKind.RECORDING_GAP:
        return event.payload.get("reason") in _COMMON_GAPS
    return event.kind in _COMMON


KINDS: dict[str, Callable[[Asked], Awaitable[Gathered]]] = {
    "application": _application,
    "sittings": _sittings,
    "events": _events,
    "agreement": _agreement,
    "materials": _materials,
    "recordings": _recordings,
    "documents": documents,
    "statements": statements,
}
