"""Requests, answers and tokens of RFC 3161: made, read, and checked down to who is trusted; no network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mediation_server.timestamping import der
from mediation_server.timestamping.der import DerError, Element

__all__ = ["SHA256", "TST_INFO", "Token", "TokenError", "checked", "read", "request", "token_in"]

SHA256, TST_INFO, SIGNED_DATA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"  # RFC 5816
_HASHES: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_RSA = frozenset({"1.2.840.113549.1.1.1", *(f"1.2.840.113549.1.1.{n}" for n in (11, 12, 13))})
_ECDSA = {f"sha{bits}": f"1.2.840.10045.4.3.{n}" for n, bits in ((2, 256), (3, 384), (4, 512))}
_FIRST = 0xA0  # context-specific [0]
_VERSION = 3  # RFC 5652 §5.1, for content of a kind of its own
_BROKEN = (DerError, IndexError, KeyError, ValueError, TypeError)
_GRANTED = (0, 1)  # RFC 3161 §2.4.2: granted, granted with modifications


class TokenError(ValueError):
    """A token, or the answer it should be in, is not what it must be; the text says in a few words what."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: over which SHA-256, when, for which question, signed with which certificate (DER)."""

    digest: bytes
    at: datetime
    nonce: int | None
    certificate: bytes


def request(digest: bytes, nonce: int) -> bytes:
    """A question for a time stamp over this SHA-256, with the certificate wanted in the answer."""
    imprint = der.element(der.SEQUENCE, _algorithm(SHA256), der.element(der.OCTETS, digest))
    return der.element(der.SEQUENCE, der.integer(1), imprint, der.integer(nonce), der.element(der.BOOLEAN, b"\xff"))


def token_in(answer: bytes, digest: bytes, nonce: int) -> bytes:
    """The token in an answer to exactly this question; its signature is not checked here. Raises `TokenError`."""
    try:
        status, *rest = der.parsed(answer).as_(der.SEQUENCE).parts()
        if status.parts()[0].number not in _GRANTED or not rest:
            raise TokenError("not granted")
        token = read(rest[0].whole)
    except _BROKEN as broken:
        raise TokenError(str(broken)) from broken
    if (token.digest, token.nonce) != (digest, nonce):
        raise TokenError("an answer to another question")
    return rest[0].whole


def read(data: bytes) -> Token:
    """What a token says, without believing it. Raises `TokenError`."""
    try:
        return _Signed(data).token()
    except _BROKEN as broken:
        raise TokenError(str(broken)) from broken


def checked(data: bytes, digest: bytes, trusted: Sequence[bytes]) -> Token:
    """A token over this SHA-256 whose signature holds. Raises `TokenError`.

    `trusted` are certificates (DER): the signer's must be one of them or be issued by one; none: whoever signed.
    """
    try:
        signed = _Signed(data)
        token = signed.token()
        signed.check()
        certificate = x509.load_der_x509_certificate(token.certificate)
        _check_certificate(certificate, token.at, trusted)
    except (*_BROKEN, InvalidSignature, x509.ExtensionNotFound) as broken:
        raise TokenError(str(broken) or type(broken).__name__) from broken
    if token.digest != digest:
        raise TokenError("over something else")
    return token


class _Signed:
    """The SignedData (RFC 5652 §5.1) of a token with its one signer."""

    def __init__(self, data: bytes) -> None:
        kind, wrapped = der.parsed(data).as_(der.SEQUENCE).parts()
        if kind.name != SIGNED_DATA:
            raise TokenError("no signed data")
        fields = wrapped.as_(_FIRST).parts()[0].as_(der.SEQUENCE).parts()
        content_kind, content = fields[2].as_(der.SEQUENCE).parts()
        if fields[0].number != _VERSION or content_kind.name != TST_INFO:
            raise TokenError("no time stamp")
        self.content = content.as_(_FIRST).parts()[0].as_(der.OCTETS).content
        self._algorithms = [each.whole for each in fields[1].as_(der.SET).parts()]
        self._certificates = [each.whole for part in fields[3:] if part.tag == _FIRST for each in part.parts()]
        (signer,) = fields[-1].as_(der.SET).parts()
        self._signer = signer.as_(der.SEQUENCE)

    def token(self) -> Token:
        """What it says."""
        fields = der.parsed(self.content).as_(der.SEQUENCE).parts()
        algorithm, imprint = fields[2].as_(der.SEQUENCE).parts()
        if algorithm.parts()[0].name != SHA256:
            raise TokenError("not over a SHA-256")
        nonce = next((each.number for each in fields[5:] if each.tag == der.INTEGER), None)
        return Token(imprint.as_(der.OCTETS).content, _instant(fields[4]), nonce, self._certificate())

    def check(self) -> None:
        """The signature, over attributes that name this content and this certificate. Raises `TokenError`."""
        version, _, digest_algorithm, attributes, signing, signature = self._signer.parts()[:6]
        algorithm = _HASHES[_known(digest_algorithm)]
        if version.number != 1 or digest_algorithm.whole not in self._algorithms:
            raise TokenError("not as a signer says it")
        said = {each.parts()[0].name: each.parts()[1].parts()[0] for each in attributes.as_(_FIRST).parts()}
        if said[CONTENT_TYPE].name != TST_INFO or said[MESSAGE_DIGEST].content != _hashed(algorithm, self.content):
            raise TokenError("signed over something else")
        if SIGNING_CERTIFICATE in said and not _names(said[SIGNING_CERTIFICATE], self._certificate()):
            raise TokenError("signed under another certificate")
        message = der.element(der.SET, attributes.content)
        key = x509.load_der_x509_certificate(self._certificate()).public_key()
        named = signing.as_(der.SEQUENCE).parts()[0].name
        if isinstance(key, rsa.RSAPublicKey) and named in _RSA:
            key.verify(signature.as_(der.OCTETS).content, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and named == _ECDSA[algorithm.name]:
            key.verify(signature.as_(der.OCTETS).content, message, ec.ECDSA(algorithm))
        else:
            raise TokenError("a kind of key that is not known")

    def _certificate(self) -> bytes:
        """The signer's, named by issuer and serial number."""
        issuer, serial = self._signer.parts()[1].as_(der.SEQUENCE).parts()
        for each in self._certificates:
            body = der.parsed(each).parts()[0].parts()
            at = 1 if body[0].tag == _FIRST else 0  # the version
            if (body[at].number, body[at + 2].whole) == (serial.number, issuer.whole):
                return each
        raise TokenError("without its certificate")


def _check_certificate(certificate: x509.Certificate, at: datetime, trusted: Sequence[bytes]) -> None:
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
        raise TokenError("a certificate that is not for time stamps")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise TokenError("a certificate that was not valid then")
    known = [x509.load_der_x509_certificate(each) for each in trusted]
    if known and not any(each == certificate or _issued(certificate, each) for each in known):
        raise TokenError("an authority that is not trusted")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _names(attribute: Element, certificate: bytes) -> bool:
    """Whether an ESSCertIDv2 with the default hash names this certificate; with another hash it is passed over."""
    first = attribute.parts()[0].parts()[0].parts()[0]
    return first.tag != der.OCTETS or first.content == hashlib.sha256(certificate).digest()


def _known(algorithm: Element) -> str:
    name = algorithm.parts()[0].name
    if name not in _HASHES:
        raise TokenError("a hash that is not known")
    return name


def _hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _algorithm(name: str) -> bytes:
    return der.element(der.SEQUENCE, der.oid(name), der.element(der.NULL))


def _instant(field: Element) -> datetime:
    """A GeneralizedTime of RFC 3161 §2.4.2: UTC, a fraction or none."""
    text = field.as_(der.GENERALIZED_TIME).content.decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    micro = int(f"{fraction:0<6}"[:6]) if fraction else 0
    return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(microsecond=micro, tzinfo=UTC)
