"""One command to one matter, decided over its log (事项办理): what is to be written of it; knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mediation_server.domain import matter_log
from mediation_server.domain.audit import AuditAction, AuditEntry
from mediation_server.domain.calendar import HolidayCalendar
from mediation_server.domain.clocks import Clock, Tally, next_of
from mediation_server.domain.ids import new_id
from mediation_server.domain.lifecycle import Actor, Command, Facts, decide, law_of
from mediation_server.domain.matter import Matter
from mediation_server.domain.matter_file import MatterFile
from mediation_server.domain.matter_log import MatterEvent

__all__ = ["Acted", "Standing", "entry_about", "row_of"]


@dataclass(frozen=True, slots=True)
class Acted:
    """A matter after a command: its row, its file, the events the command led to, its clocks; and what is audited."""

    matter: Matter
    tally: Tally
    events: tuple[MatterEvent, ...]
    clocks: tuple[Clock, ...]
    before: Matter  # its row until then
    entry: AuditEntry

    @property
    def file(self) -> MatterFile:
        """What the log makes of the matter now."""
        return self.tally.file


@dataclass(frozen=True, slots=True)
class Standing:
    """A matter as it stands before a command: its row, where its log ends, and what follows from the log."""

    matter: Matter
    last: MatterEvent | None  # of its log
    tally: Tally

    @classmethod
    def of(cls, matter: Matter, log: Sequence[MatterEvent]) -> Standing:
        """From its row and its whole log."""
        return cls(matter, log[-1] if log else None, Tally.of(matter.id, log))

    @property
    def file(self) -> MatterFile:
        """What the log makes of the matter."""
        return self.tally.file

    def then(self, acted: Acted) -> Standing:
        """How it stands after one more command."""
        return Standing(acted.matter, acted.events[-1], acted.tally)

    def acted(self, who: Actor, command: Command, at: datetime, facts: Facts) -> Acted:
        """What a command comes to. Raises what `lifecycle.decide` raises."""
        drafts = decide(self.file, command, who, at, facts)
        law = law_of(self.file, command, who, at, facts)
        events: list[MatterEvent] = []
        for each in drafts:
            event = matter_log.append(
                events[-1] if events else self.last,
                matter_id=self.matter.id,
                at=at,
                actor=each.actor,
                role=each.role,
                kind=each.kind,
                payload=each.payload,
            )
            events.append(event)
        tally = self.tally.then(events)
        clocks = tally.clocks(facts.calendar, at)
        moved = replace(row_of(self.matter, tally.file, clocks, facts.calendar), version=self.matter.version + 1)
        audited = entry_about(who, command, at, moved.id, _change(self.file, tally.file, law, events))
        return Acted(moved, tally, tuple(events), clocks, self.matter, audited)


def row_of(matter: Matter, file: MatterFile, clocks: Sequence[Clock], calendar: HolidayCalendar) -> Matter:
    """The row of a matter as its file and clocks have it."""
    first = next_of(clocks)
    number, due = (first.id.value, first.due) if first else (None, None)
    return replace(file.on_row(matter, calendar), next_clock=number, next_due=due)


def entry_about(
    who: Actor, command: Command, at: datetime, matter_id: str, details: Mapping[str, object]
) -> AuditEntry:
    """The audit entry about a command; `refused` among the details: the code of why it was not obeyed."""
    return AuditEntry(
        id=new_id(),
        at=at,
        actor=who.id,
        action=AuditAction.MATTER_MOVED,
        object=f"matter:{matter_id}",
        allowed="refused" not in details,
        basis=str(details.get("refused", command.kind.value)),
        details={"command": command.kind.value, "role": who.capacity.value, **details},
    )


def _change(before: MatterFile, after: MatterFile, law: str, events: Sequence[MatterEvent]) -> dict[str, object]:
    return {
        "before": before.state.value if before.state else None,
        "after": after.state.value if after.state else None,
        "law": law,
        "events": [each.kind.value for each in events],
    }
