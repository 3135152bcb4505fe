"""What an applicant wrote (申请内容), as others of the matter read it: facts, claim, agents; nobody's phone."""

from __future__ import annotations

from dataclasses import dataclass

from mediation_server.domain.application_checks import application_of
from mediation_server.domain.calendar import local_date
from mediation_server.domain.matter import Matter, MatterParty, MatterState
from mediation_server.domain.party_agent import PartyAgent
from mediation_server.domain.people import Side
from mediation_server.domain.safety import shown_to
from mediation_server.domain.users import User
from mediation_server.errors import BadInput
from mediation_server.services.access import own_matter
from mediation_server.services.context import Context
from mediation_server.store import applications, matters
from mediation_server.store.database import Tx

__all__ = ["OwnApplication", "Written", "own_application", "written_of"]


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in an application; `award`: the number of the labour arbitration award."""

    facts: str
    claim: str
    claim_fen: int | None
    award: str | None
    agents: tuple[PartyAgent, ...]


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """The application of a matter for one of its parties; `application_id` only for an applicant, who may open it."""

    matter: Matter
    me: MatterParty
    parties: tuple[MatterParty, ...]
    written: Written | None
    application_id: str | None


async def written_of(tx: Tx, matter: Matter) -> Written | None:
    """What was handed in; None for a matter that came another way, and while the applicant is completing it."""
    record = await applications.of_matter(tx, matter.id)
    if record is None or record.submitted_at is None or matter.state is MatterState.SUPPLEMENT:
        return None
    try:
        found = application_of(record.draft, local_date(record.submitted_at))
    except BadInput:  # the checks have become stricter since
        return None
    return Written(found.facts, found.claim, found.claim_fen, found.award, found.agents)


async def own_application(ctx: Context, user: User, matter_id: str) -> OwnApplication:
    """What a matter is about, for one of its parties. Raises `NotFound`."""
    async with ctx.db.reading() as tx:
        matter, me, _ = await own_matter(tx, user, matter_id)
        record = await applications.of_matter(tx, matter.id)
        applies = me.side is Side.APPLICANT
        told = applies or not matter.safety  # what somebody tells of themselves says who and where they are
        return OwnApplication(
            matter=matter,
            me=me,
            parties=shown_to(await matters.parties_of(tx, matter_id), me.side, safety=matter.safety),
            written=await written_of(tx, matter) if told else None,
            application_id=record.id if record and applies else None,
        )
