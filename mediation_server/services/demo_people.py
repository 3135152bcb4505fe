"""The parties of the demo's matters (all invented): regions and phone numbers that do not exist, addresses to match."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.checks.identities import IdentityKind
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side

__all__ = ["PARTIES", "PRACTICE", "Person", "parties_of"]

USCC = "uscc"  # the other kind of number: an organisation's


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in a matter, and who comes when it is an organisation."""

    name: str
    name_en: str
    phone: str
    number: str
    address: str
    comes: str | None = None
    comes_en: str | None = None
    heads: str | None = None  # 法定代表人, 负责人
    heads_en: str | None = None
    mail: str | None = None

    def as_(self, side: Side, matter_id: str, party_id: str | None = None) -> MatterParty:
        """This person or body as a party on one side."""
        return MatterParty(
            id=party_id or fixed_id(f"party {matter_id} {self.name}"),
            matter_id=matter_id,
            side=side,
            role=Role.APPLICANT if side is Side.APPLICANT else Role.RESPONDENT,
            name=self.name,
            name_en=self.name_en,
            kind="organisation" if self.comes else "natural",
            phone=self.phone,
            attends_as=self.comes,
            attends_as_en=self.comes_en,
            id_kind=USCC if self.comes else IdentityKind.RESIDENT.value,
            id_number=self.number,
            address=self.address,
            postcode="349900" if self.number[:6] != "349922" else "349922",
            email=f"{self.mail}@demo.invalid" if self.mail else None,
            legal_rep=self.heads,
            legal_rep_en=self.heads_en,
        )


# fmt: off
_ZHOU = Person("周承安", "Zhou Cheng'an", "16100000011", "349901198503120011", "江岚市云溪区青石路18号3幢502室",
               mail="zhou.chengan")
_LIN = Person("林若溪", "Lin Ruoxi", "16100000012", "349901198807210024", "江岚市云溪区听泉街6号1单元301室",
              mail="lin.ruoxi")
_ZHAO = Person("赵启明", "Zhao Qiming", "16100000013", "349901197904050056", "江岚市云溪区柳堤路92号",
               mail="zhao.qiming")
_WU = Person("吴大勇", "Wu Dayong", "16100000014", "349922197411180030", "石桥县城关镇南门街11号")
_SU = Person("苏晓禾", "Su Xiaohe", "16100000015", "349901199006150046", "江岚市云溪区梧桐里7幢1102室",
             mail="su.xiaohe")
_GU = Person("顾远山", "Gu Yuanshan", "16100000016", "349901198709090073", "江岚市云溪区北塘路45号")
_SUN = Person("孙巧云", "Sun Qiaoyun", "16100000017", "349901196202030080", "江岚市云溪区安和家园12幢203室")
_CHEN = Person("陈立轩", "Chen Lixuan", "16100000018", "349901199610240099", "江岚市云溪区东郊新村3幢406室",
               mail="chen.lixuan")
_PINGCHUAN = Person(  # its agent comes, see `demo_agents`
    "平川财产保险股份有限公司江岚中心支公司", "Pingchuan Property Insurance, Jianglan Branch", "16100000021",
    "91349901MA99A0014H", "江岚市云溪区江滨大道200号平川大厦8层", "许文涛", "Xu Wentao",
    "许文涛", "Xu Wentao", "pingchuan")
_ANHE = Person(  # the 法定代表人 comes
    "江岚安和物业服务有限公司", "Jianglan Anhe Property Services", "16100000022", "91349901MA99A0022C",
    "江岚市云溪区安和家园会所2层", "钱慧敏", "Qian Huimin", "钱慧敏", "Qian Huimin", "anhe")
_XINGQIAO = Person(  # its agent comes with the 法定代表人, see `demo_agents`
    "江岚星桥电子有限公司", "Jianglan Xingqiao Electronics", "16100000023", "91349901MA99A00307",
    "江岚市云溪区科创园5号楼", "葛明", "Ge Ming", "葛明", "Ge Ming", "xingqiao")
_KANGHU = Person(
    "江岚康护医疗用品有限公司", "Jianglan Kanghu Medical Supplies", "16100000024", "91349901MA99A00494",
    "江岚市云溪区医药产业园1号", "范志国", "Fan Zhiguo", "范志国", "Fan Zhiguo", "kanghu")
_RENJI = Person(
    "石桥县仁济大药房连锁有限公司", "Shiqiao Renji Pharmacies", "16100000025", "91349922MA99A0057C",
    "石桥县城关镇仁济路1号", "魏长河", "Wei Changhe", "魏长河", "Wei Changhe", "renji")
_TAO = Person("陶静怡", "Tao Jingyi", "16100000019", "349901199106110244", "江岚市云溪区春晓巷9号2单元602室",
              mail="tao.jingyi")
_SHI = Person("石磊", "Shi Lei", "16100000020", "349901199304120259", "江岚市云溪区春晓巷21号1单元101室")
# fmt: on

# Applicant first, then whom they turn against; by the number of the matter.
PARTIES: dict[int, tuple[Person, ...]] = {
    1: (_ZHOU, _LIN),
    2: (_ZHAO, _WU, _PINGCHUAN),
    3: (_SU, _GU),
    4: (_ANHE, _SUN),
    5: (_CHEN, _XINGQIAO),
    6: (_RENJI, _KANGHU),
}
PRACTICE = (_TAO, _SHI)


def parties_of(number: int, matter_id: str) -> list[MatterParty]:
    """The parties of one of the matters."""
    first, *others = PARTIES[number]
    return [first.as_(Side.APPLICANT, matter_id), *(each.as_(Side.RESPONDENT, matter_id) for each in others)]
