"""The roster of the demo (all invented): four bodies and five mediators; decides nothing."""

from __future__ import annotations

from datetime import date

from mediation_server.domain.courts import SUPERIOR
from mediation_server.domain.ids import fixed_id
from mediation_server.domain.roster import Mediator, Organisation, OrganisationKind, Speciality, Tongue
from mediation_server.services import demo_cast as cast
from mediation_server.store import roster
from mediation_server.store.database import Tx

__all__ = ["MEDIATORS", "ORGANISATIONS", "fill_roster"]

_INTERMEDIATE = SUPERIOR.name
_SINCE = date(2019, 1, 1)  # before the oldest of the demo's matters
_S, _T = Speciality, Tongue
_TARIFF = "按公布的标准收费：争议金额10万元以下每件1 000元，超过部分按0.5%，双方各付一半；调解不成退还一半。"
_TARIFF_EN = (
    "By published tariff: CNY 1,000 a case up to CNY 100,000 in dispute, 0.5% of what is above, "
    "shared equally; half is returned when no agreement is reached."
)

ORGANISATIONS = (
    Organisation(
        cast.BODY_YUNXI,
        "云溪区诉调对接人民调解委员会",
        "Yunxi People's Mediation Committee",
        OrganisationKind.PEOPLE,
        (_S.FAMILY, _S.PROPERTY, _S.NEIGHBOURS, _S.TRAFFIC, _S.INJURY, _S.CONSUMER, _S.LOAN),
        (cast.YUNXI, cast.SHIQIAO),
        phone="0999-6100001",
    ),
    Organisation(
        fixed_id("organisation labour"),
        "云溪区劳动争议调解中心",
        "Yunxi Labour Dispute Mediation Centre",
        OrganisationKind.TRADE,
        (_S.LABOUR,),
        (cast.YUNXI,),
        phone="0999-6100002",
    ),
    Organisation(
        fixed_id("organisation commercial"),
        "江岚商事调解中心",
        "Jianglan Commercial Mediation Centre",
        OrganisationKind.COMMERCIAL,
        (_S.COMMERCIAL, _S.LOAN, _S.CONSTRUCTION),
        (_INTERMEDIATE, cast.YUNXI, cast.SHIQIAO),
        charges=_TARIFF,
        charges_en=_TARIFF_EN,
        credit_code="52349901MA99B001XP",
        phone="0999-6100003",
    ),
    Organisation(
        fixed_id("organisation lawyers"),
        "安徽（演示）云桥律师事务所",
        "Yunqiao Law Firm (demo)",
        OrganisationKind.LAWYER,
        (_S.LOAN, _S.COMMERCIAL, _S.CONSTRUCTION, _S.CONSUMER, _S.GENERAL),
        (cast.YUNXI,),
        credit_code="31349900MA99C0015U",
        phone="0999-6100004",
    ),
)
_PEOPLE, _LABOUR, _COMMERCIAL, _LAWYERS = (each.id for each in ORGANISATIONS)

MEDIATORS = (
    Mediator(
        cast.MEDIATOR_4.id,
        "皖调2018-0044",
        (_S.FAMILY, _S.PROPERTY, _S.NEIGHBOURS),
        (cast.YUNXI,),
        (_T.MANDARIN, _T.DIALECT),
        _SINCE,
        organisation_id=_PEOPLE,
        bio="从事社区调解二十三年，擅长婚姻家庭和物业纠纷，会说云溪话。",
        bio_en="23 years of community mediation: family and property matters, in the local dialect too.",
    ),
    Mediator(
        cast.MEDIATOR_2.id,
        "皖调2018-0042",
        (_S.TRAFFIC, _S.INJURY),
        (cast.YUNXI, cast.SHIQIAO),
        (_T.MANDARIN, _T.DIALECT),
        _SINCE,
        organisation_id=_PEOPLE,
        bio="曾任交警，熟悉事故责任认定和赔偿计算。",
        bio_en="A former traffic officer who knows how liability and damages are worked out.",
    ),
    Mediator(
        cast.MEDIATOR_5.id,
        "皖调2018-0045",
        (_S.LABOUR,),
        (cast.YUNXI,),
        (_T.MANDARIN, _T.SIGN),
        _SINCE,
        organisation_id=_LABOUR,
        bio="劳动关系协调师，擅长工资、加班费和解除劳动合同的争议，会手语。",
        bio_en="Labour relations specialist: wages, overtime, dismissals. Knows sign language.",
    ),
    Mediator(
        cast.MEDIATOR_6.id,
        "皖调2018-0046",
        (_S.COMMERCIAL, _S.LOAN, _S.CONSTRUCTION),
        (_INTERMEDIATE, cast.YUNXI, cast.SHIQIAO),
        (_T.MANDARIN, _T.ENGLISH),
        _SINCE,
        organisation_id=_COMMERCIAL,
        bio="曾任企业法务，擅长买卖合同和企业间的借款纠纷，可用英语调解。",
        bio_en="A former company lawyer: sales contracts and loans between companies. Mediates in English too.",
    ),
    Mediator(
        cast.MEDIATOR_1.id,
        "皖调2018-0041",
        (_S.LOAN, _S.COMMERCIAL, _S.CONSTRUCTION, _S.CONSUMER),
        (cast.YUNXI,),
        (_T.MANDARIN,),
        _SINCE,
        organisation_id=_LAWYERS,
        bio="执业律师，擅长民间借贷和合同纠纷。",
        bio_en="A practising lawyer: private loans and contracts.",
    ),
)


async def fill_roster(tx: Tx) -> None:
    """Write bodies and mediators; their accounts are there already."""
    for body in ORGANISATIONS:
        await roster.save_organisation(tx, body)
    for entry in MEDIATORS:
        await roster.save_mediator(tx, entry)
