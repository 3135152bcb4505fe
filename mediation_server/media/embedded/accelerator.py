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
from mediation_server.media.embedded.codecs import CODECS
from mediation_server.media.embedded.fast_sender import FastSender
from mediation_server.media.embedded.gso import Sender
from mediation_server.media.embedded.limits import Counters
from mediation_server.media.embedded.opening import Expected
from mediation_server.media.embedded.reading import FastReader, PythonReader, Reader
from mediation_server.media.embedded.runs import Rewriting
from mediation_server.media.embedded.srtp import SrtpKeys

__all__ = ["IN_PYTHON", "MediaPath", "media_path"]

logger = logging.getLogger(__name__)

_VP8 = CODECS["vp8"]


@dataclass(frozen=True, slots=True)
class MediaPath:
    """How the one media socket is read and written, and how RTP headers are read."""

    compiled: bool
    reader: Callable[[socket.socket], Reader]
    sender: Callable[[socket.socket, Counters], Sender]
    parse: Callable[[bytes | memoryview, int], rtp.RtpHeader]  # raises ValueError, as `rtp.parse`


IN_PYTHON = MediaPath(compiled=False, reader=PythonReader, sender=Sender, parse=rtp.parse)


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
    try:
        _fastpath.bind(private_names.protect_address(), private_names.unprotect_address(), rtp.RtpHeader)
        if _works(_fastpath):
            return _fastpath
    except Exception:
        logger.debug("the compiled media path failed its test", exc_info=True)
    logger.warning("the compiled media path does not fit this machine")
    return None


def _works(fast: ModuleType) -> bool:
    """Whether packets sent, read and decrypted through the extension are those that were meant."""
    keys = [_self_test_keys() for _ in range(2)]
    packets = [rtp.HEADER.pack(0x80, _VP8.payload_type, number, 9, 1) + b"\x10\x01self test" for number in (7, 8)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sender, reader = FastSender(sock, Counters(), fast), FastReader(sock, fast)
        sent = sender.send_packets(packets, _VP8, [(keys[0], sock.getsockname(), Rewriting(1))])
        (train,), _ = reader.read()
        opened = reader.open(train.first, train.sizes, keys[1], Expected(7, 0, _VP8))
        same = train[:2] == (sock.getsockname(), 0) and opened.packets == packets
        header = fast.parse(packets[0], len(packets[0]))
    return sent == [2] and same and header == rtp.parse(packets[0], len(packets[0]))


def _self_test_keys() -> SrtpKeys:
    policies = [
        Policy(bytes(range(28)), direction, 0, Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
        for direction in (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND)
    ]
    return SrtpKeys(*(Session(each) for each in policies))
