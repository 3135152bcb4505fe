"""Which ways into mediation a court offers on a day (调解来源配置): data with validity; changes no matter under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mediation_server.domain.matter import Track

__all__ = ["TRACK_RULES", "TrackRule", "keep_rules", "rules_of", "tracks_open"]


@dataclass(frozen=True, slots=True)
class TrackRule:
    """A court (None: every court without a rule of its own for the track) offers a track from one day to another."""

    track: Track
    court: str | None = None
    valid_from: date = date.min
    valid_to: date = date.max

    def holds(self, court: str, on: date) -> bool:
        """Whether the rule speaks of this court on this day."""
        return self.court in (None, court) and self.valid_from <= on <= self.valid_to


# Complaints that reach a court from 2025 on are registered first and mediated afterwards (2025意见); one invented court
# keeps the older way, so that it can be shown.
TRACK_RULES = (
    TrackRule(Track.PREFILING_DELEGATED, valid_to=date(2024, 12, 31)),
    TrackRule(Track.PREFILING_DELEGATED, court="石桥县人民法院"),
    TrackRule(Track.POSTFILING_ENTRUSTED),
    TrackRule(Track.COURT_LED),
    TrackRule(Track.ORG_ACCEPTED),
)


_KEPT: dict[str, tuple[TrackRule, ...]] = {}  # by court: what an administrator said instead of the rules above


def keep_rules(court: str, rules: Iterable[TrackRule]) -> None:
    """From now on a court offers what these rules say and nothing else."""
    _KEPT[court] = tuple(rules)


def rules_of(court: str) -> tuple[TrackRule, ...]:
    """The rules that hold for a court: its own, else those for all courts without one for the track."""
    return _KEPT[court] if court in _KEPT else tuple(each for each in TRACK_RULES if each.court in (None, court))


def tracks_open(court: str, on: date, rules: Iterable[TrackRule] | None = None) -> frozenset[Track]:
    """The tracks a court offers on a day in Asia/Shanghai."""
    return frozenset(rule.track for rule in (rules_of(court) if rules is None else rules) if rule.holds(court, on))
