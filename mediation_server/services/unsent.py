"""Forms that come after their login has ended (未送出的内容): kept for the account they were typed in alone."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_server.domain.tokens import hash_of, is_token
from mediation_server.domain.unsent import UNSENT_LASTS, Unsent
from mediation_server.domain.users import User
from mediation_server.services.context import Context
from mediation_server.store import unsent, users

__all__ = ["drop", "forget", "keep", "mine", "whose"]


async def keep(ctx: Context, token: str, path: str, fields: Mapping[str, str]) -> Unsent | None:
    """Keep a form for whose login this was; what is kept of theirs now. Nothing else follows from a login that is over.

    None where it is nobody's: a login that was ended on purpose, by signing out or by another password, is nobody's any
    more. What was written stays when only a button was pressed after it.
    """
    if not is_token(token):
        return None
    async with ctx.db.transaction() as tx:
        owner = await users.owner_of_login(tx, hash_of(token), locked=True)
        if owner is None:
            return None
        form = Unsent(owner.id, path, dict(fields), ctx.clock.now())
        before = await unsent.of_user(tx, owner.id)
        if before is not None and not before.yields_to(form):
            return before
        await unsent.put(tx, form)
    return form


async def whose(ctx: Context, token: str) -> User | None:
    """Whose login this is or was, to show them the right door; it opens nothing."""
    if not is_token(token):
        return None
    async with ctx.db.reading() as tx:
        return await users.owner_of_login(tx, hash_of(token))


async def mine(ctx: Context, user: User) -> Unsent | None:
    """What somebody has typed and not sent."""
    async with ctx.db.reading() as tx:
        found = await unsent.of_user(tx, user.id)
    return found if found is not None and found.lasts_at(ctx.clock.now()) else None


async def drop(ctx: Context, user: User, mark: str) -> None:
    """The form that `mark` names was sent, or is not wanted any more; any other stays."""
    async with ctx.db.transaction() as tx:
        found = await unsent.of_user(tx, user.id)
        if found is not None and found.mark == mark:
            await unsent.drop(tx, found)


async def forget(ctx: Context) -> int:
    """Forget what nobody came back for; how many."""
    async with ctx.db.transaction() as tx:
        return await unsent.drop_before(tx, ctx.clock.now() - UNSENT_LASTS)
