"""Arithmetic of 16-bit RTP sequence numbers (RFC 3550 §A.1, RFC 1982); knows no packet."""

from __future__ import annotations

__all__ = ["extend", "forward_distance"]

_HALF = 0x8000
_MASK = 0xFFFF


def extend(sequence: int, reference: int) -> int:
    """The unwrapped number whose low 16 bits are `sequence` and that lies nearest to `reference`.

    At equal distance the higher one is taken.  The result may be negative near the start of a stream.
    """
    delta = (sequence - reference) & _MASK
    return reference + (delta if delta <= _HALF else delta - 0x10000)


def forward_distance(older: int, newer: int) -> int:
    """How many steps lead forward from `older` to `newer`, both 16 bits: 0..65535."""
    return (newer - older) & _MASK
