"""The number on a receipt (回执号): the matter's reference with six characters that nobody can guess; pure."""

from __future__ import annotations

import hashlib
import hmac

from mediation_server.domain.matter import Matter

__all__ = ["is_receipt_of", "receipt_number", "ref_of"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to be misread on paper
_CHARACTERS = 6  # thirty bits beside three tries a quarter of an hour
_BITS = 5
_MEANT = str.maketrans("OIL", "011")


def receipt_number(matter: Matter) -> str:
    """`TJ-9901-2026-000021-7Q4K2M`: running numbers are guessed, what follows from the matter's secret id is not."""
    return f"{matter.ref}-{_code(matter)}"


def ref_of(number: str) -> str:
    """The reference in a number as somebody typed it, in capitals and without blanks; any text gives some text."""
    return number.rpartition("-")[0]


def is_receipt_of(matter: Matter, number: str) -> bool:
    """Whether this is the number of the matter's receipt; O, I and L are taken for what they look like."""
    given = number.rpartition("-")[2].translate(_MEANT)
    return hmac.compare_digest(given.encode(), _code(matter).encode())


def _code(matter: Matter) -> str:
    bits = int.from_bytes(hashlib.sha256(f"receipt {matter.id}".encode()).digest())
    return "".join(_ALPHABET[bits >> _BITS * place & 31] for place in range(_CHARACTERS))
