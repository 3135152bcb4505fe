"""The file that goes to the court when a mediation failed (移交卷宗): gathered by an allow-list, queued at once."""

from __future__ import annotations

from datetime import timedelta

from mediation_server.caseflow.handover_catalogue import HandedDocument, HandedParty, Transfer
from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.material import Material, MaterialKind, MaterialState
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_log import MatterEvent
from mediation_server.store import materials, matters, outbox, users
from mediation_server.store.database import Tx

__all__ = ["handed_documents", "queue_transfer"]

_MESSAGES = {"filing": MessageType.TRANSFER_TO_FILING, "trial": MessageType.TRANSFER_TO_TRIAL}
_KINDS = (MaterialKind.EVIDENCE, MaterialKind.IDENTITY, MaterialKind.POA)
_STATES = (MaterialState.SUBMITTED, MaterialState.RELAYED)
_SUIT_DAYS = timedelta(days=30)  # after a preservation measure (民诉法 art. 104)


async def queue_transfer(tx: Tx, matter: Matter, file: MatterFile, event: MatterEvent) -> None:
    """Queue the file behind everything else the court is told of this matter; `event` hands it over."""
    parties = await matters.parties_of(tx, matter.id)
    mediator = file.team and (await users.users_named(tx, [file.team.presider])).get(file.team.presider)
    handover_id = f"{matter.id}:{event.seq}"
    transfer = Transfer(
        handover_id=handover_id,
        at=event.at,
        case_no=matter.case_no,
        cause=matter.cause,
        outcome=file.outcome,
        ground=file.ground,
        concluded_at=file.concluded_at,
        claim_fen=matter.claim_fen,
        limitation_at=file.submitted_at,
        suit_by=file.preserved_on and file.preserved_on + _SUIT_DAYS,
        mediator=mediator.name if mediator else None,
        parties=tuple(_party(each, file) for each in parties),
        documents=await handed_documents(tx, matter.id),
    )
    await outbox.enqueue(
        tx,
        matter_id=matter.id,
        type=_MESSAGES[str(event.payload["to"])],
        business_key=handover_id,
        payload=transfer.model_dump(mode="json"),
        occurred_at=event.at,
    )


async def handed_documents(tx: Tx, matter_id: str) -> tuple[HandedDocument, ...]:
    """What parties handed in for others to see; what they kept for the mediator, or took back, stays here."""
    handed = [each for each in await materials.materials_of(tx, matter_id) if _goes_along(each)]
    files = await materials.files_of_all(tx, [each.id for each in handed])
    return tuple(
        HandedDocument.model_validate(
            {
                "document_id": each.id,
                "kind": each.kind.value,
                "side": each.side,
                "title": each.title,
                "files": [file.sha256 for file in files if file.material_id == each.id],
            }
        )
        for each in handed
    )


def _goes_along(material: Material) -> bool:
    return material.kind in _KINDS and material.state in _STATES and not material.is_kept


def _party(party: MatterParty, file: MatterFile) -> HandedParty:
    filed = file.parties.get(party.id)
    plain = ("side", "name", "kind", "phone", "id_kind", "id_number", "address", "email", "legal_rep")
    said: dict[str, object] = {key: getattr(party, key) for key in plain}
    e_service = filed is not None and filed.agrees(ConsentItem.E_SERVICE)
    return HandedParty.model_validate({**said, "e_service": e_service})
