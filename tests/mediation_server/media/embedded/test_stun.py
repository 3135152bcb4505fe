import os

from aioice import stun as codec
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.stun import Credentials, local_ufrag, respond, verify

OURS = Credentials("ourufrag", "ourpassword" * 3)

AUTHENTICATED = 72  # bytes of the request below up to its FINGERPRINT, which no integrity covers


def request(password=OURS.password, *, nominate=False):
    message = codec.Message(codec.Method.BINDING, codec.Class.REQUEST, b"transaction!")
    message.attributes["PRIORITY"] = 1
    message.attributes["USERNAME"] = f"{OURS.ufrag}:theirs"
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def test_an_authenticated_request_is_answered_with_its_address():
    data = request(nominate=True)
    assert local_ufrag(data) == OURS.ufrag
    checked = verify(data, OURS.password)
    assert checked.nominates
    answer = codec.parse_message(respond(checked, ("192.0.2.7", 4000), OURS.password))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 4000)
    assert answer.transaction_id == checked.transaction
    assert answer.check_message_integrity(OURS.password.encode())


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), st.integers(0, 65_535), st.text("abcXYZ019", min_size=22))
def test_an_answer_is_what_the_codec_would_write(host, port, password):
    checked = verify(request(password), password)
    message = codec.Message(codec.Method.BINDING, codec.Class.RESPONSE, checked.transaction)
    message.attributes["XOR-MAPPED-ADDRESS"] = (str(host), port)
    message.add_message_integrity(password.encode())
    assert respond(checked, (str(host), port), password) == bytes(message)


def test_a_scope_is_no_part_of_the_address():
    checked = verify(request(), OURS.password)
    scoped, bare = (respond(checked, (host, 9), OURS.password) for host in ("fe80::1%lo", "fe80::1"))
    assert scoped == bare


def test_a_wrong_password_or_none_is_refused():
    assert verify(request("another password"), OURS.password) is None
    bare = codec.Message(codec.Method.BINDING, codec.Class.REQUEST)
    assert verify(bytes(bare), OURS.password) is None
    assert not verify(request(), OURS.password).nominates


@given(st.integers(0, AUTHENTICATED - 4), st.binary(min_size=1, max_size=4), st.integers(0, 200))
def test_a_request_mutilated_where_integrity_covers_it_is_never_accepted(at, patch, length):
    data = bytearray(request())
    good = bytes(data)
    data[at : at + len(patch)] = patch
    data = bytes(data[:length])
    local_ufrag(data)
    assert verify(data, OURS.password) is None or data == good


@given(st.binary(max_size=600))
def test_random_bytes_are_no_request(tail):
    data = b"\x00\x01" + len(tail).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + os.urandom(12) + tail
    local_ufrag(data)
    assert verify(data, OURS.password) is None


def test_fresh_credentials_differ_and_are_long_enough():
    made = {Credentials.fresh() for _ in range(50)}
    assert len({each.ufrag for each in made}) == len({each.password for each in made}) == 50
    assert all(len(each.ufrag) >= 4 and len(each.password) >= 22 for each in made)
