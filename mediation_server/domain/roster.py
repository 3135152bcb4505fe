"""The roster (特邀调解名册): who may be asked to mediate, for which body, court and kind of dispute; knows no matter.

Sources: 特邀规定 arts. 5-10, 在线调解规则 arts. 5, 10, 27-28: whatever parties choose by is public, charges before all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from mediation_server.domain.courts import COURTS, SUPERIOR
from mediation_server.errors import BadInput

__all__ = [
    "MOST_MATTERS",
    "SPOKEN_OF",
    "Mediator",
    "Organisation",
    "OrganisationKind",
    "RosterStatus",
    "Speciality",
    "Tongue",
    "courts_above",
    "covers",
    "specialities_named",
    "speciality_of",
]

MOST_MATTERS = 30  # open at once, unless an entry says otherwise [DR]


class OrganisationKind(StrEnum):
    """What kind of body mediates (多元意见: 人民、行政、行业、商事、律师调解)."""

    PEOPLE = "people"  # 人民调解
    ADMINISTRATIVE = "administrative"  # 行政调解
    TRADE = "trade"  # 行业调解
    COMMERCIAL = "commercial"  # 商事调解
    LAWYER = "lawyer"  # 律师调解
    OTHER = "other"  # 其他


class RosterStatus(StrEnum):
    """Whether somebody on the roster can be named."""

    LISTED = "listed"  # 在册
    SUSPENDED = "suspended"  # 暂停
    STRUCK = "struck"  # 除名


class Speciality(StrEnum):
    """A field of disputes, as the roster is searched by; causes belong to fields by their words."""

    TRAFFIC = "traffic"  # 道路交通事故
    FAMILY = "family"  # 婚姻家庭、继承
    PROPERTY = "property"  # 物业服务
    NEIGHBOURS = "neighbours"  # 相邻关系
    LOAN = "loan"  # 借贷、金融
    LABOUR = "labour"  # 劳动争议
    COMMERCIAL = "commercial"  # 买卖、商事合同
    CONSTRUCTION = "construction"  # 建设工程
    MEDICAL = "medical"  # 医疗纠纷
    INJURY = "injury"  # 人身损害
    CONSUMER = "consumer"  # 消费纠纷
    GENERAL = "general"  # 其他民事纠纷


class Tongue(StrEnum):
    """What a mediator can speak with parties."""

    MANDARIN = "mandarin"  # 普通话
    DIALECT = "dialect"  # 本地方言
    SIGN = "sign"  # 手语
    ENGLISH = "english"  # 英语
    TIBETAN = "tibetan"  # 藏语
    UYGHUR = "uyghur"  # 维吾尔语
    MONGOLIAN = "mongolian"  # 蒙古语


# Words that a cause of action, or somebody who searches, uses for a field; of several the first that fits counts.
SPOKEN_OF: Mapping[Speciality, tuple[str, ...]] = MappingProxyType(
    {
        Speciality.TRAFFIC: ("交通事故", "道路交通", "机动车"),
        Speciality.PROPERTY: ("物业",),
        Speciality.LABOUR: ("劳动", "劳务", "工伤", "人事争议", "竞业限制", "社会保险", "福利待遇"),
        Speciality.FAMILY: ("婚姻", "离婚", "家庭", "抚养", "扶养", "赡养", "继承", "彩礼", "婚约", "同居", "收养"),
        Speciality.MEDICAL: ("医疗",),
        Speciality.CONSTRUCTION: ("建设工程", "装饰装修", "施工"),
        Speciality.NEIGHBOURS: ("相邻", "邻里", "排除妨害", "漏水"),
        Speciality.LOAN: ("借贷", "借款", "金融", "信用卡", "担保", "保证合同", "追偿", "储蓄"),
        Speciality.CONSUMER: ("消费", "产品责任", "网络购物", "旅游", "餐饮", "教育培训"),
        Speciality.INJURY: ("生命权", "健康权", "身体权", "人身损害", "饲养动物", "安全保障"),
        Speciality.COMMERCIAL: ("商事", "买卖", "合同", "租赁", "合伙", "股权", "股东", "公司", "承揽", "运输"),
        Speciality.GENERAL: (),
    }
)

# Courts whose rosters a lower court may use as well (特邀规定 art. 5; 在线调解规则 art. 27).
_ABOVE: Mapping[str, tuple[str, ...]] = MappingProxyType({each.name: (SUPERIOR.name,) for each in COURTS})


@dataclass(frozen=True, slots=True)
class Organisation:
    """A mediation body (调解组织): `charges` is its published tariff, empty when it takes nothing.

    `scope` is its charter: what it takes by itself; `courts` invited it to their rosters.
    """

    id: str
    name: str
    name_en: str
    kind: OrganisationKind
    scope: tuple[Speciality, ...]
    courts: tuple[str, ...]
    charges: str = ""
    charges_en: str = ""
    credit_code: str | None = None
    phone: str = ""
    active: bool = True

    def __post_init__(self) -> None:
        """Guard what the statute fixes (人民调解法 art. 4). Raises `BadInput` naming the field."""
        if self.kind is OrganisationKind.PEOPLE and self.charges.strip():
            raise BadInput("people_mediation_is_free", field="charges")


@dataclass(frozen=True, slots=True)
class Mediator:
    """An entry of the roster (特邀调解员), valid on the days from `valid_from` to `valid_to`, both included.

    `user_id` is the account; `charges` as for an organisation, counted before that of the body; `refusals` are
    matters refused without a reason the law knows, or never answered: for who keeps the roster, not for its readers.
    """

    user_id: str
    certificate_no: str
    specialities: tuple[Speciality, ...]
    courts: tuple[str, ...]
    tongues: tuple[Tongue, ...]
    valid_from: date
    valid_to: date | None = None
    status: RosterStatus = RosterStatus.LISTED
    organisation_id: str | None = None
    charges: str = ""
    charges_en: str = ""
    bio: str = ""
    bio_en: str = ""
    most_matters: int = MOST_MATTERS
    refusals: int = 0

    def __post_init__(self) -> None:
        """Raises `BadInput("term_reversed")` for a term that ends before it begins."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise BadInput("term_reversed", field="valid_to")

    def holds(self, on: date) -> bool:
        """Whether the entry is valid on a day at the court."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def serves(self, court: str) -> bool:
        """Whether a court, or one above it, put them on its roster."""
        return bool({court, *courts_above(court)} & set(self.courts))


def courts_above(court: str) -> tuple[str, ...]:
    """The courts whose rosters a court may use besides its own."""
    return _ABOVE.get(court, ())


def speciality_of(cause: str) -> Speciality:
    """The field a cause of action belongs to."""
    return next((each for each, words in SPOKEN_OF.items() if any(word in cause for word in words)), Speciality.GENERAL)


def covers(fields: Iterable[Speciality], cause: str) -> bool:
    """Whether somebody's fields include that of a cause; who names the general one takes everything."""
    named = frozenset(fields)
    return Speciality.GENERAL in named or speciality_of(cause) in named


def specialities_named(words: str) -> frozenset[Speciality]:
    """The fields somebody may mean who searches by a few characters; none for less than two."""
    if len(words) < 2:  # noqa: PLR2004 - one character means everything and nothing
        return frozenset()
    return frozenset(each for each, known in SPOKEN_OF.items() if any(words in word or word in words for word in known))
