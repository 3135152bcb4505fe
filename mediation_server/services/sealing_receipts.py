"""The receipt of a sealed recording (封存回执) as a document, and the question whether a value is of a recording."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Protocol

import segno

from mediation_server.documents.rendering import Document, rendered
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.ids import is_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Recording
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.own_recordings import EvidenceShelf, OwnRecording
from mediation_server.store import recordings

__all__ = ["Sealed", "check_url", "receipt_document", "receipt_pdf", "value_holds"]

_PARAGRAPHS = (
    "上面两个校验值由全部录制内容逐秒计算得出。录音录像、清单或者签名有任何一处改动，校验值都会不同。",
    "请妥善保管本回执。日后对录音录像有疑问的，可以要求用本回执核对：扫码查询，或者用核验程序打开导出的录像。",
    "本回执不含调解内容。背对背调解依规不录制，不在录音录像之内。",
)


class Sealed(Protocol):
    """A sealed recording, and how far its time stamps are."""

    @property
    def recording(self) -> Recording:
        """Which."""
        ...

    @property
    def stamped_at(self) -> datetime | None:
        """When the first trusted time stamp over its end or its manifest came."""
        ...

    @property
    def stamps_waiting(self) -> int:
        """How many have not come yet."""
        ...


def check_url(ctx: Context, one: Sealed) -> str:
    """Where anybody who holds the receipt asks whether it is still of the recording the court keeps."""
    base = (ctx.url or ctx.settings.public_url).rstrip("/")
    return f"{base}/integrity/{one.recording.id}?value={one.recording.manifest_sha256}"


async def receipt_pdf(ctx: Context, shelf: EvidenceShelf, matter: Matter, one: OwnRecording) -> bytes:
    """The receipt to print. Raises `NotFound`, `Unavailable`."""
    return await rendered(*receipt_document(ctx, await shelf.receipt(one.recording), matter, one))


def receipt_document(ctx: Context, signed: bytes, matter: Matter, one: Sealed) -> Document:
    """The receipt in Chinese, which is the wording that counts, of what was `signed` when it was sealed."""
    receipt = json.loads(signed)
    started, sealed = (
        datetime.fromisoformat(receipt[name]).astimezone(SHANGHAI) for name in ("started_at", "sealed_at")
    )
    rows = [
        ("案号或编号", (matter.case_no or matter.ref).replace("(", "（").replace(")", "）")),
        ("开始时间", started.strftime("%Y-%m-%d %H:%M:%S（UTC+8）")),
        ("全程", _length(receipt["total_ms"])),
        ("录制", f"{_length(receipt['recorded_ms'])}，另有{receipt['gaps']}段未录制"),
        ("封存时间", sealed.strftime("%Y-%m-%d %H:%M:%S（UTC+8）")),
        ("可信时间戳", _stamped(one)),
        ("签名密钥", receipt["key"]),
    ]
    values = [("完整性校验值", _groups(receipt["manifest_sha256"])), ("取证总校验值", _groups(receipt["root"]))]
    qr = io.BytesIO()
    segno.make_qr(check_url(ctx, one), error="m").save(qr, kind="svg", border=2, xmldecl=False)
    data = {
        "number": one.recording.id,
        "court": matter.court,
        "rows": rows,
        "values": values,
        "qr": qr.getvalue().decode(),
        "day": f"{sealed.year}年{sealed.month}月{sealed.day}日",
        "paragraphs": _PARAGRAPHS,
    }
    return Document("recording_receipt", data, sealed)


async def value_holds(ctx: Context, recording_id: str, value: str) -> bool | None:
    """Whether a value on a receipt is of this recording as it is kept now; None while it is not sealed.

    Asked by whoever holds the receipt, so it tells nothing else. Raises `NotFound` for an unknown recording.
    """
    if not is_id(recording_id):
        raise NotFound("recording_not_found")
    async with ctx.db.reading() as tx:
        known = await recordings.recording(tx, recording_id)
    if known.manifest_sha256 is None:
        return None
    return value.lower().replace(" ", "") in {known.manifest_sha256, known.root}


def _stamped(one: Sealed) -> str:
    if one.stamped_at is not None:
        return one.stamped_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S（UTC+8）")
    return "等待时间戳服务机构答复" if one.stamps_waiting else "无"


def _length(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"


def _groups(value: str) -> str:
    """Hexadecimal in groups of eight, so that two people can read it to each other."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))
