"""Documents and statements of a matter as kinds of its bundle; each says what it gives to whom, and gives nothing else.

Documents are printed as the pages of the product print them, and equal ones are equal bytes. A receipt goes to whoever
it was made out to, and to whoever works on the matter; a statement, once it was passed on to all, to the parties and to
whoever keeps the record of the sitting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from mediation_server.documents.rendering import Document, printed
from mediation_server.domain.bundle import BundleDocument, BundleFile
from mediation_server.domain.material import MaterialState
from mediation_server.domain.people import Side
from mediation_server.domain.recording import Recording, RecordingState
from mediation_server.domain.rights import Action, may
from mediation_server.domain.session import SessionKind
from mediation_server.domain.writing import WritingAudience, WritingKind
from mediation_server.services.bundle_asking import Asked, Gathered, instant_of
from mediation_server.services.disposal_certificates import certificate_document
from mediation_server.services.explaining import explanation_document, explanations_in
from mediation_server.services.material_access import visible
from mediation_server.services.material_receipts import material_receipt_document
from mediation_server.services.receipts import receipt_document, receipt_in
from mediation_server.services.sealing_receipts import receipt_document as sealing_document
from mediation_server.store import disposals, events, materials, sessions, time_stamps, writings

__all__ = ["documents", "statements"]

_HANDED_IN = (MaterialState.SUBMITTED, MaterialState.RELAYED)
_RECEIPT = "receipt.json"


class _Paper(NamedTuple):
    """One document: `source` what it was made of."""

    about: BundleDocument
    at: datetime | None
    source: str
    document: Callable[[], Document]  # called in a thread; may read files


class _Sealed(NamedTuple):
    recording: Recording
    stamped_at: datetime | None
    stamps_waiting: int


async def documents(asked: Asked) -> Gathered:
    """Every document there is for this recipient, kind by kind of `_PAPERS`."""
    found = [paper for gather in _PAPERS for paper in await gather(asked)]
    paths = [f"documents/{number:02}-{paper.about.value}.pdf" for number, paper in enumerate(found, start=1)]
    lines = [
        {"document": paper.about.value, "at": instant_of(paper.at), "files": [path]}
        for paper, path in zip(found, paths, strict=True)
    ]
    files = [
        BundleFile(path, 0, "application/pdf", partial(_printed, paper))
        for paper, path in zip(found, paths, strict=True)
    ]
    return lines, files, [paper.source for paper in found]


def _printed(paper: _Paper) -> BinaryIO:
    return BytesIO(printed(paper.document()))


async def _application_receipt(asked: Asked) -> list[_Paper]:
    """For whoever applied, the court and the mediator; in safety mode for no party, since it names the other."""
    party = asked.found.party
    told = party is None or (party.side is Side.APPLICANT and not asked.matter.safety)
    found = await receipt_in(asked.tx, asked.matter) if told else None
    if found is None:
        return []
    document = partial(receipt_document, asked.ctx, found)
    return [_Paper(BundleDocument.APPLICATION_RECEIPT, found.submitted_at, "document:application_receipt", document)]


async def _material_receipts(asked: Asked) -> list[_Paper]:
    """For whoever handed an item in, and nobody else: it says for whose eyes the item is."""
    party = asked.found.party
    if party is None:
        return []
    own = [each for each in await visible(asked.tx, asked.found) if each.party_id == party.id]
    papers = []
    for item in sorted(own, key=lambda each: each.id):
        if item.state in _HANDED_IN and item.submitted_at is not None:
            held = tuple(await materials.files_of(asked.tx, item.id))
            document = partial(material_receipt_document, asked.matter, item, party.name, held)
            papers.append(
                _Paper(BundleDocument.MATERIAL_RECEIPT, item.submitted_at, f"material_receipt:{item.id}", document)
            )
    return papers


async def _recording_receipts(asked: Asked) -> list[_Paper]:
    """For the parties of a sitting, as its page gives it to them."""
    if asked.found.party is None:
        return []
    named, papers = {each.id for each in asked.sittings}, []
    for each in await disposals.recordings_in(asked.tx, asked.matter.id):
        if each.state is not RecordingState.SEALED or each.session_id not in named:
            continue
        if not any(name == _RECEIPT for name, _, _ in await asyncio.to_thread(asked.shelf.along, each)):
            continue
        stamps = await time_stamps.stamps_of(asked.tx, each.id)
        came = [stamp.stamped_at for stamp in stamps if stamp.stamped_at is not None]
        one = _Sealed(each, max(came, default=None), sum(1 for stamp in stamps if not stamp.token))
        document = partial(_sealing, asked, one)
        papers.append(
            _Paper(BundleDocument.RECORDING_RECEIPT, each.sealed_at, f"recording_receipt:{each.id}", document)
        )
    return papers


def _sealing(asked: Asked, one: _Sealed) -> Document:
    with asked.shelf.opened(one.recording, _RECEIPT) as stream:
        return sealing_document(asked.ctx, stream.read(), asked.matter, one)


async def _explanations(asked: Asked) -> list[_Paper]:
    """What was signed about faults of recordings, for whoever works on the matter: it is filed with its record."""
    if asked.found.party is not None:
        return []
    papers = []
    for session in asked.sittings:
        log = await events.events_of(asked.tx, session.id)
        for one in explanations_in(asked.matter, session, log):
            if one.signed_at is not None:
                document = partial(explanation_document, asked.matter, one)
                source = f"explanation:{session.id}:{one.number}"
                papers.append(_Paper(BundleDocument.RECORDING_EXPLANATION, one.signed_at, source, document))
    return papers


async def _certificates(asked: Asked) -> list[_Paper]:
    """What went of the record, for whoever may know how long it was kept."""
    gone = await disposals.of_matter(asked.tx, asked.matter.id) if may(asked.claim, Action.SEE_KEEPING) else None
    if gone is None or gone.destroyed_at is None:
        return []
    return [
        _Paper(BundleDocument.DISPOSAL, gone.destroyed_at, f"disposal:{gone.id}", partial(certificate_document, gone))
    ]


_PAPERS: Sequence[Callable[[Asked], Awaitable[list[_Paper]]]] = (
    _application_receipt,
    _material_receipts,
    _recording_receipts,
    _explanations,
    _certificates,
)


async def statements(asked: Asked) -> Gathered:
    """What was said in writing and passed on to all: no offer, nothing between one side and the presider, no name.

    It goes to the parties and to whoever writes the transcript of such a sitting; everybody else works without it.
    """
    if asked.found.party is None and not may(asked.claim, Action.EDIT_TRANSCRIPT):
        return (), (), ()
    lines: list[dict[str, Any]] = []
    sources = []
    for session in (each for each in asked.sittings if each.kind is SessionKind.ASYNC):
        sides = {each.id: each.side for each in await sessions.participants_of(asked.tx, session.id)}
        for each in await writings.writings_of(asked.tx, session.id):
            to_all = each.audience is WritingAudience.ALL and each.relayed_at is not None
            if to_all and each.kind is not WritingKind.PROPOSAL:
                about = {"wrote": each.kind.value, "side": sides[each.participant_id].value}
                lines.append({"at": instant_of(each.written_at), **about, "text": each.text})
                sources.append(f"writing:{each.id}")
    return lines, (), sources
