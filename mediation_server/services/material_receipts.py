"""The receipt of materials (材料接收回执) as a document: for whoever handed an item in, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.documents.rendering import Document, rendered
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.material import Material, MaterialFile, MaterialKind
from mediation_server.domain.matter import Matter
from mediation_server.domain.people import Side
from mediation_server.domain.users import User
from mediation_server.errors import NotFound
from mediation_server.services.context import Context
from mediation_server.services.materials import ItemPage, item_page

__all__ = ["handed_in_by", "material_receipt_document", "material_receipt_pdf", "number_of"]

_LETTERS = {Side.APPLICANT: "A", Side.RESPONDENT: "B", Side.THIRD: "C"}
_KINDS = {
    MaterialKind.EVIDENCE: "证据材料",
    MaterialKind.IDENTITY: "身份证明",
    MaterialKind.POA: "授权委托书",
    MaterialKind.OTHER: "其他材料",
}
_PARAGRAPHS = (
    "已收到上列材料。每个文件的SHA-256由收到的原始文件算出，文件有任何改动，这个数值就不同，可以据此核对。",
    "材料先由调解员查看；转给对方之前，对方看不到。标为“只给调解员看”的，没有您的同意不会转给对方。",
)
_MIB = 1 << 20


async def handed_in_by(ctx: Context, user: User, matter_id: str, material_id: str) -> ItemPage:
    """An item for the receipt of whoever handed it in. Raises `NotFound`, also before it was handed in."""
    found = await item_page(ctx, user, matter_id, material_id)
    page, material = found.page, found.item.material
    owner = page.reader.agent is not None or (page.me is not None and page.me.id == material.party_id)
    if not owner or material.submitted_at is None:
        raise NotFound
    return found


def number_of(found: ItemPage) -> str:
    """The number of the receipt: the matter's, the side's letter, the item's."""
    return _number(found.page.matter, found.item.material)


def _number(matter: Matter, material: Material) -> str:
    return f"{matter.ref}-{_LETTERS[material.side]}{material.number or 0:02}"


async def material_receipt_pdf(found: ItemPage) -> bytes:
    """The receipt to print. Raises `Unavailable("document_unavailable")`."""
    matter, material = found.page.matter, found.item.material
    owner = found.page.owner(material)
    if owner is None:
        raise NotFound
    return await rendered(*material_receipt_document(matter, material, owner.name, found.item.files))


def material_receipt_document(matter: Matter, material: Material, name: str, held: Sequence[MaterialFile]) -> Document:
    """The receipt of an item with its files, handed in by somebody of this name. Raises `NotFound` before it was."""
    if material.submitted_at is None:
        raise NotFound
    at = material.submitted_at.astimezone(SHANGHAI)
    rows = [
        ("回执号", _number(matter, material)),
        ("收到时间", at.strftime("%Y-%m-%d %H:%M:%S（UTC+8）")),
        ("事项编号", matter.ref),
        *([("案号", matter.case_no)] if matter.case_no else []),
        ("提交人", name),
        ("材料名称", material.title),
        ("种类", _KINDS[material.kind]),
        *([("证明什么", material.proves)] if material.proves else []),
        *([("给谁看", "只给调解员看")] if material.is_kept else []),
    ]
    files = [(n, f"{each.bytes / _MIB:.2f} MiB", each.sha256) for n, each in enumerate(held, start=1)]
    data = {"number": _number(matter, material), "court": matter.court, "rows": rows, "files": files}
    day = f"{at.year}年{at.month}月{at.day}日"
    return Document("material_receipt", {**data, "day": day, "paragraphs": _PARAGRAPHS}, at)
