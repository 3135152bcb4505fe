"""`Plan`: what one room must be, wherever it lives, and what is known of it; so that it can be made again elsewhere."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from mediation_server.media.engine import (
    Audience,
    EngineEvent,
    EngineListener,
    MediaLost,
    Publication,
    PublicationEnded,
    Source,
    SpeakingChanged,
    TransportState,
    TransportStateChanged,
    Watching,
)
from mediation_server.media.farm.calls import Look, Restore, pairs_of
from mediation_server.media.farm.hand import Hand

__all__ = ["Plan"]

_MEMORY_S = 600.0
_SUSPECT = 3
_LOG = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Plan:
    """Kept as long as the room is open; `hand` is None while it lives nowhere: then nothing of it flows."""

    room: str
    hand: Hand | None = None
    closing: bool = False
    listener: EngineListener | None = None
    audience: Audience = field(default_factory=dict)
    muted: set[tuple[str, Source]] = field(default_factory=set)
    sink: int = 0
    ears: dict[str, int] = field(default_factory=dict)  # who is given voices alone -> number of the sink
    looks: dict[str, Watching] = field(default_factory=dict)
    failed: int = 0  # calls of the listener that raised
    _losses: list[float] = field(default_factory=list)
    _publications: dict[str, Publication] = field(default_factory=dict)
    _speaking: set[str] = field(default_factory=set)
    _links: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_suspect(self) -> bool:
        """Whether so many workers died with this room in them that it may be what kills them."""
        return len(self._losses) >= _SUSPECT

    def restored(self) -> Restore:
        """What a worker must be told to hold this room."""
        looks = tuple(Look(self.room, who, pairs_of(each), each.data) for who, each in self.looks.items())
        return Restore(self.room, self.audience, tuple(sorted(self.muted)), self.sink, looks, tuple(self.ears.items()))

    def published(self, publications: tuple[Publication, ...]) -> None:
        """What an answer stands for."""
        self._publications.update((each.id, each) for each in publications)

    def heard(self, event: EngineEvent) -> None:
        """Note what happened and pass it on."""
        if isinstance(event, PublicationEnded):
            self._publications.pop(event.publication.id, None)
        elif isinstance(event, SpeakingChanged):
            (self._speaking.add if event.speaking else self._speaking.discard)(event.member)
        elif isinstance(event, TransportStateChanged):
            link = (event.member, event.direction)
            (self._links.discard if event.state is TransportState.CLOSED else self._links.add)(link)
        self.tell(event)

    def mourn(self, reason: str) -> None:
        """The worker is gone and everything in it: say so, as the worker itself would have."""
        self.hand = None
        self._losses = [each for each in self._losses if each > time.monotonic() - _MEMORY_S] + [time.monotonic()]
        self.tell(MediaLost(self.room, reason))
        for member in tuple(self._speaking):
            self.heard(SpeakingChanged(self.room, member, speaking=False))
        for publication in tuple(self._publications.values()):
            self.heard(PublicationEnded(self.room, publication, "failed"))
        for member, direction in sorted(self._links):
            self.heard(TransportStateChanged(self.room, member, direction, TransportState.CLOSED))

    def tell(self, event: EngineEvent) -> None:
        """Call the listener; its faults disturb nothing."""
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception:  # noqa: BLE001 - the fence
            self.failed += 1
            _LOG.exception("a listener of the media engine failed")
