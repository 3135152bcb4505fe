"""One DTLS association over datagrams handed in from outside (RFC 5764); knows no ICE and no RTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence

from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters
from pylibsrtp import Session

from mediation_server.media.embedded import private_names

__all__ = ["DtlsAssociation", "is_dtls"]

logger = logging.getLogger(__name__)

_FIRST, _LAST = 20, 63  # RFC 7983 §7


def is_dtls(first_byte: int) -> bool:
    """Whether a datagram that begins so may be a DTLS record."""
    return _FIRST <= first_byte <= _LAST


class _Pipe:
    """What aiortc takes for its ICE transport: a bounded inbox and a way out."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None], limit: int) -> None:
        self._out = send
        self._limit = limit
        self._inbox: deque[bytes] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False

    def feed(self, data: bytes) -> bool:
        if self._closed or len(self._inbox) >= self._limit:
            return False
        self._inbox.append(data)
        self._wake()
        return True

    def close(self) -> None:
        self._closed = True
        self._inbox.clear()
        self._wake()

    async def _recv(self) -> bytes:
        while not self._inbox:
            if self._closed:
                raise ConnectionError
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._inbox.popleft()

    async def _send(self, data: bytes) -> None:
        if self._closed:
            raise ConnectionError
        self._out(data)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class DtlsAssociation:
    """Handshake, identity check and keys. `on_change` is called with connected, failed or closed, once each at most."""

    def __init__(
        self, certificate: RTCCertificate, send: Callable[[bytes], None], inbox: int, on_change: Callable[[str], None]
    ) -> None:
        self._certificate = certificate
        self._pipe = _Pipe(send, inbox)
        self._on_change = on_change
        self._dtls = private_names.new_dtls(self._pipe, certificate, "server")
        self._starting: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def started(self) -> bool:
        """Whether the peer's fingerprint is known and the handshake may run."""
        return self._starting is not None

    def feed(self, data: bytes) -> bool:
        """Hand in one record; False when the inbox is full."""
        return self._pipe.feed(data)

    def start(self, fingerprints: Sequence[tuple[str, str]], role: str) -> None:
        """Begin the handshake as `role` (client, server) with a peer of these (algorithm, value) fingerprints."""
        if role != "server":
            self._dtls = private_names.new_dtls(self._pipe, self._certificate, role)
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        self._starting = asyncio.get_running_loop().create_task(self._run(parameters))

    def sessions(self) -> tuple[Session, Session]:
        """The SRTP sessions (receiving, sending) once connected."""
        return private_names.sessions_of(self._dtls)

    async def close(self) -> None:
        """Send close_notify and end; idempotent."""
        if self._closing:
            return
        self._closing = True
        pump = private_names.pump_of(self._dtls)
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
            pump = private_names.pump_of(self._dtls)
            with contextlib.suppress(ConnectionError):
                await self._dtls.stop()
        self._pipe.close()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)
        self._dtls.remove_all_listeners()

    async def _run(self, parameters: RTCDtlsParameters) -> None:
        try:
            await self._dtls.start(parameters)
        except Exception as error:  # noqa: BLE001 - whatever a hostile handshake provokes, the engine lives on
            logger.warning("dtls handshake failed: %s", type(error).__name__)
            self._tell("failed")
            return
        if self._dtls.state != "connected":
            self._tell("failed")
            return
        self._dtls.on("statechange", self._changed)
        self._tell("connected")

    def _changed(self) -> None:
        if self._dtls.state == "closed":
            self._tell("closed")

    def _tell(self, state: str) -> None:
        if not self._closing:
            self._on_change(state)
