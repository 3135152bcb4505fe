"""RTCP as the engine writes and reads it (RFC 3550 §6, RFC 4585, RFC 5104); knows no stream.

Reading uses aiortc's packet classes; whatever they raise on hostile input ends here.
"""

from __future__ import annotations

from struct import Struct, error

from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

from mediation_server.media.embedded.reception import ReportBlock

__all__ = [
    "FIR",
    "NACK",
    "PLI",
    "REMB",
    "AnyRtcpPacket",
    "RtcpPsfbPacket",
    "RtcpReceiverInfo",
    "RtcpRrPacket",
    "RtcpRtpfbPacket",
    "RtcpSrPacket",
    "estimate",
    "nack",
    "parse",
    "picture_loss",
    "receiver_report",
    "remb",
    "sender_report",
]

NACK = 1  # of RTPFB
PLI = 1  # of PSFB
FIR = 4  # of PSFB
REMB = 15  # of PSFB, an application layer feedback

_PLI = Struct("!BBHII")


def parse(data: bytes) -> list[AnyRtcpPacket]:
    """The packets of a compound. Raises ValueError and nothing else."""
    try:
        return RtcpPacket.parse(data)
    except (error, IndexError, UnicodeDecodeError) as problem:
        raise ValueError("rtcp") from problem


def remb(packet: RtcpPsfbPacket) -> int | None:
    """What a receiver believes its line carries, bit/s (draft-alvestrand-rmcat-remb); None for other feedback."""
    try:
        return int(unpack_remb_fci(packet.fci)[0])
    except (ValueError, error, IndexError):
        return None


def estimate(sender: int, bps: int, ssrcs: list[int]) -> bytes:
    """What the line of these streams carries, bit/s (REMB, draft-alvestrand-rmcat-remb §2.2); 255 of them at most."""
    return bytes(RtcpPsfbPacket(fmt=REMB, ssrc=sender, media_ssrc=0, fci=pack_remb_fci(bps, ssrcs[:255])))


def picture_loss(sender: int, media: int) -> bytes:
    """A request for a key frame (RFC 4585 §6.3.1)."""
    return _PLI.pack(0x81, 206, 2, sender, media)


def nack(sender: int, media: int, lost: list[int]) -> bytes:
    """A request for packets (RFC 4585 §6.2.1); `lost` ascending, 16 bits each."""
    return bytes(RtcpRtpfbPacket(fmt=NACK, ssrc=sender, media_ssrc=media, lost=lost))


def receiver_report(sender: int, blocks: list[tuple[int, ReportBlock, int, int]]) -> bytes:
    """A report of (ssrc, figures, LSR, DLSR) each (RFC 3550 §6.4.2)."""
    reports = [
        RtcpReceiverInfo(ssrc, block.fraction_lost, block.packets_lost, block.highest, block.jitter, lsr, dlsr)
        for ssrc, block, lsr, dlsr in blocks
    ]
    return bytes(RtcpRrPacket(ssrc=sender, reports=reports))


def sender_report(ssrc: int, ntp: int, rtp: int, packets: int, octets: int) -> bytes:
    """A sender report without blocks (RFC 3550 §6.4.1)."""
    info = RtcpSenderInfo(ntp, rtp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return bytes(RtcpSrPacket(ssrc=ssrc, sender_info=info))
