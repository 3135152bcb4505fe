"""Showing materials in the room (出示证据): everybody in a place sees the same page and the same pointer."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.ids import is_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.material import Material, MaterialFile, Reader, may_see
from mediation_server.domain.material_pages import page_count, pages_of
from mediation_server.domain.people import Permission, Side
from mediation_server.domain.session import Participant, SessionKind
from mediation_server.errors import BadInput, Conflict, NotFound, Refused
from mediation_server.rooms.decision import Decision, Draft, Scene, permitted
from mediation_server.rooms.documents import Shown
from mediation_server.rooms.room import Room
from mediation_server.rooms.state import Place, RoomState
from mediation_server.rooms.visibility import in_one_place
from mediation_server.services.acting import act
from mediation_server.services.context import Context
from mediation_server.services.materials import Opened, opened_page
from mediation_server.store import materials

__all__ = ["Showable", "ShownItem", "hide", "open_shown_page", "point", "show", "showable", "shown_to", "turn"]


@dataclass(frozen=True, slots=True)
class Showable:
    """One item that may be shown where the presider is now."""

    material: Material
    pages: int


@dataclass(frozen=True, slots=True)
class ShownItem:
    """What is shown to somebody, with its name, and how each of its pages is shown (`image`, `text`, …, or `none`)."""

    material: Material
    shapes: tuple[str, ...]


async def show(ctx: Context, room: Room, actor: str, document: str) -> None:
    """Show an item to everybody in the presider's place, in place of what was shown there.

    Raises `Refused("not_permitted")`, `NotFound`, `Conflict("not_in_room")` outside both rooms, and
    `Refused("document_not_relayed")` when somebody who belongs to this place may not see it yet.
    """
    material, files = await _read(ctx, room, document)

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SHOW_DOCUMENT)
        _in_room(scene)
        if not _for_all(room, scene.state, actor, material):
            raise Refused("document_not_relayed", field="document")
        said = {"document": material.id, "pages": page_count(files), **_caucus(scene)}
        return Decision((Draft(EventKind.DOCUMENT_SHOWN, said),))

    await act(ctx, room, actor, rule)


async def hide(ctx: Context, room: Room, actor: str) -> None:
    """Show nothing any more. Raises `Refused("not_permitted")`, `Conflict("not_in_room")`; without effect twice."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SHOW_DOCUMENT)
        _in_room(scene)
        shown = _shown(scene.state, actor)
        return Decision((Draft(EventKind.DOCUMENT_HIDDEN, _caucus(scene)),) if shown else ())

    await act(ctx, room, actor, rule)


async def turn(ctx: Context, room: Room, actor: str, page: int) -> None:
    """Turn to a page, for everybody. Raises `Refused`, `Conflict("nothing_shown")`, `BadInput` beyond the last one."""

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.SHOW_DOCUMENT)
        shown = _shown(scene.state, actor)
        if shown is None:
            raise Conflict("nothing_shown")
        if page > shown.pages:
            raise BadInput("number_range", field="page", least=1, most=shown.pages)
        if page == shown.page:
            return Decision(())
        return Decision((Draft(EventKind.PAGE_TURNED, {"page": page, **_caucus(scene)}),))

    await act(ctx, room, actor, rule)


async def point(room: Room, actor: str, x: float | None, y: float | None) -> None:
    """Move the pointer for everybody else who sees the page; it is kept nowhere.

    Raises `Refused("not_permitted")`, `Conflict("nothing_shown")`.
    """
    if Permission.SHOW_DOCUMENT not in permitted(room.state, actor):
        raise Refused("not_permitted")
    if _shown(room.state, actor) is None:
        raise Conflict("nothing_shown")
    for participant, link in room.links.all():
        if in_one_place(room.state, actor, participant):
            await room.links.emit(link, "pointer", {"x": x, "y": y})


async def showable(ctx: Context, room: Room, actor: str) -> list[Showable]:
    """What could be shown where the presider is now. Raises `Refused("not_permitted")` to anybody else."""
    if Permission.SHOW_DOCUMENT not in permitted(room.state, actor):
        raise Refused("not_permitted")
    async with ctx.db.reading() as tx:
        known = await materials.materials_of(tx, room.setting.matter.id)
        found = [each for each in known if _for_all(room, room.state, actor, each)]
        files = await materials.files_of_all(tx, [each.id for each in found])
    counted = {each.id: page_count(file for file in files if file.material_id == each.id) for each in found}
    return [Showable(each, counted[each.id]) for each in found if counted[each.id]]


async def shown_to(ctx: Context, seat: Participant) -> ShownItem:
    """The item shown where this person sits now. Raises `NotFound` when there is none, or they may not see it."""
    material, files = await _before(ctx, seat)
    return ShownItem(material, tuple(each.shape.value if each.is_shown else "none" for each in pages_of(files)))


async def open_shown_page(ctx: Context, seat: Participant, document: str, page: int) -> Opened:
    """One page of it; asked for anew at every request. Raises `NotFound`, also for what was shown before."""
    material, files = await _before(ctx, seat)
    if material.id != document:
        raise NotFound
    return await opened_page(ctx, material, files, page)


async def _before(ctx: Context, seat: Participant) -> tuple[Material, list[MaterialFile]]:
    room = ctx.rooms.find(seat.session_id)
    shown = _shown(room.state, seat.id) if room else None
    if room is None or shown is None:
        raise NotFound
    material, files = await _read(ctx, room, shown.document)
    if not may_see(material, _reader(room, seat)):
        raise NotFound
    return material, files


async def _read(ctx: Context, room: Room, document: str) -> tuple[Material, list[MaterialFile]]:
    if not is_id(document):
        raise NotFound
    async with ctx.db.reading() as tx:
        material = await materials.material(tx, document)
        if material.matter_id != room.setting.matter.id:
            raise NotFound
        return material, await materials.files_of(tx, material.id)


def _shown(state: RoomState, participant: str) -> Shown | None:
    seat = state.seats.get(participant)
    place = seat.place if seat else Place.OUTSIDE
    return {Place.MAIN: state.documents.joint, Place.CAUCUS: state.documents.caucus}.get(place)


def _in_room(scene: Scene) -> None:
    if not scene.me.place.carries_media:
        raise Conflict("not_in_room")


def _caucus(scene: Scene) -> dict[str, object]:
    return {"caucus": scene.state.caucus_id} if scene.me.place is Place.CAUCUS else {}


def _for_all(room: Room, state: RoomState, actor: str, material: Material) -> bool:
    """Whether everybody who belongs to the actor's place may see it: whoever comes late sees the same page."""
    in_caucus = state.seats[actor].place is Place.CAUCUS
    everybody = [each.participant for each in state.seats.values()]
    if in_caucus:
        everybody = [each for each in everybody if each.side.value in (state.caucus_side, Side.NEUTRAL.value)]
    return all(may_see(material, _reader(room, each)) for each in everybody)


def _reader(room: Room, seat: Participant) -> Reader:
    """Somebody at the table as `domain.material` knows them; in a court's own review nobody mediates."""
    if seat.side is not Side.NEUTRAL:
        return Reader("", side=seat.side, party=seat.party_id)
    mediating = room.session.kind in (SessionKind.MEDIATION, SessionKind.PREP)
    return Reader(seat.user_id or "", team=mediating, court=not mediating)
