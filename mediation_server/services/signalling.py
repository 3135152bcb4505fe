"""Signals of those who wait outside a caucus (等候中的示意): given, taken back, seen; between giver and presider.

They go into the session log under the id of the caucus, so that whatever reads the log for others leaves them out.
That somebody feels unsafe is told outside the room as well (`help_calls`).
"""

from __future__ import annotations

from mediation_server.domain.log import EventKind
from mediation_server.domain.people import Permission, Side
from mediation_server.domain.signals import Signal
from mediation_server.errors import Conflict
from mediation_server.rooms.decision import Decision, Draft, Scene
from mediation_server.rooms.room import Room
from mediation_server.rooms.signals import is_unseen
from mediation_server.rooms.state import Place
from mediation_server.services.acting import act
from mediation_server.services.context import Context
from mediation_server.services.help_calls import call_help
from mediation_server.store.database import Tx

__all__ = ["see", "signal"]


async def signal(ctx: Context, room: Room, actor: str, what: Signal, *, up: bool) -> None:
    """Tell the presider something with one press, or take it back.

    Raises `Conflict("not_waiting")` for whoever does not wait outside a caucus.
    """

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.RAISE_HAND)
        if scene.me.place is not Place.WAITING or scene.me.participant.side is Side.NEUTRAL:
            raise Conflict("not_waiting")
        if (what in scene.me.signals) is up:
            return Decision(())
        payload = {"participant": actor, "signal": what.value, "up": up, "caucus": _apart(scene)}
        return Decision((Draft(EventKind.SIGNALLED, payload),))

    async def also(tx: Tx, scene: Scene) -> None:
        if what is Signal.UNSAFE and up and what not in scene.me.signals:
            await call_help(ctx, tx, scene.session, actor)

    await act(ctx, room, actor, rule, also=also)


async def see(ctx: Context, room: Room, actor: str, participant: str, given: tuple[Signal, str]) -> None:
    """The signal that `participant` gave at that instant stands on the presider's screen; its giver is told so.

    One that was taken back meanwhile is let be. Raises `Refused("not_permitted")` for anybody else.
    """
    what, at = given

    def rule(scene: Scene) -> Decision:
        scene.require(Permission.CAUCUS)
        if not is_unseen(scene.other(participant).signals, what, at):
            return Decision(())
        payload = {"participant": participant, "signal": what.value, "caucus": _apart(scene)}
        return Decision((Draft(EventKind.SIGNAL_SEEN, payload),))

    await act(ctx, room, actor, rule)


def _apart(scene: Scene) -> str | None:
    """Under what a signal is logged: in safety mode people wait apart without a caucus too, and are kept as apart."""
    return scene.state.caucus_id or ("apart" if scene.state.safety else None)
