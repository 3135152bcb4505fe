"""The consent ledger (征询同意): one answer per party, item and version of the text; never implied by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation_server.errors import BadInput

__all__ = ["REQUIRED_TO_ENTER", "Consent", "ConsentChannel", "ConsentItem", "GivenBy", "check_note"]


class ConsentItem(StrEnum):
    """What is asked, one thing at a time (在线调解规则 arts. 4, 22; 在线诉讼规则 arts. 4, 29-30; 个保法 art. 29)."""

    MEDIATION = "c1"  # 同意调解
    ONLINE = "c2"  # 同意在线方式
    E_SERVICE = "c3"  # 电子送达
    RECORDING_NOTICE = "c4"  # 录音录像告知知悉
    RECORDING_REPLACES_MINUTES = "c4b"  # 以录音录像代替笔录
    BIOMETRICS = "c5"  # 人脸等生物识别
    EXTENSION = "c6"  # 延长期限
    NOT_TOGETHER = "c7"  # 不同时登录、异步
    OBSERVERS = "c8"  # 允许旁听
    UNDISPUTED_FACTS = "c9"  # 无争议事实记载
    NO_OBJECTION = "c10"  # 无异议方案认可机制
    CONCESSIONS = "c11"  # 妥协事实可用于诉讼
    COURT_APPOINTS = "c12"  # 由法院指定调解员


class GivenBy(StrEnum):
    """Whose word it was."""

    SELF = "self"  # 本人
    AGENT = "agent"  # 代理人


class ConsentChannel(StrEnum):
    """How the answer came to us."""

    WEB = "web"  # 网上
    PHONE = "phone"  # 电话
    IN_PERSON = "in_person"  # 当面


# Without these two there is no online sitting; the refusing answer leads on to the alternative, not to a dead end.
REQUIRED_TO_ENTER = (ConsentItem.ONLINE, ConsentItem.RECORDING_NOTICE)


def check_note(channel: ConsentChannel, note: str) -> None:
    """An answer by phone is told in words. Raises `BadInput("consent_note_required")`."""
    if channel is ConsentChannel.PHONE and not note.strip():
        raise BadInput("consent_note_required", field="note")


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer to one version of one text, or the withdrawal of one (`withdraws`: its id; `answer` is no then).

    It is a party's (`party_id`), or of somebody with a seat who is none (`participant_id`). An agent's answer names the
    power of attorney (`authority`); one by phone or in person names who wrote it down (`operator_id`), by phone with a
    note. `evidence` says where it can be seen: `session:<id>`, `recording:<id>@<ms>`, `document:<id>`, `page:<id>`.
    """

    id: str
    matter_id: str
    item: ConsentItem
    text_version: str
    answer: bool
    at: datetime
    evidence: str
    party_id: str | None = None
    session_id: str | None = None
    participant_id: str | None = None
    given_by: GivenBy = GivenBy.SELF
    authority: str = ""
    channel: ConsentChannel = ConsentChannel.WEB
    operator_id: str | None = None
    note: str = ""
    withdraws: str | None = None

    def __post_init__(self) -> None:
        """Guard what makes an answer somebody's. Raises `BadInput` naming the field."""
        if self.channel is not ConsentChannel.WEB and self.operator_id is None:
            raise BadInput("consent_operator_required", field="operator")
        check_note(self.channel, self.note)
        if self.party_id is None and self.participant_id is None:
            raise ValueError("an answer of nobody")
