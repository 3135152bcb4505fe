"""Signals of those who wait outside a caucus, as the room holds them: up since when, seen when; pure.

Who may know of them is for `view` to say. They live on the seat and go when its owner changes place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mediation_server.domain.signals import Signal

__all__ = ["Raised", "Signals", "is_unseen", "raised", "seen"]


@dataclass(frozen=True, slots=True)
class Raised:
    """A signal that is up; both are UTC instants, ISO."""

    at: str
    seen_at: str | None = None  # when it stood on the presider's screen


Signals = Mapping[Signal, Raised]


def raised(signals: Signals, signal: Signal, at: str, *, up: bool) -> Signals:
    """The signals after one was given, or taken back; giving it again changes nothing."""
    if up:
        return {**signals, signal: signals.get(signal, Raised(at))}
    return {each: how for each, how in signals.items() if each is not signal}


def seen(signals: Signals, signal: Signal, at: str) -> Signals:
    """The signals after the presider saw one; the first look counts."""
    if signal not in signals:
        return signals
    how = signals[signal]
    return {**signals, signal: replace(how, seen_at=how.seen_at or at)}


def is_unseen(signals: Signals, signal: Signal, at: str) -> bool:
    """Whether the very signal that was given at this instant is up and was not seen yet."""
    return signals.get(signal) == Raised(at)
