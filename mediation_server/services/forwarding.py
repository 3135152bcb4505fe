"""Passing materials on (材料收转): relayed to the other side, sent back, or kept for the mediator."""

from __future__ import annotations

from collections.abc import Iterable

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.material import MOST_REASON, Material, MaterialFile, require_scanned
from mediation_server.domain.matter import Matter, MatterParty
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.people import Side
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, MediationError, Refused
from mediation_server.rooms.chat import cleaned
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking, mediating, recorded, seen
from mediation_server.services.posting import deliver, post
from mediation_server.services.procedure import act_in
from mediation_server.store import materials, matters
from mediation_server.store.database import Tx

__all__ = ["hold", "relay", "send_back"]


async def relay(ctx: Context, user: User, matter_id: str, material_id: str, to: Iterable[Side]) -> Material:
    """Show an item to other sides (转对方): the matter's log has its id and hashes, they get a message without content.

    Raises `NotFound`, `Refused("material_kept")` without its party's yes, `Refused("material_not_for_others")`,
    `Refused("material_unscanned")` and `Refused("material_infected")` where a virus scanner is set up,
    `BadInput("relay_side")`, `Conflict("material_state")`. A refusal is written down.
    """
    sides = tuple(to)
    try:
        async with ctx.db.transaction() as tx:
            found, material = await _before(tx, user, matter_id, material_id)
            _by_itself(ctx, material, await materials.files_of(tx, material.id))
            at = ctx.clock.now()
            new = set(sides) - set(material.relayed_to)
            material = material.relayed(at, user.id, sides)
            await materials.save(tx, material)
            hashes = [each.sha256 for each in await materials.files_of(tx, material.id)]
            said = {"material": material.id, "to": [each.value for each in material.relayed_to], "files": hashes}
            await act_in(tx, _actor(user, found), matter_id, Command(CommandKind.RELAY_MATERIAL, said), at=at)
            await recorded(ctx, tx, user, AuditAction.MATERIAL_RELAYED, material, said)
            told = [each for each in await matters.parties_of(tx, matter_id) if each.side in new]
            await post(tx, [_letter(ctx, found.matter, each) for each in told])
    except Refused as refusal:
        await _refused(ctx, user, matter_id, material_id, refusal)
        raise
    ctx.outbox_filled.set()
    await deliver(ctx)
    return material


async def send_back(ctx: Context, user: User, matter_id: str, material_id: str, reason_text: str) -> Material:
    """Give an item back to be completed, with the reason. Raises `NotFound`, `BadInput`, `Conflict`."""
    async with ctx.db.transaction() as tx:
        _, material = await _before(tx, user, matter_id, material_id)
        material = material.returned(ctx.clock.now(), _reason(reason_text))
        await materials.save(tx, material)
        await recorded(ctx, tx, user, AuditAction.MATERIAL_RETURNED, material)
    return material


async def hold(ctx: Context, user: User, matter_id: str, material_id: str) -> Material:
    """Keep an item for the mediator alone (仅供调解员); only its party can lift that. Raises `NotFound`, `Conflict`."""
    async with ctx.db.transaction() as tx:
        found, material = await _before(tx, user, matter_id, material_id)
        if not found.reader.team:
            raise Refused("not_permitted")
        material = material.held()
        await materials.save(tx, material)
        await recorded(ctx, tx, user, AuditAction.MATERIAL_HELD, material)
    return material


async def _before(tx: Tx, user: User, matter_id: str, material_id: str) -> tuple[Looking, Material]:
    found = await mediating(tx, user, matter_id)
    await matters.locked(tx, matter_id)
    return found, await seen(tx, found, material_id)


def _by_itself(ctx: Context, material: Material, files: Iterable[MaterialFile]) -> None:
    """Raise `Refused` for what goes with something else, and for files nobody has found to be harmless."""
    if material.writing_id is not None:
        raise Refused("attachment_with_entry")
    require_scanned(files, configured=ctx.settings.scans)


def _actor(user: User, found: Looking) -> Actor:
    return Actor(user.id, Capacity.MEDIATOR if found.reader.team else Capacity.FILING)


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInput("reason_required", field="reason")
    return cleaned(text, field="reason", longest=MOST_REASON)


def _letter(ctx: Context, matter: Matter, party: MatterParty) -> Notice:
    """Says that there is something, and nothing of what it is: a phone is read over shoulders."""
    body = f"【{matter.court}】您的调解事项收到一份对方材料，请登录在线调解室查看。"
    return Notice(new_id(), Channel.SMS, party.phone, "", body, ctx.clock.now())


async def _refused(ctx: Context, user: User, matter_id: str, material_id: str, refusal: MediationError) -> None:
    async with ctx.db.transaction() as tx:
        await audited(
            ctx,
            tx,
            AuditAction.MATERIAL_RELAYED,
            actor=user.id,
            about=f"matter:{matter_id}",
            allowed=False,
            basis=refusal.code,
            material=material_id,
        )
