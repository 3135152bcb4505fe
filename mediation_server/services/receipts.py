"""The receipt of an application (收件回执) and where its matter stands, asked by number without an account.

Wrong tries are counted in the database: a restart, or another process, forgives nobody.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import segno

from mediation_server.documents.rendering import Document, rendered
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.checks.money import capitals, plain_amount
from mediation_server.domain.checks.texts import compact
from mediation_server.domain.checks.together import Together
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.people import Side
from mediation_server.domain.receipt import is_receipt_of, receipt_number, ref_of
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound, TooMany
from mediation_server.services.applying import application_page
from mediation_server.services.context import Context
from mediation_server.store import applications, attempts, matters, users
from mediation_server.store.database import Tx

__all__ = [
    "MatterStatus",
    "Receipt",
    "forget_attempts",
    "receipt_document",
    "receipt_in",
    "receipt_of",
    "receipt_pdf",
    "status_of",
    "status_url",
]

_MINUTES = 15
_WINDOW = timedelta(minutes=_MINUTES)
_WRONG_PER_NUMBER = 3
_WRONG_PER_ADDRESS = 30  # a service hall may share one
_DIGITS, _MOST_NUMBER = 4, 40
_PARAGRAPHS = (
    "已收到您的调解申请。诉讼时效自上述收到时间起中断（民法典第一百九十五条，诉讼时效规定第十二条）。",
    "材料需要补正的，时效中断的时间不变。",
    "接下来由立案人员审核。需要补充的，会一次告知；适合调解的，会征询对方的意愿；不予受理的，会说明理由和其他途径。",
    "凭回执号和申请人手机号后四位，可以随时查询办到哪一步。求助电话：12368。",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was received when: `submitted_at` is the instant that counts for the limitation period."""

    application_id: str
    matter: Matter
    applicants: tuple[MatterParty, ...]
    others: tuple[MatterParty, ...]
    submitted_at: datetime
    helper: User | None

    @property
    def number(self) -> str:
        """What stands on it."""
        return receipt_number(self.matter)


@dataclass(frozen=True, slots=True)
class MatterStatus:
    """Where a matter stands, for whoever holds its number: no name, no cause, no court's file."""

    number: str
    state: MatterState
    submitted_at: datetime | None
    due: date | None


async def receipt_of(ctx: Context, user: User, application_id: str) -> Receipt:
    """The receipt for whoever applied or helped. Raises `NotFound`, also before anything was submitted."""
    page = await application_page(ctx, user, application_id)
    if page.matter is None:
        raise NotFound
    async with ctx.db.reading() as tx:
        found = await receipt_in(tx, page.matter)
    if found is None:
        raise NotFound
    return found


async def receipt_in(tx: Tx, matter: Matter) -> Receipt | None:
    """The receipt of a matter; None for one that came another way. Whoever calls knows that it may be read."""
    record = await applications.of_matter(tx, matter.id)
    if record is None or record.submitted_at is None:
        return None
    parties = await matters.parties_of(tx, matter.id)
    helpers = await users.users_named(tx, [record.helped_by] if record.helped_by else [])
    return Receipt(
        application_id=record.id,
        matter=matter,
        applicants=tuple(each for each in parties if each.side is Side.APPLICANT),
        others=tuple(each for each in parties if each.side is not Side.APPLICANT),
        submitted_at=matter.submitted_at or record.submitted_at,
        helper=helpers.get(record.helped_by or ""),
    )


def status_url(ctx: Context, receipt: Receipt) -> str:
    """Where anybody who holds the receipt asks how far the matter is; the phone's digits are not in it."""
    return f"{(ctx.url or ctx.settings.public_url).rstrip('/')}/status?number={receipt.number}"


async def receipt_pdf(ctx: Context, receipt: Receipt) -> bytes:
    """The receipt to print. Raises `Unavailable`."""
    return await rendered(*receipt_document(ctx, receipt))


def receipt_document(ctx: Context, receipt: Receipt) -> Document:
    """The receipt in Chinese, which is the wording that counts."""
    at, matter = receipt.submitted_at.astimezone(SHANGHAI), receipt.matter
    rows = [
        ("回执号", receipt.number),
        ("收到时间", at.strftime("%Y-%m-%d %H:%M:%S（UTC+8）")),
        ("申请人", "、".join(each.name for each in receipt.applicants)),
        ("对方", "、".join(each.name for each in receipt.others)),
        ("案由", matter.cause),
    ]
    if matter.claim_fen is not None:
        rows.append(("请求金额", f"{plain_amount(matter.claim_fen)}元（{capitals(matter.claim_fen)}）"))
    if receipt.helper:
        rows.append(("代为填写", receipt.helper.name))
    qr = io.BytesIO()
    segno.make_qr(status_url(ctx, receipt), error="m").save(qr, kind="svg", border=2, xmldecl=False)
    data = {"number": receipt.number, "court": matter.court, "rows": rows, "qr": qr.getvalue().decode()}
    day = f"{at.year}年{at.month}月{at.day}日"
    return Document("receipt", {**data, "day": day, "paragraphs": _PARAGRAPHS}, at)


async def status_of(ctx: Context, number: str, digits: str, address: str = "") -> MatterStatus:
    """Where a matter stands, by the number of its receipt and the last four digits of an applicant's phone.

    Raises `BadInput("required")`; `BadInput("status_unknown")` for everything wrong alike, and after three wrong tries
    for a number `TooMany("status_locked")` for a quarter of an hour, whether there is such a number or not.
    """
    with Together() as checked:
        wanted, last = checked(_given, number, "number"), checked(_given, digits, "digits")
    wanted = wanted.upper()[:_MOST_NUMBER]
    now, limits = ctx.clock.now(), {f"number {wanted}": _WRONG_PER_NUMBER, f"address {address}": _WRONG_PER_ADDRESS}
    keys = {_hashed(each): limit for each, limit in limits.items()}
    async with ctx.db.transaction() as tx:
        locked = [key for key, limit in keys.items() if await attempts.count(tx, key, now, _WINDOW) > limit]
        found = None if locked else await _asked(tx, wanted, last)
        for key in keys if found else ():
            await attempts.forgive(tx, key)
    if locked:
        raise TooMany("status_locked", minutes=_MINUTES)
    if found is None:
        raise BadInput("status_unknown", field="number")
    return MatterStatus(receipt_number(found), found.state, found.submitted_at, found.next_due)


def _given(text: str, field: str) -> str:
    given = compact(text, field=field)
    if not given:
        raise BadInput("required", field=field)
    return given


async def forget_attempts(ctx: Context) -> None:
    """Forget wrong tries that count no more."""
    async with ctx.db.transaction() as tx:
        await attempts.forget_before(tx, ctx.clock.now() - _WINDOW)


async def _asked(tx: Tx, number: str, digits: str) -> Matter | None:
    matter = await matters.by_ref(tx, ref_of(number))
    if matter is None or not is_receipt_of(matter, number):
        return None
    phones = [each.phone for each in await matters.parties_of(tx, matter.id) if each.side is Side.APPLICANT]
    return matter if len(digits) == _DIGITS and any(each.endswith(digits) for each in phones) else None


def _hashed(key: str) -> str:
    """Neither a number nor an address is kept to be read."""
    return hashlib.sha256(f"status {key}".encode()).hexdigest()
