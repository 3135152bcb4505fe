"""How people's data are shown: numbers are masked wherever they stand."""

from __future__ import annotations

from mediation_server.domain.masking import Datum, masked

__all__ = ["masked_phone"]


def masked_phone(phone: str) -> str:
    """A phone number as pages show it, `161****0011`: whole only to whoever asks for it, which is written down."""
    return masked(Datum.PHONE, phone)
