"""What a party asks of whoever presides (当事人申请): another time, or safety mode; nobody else is told."""

from __future__ import annotations

from mediation_server.domain.ids import new_id
from mediation_server.domain.log import EventKind
from mediation_server.domain.session import Participant, SessionEventKind
from mediation_server.domain.sitting import LONGEST_TEXT, RequestKind, SittingRequest
from mediation_server.errors import BadInput, Conflict, TooMany
from mediation_server.rooms.chat import cleaned
from mediation_server.services.auditing import noted
from mediation_server.services.context import Context
from mediation_server.services.throttle import Limit
from mediation_server.store import sessions, sittings

__all__ = ["ask"]

_PER_PERSON = Limit(10, 24 * 60 * 60 * 1000)


async def ask(ctx: Context, who: Participant, kind: RequestKind, text: str) -> SittingRequest:
    """Keep a request for whoever presides over this participant's sitting; the caller knows who they are.

    What is asked for stands in its own table, not in the log: others may read the log one day. A wish for safety mode
    leaves no trace in the log at all. Raises `BadInput` for a text that is missing or too long, `TooMany`,
    `Conflict("session_state")` when the sitting has begun.
    """
    silent = kind is RequestKind.SAFETY and not text.strip()  # nobody has to say why they are afraid
    said = "" if silent else cleaned(text, field="text", longest=LONGEST_TEXT)
    if not ctx.throttle.admit(ctx.clock, f"ask:{who.id}", _PER_PERSON):
        raise TooMany("too_many_requests")
    async with ctx.db.transaction() as tx:
        session = await sessions.locked(tx, who.session_id)
        if kind is RequestKind.ANOTHER_TIME and not session.may(SessionEventKind.RESCHEDULE):
            raise Conflict("session_state", state=session.state.value, event=SessionEventKind.RESCHEDULE.value)
        if not session.is_open:
            raise BadInput("session_over")
        request = SittingRequest(new_id(), session.id, who.id, kind, said, ctx.clock.now())
        await sittings.ask(tx, request)
        if kind is RequestKind.ANOTHER_TIME:
            await noted(ctx, tx, session, EventKind.ANOTHER_TIME_ASKED, who.id, participant=who.id, request=request.id)
    return request
