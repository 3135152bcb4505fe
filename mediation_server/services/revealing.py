"""Showing one person's data whole (查看完整信息): purpose first, then the audit row, then the value; knows no mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import is_id
from mediation_server.domain.masking import Datum
from mediation_server.domain.matter import MatterParty
from mediation_server.domain.revealing import RevealPurpose, may_reveal
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, NotFound, Refused, TooMany
from mediation_server.services.access import claim_of
from mediation_server.services.auditing import audited
from mediation_server.services.context import Context
from mediation_server.services.throttle import Limit
from mediation_server.store import matters

__all__ = ["MOST_REASON", "REVEALABLE", "reveal"]

MOST_REASON = 200
_CREDIT_CODE = "uscc"
_PER_PERSON = Limit(60, 60 * 60 * 1000)

# Where each datum of a party stands. Whoever gives parties another one adds its line here, and nowhere else.
REVEALABLE: Mapping[Datum, Callable[[MatterParty], str]] = MappingProxyType(
    {
        Datum.NAME: lambda party: party.name,
        Datum.PHONE: lambda party: party.phone,
        Datum.IDENTITY: lambda party: "" if party.id_kind == _CREDIT_CODE else party.id_number or "",
        Datum.CREDIT_CODE: lambda party: party.id_number or "" if party.id_kind == _CREDIT_CODE else "",
        Datum.ADDRESS: lambda party: party.address or "",
        Datum.EMAIL: lambda party: party.email or "",
    }
)


async def reveal(
    ctx: Context, user: User, party_id: str, datum: Datum, purpose: RevealPurpose, reason_text: str = ""
) -> str:
    """One whole value of one party, after the audit row for it has been committed; refusals are written down too.

    Raises `NotFound`, `BadInput` for a purpose without its reason, `TooMany`, or `Refused(<basis of the rule>)`.
    """
    reason = _checked(purpose, reason_text)
    if not is_id(party_id) or datum not in REVEALABLE:
        raise NotFound
    if not ctx.throttle.admit(ctx.clock, f"reveal:{user.id}", _PER_PERSON):
        raise TooMany("too_many_reveals")
    async with ctx.db.transaction() as tx:
        party = await matters.party(tx, party_id)
        matter = await matters.matter(tx, party.matter_id)
        decision = may_reveal(claim_of(user, matter), datum)
        await audited(
            ctx,
            tx,
            AuditAction.DATUM_REVEALED,
            actor=user.id,
            about=f"matter:{matter.id}",
            allowed=decision.allowed,
            purpose=purpose.value,
            basis=decision.basis,
            party=party.id,
            datum=datum.value,
            reason=reason,
        )
    if not decision.allowed:
        raise Refused(decision.basis)
    return REVEALABLE[datum](party)


def _checked(purpose: RevealPurpose, reason_text: str) -> str:
    reason = reason_text.strip()
    if purpose is RevealPurpose.OTHER and not reason:
        raise BadInput("reason_required", field="reason")
    if len(reason) > MOST_REASON:
        raise BadInput("reason_too_long", field="reason", limit=MOST_REASON)
    return reason
