"""Materials as pages show them: which state looks how, sizes in words, whom an item may go to; pure."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.material import Material, MaterialState, opinion_wanted
from mediation_server.domain.people import Side
from mediation_server.services.materials import Item, MaterialsPage

__all__ = ["Shelves", "badge_of", "megabytes", "open_sides", "shelves_of"]

_BADGES = {
    MaterialState.DRAFT: "",
    MaterialState.SUBMITTED: "brand",
    MaterialState.RETURNED: "amber",
    MaterialState.WITHDRAWN: "",
    MaterialState.RELAYED: "jade",
}
_HIDDEN = (MaterialState.DRAFT, MaterialState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Shelves:
    """A matter's items by what there is to do with them."""

    mine: tuple[Item, ...]
    theirs: tuple[Item, ...]
    presiders: tuple[Item, ...]
    inbox: tuple[Item, ...]
    kept: tuple[Item, ...]
    sides: dict[Side, tuple[Item, ...]]
    to_answer: frozenset[str]


def badge_of(material: Material) -> str:
    """The colour of a state; what is for one person alone has the colour of what is private."""
    apart = material.for_party_id is not None or (material.is_kept and material.state is MaterialState.SUBMITTED)
    return "plum" if apart else _BADGES[material.state]


def megabytes(size: int) -> str:
    """A size in MiB with one decimal, at least 0.1."""
    return f"{max(0.1, size / (1 << 20)):.1f}"


def open_sides(page: MaterialsPage, material: Material) -> tuple[Side, ...]:
    """The sides named in the matter to which an item could still go; an attachment goes with its entry alone."""
    if material.writing_id is not None:
        return ()
    named = {each.side for each in page.parties} - {material.side, Side.NEUTRAL, *material.relayed_to}
    return tuple(side for side in Side if side in named)


def shelves_of(page: MaterialsPage) -> Shelves:
    """The items of a matter, sorted for whoever looks."""
    me = page.me
    mine = tuple(each for each in page.items if me and each.material.party_id == me.id)
    others = tuple(each for each in page.items if not (me and each.material.party_id == me.id))
    handed_in = tuple(each for each in others if each.material.state not in _HIDDEN)
    new = tuple(each for each in handed_in if each.material.state is MaterialState.SUBMITTED)
    answered = {each.material.id for each in page.items for said in each.opinions if me and said.party_id == me.id}
    asked = {each.material.id for each in page.items if me and opinion_wanted(each.material, page.reader)}
    sides = {side: tuple(each for each in handed_in if each.material.side is side) for side in Side}
    return Shelves(
        mine=mine,
        theirs=tuple(each for each in handed_in if me and each.material.side not in (me.side, Side.NEUTRAL)),
        presiders=tuple(each for each in handed_in if me and each.material.side is Side.NEUTRAL),
        inbox=tuple(each for each in new if not each.material.is_kept),
        kept=tuple(each for each in new if each.material.is_kept),
        sides={side: items for side, items in sides.items() if items},
        to_answer=frozenset(asked - answered),
    )
