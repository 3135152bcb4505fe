"""Who appears in the demo (all invented): accounts of court and mediation bodies, and the parties of the matters."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.users import User, login_of_phone

__all__ = [
    "ACCOUNTS",
    "ADMINISTRATOR",
    "BODY_YUNXI",
    "CONFIRMING_JUDGE",
    "FILING",
    "MEDIATOR_1",
    "MEDIATOR_2",
    "MEDIATOR_4",
    "MEDIATOR_5",
    "MEDIATOR_6",
    "PARTY_ACCOUNTS",
    "SHIQIAO",
    "SHIQIAO_EN",
    "TRIAL_JUDGE",
    "USERS",
    "YUNXI",
    "YUNXI_EN",
    "parties_1",
    "parties_2",
    "parties_4",
]

YUNXI, YUNXI_EN = "江岚市云溪区人民法院", "Yunxi District People's Court"
SHIQIAO, SHIQIAO_EN = "石桥县人民法院", "Shiqiao County People's Court"
BODY_YUNXI = fixed_id("organisation yunxi")  # 云溪区诉调对接人民调解委员会


def _user(login: str, name: str, name_en: str, role: Role, court: str | None = None) -> User:
    return User(fixed_id(f"user {login}"), login, name, name_en, role, court=court)


def _mediator(login: str, name: str, name_en: str, phone: str) -> User:
    return User(fixed_id(f"user {login}"), login, name, name_en, Role.MEDIATOR, phone=phone)


def _party(phone: str, name: str, name_en: str) -> User:
    login = login_of_phone(phone)
    return User(fixed_id(f"user {login}"), login, name, name_en, Role.PARTY, phone=phone)


MEDIATOR_1 = _mediator("zheng.siyuan", "郑思远", "Zheng Siyuan", "16100000041")  # 律师调解
MEDIATOR_2 = _mediator("shao.wenbo", "邵文博", "Shao Wenbo", "16100000042")  # 道路交通
MEDIATOR_4 = _mediator("he.xiulan", "何秀兰", "He Xiulan", "16100000044")  # 家事、物业
MEDIATOR_5 = _mediator("jiang.yifan", "蒋一帆", "Jiang Yifan", "16100000045")  # 劳动争议
MEDIATOR_6 = _mediator("wen.lan", "温岚", "Wen Lan", "16100000046")  # 商事
TRIAL_JUDGE = _user("shen.qinghe", "沈清和", "Shen Qinghe", Role.JUDGE, YUNXI)  # 速裁
CONFIRMING_JUDGE = _user("fang.jing", "方静", "Fang Jing", Role.JUDGE, YUNXI)  # 司法确认审查
FILING = _user("gao.wenxin", "高文心", "Gao Wenxin", Role.FILING, YUNXI)  # 程序分流员
ADMINISTRATOR = _user("admin", "系统管理员", "Administrator", Role.ADMIN)

USERS = (
    MEDIATOR_1,
    MEDIATOR_2,
    MEDIATOR_4,
    MEDIATOR_5,
    MEDIATOR_6,
    CONFIRMING_JUDGE,
    TRIAL_JUDGE,
    _user("ma.zhiheng", "马志恒", "Ma Zhiheng", Role.JUDGE, SHIQIAO),  # 石桥
    _user("tian.tian", "田甜", "Tian Tian", Role.CLERK, YUNXI),
    FILING,
    ADMINISTRATOR,
    replace(_user("lu.an", "卢安", "Lu An", Role.ORGANISATION), organisation_id=BODY_YUNXI),
    _user("auditor", "审计员", "Auditor", Role.AUDITOR),
)
# Parties sign in with their phone; for an organisation whoever comes for it.
PARTY_ACCOUNTS = (
    _party("16100000011", "周承安", "Zhou Cheng'an"),
    _party("16100000012", "林若溪", "Lin Ruoxi"),
    _party("16100000013", "赵启明", "Zhao Qiming"),
    _party("16100000014", "吴大勇", "Wu Dayong"),
    _party("16100000032", "唐敏", "Tang Min"),
    _party("16100000022", "钱慧敏", "Qian Huimin"),
    _party("16100000017", "孙巧云", "Sun Qiaoyun"),
)
ACCOUNTS = {each.id: each for each in (*USERS, *PARTY_ACCOUNTS)}


@dataclass(frozen=True, slots=True)
class _Who:
    """Somebody named in a matter, and who comes when it is an organisation."""

    name: str
    name_en: str
    phone: str
    comes: str | None = None
    comes_en: str | None = None

    def as_(self, side: Side, matter_id: str) -> MatterParty:
        """This person or body as a party on one side."""
        return MatterParty(
            id=fixed_id(f"party {matter_id} {self.name}"),
            matter_id=matter_id,
            side=side,
            role=Role.APPLICANT if side is Side.APPLICANT else Role.RESPONDENT,
            name=self.name,
            name_en=self.name_en,
            kind="organisation" if self.comes else "natural",
            phone=self.phone,
            attends_as=self.comes,
            attends_as_en=self.comes_en,
        )


_ZHOU = _Who("周承安", "Zhou Cheng'an", "16100000011")
_LIN = _Who("林若溪", "Lin Ruoxi", "16100000012")
_ZHAO = _Who("赵启明", "Zhao Qiming", "16100000013")
_WU = _Who("吴大勇", "Wu Dayong", "16100000014")
_SUN = _Who("孙巧云", "Sun Qiaoyun", "16100000017")
_PINGCHUAN = _Who(  # the agent holds 特别授权
    "平川财产保险股份有限公司江岚中心支公司",
    "Pingchuan Property Insurance, Jianglan Branch",
    "16100000032",
    "唐敏",
    "Tang Min",
)
_ANHE = _Who(  # the 法定代表人 comes
    "江岚安和物业服务有限公司", "Jianglan Anhe Property Services", "16100000022", "钱慧敏", "Qian Huimin"
)


def parties_1(matter_id: str) -> list[MatterParty]:
    """周承安 v. 林若溪."""
    return [_ZHOU.as_(Side.APPLICANT, matter_id), _LIN.as_(Side.RESPONDENT, matter_id)]


def parties_2(matter_id: str) -> list[MatterParty]:
    """赵启明 v. 吴大勇 and 平川保险."""
    respondents = [each.as_(Side.RESPONDENT, matter_id) for each in (_WU, _PINGCHUAN)]
    return [_ZHAO.as_(Side.APPLICANT, matter_id), *respondents]


def parties_4(matter_id: str) -> list[MatterParty]:
    """安和物业 v. 孙巧云."""
    return [_ANHE.as_(Side.APPLICANT, matter_id), _SUN.as_(Side.RESPONDENT, matter_id)]
