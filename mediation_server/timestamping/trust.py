"""Which time-stamping authorities this installation trusts: a certificate in the settings, or the demo's own."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mediation_server.config import Settings
from mediation_server.errors import Unavailable

__all__ = ["demo_authority_directory", "trusted_authorities"]


def demo_authority_directory(settings: Settings) -> Path:
    """Where the demo's test authority keeps its key and certificate."""
    return settings.data_dir / "demo-tsa"


def trusted_authorities(settings: Settings) -> tuple[bytes, ...]:
    """Certificates (DER) of those whose time stamps count; none: whoever signed is shown instead. Blocks.

    Raises `Unavailable("tsa_certificate")` when the file in the settings holds no certificate.
    """
    file = settings.tsa_certificate
    if file is None and settings.demo and not settings.tsa_url:
        file = demo_authority_directory(settings) / "certificate.pem"
        if not file.exists():
            return ()
    if file is None:
        return ()
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as broken:
        raise Unavailable("tsa_certificate") from broken
    return tuple(each.public_bytes(Encoding.DER) for each in found)
