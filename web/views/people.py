"""How people's data are shown: a phone number whole only to whoever mediates the matter."""

from __future__ import annotations

from collections.abc import Callable

from mediation_server.domain.masking import Datum, masked

__all__ = ["phone_reader"]


def phone_reader(*, whole: bool) -> Callable[[str], str]:
    """A function that writes a phone number for this reader: whole, or `161****0011`."""
    return lambda phone: phone if whole else masked(Datum.PHONE, phone)
