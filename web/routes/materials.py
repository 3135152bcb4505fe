"""The pages of a matter's materials: list, one item, receipt, catalogue; the same for a party and for staff."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from mediation_server.domain.material_types import Shape
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import MediationError, NotFound
from mediation_server.services import material_receipts, materials
from mediation_server.services.materials import ItemPage
from web.app_keys import CONTEXT
from web.identity import signed_in
from web.redirect import see_other
from web.render import beside, render, translator
from web.views.materials import badge_of, megabytes, open_sides, shelves_of

__all__ = ["BASE", "ITEM", "base_of", "item_answer", "reader_of", "routes"]

routes = web.RouteTableDef()
BASE = r"/{desk:my|matters}/{matter_id}/materials"
ITEM = BASE + r"/{material_id:[0-9a-hjkmnp-tv-z]{26}}"
_MOST_TEXT_PAGES = 30


async def reader_of(request: web.Request) -> User:
    """Who looks: parties under /my, everybody else under /matters. Raises `NotSignedIn`, `NotFound`."""
    user = await signed_in(request)
    if (user.role is Role.PARTY) is not (_desk(request) == "my"):
        raise NotFound
    return user


def base_of(request: web.Request) -> str:
    """Where the materials of this matter are for whoever asks."""
    return f"/{_desk(request)}/{request.match_info['matter_id']}/materials"


def _desk(request: web.Request) -> str:
    """On which side of the desk: `my` or `matters`."""
    return request.path.split("/")[1]


@routes.get("/my/{matter_id}/materials")
@routes.get("/matters/{matter_id}/materials")
async def overview(request: web.Request) -> web.StreamResponse:
    """What there is, and what there is to do with it."""
    user = await reader_of(request)
    page = await materials.materials_page(request.config_dict[CONTEXT], user, request.match_info["matter_id"])
    if page.reader.agent is not None:
        return see_other(f"/my/agencies/{page.reader.agent}")
    return _page(request, user, "materials.html", page=page, shelves=shelves_of(page))


@routes.get(BASE + "/catalogue")
async def catalogue(request: web.Request) -> web.StreamResponse:
    """证据目录, as it can be printed."""
    user = await reader_of(request)
    page = await materials.materials_page(request.config_dict[CONTEXT], user, request.match_info["matter_id"])
    return _page(request, user, "material_catalogue.html", page=page, catalogue=page.catalogue)


@routes.get(ITEM)
async def item(request: web.Request) -> web.StreamResponse:
    """One item: to be put together, or to be looked at."""
    return await item_answer(request, await reader_of(request), chosen={"kept": request.query.get("kept", "")})


@routes.get(ITEM + "/receipt")
async def receipt(request: web.Request) -> web.StreamResponse:
    """That something was handed in, when, and by which hash it is known; for whoever handed it in."""
    user = await reader_of(request)
    found = await _handed_in(request, user)
    return _page(
        request,
        user,
        "material_receipt.html",
        found=found,
        page=found.page,
        item=found.item,
        number=material_receipts.number_of(found),
    )


@routes.get(ITEM + "/receipt.pdf")
async def receipt_pdf(request: web.Request) -> web.StreamResponse:
    """The same as a document to keep or print."""
    found = await _handed_in(request, await reader_of(request))
    name = f"receipt-{material_receipts.number_of(found)}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = await material_receipts.material_receipt_pdf(found)
    return web.Response(body=body, content_type="application/pdf", headers=headers)


async def item_answer(
    request: web.Request,
    user: User,
    *,
    chosen: Mapping[str, str] | None = None,
    refusal: MediationError | None = None,
) -> web.Response:
    """The page of an item, with what was typed and what is wrong with it; `chosen` are fields of its forms."""
    found = await _found(request, user)
    errors = beside(request, refusal)
    material = found.item.material
    written = {"title": material.title, "proves": material.proves, "kind": material.kind.value, "reason": ""}
    if material.kept or material.submitted_at:
        written["kept"] = "yes" if material.kept else "no"
    values = {"kept": "", **written, **{key: value for key, value in (chosen or {}).items() if value}}
    return _page(
        request,
        user,
        "material_edit.html" if found.may_edit else "material.html",
        status=refusal.status if refusal else 200,
        found=found,
        page=found.page,
        item=found.item,
        values=values,
        errors=errors,
        sides=open_sides(found.page, material),
        texts={} if found.may_edit else await _texts(request, user, found),
    )


async def _handed_in(request: web.Request, user: User) -> ItemPage:
    ctx, match = request.config_dict[CONTEXT], request.match_info
    return await material_receipts.handed_in_by(ctx, user, match["matter_id"], match["material_id"])


async def _found(request: web.Request, user: User) -> ItemPage:
    ctx, match = request.config_dict[CONTEXT], request.match_info
    return await materials.item_page(ctx, user, match["matter_id"], match["material_id"])


async def _texts(request: web.Request, user: User, found: ItemPage) -> dict[int, str]:
    """The words on pages that are texts, to stand in the page itself."""
    ctx, match, texts = request.config_dict[CONTEXT], request.match_info, {}
    wanted = [each.number for each in found.item.pages if each.shape is Shape.TEXT and each.is_shown]
    for number in wanted[:_MOST_TEXT_PAGES]:
        opened = await materials.open_page(ctx, user, match["matter_id"], match["material_id"], number)
        with opened.stream:
            texts[number] = (await asyncio.to_thread(opened.stream.read)).decode()
    return texts


def _page(request: web.Request, user: User, template: str, *, status: int = 200, **values: object) -> web.Response:
    page, tr = values["page"], translator(request)
    assert isinstance(page, materials.MaterialsPage)  # noqa: S101 - every caller gives one
    return render(
        request,
        template,
        status=status,
        user=user,
        nav="my" if _desk(request) == "my" else "",
        court=tr.pick(page.matter.court, page.matter.court_en),
        base=base_of(request),
        badge_of=badge_of,
        megabytes=megabytes,
        limits=request.config_dict[CONTEXT].settings,
        **values,
    )
