"""How people's data are shown: a phone number whole only to whoever mediates the matter."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["phone_reader"]

_SHOWN_BEFORE, _SHOWN_AFTER = 3, 4


def phone_reader(*, whole: bool) -> Callable[[str], str]:
    """A function that writes a phone number for this reader: whole, or `161****0011`."""

    def written(phone: str) -> str:
        if whole or len(phone) <= _SHOWN_BEFORE + _SHOWN_AFTER:
            return phone
        return phone[:_SHOWN_BEFORE] + "****" + phone[-_SHOWN_AFTER:]

    return written
