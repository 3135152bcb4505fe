"""Our own selective forwarding unit; the only package that may know aiortc, aioice and pylibsrtp."""

from mediation_server.media.embedded.canary import CanaryBird
from mediation_server.media.embedded.certificate import new_certificate
from mediation_server.media.embedded.engine import EmbeddedEngine
from mediation_server.media.embedded.sockaddr import reached_at

__all__ = ["CanaryBird", "EmbeddedEngine", "new_certificate", "reached_at"]
