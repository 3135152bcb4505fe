"""Time stamps: asked for over real HTTP, checked down to the certificate; whatever is wrong with one is found."""

import asyncio
import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.errors import BadInput
from mediation_server.timestamping import der
from mediation_server.timestamping.authority import AuthorityUnreachable, HttpAuthority
from mediation_server.timestamping.local_authority import LocalAuthority, LocalAuthorityServer
from mediation_server.timestamping.tokens import TokenError, checked, request, token_in
from tests.doubles import FakeClock

DIGEST = hashlib.sha256(b"a checkpoint").digest()


@pytest.fixture
def authority(tmp_path):
    return LocalAuthority(tmp_path / "tsa", FakeClock())


def a_token(authority, digest=DIGEST):
    return token_in(authority.answer(request(digest, 7)), digest, 7)


def test_a_token_says_when_and_is_believed_under_its_certificate(authority):
    said = checked(a_token(authority), DIGEST, [authority.certificate])
    assert (said.at, said.digest) == (FakeClock().now(), DIGEST)


def test_a_token_of_a_stranger_is_refused_unless_nobody_in_particular_is_trusted(authority, tmp_path):
    stranger = LocalAuthority(tmp_path / "stranger", FakeClock())
    with pytest.raises(TokenError, match="not trusted"):
        checked(a_token(stranger), DIGEST, [authority.certificate])
    assert checked(a_token(stranger), DIGEST, []).certificate == stranger.certificate


def test_a_token_over_something_else_is_refused(authority):
    with pytest.raises(TokenError, match="over something else"):
        checked(a_token(authority), bytes(32), [authority.certificate])


def test_an_answer_to_another_question_is_refused(authority):
    with pytest.raises(TokenError, match="another question"):
        token_in(authority.answer(request(DIGEST, 8)), DIGEST, 7)


@pytest.mark.parametrize("question", [b"", b"\x30\x00", request(DIGEST, 7)[:-3]])
def test_a_question_that_is_none_gets_a_refusal(authority, question):
    with pytest.raises(TokenError):
        token_in(authority.answer(question), DIGEST, 7)


def test_no_bit_of_a_token_can_be_flipped_without_being_found(authority):
    token = a_token(authority)
    for at in range(len(token)):
        bent = bytearray(token)
        bent[at] ^= 1 << at % 8
        with pytest.raises(TokenError):
            checked(bytes(bent), DIGEST, [authority.certificate])


@given(st.binary(max_size=80))
def test_no_bytes_are_more_than_a_token_that_is_none(data):
    with pytest.raises(TokenError):
        checked(data, DIGEST, [])


@given(st.integers(-(2**70), 2**70), st.lists(st.integers(0, 2**40), min_size=1, max_size=6), st.binary(max_size=300))
def test_what_is_written_reads_back(number, numbers, content):
    assert der.parsed(der.integer(number)).number == number
    name = ".".join(map(str, (1, 2, *numbers)))
    assert der.parsed(der.oid(name)).name == name
    assert der.parsed(der.element(der.OCTETS, content)).content == content


def test_another_implementation_believes_our_tokens(authority, tmp_path):
    openssl = shutil.which("openssl")
    assert openssl, "install openssl: nothing else here reads a token of ours"
    (tmp_path / "answer").write_bytes(authority.answer(request(DIGEST, 7)))
    certificate = tmp_path / "tsa" / "certificate.pem"
    said = subprocess.run(
        [openssl, "ts", "-verify", "-digest", DIGEST.hex(), "-in", tmp_path / "answer", "-CAfile", certificate,
         "-attime", str(int(FakeClock().now().timestamp()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


async def test_it_is_asked_over_http_and_says_in_a_word_why_nothing_came(tmp_path):
    authority = await asyncio.to_thread(LocalAuthority, tmp_path / "tsa", FakeClock())
    server = LocalAuthorityServer(authority)
    await server.start()
    client = HttpAuthority(server.url)
    try:
        assert checked(await client.stamp(DIGEST), DIGEST, [authority.certificate]).digest == DIGEST
        server.off = True
        with pytest.raises(AuthorityUnreachable, match="http_503"):
            await client.stamp(DIGEST)
        await server.close()
        with pytest.raises(AuthorityUnreachable, match="connection"):
            await client.stamp(DIGEST)
    finally:
        await client.close()
        await server.close()


@pytest.mark.parametrize("address", ["ftp://tsa.example", "tsa.example", "https://me:secret@tsa.example", "http://"])
def test_an_address_that_cannot_be_one_is_refused(address):
    with pytest.raises(BadInput):
        HttpAuthority(address)
