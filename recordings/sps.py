"""The picture size in an H.264 sequence parameter set (ITU-T H.264 §7.3.2.1.1); reads nothing else, never raises."""

from __future__ import annotations

from recordings.depacketise import MAX_SIDE

__all__ = ["picture_size"]

_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244})
_MAX_GOLOMB_ZEROS = 32


class _Exhausted(Exception):
    """The bits ended before the picture size."""


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def read(self, count: int) -> int:
        if count > self._left:
            raise _Exhausted
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        """Exp-Golomb, §9.1."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _MAX_GOLOMB_ZEROS:
                raise _Exhausted
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def picture_size(sps: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels after cropping, or None when the set is malformed or the size absurd."""
    plain = sps.replace(b"\x00\x00\x03", b"\x00\x00")
    try:
        width, height = _size(_Bits(plain[1:]))
    except _Exhausted:
        return None
    return (width, height) if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE else None


def _size(bits: _Bits) -> tuple[int, int]:
    profile = bits.read(8)
    bits.read(16)  # constraints, level
    bits.ue()  # seq_parameter_set_id
    chroma = _chroma(bits) if profile in _WITH_CHROMA else 1
    bits.ue()  # log2_max_frame_num
    _picture_order(bits)
    bits.ue()  # max_num_ref_frames
    bits.read(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.read(1)
    if not frames_only:
        bits.read(1)
    bits.read(1)  # direct_8x8_inference
    left, right, top, bottom = (bits.ue() for _ in range(4)) if bits.read(1) else (0, 0, 0, 0)
    unit_x = 2 if chroma in (1, 2) else 1
    unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
    return 16 * columns - unit_x * (left + right), 16 * rows * (2 - frames_only) - unit_y * (top + bottom)


def _chroma(bits: _Bits) -> int:
    chroma = bits.ue()
    if chroma == 3:  # noqa: PLR2004 - 4:4:4
        bits.read(1)
    bits.ue()
    bits.ue()
    bits.read(1)
    if bits.read(1):
        for index in range(12 if chroma == 3 else 8):  # noqa: PLR2004
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)  # noqa: PLR2004
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _picture_order(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.read(1)
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):
            bits.se()
