"""What the consent ledger says (征询同意台账): where each item stands, and whether an answer can be taken back; pure.

The last answer to an item holds until it is withdrawn, by an entry of its own. An answer is spent once what it allowed
has happened: it cannot be taken back then, and what follows is another step (an objection, an end of the mediation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from mediation_server.domain.consent import Consent, ConsentItem
from mediation_server.domain.consent_texts import TEXT_VERSIONS, text_of
from mediation_server.domain.matter_log import MatterEvent, MatterEventKind

__all__ = ["ITEM_RULES", "ItemRule", "Standing", "spent", "standings"]

_K = MatterEventKind
_END = frozenset({_K.CONCLUDED, _K.CLOSED, _K.ARCHIVED})


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What the law says of an item; `spent_by` are the events after which a yes cannot be taken back.

    `usually_no`: no is what most should say; `of_all`: it counts only when every party has agreed; `special`: an agent
    needs a special authorisation (特别授权) for it.
    """

    law: str
    spent_by: frozenset[MatterEventKind] = _END
    usually_no: bool = False
    of_all: bool = False
    special: bool = False


ITEM_RULES: Mapping[ConsentItem, ItemRule] = MappingProxyType(
    {
        ConsentItem.MEDIATION: ItemRule("民诉法 96; 在线调解规则 4, 15"),
        ConsentItem.ONLINE: ItemRule("在线调解规则 4, 16; 在线诉讼规则 4-5"),
        # For the time to come it can always be changed; what was served before stays served.
        ConsentItem.E_SERVICE: ItemRule("民诉法 90; 在线诉讼规则 29-30", frozenset()),
        ConsentItem.RECORDING_NOTICE: ItemRule("在线调解规则 22; 在线诉讼规则 27"),
        ConsentItem.RECORDING_REPLACES_MINUTES: ItemRule("在线调解规则 22", of_all=True),
        ConsentItem.BIOMETRICS: ItemRule("个保法 15, 28-29", frozenset()),
        ConsentItem.EXTENSION: ItemRule(
            "在线调解规则 24", _END | {_K.EXTENSION_ASKED, _K.EXTENDED, _K.REMEDIATED}, of_all=True
        ),
        ConsentItem.NOT_TOGETHER: ItemRule("在线调解规则 16; 在线诉讼规则 20", of_all=True),
        ConsentItem.OBSERVERS: ItemRule("民诉解释 146; 特邀规定 2(5)", usually_no=True, of_all=True),
        ConsentItem.UNDISPUTED_FACTS: ItemRule("在线调解规则 22", _END | {_K.HANDING_OVER}, of_all=True, special=True),
        ConsentItem.NO_OBJECTION: ItemRule("多元意见 24", _END | {_K.PROPOSAL_SERVED}, of_all=True, special=True),
        ConsentItem.CONCESSIONS: ItemRule(
            "特邀规定 22; 民诉解释 107",
            frozenset({_K.HANDING_OVER, _K.HANDED_OVER, _K.CLOSED, _K.ARCHIVED}),
            usually_no=True,
            of_all=True,
            special=True,
        ),
        ConsentItem.COURT_APPOINTS: ItemRule("在线调解规则 10", _END | {_K.ASSIGNED}),
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one item stands for one party: the last answer, and when it was withdrawn, if it was."""

    item: ConsentItem
    last: Consent | None = None
    withdrawn_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether the party agrees now."""
        return self.last is not None and self.last.answer and self.withdrawn_at is None

    @property
    def to_ask(self) -> bool:
        """Whether nobody has answered the words that are shown now."""
        if self.last is None:
            return True
        answered = text_of(self.item, self.last.text_version)
        return answered is None or answered.version != TEXT_VERSIONS[self.item]


def standings(entries: Iterable[Consent]) -> Mapping[ConsentItem, Standing]:
    """Where every item stands after a party's entries, oldest first; an item nobody asked about stands empty."""
    found = {item: Standing(item) for item in ConsentItem}
    for entry in entries:
        last = found[entry.item].last
        if entry.withdraws is None:
            found[entry.item] = Standing(entry.item, entry)
        elif last is not None and last.id == entry.withdraws:
            found[entry.item] = Standing(entry.item, last, entry.at)
    return MappingProxyType(found)


def spent(consent: Consent, log: Iterable[MatterEvent]) -> bool:
    """Whether what a yes allowed has happened since it was given."""
    ends = ITEM_RULES[consent.item].spent_by
    return any(each.kind in ends and each.at >= consent.at for each in log)
