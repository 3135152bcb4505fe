"""The written explanation of a fault in a recording (情况说明, 录音录像规定 art. 4): drafted here, signed by people.

One for each interruption that nobody meant. What is signed enters the session log, which nobody can change afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation_server.documents.rendering import Document, rendered
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.log import EventKind, SessionEvent
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Gap, GapReason
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Conflict, NotFound
from mediation_server.services.access import presided
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.store import events
from mediation_server.store.database import Tx

__all__ = [
    "LONGEST",
    "Explanation",
    "Explanations",
    "explanation_document",
    "explanation_pdf",
    "explanations",
    "explanations_in",
    "sign",
]

LONGEST = 2000
_UNMEANT = (GapReason.FAULT, GapReason.DISK)
_WHY = {
    "restart": "服务器程序中断后重新启动",
    "media": "音视频服务中断",
    "late": "录制程序启动较晚",
    "network": "网络中断",
    "recording": "录制程序出现故障",
}
_DISK = "存储写入失败"
_UNKNOWN = "录制程序出现故障"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One interruption, with the draft or what was signed of it.

    `number` is that of the log's entry about it: two recordings of a sitting may begin late in the same moment.
    """

    number: int
    gap: Gap
    text: str
    signed_at: datetime | None = None
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Explanations:
    """All of a sitting, in the order of the interruptions."""

    matter: Matter
    session: Session
    found: tuple[Explanation, ...]


async def explanations(ctx: Context, user: User, session_id: str) -> Explanations:
    """The interruptions of a sitting this person presides over. Raises `NotFound` for anybody else's."""
    async with ctx.db.transaction() as tx:
        return await _found(tx, user, session_id)


async def sign(ctx: Context, user: User, session_id: str, number: int, text: str) -> None:
    """Sign the explanation of the interruption that entry `number` of the log tells of.

    Raises `BadInput("required")` or `BadInput("too_long")`, `Conflict("explained_already")`, `NotFound`.
    """
    said = text.strip()
    if not said:
        raise BadInput("required", field="text")
    if len(said) > LONGEST:
        raise BadInput("too_long", field="text", most=LONGEST)
    async with ctx.db.transaction() as tx:
        known = await _found(tx, user, session_id)
        one = _of(known, number)
        if one.signed_at is not None:
            raise Conflict("explained_already")
        gap = one.gap
        about = {"entry": number, "from_ms": gap.from_ms, "to_ms": gap.to_ms, "reason": gap.reason.value}
        await noted(ctx, tx, known.session, EventKind.EXPLAINED, user.id, **about, text=said, name=user.name)


async def explanation_pdf(ctx: Context, user: User, session_id: str, number: int) -> bytes:
    """A signed explanation to file, in Chinese. Raises `NotFound` before it is signed, `Unavailable`."""
    known = await explanations(ctx, user, session_id)
    return await rendered(*explanation_document(known.matter, _of(known, number)))


def explanation_document(matter: Matter, one: Explanation) -> Document:
    """A signed explanation. Raises `NotFound` before it is signed."""
    if one.signed_at is None:
        raise NotFound
    at = one.signed_at.astimezone(SHANGHAI)
    data = {
        "number": _number(matter),
        "court": matter.court,
        "paragraphs": one.text.splitlines(),
        "name": one.signed_by,
        "day": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
    }
    return Document("recording_explanation", data, at)


def _of(known: Explanations, number: int) -> Explanation:
    for each in known.found:
        if each.number == number:
            return each
    raise NotFound


async def _found(tx: Tx, user: User, session_id: str) -> Explanations:
    matter, session = await presided(tx, user, session_id)
    return Explanations(matter, session, explanations_in(matter, session, await events.events_of(tx, session_id)))


def explanations_in(matter: Matter, session: Session, log: Sequence[SessionEvent]) -> tuple[Explanation, ...]:
    """The interruptions that the log of a sitting tells of. Whoever calls knows that they may be read."""
    signed = [each for each in log if each.kind is EventKind.EXPLAINED]
    gaps = [(each.seq, gap) for each in log if (gap := _unmeant(each)) is not None]
    return tuple(_told(matter, session, number, gap, _signed(signed, number, gap)) for number, gap in gaps)


def _signed(signed: Sequence[SessionEvent], number: int, gap: Gap) -> SessionEvent | None:
    """What was signed about it; what was signed before there could be several recordings goes by its time alone."""
    for each in signed:
        said = each.payload
        if said.get("entry") == number or ("entry" not in said and said.get("from_ms") == gap.from_ms):
            return each
    return None


def _unmeant(event: SessionEvent) -> Gap | None:
    """The interruption an event tells of, when nobody meant it."""
    said = event.payload
    if event.kind is not EventKind.RECORDING_GAP or said.get("reason") not in _UNMEANT:
        return None
    from_ms, to_ms = said.get("from_ms"), said.get("to_ms")
    if not isinstance(from_ms, int) or not isinstance(to_ms, int):
        return None
    return Gap(from_ms, to_ms, GapReason(str(said["reason"])), str(said.get("by", "")), str(said.get("cause", "")))


def _told(matter: Matter, session: Session, number: int, gap: Gap, signed: SessionEvent | None) -> Explanation:
    if signed is None:
        return Explanation(number, gap, _draft(matter, session, gap))
    return Explanation(number, gap, str(signed.payload.get("text")), signed.at, str(signed.payload.get("name")))


def _draft(matter: Matter, session: Session, gap: Gap) -> str:
    """What is known of it, as a text to be completed; nothing is claimed that only people can know."""
    start = session.started_at or session.starts_at
    since, until = (_clock(start, ms) for ms in (gap.from_ms, gap.to_ms or gap.from_ms))
    seconds = max(1, round(((gap.to_ms or gap.from_ms) - gap.from_ms) / 1000))
    why = _DISK if gap.reason is GapReason.DISK else _WHY.get(gap.cause, _UNKNOWN)
    day = start.astimezone(SHANGHAI)
    return "\n".join(
        (
            f"{day.year}年{day.month}月{day.day}日，{_number(matter)}在线调解进行中。",
            f"{since}至{until}（约{seconds}秒），因{why}，录音录像中断，这段时间没有录制。",
            "中断前后的录音录像已由系统自动修复并封存，没有删改。",
            "中断期间的情况：（请写明调解是否继续、各方是否知悉）",
        )
    )


def _number(matter: Matter) -> str:
    """As documents print it, with brackets of full width."""
    return (matter.case_no or matter.ref).replace("(", "（").replace(")", "）")


def _clock(start: datetime, ms: int) -> str:
    return (start + timedelta(milliseconds=ms)).astimezone(SHANGHAI).strftime("%H:%M:%S")
