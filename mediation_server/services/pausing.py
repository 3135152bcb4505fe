"""Stretches in which a period does not run (期限中止): an appraisal, force majeure, a suspicion of sham mediation."""

from __future__ import annotations

from collections.abc import Sequence

from mediation_server.domain.calendar import local_date
from mediation_server.domain.checks.causes import CauseFlag, cause_named
from mediation_server.domain.checks.texts import bounded
from mediation_server.domain.checks.texts import reason as reason_of
from mediation_server.domain.checks.together import Together
from mediation_server.domain.lifecycle import Actor, Capacity, Command, CommandKind
from mediation_server.domain.matter import Matter, Track
from mediation_server.domain.people import Role
from mediation_server.domain.users import User
from mediation_server.errors import BadInput, Refused
from mediation_server.services.access import readable_matter, worked_matter
from mediation_server.services.context import Context
from mediation_server.services.procedure import Acted, act_on_matter

__all__ = ["MOST_REASON", "STOPS", "find_sham", "resume", "stop"]

MOST_REASON = 500
_FILED = (Track.POSTFILING_ENTRUSTED, Track.COURT_LED)
STOPS = {
    "appraisal": CommandKind.START_APPRAISAL,
    "force_majeure": CommandKind.FORCE_MAJEURE,
    "false_mediation": CommandKind.SUSPECT_FALSE_MEDIATION,
}


async def stop(ctx: Context, user: User, matter_id: str, cause: str, reason: str, agreed: Sequence[str] = ()) -> Acted:
    """Let the period stand still; `agreed` are the parties who agreed to an appraisal, and all of them are needed.

    Why is told to parties for an appraisal only. Raises `NotFound`, `BadInput` for cause or reason,
    `Refused("appraisal_unfit")` where nothing is appraised before filing (鉴定规程 art. 3), and like `act_on_matter`.
    """
    with Together() as checked:
        reason = checked(bounded, reason.strip(), field="reason", most=MOST_REASON)
        if cause not in STOPS:
            raise BadInput("stop_cause_required", field="cause")
    async with ctx.db.reading() as tx:
        found = await worked_matter(tx, user, matter_id)
    said: dict[str, object] = {"reason": reason}
    if cause == "appraisal":
        if not _can_be_appraised(found.matter):
            raise Refused("appraisal_unfit", field="cause")
        said["consents"] = sorted(set(agreed))
    return await act_on_matter(ctx, found.actor, matter_id, Command(STOPS[cause], said))


async def resume(ctx: Context, user: User, matter_id: str) -> Acted:
    """Let the period run on with the days that were left. Raises `NotFound`, `Conflict("matter_state")`."""
    async with ctx.db.reading() as tx:
        found = await worked_matter(tx, user, matter_id)
    return await act_on_matter(ctx, found.actor, matter_id, Command(CommandKind.RESUME))


async def find_sham(ctx: Context, user: User, matter_id: str, reason: str) -> Acted:
    """End what proved to be a sham (虚假调解); the file goes to the court. Its filing staff or the judge of the case.

    Raises `NotFound`, `BadInput` for the reason, `Conflict("not_suspected")`, `Conflict("matter_state")`.
    """
    words = reason_of(reason)
    async with ctx.db.reading() as tx:
        judges = user.role is Role.JUDGE and user.id == (await readable_matter(tx, user, matter_id)).judge_id
        who = Actor(user.id, Capacity.JUDGE) if judges else (await worked_matter(tx, user, matter_id)).actor
    return await act_on_matter(ctx, who, matter_id, Command(CommandKind.FIND_FALSE_MEDIATION, {"reason": words}))


def _can_be_appraised(matter: Matter) -> bool:
    """Before filing only what the list names; a cause that no list of that day knows is left to the court."""
    if matter.track in _FILED:
        return True
    try:
        return CauseFlag.APPRAISAL in cause_named(matter.cause, local_date(matter.created_at)).flags
    except BadInput:
        return True
