"""Consent items (征询同意): one answer per party, item and version of the text; never implied by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

__all__ = ["REQUIRED_TO_ENTER", "TEXT_VERSIONS", "Consent", "ConsentItem"]


class ConsentItem(StrEnum):
    """What is asked, one thing at a time (在线调解规则 arts. 4, 22; 在线诉讼规则 arts. 4, 29-30)."""

    MEDIATION = "c1"  # 同意调解
    ONLINE = "c2"  # 同意在线方式
    E_SERVICE = "c3"  # 电子送达
    RECORDING_NOTICE = "c4"  # 录音录像告知知悉
    RECORDING_REPLACES_MINUTES = "c4b"  # 以录音录像代替笔录


# Without these two there is no online sitting; the refusing answer leads on to the alternative, not to a dead end.
REQUIRED_TO_ENTER = (ConsentItem.ONLINE, ConsentItem.RECORDING_NOTICE)

# The version of each text as it is printed now: a change of wording is a new version and asks again.
TEXT_VERSIONS: Mapping[ConsentItem, str] = MappingProxyType(dict.fromkeys(ConsentItem, "1"))


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer of one participant to one version of one text."""

    id: str
    session_id: str
    participant_id: str
    item: ConsentItem
    text_version: str
    answer: bool
    at: datetime
