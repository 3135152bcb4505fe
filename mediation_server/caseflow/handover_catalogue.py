"""What goes to the court with a matter that failed (移交卷宗): an allow-list as closed shapes; gathers nothing.

Proposals, offers, talks with one side, chat, recordings and what was kept for the mediator have no field here, on
purpose (在线调解规则 arts. 18, 21): whoever tries the case must not read what was conceded.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mediation_server.domain.delivery import MessageType
from mediation_server.domain.matter import Ground, MatterOutcome
from mediation_server.domain.people import Side

__all__ = ["HANDOVER_SHAPES", "FalseMediationAlert", "HandedDocument", "HandedParty", "Transfer"]

_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Name = Annotated[str, Field(max_length=200)]
_Short = Annotated[str, Field(max_length=300)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HandedParty(_Closed):
    """Who the parties are and where they are served; `e_service` says whether they agreed to it (C3)."""

    side: Side
    name: _Name
    kind: Literal["natural", "organisation"]
    phone: _Short
    id_kind: _Short | None
    id_number: _Short | None
    address: _Short | None
    email: _Short | None
    legal_rep: _Name | None
    e_service: bool


class HandedDocument(_Closed):
    """What a party handed in, by reference: the court fetches the files and compares their hashes."""

    document_id: _Id
    kind: Literal["evidence", "identity", "poa"]
    side: Side
    title: _Name
    files: Annotated[tuple[_Sha256, ...], Field(max_length=60)]


class Transfer(_Closed):
    """The file of a mediation that failed: to be registered, or back to the trial (在线调解规则 art. 21).

    `limitation_at`: when the application interrupted the limitation period; `suit_by` the last day after a preservation
    measure (民诉法 art. 104); `mediator` for the bar on later parts in the case (特邀规定 art. 16).
    """

    handover_id: _Id
    at: AwareDatetime
    case_no: _Short | None
    cause: _Name
    outcome: MatterOutcome | None
    ground: Ground | None
    concluded_at: AwareDatetime | None
    claim_fen: Annotated[int, Field(ge=0)] | None
    limitation_at: AwareDatetime | None
    suit_by: date | None
    mediator: _Name | None
    parties: Annotated[tuple[HandedParty, ...], Field(max_length=50)]
    documents: Annotated[tuple[HandedDocument, ...], Field(max_length=1000)]


class FalseMediationAlert(_Closed):
    """Somebody who mediates suspects a sham (在线调解规则 art. 23); the suspicion itself is read here, by its court."""

    alert_id: _Id
    at: AwareDatetime


HANDOVER_SHAPES: dict[MessageType, type[BaseModel]] = {
    MessageType.TRANSFER_TO_FILING: Transfer,
    MessageType.TRANSFER_TO_TRIAL: Transfer,
    MessageType.FALSE_MEDIATION_ALERT: FalseMediationAlert,
}
