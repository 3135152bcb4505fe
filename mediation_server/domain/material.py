"""`Material` (材料): one item a party hands in, page by page: its states, who may see it, what the others say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mediation_server.domain.checks.agents import AgentPaper
from mediation_server.domain.people import Side
from mediation_server.errors import BadInput, Conflict, Refused

__all__ = [
    "MOST_FILES",
    "MOST_REASON",
    "MOST_TEXT",
    "MOST_TITLE",
    "FileState",
    "Material",
    "MaterialFile",
    "MaterialKind",
    "MaterialOpinion",
    "MaterialState",
    "Reader",
    "ScanState",
    "may_read_opinion",
    "may_see",
    "opinion_wanted",
    "require_scanned",
]

MOST_TITLE, MOST_TEXT, MOST_REASON = 60, 500, 500
MOST_FILES = 60  # of one item
PARTY_SIDES = (Side.APPLICANT, Side.RESPONDENT, Side.THIRD)


class MaterialState(StrEnum):
    """Where an item stands; `Material` alone moves it."""

    DRAFT = "draft"  # 草稿, 没有提交
    SUBMITTED = "submitted"  # 已提交
    RETURNED = "returned"  # 已退回, 请补充
    WITHDRAWN = "withdrawn"  # 已撤回
    RELAYED = "relayed"  # 已转对方


class MaterialKind(StrEnum):
    """What an item is, as the code list of documents has it (domain.md §2.7)."""

    EVIDENCE = "evidence"  # 证据材料
    IDENTITY = "identity"  # 身份证明
    POA = "poa"  # 授权委托书
    OTHER = "other"  # 其他材料


class FileState(StrEnum):
    """Whether the copy of a file that people are shown is there yet."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"  # the file itself is kept, untouched


class ScanState(StrEnum):
    """What a virus scanner said of a file (病毒查验)."""

    UNSCANNED = "unscanned"  # 未查毒: none is set up, or it has not come to this file yet
    CLEAN = "clean"  # 未发现病毒
    INFECTED = "infected"  # 发现病毒


@dataclass(frozen=True, slots=True)
class MaterialFile:
    """One file of an item in its order; `name` is what its owner called it and is shown to them and the team alone.

    `sha256` is over the file as it came. `pages` counts what is shown of it: pictures or texts, 1 for sound and film.
    """

    id: str
    material_id: str
    ordinal: int
    sha256: str
    media_type: str
    bytes: int
    name: str
    state: FileState
    pages: int
    uploaded_at: datetime
    fault: str | None = None  # why there is no copy to show: a code, `materials.fault.<code>`
    scan: ScanState = ScanState.UNSCANNED


def require_scanned(files: Iterable[MaterialFile], *, configured: bool) -> None:
    """Whether files may be shown to another side: what is infected never, what nobody has looked at not where one does.

    Raises `Refused("material_infected")`, `Refused("material_unscanned")`.
    """
    states = {each.scan for each in files}
    if ScanState.INFECTED in states:
        raise Refused("material_infected")
    if configured and ScanState.UNSCANNED in states:
        raise Refused("material_unscanned")


@dataclass(frozen=True, slots=True)
class Material:
    """One item. `kept` (仅供调解员): for the mediator alone, until its party says that it may be relayed.

    `party_id` is None for what whoever presides attached to a word of their own, with the neutral side.
    """

    id: str
    matter_id: str
    party_id: str | None
    side: Side
    kind: MaterialKind
    state: MaterialState
    title: str
    proves: str
    kept: bool
    created_by: str
    created_at: datetime
    number: int | None = None  # in the catalogue of its side (证据目录), from the first submission on
    submitted_at: datetime | None = None
    returned_at: datetime | None = None
    return_reason: str = ""
    withdrawn_at: datetime | None = None
    released_at: datetime | None = None  # its party's yes to relaying what was kept
    relayed_at: datetime | None = None
    relayed_by: str | None = None
    relayed_to: tuple[Side, ...] = ()
    agent_id: str | None = None  # whose paper it is, for an agent's (授权手续); `paper` says which
    paper: AgentPaper | None = None
    writing_id: str | None = None  # to what was said in writing it is attached: it is read by whoever reads that
    for_party_id: str | None = None  # attached to a word of the presider to this party alone

    @property
    def editable(self) -> bool:
        """Whether its party still puts it together."""
        return self.state in (MaterialState.DRAFT, MaterialState.RETURNED)

    @property
    def relayable(self) -> bool:
        """Whether the mediator may show it to another side."""
        handed_in = self.state in (MaterialState.SUBMITTED, MaterialState.RELAYED)
        by_itself = self.writing_id is None and self.kind is not MaterialKind.IDENTITY
        return handed_in and by_itself and not self.is_kept

    @property
    def is_kept(self) -> bool:
        """Whether it is for the mediator's eyes alone, now."""
        return self.kept and self.released_at is None

    def written(self, *, kind: MaterialKind, title: str, proves: str, kept: bool) -> Material:
        """With other words. Raises `Conflict("material_state")` once it is handed in."""
        self._require(self.editable)
        return replace(self, kind=kind, title=title, proves=proves, kept=kept, released_at=None)

    def submitted(self, at: datetime, number: int) -> Material:
        """Handed in, or handed in again after it came back. Raises `BadInput` for one without a title."""
        self._require(self.editable)
        if not self.title:
            raise BadInput("required", field="title")
        return replace(self, state=MaterialState.SUBMITTED, submitted_at=at, number=self.number or number)

    def withdrawn(self, at: datetime) -> Material:
        """Taken back before anybody else has seen it. Raises `Conflict("material_relayed")` after that."""
        if self.state is MaterialState.RELAYED:
            raise Conflict("material_relayed")
        self._require(self.state in (MaterialState.SUBMITTED, MaterialState.RETURNED))
        return replace(self, state=MaterialState.WITHDRAWN, withdrawn_at=at)

    def returned(self, at: datetime, reason: str) -> Material:
        """Sent back with a reason, to be completed."""
        self._require(self.state is MaterialState.SUBMITTED)
        if not reason:
            raise BadInput("reason_required", field="reason")
        return replace(self, state=MaterialState.RETURNED, returned_at=at, return_reason=reason)

    def held(self) -> Material:
        """Marked for the mediator alone; only its party can lift that."""
        self._require(self.state is MaterialState.SUBMITTED)
        return replace(self, kept=True, released_at=None)

    def released(self, at: datetime) -> Material:
        """Its party's yes: it may be relayed."""
        self._require(self.state is MaterialState.SUBMITTED and self.is_kept)
        return replace(self, released_at=at)

    def relayed(self, at: datetime, by: str, to: Iterable[Side]) -> Material:
        """Shown to one or more of the other sides, for good.

        Raises `Refused("material_kept")` without its party's yes, `Refused("material_not_for_others")` for identity
        papers, `BadInput("relay_side")` for its own side, none, or one that has it already.
        """
        self._require(self.state in (MaterialState.SUBMITTED, MaterialState.RELAYED))
        if self.is_kept:
            raise Refused("material_kept")
        if self.kind is MaterialKind.IDENTITY:
            raise Refused("material_not_for_others")
        new = set(to)
        if not new or not new <= set(PARTY_SIDES) - {self.side, *self.relayed_to}:
            raise BadInput("relay_side", field="to")
        reached = tuple(side for side in PARTY_SIDES if side in new or side in self.relayed_to)
        first = self.relayed_at or at
        return replace(self, state=MaterialState.RELAYED, relayed_at=first, relayed_by=by, relayed_to=reached)

    def _require(self, holds: bool) -> None:  # noqa: FBT001 - a condition is a boolean
        if not holds:
            raise Conflict("material_state")


@dataclass(frozen=True, slots=True)
class MaterialOpinion:
    """What one party says of an item that was relayed to them (质证意见): authentic, lawful, relevant, or why not."""

    id: str
    material_id: str
    party_id: str
    authentic: bool  # 真实性
    lawful: bool  # 合法性
    relevant: bool  # 关联性
    reason: str
    given_at: datetime

    def __post_init__(self) -> None:
        """An objection says why. Raises `BadInput("reason_required")`."""
        if not (self.authentic and self.lawful and self.relevant) and not self.reason:
            raise BadInput("reason_required", field="reason")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: a party (`side` and `party`), or staff as `team` (mediates the matter), `filing`, or `court`.

    `agent`: somebody named as an agent whose papers nobody has checked yet; they see those papers and nothing else.
    """

    user: str
    side: Side | None = None
    party: str | None = None
    agent: str | None = None
    team: bool = False
    filing: bool = False
    court: bool = False


def may_see(material: Material, reader: Reader) -> bool:
    """The one rule of who sees an item at all: page, picture, catalogue and room alike; no other module decides that.

    A draft is its maker's and its party's. What was taken back is its party's alone. What is handed in is seen by its
    own side and by who mediates, kept items by their party and who mediates only; the other sides see what was relayed
    to them (在线调解规则 art. 18), and the court reads what all have seen. An attachment is seen by whoever reads what
    it is attached to: until that is relayed, by its party and who presides; of a word to one party, by that party.
    """
    if reader.agent is not None:
        return material.agent_id == reader.agent
    own = _is_own(material, reader)
    if material.state is MaterialState.DRAFT:
        return own or (reader.party is None and reader.user == material.created_by)
    if material.state is MaterialState.WITHDRAWN:
        return own
    if material.writing_id is not None:
        return own or reader.team or _has_reached(material, reader)
    sits_with = reader.side is not None and reader.side is material.side
    read_by_court = reader.court and material.state is MaterialState.RELAYED
    if sits_with or reader.filing or read_by_court:
        return own or not material.is_kept
    return reader.team or reader.side in material.relayed_to


def _is_own(material: Material, reader: Reader) -> bool:
    if material.party_id is None:
        return reader.party is None and reader.user == material.created_by
    return reader.party == material.party_id


def _has_reached(material: Material, reader: Reader) -> bool:
    """Whether an attachment has come to the side of whoever looks, and is not for another party of it alone."""
    if material.state is not MaterialState.RELAYED or material.for_party_id not in (None, reader.party):
        return False
    return reader.side in (material.side, *material.relayed_to)


def may_read_opinion(opinion: MaterialOpinion, material: Material, reader: Reader) -> bool:
    """Who reads what was said of an item they see: whoever said it, the side that handed it in, and staff."""
    return reader.side is None or reader.party == opinion.party_id or reader.side is material.side


def opinion_wanted(material: Material, reader: Reader) -> bool:
    """Whether this party may say what they think of an item: it is another side's and was relayed to theirs."""
    return material.party_id is not None and reader.side is not None and reader.side in material.relayed_to
