"""The web server's port: taken before anything else happens, so that a taken one changes nothing; knows no page."""

from __future__ import annotations

import socket
import ssl

from mediation_server.config import Settings
from mediation_server.errors import Unavailable

__all__ = ["BACKLOG", "listening_socket", "metrics_socket", "tls_context", "url_of"]

BACKLOG = 1024  # after a restart every page of a house comes at once: whoever finds no place tries again a second later


def listening_socket(settings: Settings) -> socket.socket:
    """The port, ours from now on: two starts at once cannot both have it. Blocks. Raises `Unavailable("port_taken")`.

    Whoever connects before the product is ready waits in the backlog.
    """
    return _bound(settings.host, settings.port)


def metrics_socket(settings: Settings) -> socket.socket | None:
    """The port of /metrics, if there shall be one. Blocks. Raises `Unavailable("port_taken")`."""
    port = 0 if settings.demo and settings.metrics_port is None else settings.metrics_port
    return None if port is None else _bound(settings.metrics_host, port)


def _bound(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as taken:
        raise Unavailable("port_taken", port=port) from taken


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What TLS needs, if we speak it ourselves. Blocks. Raises `OSError` when certificate or key cannot be read."""
    if not settings.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


def url_of(settings: Settings, bound: socket.socket) -> str:
    """How browsers reach the port: as the settings say, else by the address it is bound to."""
    shown = settings.public_ip or settings.host
    scheme = "https" if settings.tls_certificate else "http"
    return settings.public_url.rstrip("/") or f"{scheme}://{shown}:{bound.getsockname()[1]}"
