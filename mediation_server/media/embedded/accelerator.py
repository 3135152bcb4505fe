"""The two media paths, in Python and compiled, and which of them runs; knows no peer and no room.

The extension `_fastpath` is built where a compiler is at hand.  Everything it does is done in Python too, with the
same bytes as the result; nobody above the socket can tell which of them runs.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from pylibsrtp import Policy, Session

from mediation_server.media.embedded import private_names, rtp
from mediation_server.media.embedded.fast_sender import FastSender
from mediation_server.media.embedded.gso import Sender
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.reading import FastReader, Reader
from mediation_server.media.embedded.runs import Rewriting, make_runs
from mediation_server.media.embedded.sockaddr import raw_address

__all__ = ["IN_PYTHON", "MediaPath", "media_path"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MediaPath:
    """How the one media socket is read and written, and how RTP headers are read."""

    compiled: bool
    reader: Callable[[socket.socket], Reader]
    sender: Callable[[socket.socket, Counters], Sender]
    parse: Callable[[bytes | memoryview, int], rtp.RtpHeader]  # raises ValueError, as `rtp.parse`


IN_PYTHON = MediaPath(compiled=False, reader=Reader, sender=Sender, parse=rtp.parse)


def media_path(*, accelerate: bool = True) -> MediaPath:
    """The compiled path where it is wanted, was built and works with this libsrtp; the one in Python else."""
    fast = _extension() if accelerate else None
    if fast is None:
        logger.info("media path: in Python")
        return IN_PYTHON
    logger.info("media path: compiled")
    return MediaPath(
        compiled=True,
        reader=lambda sock: FastReader(sock, fast),
        sender=lambda sock, counters: FastSender(sock, counters, fast),
        parse=fast.parse,
    )


def _extension() -> ModuleType | None:
    try:
        from mediation_server.media.embedded import _fastpath  # noqa: PLC0415 - it may not be there
    except ImportError:
        return None
    _fastpath.bind(private_names.protect_address(), rtp.RtpHeader)
    if _works(_fastpath):
        return _fastpath
    logger.warning("the compiled media path does not fit this machine")
    return None


def _works(fast: ModuleType) -> bool:
    """Whether a packet sent and read through the extension decrypts to what was meant."""
    key = bytes(range(28))
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    sending = Session(Policy(key, Policy.SSRC_ANY_OUTBOUND, 0, profile))
    receiving = Session(Policy(key, Policy.SSRC_ANY_INBOUND, 0, profile))
    packet = rtp.HEADER.pack(0x80, 96, 7, 9, 1) + b"self test"
    (run,) = make_runs([packet], 96, 16)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            raw = raw_address(sock.getsockname())
            fast.fan_out(sock.fileno(), 1, run, [(private_names.context_address(sending), raw, Rewriting(1))])
            memory = bytearray(256)
            ((size, sender),) = fast.receive(sock.fileno(), memory, len(memory))
            arrived = receiving.unprotect(bytes(memory[:size]))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, Python does the same work
        return False
    return arrived == packet and sender == raw and fast.parse(packet, len(packet)) == rtp.parse(packet, len(packet))
