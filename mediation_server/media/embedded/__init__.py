"""Our own selective forwarding unit; the only package that may know aiortc, aioice and pylibsrtp."""

from mediation_server.media.embedded.canary import CanaryBird
from mediation_server.media.embedded.engine import EmbeddedEngine

__all__ = ["CanaryBird", "EmbeddedEngine"]
