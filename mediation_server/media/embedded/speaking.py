"""Who speaks, from the audio level of each packet (RFC 6464) with a hang-over; knows no transport."""

from __future__ import annotations

from mediation_server.media.embedded.limits import MS

__all__ = ["SpeakingDetector"]

_LOUD = 50  # -dBov; lower is louder; quiet rooms lie above 60
_ATTACK = 3  # loud packets in a row (60 ms at 20 ms each), so that a click is no speech
_HANG_OVER = 600 * MS


class SpeakingDetector:
    """Turns levels into began-speaking and ceased-speaking."""

    __slots__ = ("_last_loud", "_run", "speaking")

    def __init__(self) -> None:
        self.speaking = False
        self._run = 0
        self._last_loud = 0

    def level(self, extension: bytes, now: int) -> bool:
        """Take the level of one packet; returns whether speaking has just begun."""
        if (extension[0] & 0x7F) > _LOUD:
            self._run = 0
            return False
        self._run += 1
        self._last_loud = now
        if self.speaking or self._run < _ATTACK:
            return False
        self.speaking = True
        return True

    def ceased(self, now: int, *, at_once: bool = False) -> bool:
        """Whether speaking has just ended: nothing loud for 600 ms, or `at_once` (muted, gone)."""
        if not self.speaking or (not at_once and now - self._last_loud < _HANG_OVER):
            return False
        self.speaking = False
        self._run = 0
        return True
