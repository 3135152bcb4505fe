"""Links just issued, kept readable for a few minutes for whoever issued them; in memory only, never stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from mediation_server.clock import Clock

__all__ = ["FreshLinks"]

_KEPT_MS = 10 * 60 * 1000
_MOST = 200


class FreshLinks:
    """Tokens by participant for each pair of user and sitting; the oldest pair goes when there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[int, dict[str, str]]] = OrderedDict()

    def keep(self, user_id: str, session_id: str, tokens: Mapping[str, str]) -> None:
        """Remember fresh tokens beside those of the same sitting that are still readable."""
        key = (user_id, session_id)
        self._kept[key] = (self._clock.monotonic_ms(), self.of(user_id, session_id) | dict(tokens))
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def drop(self, user_id: str, session_id: str, participant_id: str) -> None:
        """Forget one, because it was revoked."""
        _, tokens = self._kept.get((user_id, session_id), (0, {}))
        tokens.pop(participant_id, None)

    def of(self, user_id: str, session_id: str) -> dict[str, str]:
        """The tokens that are still readable, by participant id."""
        kept_at, tokens = self._kept.get((user_id, session_id), (0, {}))
        if self._clock.monotonic_ms() - kept_at <= _KEPT_MS:
            return dict(tokens)
        self._kept.pop((user_id, session_id), None)
        return {}
