"""The DTLS certificate of a server as text, so that several processes can show the same one; knows no transport."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from aiortc import RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["certificate_from", "new_certificate"]

_DAYS = 365  # browsers compare the fingerprint and no date (RFC 8122 section 6.2); it changes at every start


def new_certificate() -> str:
    """A fresh key and its self-signed certificate as PEM; a secret."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, secrets.token_hex(16))])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=_DAYS))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return (private + public).decode("ascii")


def certificate_from(pem: str) -> RTCCertificate:
    """The certificate of that text. Raises `ValueError`."""
    data = pem.encode("ascii")
    key = serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not_an_ec_key")  # noqa: TRY004 - the text is wrong, not its type
    return RTCCertificate(key, x509.load_pem_x509_certificate(data))
