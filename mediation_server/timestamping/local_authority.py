"""A test authority for demo and tests: stamps whatever it is asked to, on its own loopback port."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mediation_server.clock import Clock
from mediation_server.timestamping import der
from mediation_server.timestamping.authority import ANSWER
from mediation_server.timestamping.der import DerError
from mediation_server.timestamping.tokens import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE,
    TST_INFO,
)

__all__ = ["LocalAuthority", "LocalAuthorityServer"]

_POLICY = "1.3.6.1.4.1.99999.1"  # of nobody
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"
_DAYS = 3650
_MAX_QUESTION = 4096
_STOP_S = 1.0


class LocalAuthority:
    """Key and certificate in a directory of their own, made at the first use; blocks while it is built."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._clock = clock
        self._serial = 0
        key_path, certificate_path = directory / "key.pem", directory / "certificate.pem"
        if not certificate_path.exists():
            _make(directory, key_path, certificate_path, clock.now())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(key_path.name)
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())

    @property
    def certificate(self) -> bytes:
        """The certificate (DER) that a verifier has to trust."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    async def stamp(self, digest: bytes) -> bytes:
        """A token over this SHA-256, without a network: for a history that is told, not lived."""
        return self.token(der.element(der.SEQUENCE, _algorithm(SHA256), der.element(der.OCTETS, digest)), None)

    async def close(self) -> None:
        """Nothing is open."""

    def answer(self, question: bytes) -> bytes:
        """A TimeStampResp (RFC 3161 §2.4.2), also for a question that is none."""
        refused = der.element(der.SEQUENCE, der.element(der.SEQUENCE, der.integer(2)))
        try:
            fields = der.parsed(question).as_(der.SEQUENCE).parts()
            imprint = fields[1].as_(der.SEQUENCE)
            nonce = next((each.number for each in fields[2:] if each.tag == der.INTEGER), None)
            kind = imprint.parts()[0].parts()[0].name
        except (DerError, IndexError):
            return refused
        if kind != SHA256:
            return refused
        granted = der.element(der.SEQUENCE, der.integer(0))
        return der.element(der.SEQUENCE, granted, self.token(imprint.whole, nonce))

    def token(self, imprint: bytes, nonce: int | None) -> bytes:
        """A token over a MessageImprint (DER)."""
        self._serial += 1
        now = self._clock.now()
        stamped = f"{now:%Y%m%d%H%M%S}.{now.microsecond // 1000:03d}".rstrip("0").rstrip(".") + "Z"
        content = der.element(
            der.SEQUENCE,
            der.integer(1),
            der.oid(_POLICY),
            imprint,
            der.integer(self._serial),
            der.element(der.GENERALIZED_TIME, stamped.encode()),
            b"" if nonce is None else der.integer(nonce),
        )
        wrapped = der.element(der.SEQUENCE, der.oid(TST_INFO), der.context(0, der.element(der.OCTETS, content)))
        data = der.element(
            der.SEQUENCE,
            der.integer(3),
            der.element(der.SET, _algorithm(SHA256)),
            wrapped,
            der.context(0, self.certificate),
            der.element(der.SET, self._signer(content)),
        )
        return der.element(der.SEQUENCE, der.oid(SIGNED_DATA), der.context(0, data))

    def _signer(self, content: bytes) -> bytes:
        named = der.element(der.SEQUENCE, der.element(der.OCTETS, hashlib.sha256(self.certificate).digest()))
        attributes = sorted(
            (
                _attribute(CONTENT_TYPE, der.oid(TST_INFO)),
                _attribute(MESSAGE_DIGEST, der.element(der.OCTETS, hashlib.sha256(content).digest())),
                _attribute(SIGNING_CERTIFICATE, der.element(der.SEQUENCE, der.element(der.SEQUENCE, named))),
            )
        )
        signature = self._key.sign(der.element(der.SET, *attributes), ec.ECDSA(hashes.SHA256()))
        issuer = self._certificate.issuer.public_bytes()
        return der.element(
            der.SEQUENCE,
            der.integer(1),
            der.element(der.SEQUENCE, issuer, der.integer(self._certificate.serial_number)),
            _algorithm(SHA256),
            der.context(0, *attributes),
            der.element(der.SEQUENCE, der.oid(_ECDSA_SHA256)),
            der.element(der.OCTETS, signature),
        )


class LocalAuthorityServer:
    """Serves one on loopback, so that the demo crosses a real boundary; `off` answers 503."""

    def __init__(self, authority: LocalAuthority) -> None:
        self.authority = authority
        self.off = False
        self._port = 0
        app = web.Application(client_max_size=_MAX_QUESTION)
        app.router.add_post("/", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S)

    @property
    def url(self) -> str:
        """Where it is asked; known once it has started."""
        return f"http://127.0.0.1:{self._port}/"

    async def start(self) -> None:
        """Listen on a free port."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening; idempotent."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if self.off:
            return web.Response(status=503)
        return web.Response(body=self.authority.answer(await request.read()), content_type=ANSWER)


def _make(directory: Path, key_path: Path, certificate_path: Path, now: datetime) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "演示时间戳 demo time stamps")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=_DAYS))  # the demo's sittings lie in the past
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    key_path.touch(mode=0o600)
    pem = serialization.Encoding.PEM
    key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    certificate_path.write_bytes(certificate.public_bytes(pem))


def _attribute(name: str, value: bytes) -> bytes:
    return der.element(der.SEQUENCE, der.oid(name), der.element(der.SET, value))


def _algorithm(name: str) -> bytes:
    return der.element(der.SEQUENCE, der.oid(name), der.element(der.NULL))
