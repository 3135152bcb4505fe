"""H.264 in RTP (RFC 6184): single NAL units, STAP-A and FU-A to length-prefixed frames; decodes nothing."""

from __future__ import annotations

from recordings.depacketise import MAX_FRAME_BYTES, Assembly, Frame, Setup
from recordings.rtp import RtpPacket
from recordings.sps import picture_size

__all__ = ["H264Depacketiser", "avc_configuration"]

_IDR, _SPS, _PPS, _AUD = 5, 7, 8, 9
_SLICES = frozenset({1, _IDR})  # what shows a picture; delimiters and supplements are not kept
_LAST_KNOWN = 12  # above: reserved, extensions, other packetisations
_STAP_A, _FU_A = 24, 28
_MAX_NALS = 512  # in one frame
_MAX_PARAMETER_SET = 1024  # bytes; real ones are below 100
_MAX_PPS = 8
_MIN_SPS = 4  # header, profile, constraints, level


def avc_configuration(sps: bytes, pictures: list[bytes]) -> bytes:
    """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1) of one SPS and its PPS, four-byte lengths."""
    record = bytearray((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
    record += len(sps).to_bytes(2, "big") + sps + bytes((len(pictures),))
    for pps in pictures:
        record += len(pps).to_bytes(2, "big") + pps
    return bytes(record)


class H264Depacketiser:
    """H.264 payloads (packetisation mode 0 or 1) to AVC frames; parameter sets are taken out and told in `Setup`."""

    def __init__(self) -> None:
        self.bad = 0
        self.broken = 0
        self._frame = Assembly()
        self._nals = 0
        self._key = False
        self._fragment: bytearray | None = None
        self._damaged: int | None = None  # timestamp of a frame that lost a part
        self._sps = b""
        self._pps: list[bytes] = []

    def push(self, packet: RtpPacket, *, after_loss: bool) -> Frame | None:
        """Take the next packet in order; a frame when this one completes it. Never raises."""
        payload = packet.payload
        if not payload:  # padding only: nothing was lost
            return None
        if after_loss:
            self._lost(packet)
        if self._frame.timestamp != packet.timestamp:
            self._begin(packet.timestamp)
        if not self._take(payload):
            self.bad += 1
            self._damaged = packet.timestamp
            self._fragment = None
        return self._whole(packet.timestamp) if packet.marker else None

    def _lost(self, packet: RtpPacket) -> None:
        """Packets before this one are gone: the frame under way is broken, and this one unless it begins here."""
        self.broken += self._frame.drop()
        self._fragment = None
        if not _begins_frame(packet.payload):
            self._damaged = packet.timestamp

    def _begin(self, timestamp: int) -> None:
        self.broken += self._frame.drop()
        self._frame.begin(timestamp)
        self._nals = 0
        self._key = False
        self._fragment = None

    def _take(self, payload: bytes) -> bool:
        kind = payload[0] & 0x1F
        if payload[0] & 0x80:  # forbidden_zero_bit
            return False
        if kind == _STAP_A:
            return self._aggregate(payload)
        if kind == _FU_A:
            return self._fragmented(payload)
        return 0 < kind < _STAP_A and len(payload) > 1 and self._nal(payload)

    def _aggregate(self, payload: bytes) -> bool:
        """STAP-A (RFC 6184 §5.7.1): all inner units or, when one is malformed, the answer False."""
        at = 1
        while at < len(payload):
            size = int.from_bytes(payload[at : at + 2], "big")
            nal = payload[at + 2 : at + 2 + size]
            if len(nal) < max(2, size) or not self._nal(nal):
                return False
            at += 2 + size
        return at > 1

    def _fragmented(self, payload: bytes) -> bool:
        """FU-A (RFC 6184 §5.8)."""
        if len(payload) < 3:  # noqa: PLR2004 - indicator, header, one byte
            return False
        starts, ends = payload[1] & 0x80, payload[1] & 0x40
        if starts:
            self._fragment = bytearray(((payload[0] & 0xE0) | (payload[1] & 0x1F),))
        if self._fragment is None:
            return False
        self._fragment += payload[2:]
        if not ends:
            return len(self._fragment) < MAX_FRAME_BYTES
        nal, self._fragment = bytes(self._fragment), None
        return self._nal(nal)

    def _nal(self, nal: bytes) -> bool:
        kind = nal[0] & 0x1F
        if kind in (_SPS, _PPS):
            return self._parameter_set(kind, nal)
        self._nals += 1
        if self._nals > _MAX_NALS or kind > _LAST_KNOWN:
            return False
        self._key = self._key or kind == _IDR
        return kind not in _SLICES or self._frame.add(len(nal).to_bytes(4, "big") + nal)

    def _parameter_set(self, kind: int, nal: bytes) -> bool:
        if len(nal) > _MAX_PARAMETER_SET:
            return False
        if kind == _SPS:
            if len(nal) < _MIN_SPS or picture_size(nal) is None:
                return False
            if nal != self._sps:
                self._sps, self._pps = nal, []
        elif nal not in self._pps:
            self._pps = [*self._pps, nal][-_MAX_PPS:]
        return True

    def _whole(self, timestamp: int) -> Frame | None:
        damaged = self._damaged == timestamp or self._fragment is not None
        self._fragment = None
        data = self._frame.finish()
        if damaged or not data:
            self.broken += damaged
            return None
        setup = self._setup() if self._key else None
        return Frame(data, timestamp, key=self._key, setup=setup, duration_ms=0)

    def _setup(self) -> Setup | None:
        size = picture_size(self._sps) if self._sps and self._pps else None
        if size is None:
            return None
        return Setup("h264", avc_configuration(self._sps, self._pps), *size)


def _begins_frame(payload: bytes) -> bool:
    """Whether a frame plausibly begins with this payload: parameter sets, a delimiter, or a slice from macroblock 0."""
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        return len(payload) > 3 and _begins_frame(payload[3:])  # noqa: PLR2004
    if kind in (_SPS, _AUD):
        return True
    at = 2 if kind == _FU_A else 1
    starts = kind != _FU_A or (len(payload) > 1 and bool(payload[1] & 0x80))
    return starts and len(payload) > at and bool(payload[at] & 0x80)  # first_mb_in_slice is ue(v) 0: the bit 1
