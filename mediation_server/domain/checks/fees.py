"""The fee calculator (诉讼费用): what a court would charge, in fen; it only calculates, nothing is paid here.

Source: 诉讼费用交纳办法 arts. 13-16. Mediation by people's committees is free (人民调解法 art. 4), and so is judicial
confirmation. Where the law leaves a range to the court, a `FeeRange` says from what to what.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CONFIRMATION_FEN",
    "LABOUR_FEN",
    "FeeRange",
    "divorce_fee",
    "halved",
    "other_fee",
    "personality_fee",
    "preservation_fee",
    "property_fee",
]

_YUAN = 100
_WAN = 10_000 * _YUAN
CONFIRMATION_FEN = 0
LABOUR_FEN = 10 * _YUAN

# (claims above this, the part above costs so many ten-thousandths); art. 13(1).
_PROPERTY = (
    (1 * _WAN, 250),
    (10 * _WAN, 200),
    (20 * _WAN, 150),
    (50 * _WAN, 100),
    (100 * _WAN, 90),
    (200 * _WAN, 80),
    (500 * _WAN, 70),
    (1_000 * _WAN, 60),
    (2_000 * _WAN, 50),
)
_PRESERVATION = ((1_000 * _YUAN, 100), (10 * _WAN, 50))  # art. 14(2)
_DIVORCE = ((20 * _WAN, 50),)
_PERSONALITY = ((5 * _WAN, 100), (10 * _WAN, 50))
_TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class FeeRange:
    """What the court may set, in fen, both ends included."""

    least: int
    most: int


def property_fee(claim_fen: int) -> int:
    """Acceptance fee of a property claim, cumulative by steps (art. 13(1)). Fractions of a fen are rounded half up."""
    return 50 * _YUAN + _steps(_PROPERTY, claim_fen)


def halved(fee_fen: int) -> int:
    """Half of a full fee: closed by mediation or withdrawal (art. 15), or summary procedure (art. 16); never twice."""
    return -(-fee_fen // 2)


def divorce_fee(property_fen: int = 0) -> FeeRange:
    """50 to 300 yuan, and 0.5 % of what property exceeds 200 000 yuan (art. 13(2)1)."""
    more = _steps(_DIVORCE, property_fen)
    return FeeRange(50 * _YUAN + more, 300 * _YUAN + more)


def personality_fee(damages_fen: int = 0) -> FeeRange:
    """100 to 500 yuan; of damages 1 % between 50 000 and 100 000 yuan, 0.5 % above (art. 13(2)2)."""
    more = _steps(_PERSONALITY, damages_fen)
    return FeeRange(100 * _YUAN + more, 500 * _YUAN + more)


def other_fee() -> FeeRange:
    """Other claims that are not about property: 50 to 100 yuan (art. 13(2)3)."""
    return FeeRange(50 * _YUAN, 100 * _YUAN)


def preservation_fee(value_fen: int = 0) -> int:
    """Application for preservation: 30 yuan up to 1 000, 1 % up to 100 000, 0.5 % above, at most 5 000 (art. 14(2))."""
    return min(30 * _YUAN + _steps(_PRESERVATION, value_fen), 5_000 * _YUAN)


def _steps(steps: tuple[tuple[int, int], ...], fen: int) -> int:
    """What the parts above each step cost together. Raises `ValueError` for less than nothing."""
    if fen < 0:
        raise ValueError("an amount below zero")
    tops = [each for each, _ in steps[1:]] + [max(fen, steps[-1][0])]
    parts = sum(max(0, min(fen, top) - floor) * rate for (floor, rate), top in zip(steps, tops, strict=True))
    return (parts + _TEN_THOUSAND // 2) // _TEN_THOUSAND
