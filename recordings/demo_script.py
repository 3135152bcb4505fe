"""What is said and done in the demo recording of the property-management matter; words and times, no media.

A matter with 4 326.40 yuan of arrears and a late repair; settled at 3 900.00 yuan, repair within 15 days.
"""

from __future__ import annotations

from typing import NamedTuple

from mediation_server.domain.log import EventKind
from mediation_server.domain.session import CHECKLIST

__all__ = [
    "APPLICANT",
    "AWAY",
    "CAUCUS",
    "CHAT",
    "DEEDS",
    "END_MS",
    "MEDIATOR",
    "RESPONDENT",
    "TURNS",
    "Deed",
    "Line",
    "Turn",
]

END_MS = 90_000
CAUCUS = (30_000, 50_000)  # with the respondent's side; not recorded
AWAY = (75_000, 78_000)  # the respondent's line is lost and comes back

MEDIATOR, APPLICANT, RESPONDENT = "mediator", "applicant", "respondent"


class Turn(NamedTuple):
    """Somebody has the floor, and says this; their voice in the recording is a sound without words."""

    who: str
    from_ms: int
    to_ms: int
    said: tuple[str, ...]

    @property
    def phrases(self) -> list[tuple[int, int, str]]:
        """From, to (ms) and words of each phrase, all as long as each other."""
        length = (self.to_ms - self.from_ms) // len(self.said)
        starts = (self.from_ms + n * length for n in range(len(self.said)))
        return [(start, start + length, text) for start, text in zip(starts, self.said, strict=True)]


class Line(NamedTuple):
    """Something typed."""

    who: str
    at_ms: int
    text: str


class Deed(NamedTuple):
    """An entry of the session log; `of` is filled into `participant`, `by` into the actor."""

    at_ms: int
    kind: EventKind
    by: str
    of: str | None = None
    more: tuple[tuple[str, object], ...] = ()


TURNS = (
    Turn(
        MEDIATOR,
        1_000,
        9_000,
        ("今天调解物业服务合同纠纷。", "双方都到了，权利义务刚才已经告知。", "先请物业公司说明请求。"),
    ),
    Turn(
        APPLICANT,
        10_000,
        17_400,
        ("欠费一共四千三百二十六元四角。", "房子一百零四平米，每平米一元六角，", "二十六个月没有交。"),
    ),
    Turn(
        RESPONDENT,
        18_400,
        26_400,
        ("我不是不愿意交。", "家里漏水报修两次，都没有按时来，", "照片已经放在材料里了。"),
    ),
    Turn(MEDIATOR, 27_000, 29_600, ("我先和孙女士谈一谈，请物业公司等一下。",)),
    Turn(MEDIATOR, 50_800, 57_000, ("我提一个方案：三千九百元一次付清，", "不计违约金，漏水十五日内修好。")),
    Turn(RESPONDENT, 58_000, 65_000, ("三千九百元我同意，", "十日之内付清，", "希望维修不要再拖。")),
    Turn(APPLICANT, 66_000, 72_000, ("公司同意这个方案，", "十五日内完成维修，不再主张违约金。")),
    Turn(
        MEDIATOR,
        73_000,
        82_000,
        ("我把协议内容念一遍。", "孙女士刚才断线几秒，我再说一遍：", "三千九百元十日内付清，十五日内修好。"),
    ),
    Turn(RESPONDENT, 83_000, 85_000, ("听清楚了，同意。",)),
    Turn(APPLICANT, 85_400, 87_000, ("同意。",)),
    Turn(MEDIATOR, 87_400, 89_600, ("好，双方达成一致。",)),
)

CHAT = (
    Line(APPLICANT, 14_000, "欠费明细已上传：104㎡×1.60元×26个月，共4 326.40元。"),
    Line(RESPONDENT, 22_000, "卫生间渗漏报修两次都没有按时来，照片在材料里。"),
    Line(MEDIATOR, 55_000, "方案：物业费按3 900.00元一次付清，不计违约金；渗漏十五日内修好。请双方看一下。"),
    Line(RESPONDENT, 63_000, "同意3 900.00元，十日内付清。"),
    Line(APPLICANT, 71_000, "同意。十五日内完成维修，不再主张违约金。"),
)

_ON = (("camera", True), ("microphone", True))
_K = EventKind
_EVERYBODY = (MEDIATOR, APPLICANT, RESPONDENT)

_BEFORE = (
    *(Deed(0, _K.ARRIVED, who, who) for who in _EVERYBODY),
    *(Deed(0, _K.CONNECTED, who, who) for who in _EVERYBODY),
    *(Deed(0, _K.IDENTITY_VERIFIED, MEDIATOR, who, (("verified", True),)) for who in (APPLICANT, RESPONDENT)),
    *(Deed(0, _K.CHECKLIST_TICKED, MEDIATOR, None, (("done", True), ("item", item.value))) for item in CHECKLIST),
    *(Deed(0, _K.ADMITTED, MEDIATOR, who) for who in _EVERYBODY),
    Deed(0, _K.STARTED, MEDIATOR),
    *(Deed(0, _K.DEVICES_SWITCHED, who, who, _ON) for who in _EVERYBODY),
)

DEEDS = (
    *_BEFORE,
    Deed(25_000, _K.HAND_RAISED, APPLICANT, APPLICANT),
    Deed(26_800, _K.MUTED, MEDIATOR, APPLICANT, (("by", MEDIATOR), ("locked", False), ("source", "microphone"))),
    Deed(27_200, _K.HAND_LOWERED, APPLICANT, APPLICANT),
    Deed(CAUCUS[0], _K.CAUCUS_OPENED, MEDIATOR, None, (("side", RESPONDENT),)),
    Deed(CAUCUS[1], _K.CAUCUS_CLOSED, MEDIATOR),
    *(Deed(50_400, _K.DEVICES_SWITCHED, who, who, _ON) for who in _EVERYBODY),  # all come out of a caucus muted
    Deed(AWAY[0], _K.DISCONNECTED, RESPONDENT, RESPONDENT, (("reason", "network"),)),
    Deed(AWAY[1], _K.CONNECTED, RESPONDENT, RESPONDENT),
    Deed(AWAY[1] + 200, _K.DEVICES_SWITCHED, RESPONDENT, RESPONDENT, _ON),
    Deed(89_700, _K.CONCLUDED, MEDIATOR, None, (("outcome", "agreed"),)),
    Deed(END_MS, _K.ENDED, MEDIATOR, None, (("result", "agreed"),)),
)
