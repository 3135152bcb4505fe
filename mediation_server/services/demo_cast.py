"""Who has an account in the demo (all invented): courts, mediation bodies, and the parties by their phones."""

from __future__ import annotations

from dataclasses import replace

from mediation_server.domain.ids import fixed_id
from mediation_server.domain.people import Role
from mediation_server.domain.users import User, login_of_phone

__all__ = [
    "ACCOUNTS",
    "ADMINISTRATOR",
    "AGENT_2",
    "AGENT_5",
    "BODY_YUNXI",
    "CLERK",
    "CONFIRMING_JUDGE",
    "FILING",
    "HEAD",
    "JUDGE_SHIQIAO",
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
JUDGE_SHIQIAO = _user("ma.zhiheng", "马志恒", "Ma Zhiheng", Role.JUDGE, SHIQIAO)  # 石桥
TRIAL_JUDGE = _user("shen.qinghe", "沈清和", "Shen Qinghe", Role.JUDGE, YUNXI)  # 速裁
CONFIRMING_JUDGE = _user("fang.jing", "方静", "Fang Jing", Role.JUDGE, YUNXI)  # 司法确认审查
HEAD = replace(_user("song.yining", "宋以宁", "Song Yining", Role.JUDGE, YUNXI), heads_division=True)  # 庭长
CLERK = replace(_user("tian.tian", "田甜", "Tian Tian", Role.CLERK, YUNXI), phone="16100000051")  # 书记员
FILING = _user("gao.wenxin", "高文心", "Gao Wenxin", Role.FILING, YUNXI)  # 程序分流员
AGENT_2 = _party("16100000032", "唐敏", "Tang Min")  # 律师, 平川保险
AGENT_5 = _party("16100000031", "何屿", "He Yu")  # 律师, 星桥电子
ADMINISTRATOR = _user("admin", "系统管理员", "Administrator", Role.ADMIN)

USERS = (
    MEDIATOR_1,
    MEDIATOR_2,
    MEDIATOR_4,
    MEDIATOR_5,
    MEDIATOR_6,
    CONFIRMING_JUDGE,
    TRIAL_JUDGE,
    HEAD,
    JUDGE_SHIQIAO,
    CLERK,
    _user("luo.xiaotong", "罗晓彤", "Luo Xiaotong", Role.CLERK, YUNXI),  # 法官助理
    FILING,
    _user(
        "xu.wanqing", "许婉清", "Xu Wanqing", Role.FILING, SHIQIAO
    ),  # 石桥: the court that still delegates before filing
    ADMINISTRATOR,
    replace(_user("lu.an", "卢安", "Lu An", Role.ORGANISATION), organisation_id=BODY_YUNXI, phone="16100000052"),
    _user("auditor", "审计员", "Auditor", Role.AUDITOR),
    # Their own services come later; until then each works with what the house has for them.
    _user("wang.lei", "王蕾", "Wang Lei", Role.CLERK, YUNXI),  # 12368坐席: applies for callers, looks matters up
    _user("gu.ping", "顾平", "Gu Ping", Role.CLERK, YUNXI),  # 调度: the sittings of the day, and who calls for help
    _user("xu.hang", "许航", "Xu Hang", Role.ADMIN),  # 技术人员: how the server is, messages the court does not take
)
# Parties and agents sign in with their phone; for an organisation whoever comes for it.
PARTY_ACCOUNTS = (
    _party("16100000011", "周承安", "Zhou Cheng'an"),
    _party("16100000012", "林若溪", "Lin Ruoxi"),
    _party("16100000013", "赵启明", "Zhao Qiming"),
    _party("16100000014", "吴大勇", "Wu Dayong"),
    _party("16100000021", "许文涛", "Xu Wentao"),
    AGENT_2,
    _party("16100000022", "钱慧敏", "Qian Huimin"),
    _party("16100000017", "孙巧云", "Sun Qiaoyun"),
    _party("16100000015", "苏晓禾", "Su Xiaohe"),
    _party("16100000016", "顾远山", "Gu Yuanshan"),
    _party("16100000018", "陈立轩", "Chen Lixuan"),
    _party("16100000023", "葛明", "Ge Ming"),
    AGENT_5,
    _party("16100000025", "魏长河", "Wei Changhe"),
    _party("16100000024", "范志国", "Fan Zhiguo"),
    _party("16100000019", "陶静怡", "Tao Jingyi"),
    _party("16100000020", "石磊", "Shi Lei"),
)
ACCOUNTS = {each.id: each for each in (*USERS, *PARTY_ACCOUNTS)}
