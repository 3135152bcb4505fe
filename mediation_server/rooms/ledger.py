"""The audience ledger of a sitting (谁与谁在一起): for each seat, with whom it was when, and whether that was recorded.

Pure; kept by `state` from the log, shown by `view` to its owner alone. It holds nothing its owner did not live through:
whoever waits outside a caucus is with nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["MOST", "Ledger", "Stretch", "With", "entered"]

MOST = 20  # stretches kept of each seat, the newest


@dataclass(frozen=True, slots=True)
class With:
    """Where somebody is, with whom (participant ids, oneself among them), and whether it is recorded."""

    place: str
    company: tuple[str, ...]
    recorded: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an instant (UTC, ISO) until the next one of the same seat; `whom` is `None` while they were not there."""

    since: str
    whom: With | None


Ledger = Mapping[str, tuple[Stretch, ...]]


def entered(ledger: Ledger, now: Mapping[str, With | None], at: str) -> Ledger:
    """The ledger after an event at that instant; the same object when nobody's company changed."""
    news = {who: whom for who, whom in now.items() if _last(ledger, who) != whom}
    if not news:
        return ledger
    return {**ledger, **{who: _added(ledger.get(who, ()), Stretch(at, whom)) for who, whom in news.items()}}


def _last(ledger: Ledger, who: str) -> With | None:
    known = ledger.get(who, ())
    return known[-1].whom if known else None


def _added(known: tuple[Stretch, ...], new: Stretch) -> tuple[Stretch, ...]:
    """What lasted no time is not told: several events of one command have one instant."""
    lasting = known[:-1] if known and known[-1].since == new.since else known
    same = bool(lasting) and lasting[-1].whom == new.whom
    return lasting if same else (*lasting, new)[-MOST:]
