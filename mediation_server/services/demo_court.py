"""What the demo's court can be made to say (演示): sends a case, closes or takes one back, takes a file.

Its letters take the way of a real court's, past the signature only: the mock and we are one process here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mediation_server.caseflow.envelope import Envelope
from mediation_server.caseflow.port import Answer
from mediation_server.domain.calendar import local_date
from mediation_server.domain.delivery import MessageType
from mediation_server.domain.ids import is_id
from mediation_server.domain.inbox import CourtMessage
from mediation_server.domain.lifecycle import CommandKind, possible
from mediation_server.domain.matter import Matter, MatterParty, MatterState, Track
from mediation_server.domain.message import OutboxMessage, new_message_id
from mediation_server.errors import NotFound, Refused
from mediation_server.services import demo_cast as cast
from mediation_server.services.context import Context
from mediation_server.services.procedure import file_in
from mediation_server.services.recalling import COURT
from mediation_server.services.receiving import receive
from mediation_server.store import inbox, matters, outbox
from mediation_server.store.database import Tx

__all__ = ["CourtAct", "CourtCase", "cases_of_court", "do_to", "send_case"]

_FIRST = 3001  # case numbers of what is sent by the button; those of the demo's own matters are lower
_MOST = 20
_TRANSFERS = (MessageType.TRANSFER_TO_FILING, MessageType.TRANSFER_TO_TRIAL)
_OPEN = tuple(
    each
    for each in MatterState
    if each
    not in (
        MatterState.DRAFT,
        MatterState.SUBMITTED,
        MatterState.SUPPLEMENT,
        MatterState.REJECTED,
        MatterState.RECALLED,
        MatterState.CLOSED,
        MatterState.ARCHIVED,
    )
)


class CourtAct(StrEnum):
    """What the court can do to a case it has sent."""

    CLOSE = "close"  # 结案
    RECALL = "recall"  # 召回
    PROCEDURE = "procedure"  # 改程序
    REGISTER = "register"  # 立案, 恢复审理


_COMMANDS = {
    CourtAct.CLOSE: CommandKind.RECALL,
    CourtAct.RECALL: CommandKind.RECALL,
    CourtAct.PROCEDURE: CommandKind.CHANGE_PROCEDURE,
    CourtAct.REGISTER: CommandKind.ACKNOWLEDGE_HANDOVER,
}


@dataclass(frozen=True, slots=True)
class CourtCase:
    """One case at the court, who is in it, and what the court can do to it now."""

    matter: Matter
    parties: tuple[MatterParty, ...]
    acts: tuple[CourtAct, ...]


async def cases_of_court(ctx: Context) -> list[CourtCase]:
    """The cases of the demo's court in which something can be done. Raises `Refused("demo_only")`."""
    _only_in_demo(ctx)
    async with ctx.db.reading() as tx:
        found = await matters.at_court(tx, cast.YUNXI, _OPEN, _MOST)
        return [await _as_case(ctx, tx, each) for each in found if each.case_no]


async def send_case(ctx: Context) -> Answer:
    """The court sends another case to mediation, with the applicant's consent. Raises `Refused("demo_only")`."""
    _only_in_demo(ctx)
    today = local_date(ctx.clock.now())
    async with ctx.db.reading() as tx:
        number = _FIRST
        while await matters.by_case_no(tx, cast.YUNXI, f"({today.year})皖9901民初{number}号"):
            number += 1
    return await receive(ctx, _letter(ctx, CourtMessage.CASE_DIVERTED, *_case(today.year, number), seq=1))


async def do_to(ctx: Context, matter_id: str, act: CourtAct) -> Answer:
    """The court closes a case, takes it back, or changes its procedure. Raises `NotFound`, `Refused("demo_only")`."""
    _only_in_demo(ctx)
    if not is_id(matter_id):
        raise NotFound
    async with ctx.db.reading() as tx:
        matter = await matters.matter(tx, matter_id)
        seq = await inbox.last_seq(tx, matter.ref) + 1
        handed = [each for each in await outbox.messages_of(tx, matter_id) if each.type in _TRANSFERS]
    today = local_date(ctx.clock.now()).isoformat()
    new = "简易" if matter.procedure == "普通" else "普通"
    said: dict[CourtAct, tuple[CourtMessage, dict[str, object]]] = {
        CourtAct.CLOSE: (CourtMessage.CASE_CLOSED, {"manner": "01", "manner_name": "准予撤诉", "on": today}),
        CourtAct.RECALL: (CourtMessage.DIVERSION_RECALLED, {"reason": "不宜继续调解"}),
        CourtAct.PROCEDURE: (CourtMessage.PROCEDURE_CHANGED, {"old": matter.procedure, "new": new, "on": today}),
    }
    kind, payload = said[act] if act in said else _registered(matter, handed, today)
    return await receive(ctx, _letter(ctx, kind, matter.ref, f"{matter.case_no}+{act}+{seq}", payload, seq=seq))


def _registered(matter: Matter, handed: Sequence[OutboxMessage], today: str) -> tuple[CourtMessage, dict[str, object]]:
    """The court has the file that was handed over last; before filing it becomes a case of its own."""
    if not handed:
        raise NotFound
    said: dict[str, object] = {"handover_id": handed[-1].business_key, "on": today}
    if handed[-1].type == MessageType.TRANSFER_TO_TRIAL:
        return CourtMessage.TRIAL_RESUMED, said
    code, number = matter.ref.split("-")[1], int(matter.ref[-6:])
    return CourtMessage.FILING_ACCEPTED, {**said, "case_no": f"({today[:4]})皖{code}民初{_FIRST + number}号"}


async def _as_case(ctx: Context, tx: Tx, matter: Matter) -> CourtCase:
    offered = possible(await file_in(tx, matter), COURT, ctx.clock.now())
    filed = matter.track in (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
    acts = tuple(act for act, kind in _COMMANDS.items() if kind in offered and (filed or act is not CourtAct.PROCEDURE))
    return CourtCase(matter, tuple(await matters.parties_of(tx, matter.id)), acts)


def _only_in_demo(ctx: Context) -> None:
    if not ctx.settings.demo:
        raise Refused("demo_only")


def _case(year: int, number: int) -> tuple[str, str, dict[str, object]]:
    """A dispute about masks that were not sent; its people are invented."""
    sending, case_no = f"委托{year}-{number}", f"({year})皖9901民初{number}号"
    parties = [
        {"side": "applicant", "name": "陶静怡", "name_en": "Tao Jingyi", "kind": "natural", "phone": "16100000019"}
        | {"id_kind": "resident", "id_number": "349901199106110244", "consents": True},
        {"side": "respondent", "name": "江岚康护医疗用品有限公司", "name_en": "Jianglan Kanghu Medical Supplies"}
        | {"kind": "organisation", "phone": "16100000024", "id_kind": "uscc", "id_number": "91349901MA99A00494"}
        | {"legal_rep": "范志国"},
    ]
    payload: dict[str, object] = {
        "delegation_no": sending,
        "track": "postfiling_entrusted",
        "case_no": case_no,
        "court": cast.YUNXI,
        "court_en": cast.YUNXI_EN,
        "cause": "买卖合同纠纷",
        "cause_en": "Sales contract dispute",
        "procedure": "简易",
        "judge": cast.TRIAL_JUDGE.name,
        "claim": "口罩20 000只，单价2.90元，只交付一半，请求退还货款29 000元。",
        "claim_fen": 2_900_000,
        "parties": parties,
    }
    return sending, f"{case_no}+{sending}", payload


def _letter(
    ctx: Context, kind: CourtMessage, ref: str, business_key: str, payload: dict[str, object], *, seq: int
) -> Envelope:
    now = ctx.clock.now()
    return Envelope(
        message_id=new_message_id(now),
        type=kind.value,
        schema_version=1,
        source="mock-court",
        target_court=cast.YUNXI,
        matter_ref=ref,
        seq=seq,
        occurred_at=now,
        sent_at=now,
        business_key=business_key,
        payload=payload,  # type: ignore[arg-type]  # JSON by construction
    )
