import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.caseflow.envelope import MAX_BYTES, Attachment, Envelope, opened, payload_sha256, sealed
from mediation_server.errors import BadInput, MediationError, Refused, TooLarge

KEY = b"shared with the court"
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def envelope(**changes):
    fields = {
        "message_id": "0193599c-8f80-7c3e-b0aa-0123456789ab",
        "type": "OutcomeRecorded",
        "schema_version": 1,
        "source": "mediation-server",
        "target_court": "江岚市云桥区人民法院",
        "matter_ref": "TJ-9901-2026-000021",
        "seq": 2,
        "occurred_at": NOW - timedelta(seconds=1, microseconds=250),
        "sent_at": NOW,
        "business_key": "TJ-9901-2026-000021:1",
        "payload": {"outcome": "agreed", "ground": None},
    }
    return Envelope(**(fields | changes))


def test_what_was_sealed_opens_as_it_was():
    document = Attachment("doc 1", "agreement", "调解协议书", "a" * 64, 1200, "/documents/1")
    sent = sealed(envelope(case_no="(2026)皖9901民初2101号", attachments=(document,)), KEY)
    assert opened(sent.wire(), KEY, now=NOW) == sent


@pytest.mark.parametrize("name", [key for key in json.loads(sealed(envelope(), KEY).wire()) if key != "signature"])
def test_a_change_to_any_field_breaks_the_signature(name):
    content = json.loads(sealed(envelope(), KEY).wire())
    content[name] = "changed"
    with pytest.raises(Refused, match="signature"):
        opened(json.dumps(content).encode(), KEY, now=NOW)


@pytest.mark.parametrize("signature", ["", "0" * 64, None, 5, "\ud800", "ü"])
def test_a_signature_of_no_use_is_refused(signature):
    content = json.loads(sealed(envelope(), KEY).wire()) | {"signature": signature}
    with pytest.raises(MediationError, match=r"signature|envelope"):
        opened(json.dumps(content).encode(), KEY, now=NOW)


def test_another_key_opens_nothing():
    with pytest.raises(Refused, match="signature"):
        opened(sealed(envelope(), KEY).wire(), b"another", now=NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_a_recorded_envelope_cannot_be_played_back_later(age):
    body = sealed(envelope(), KEY).wire()
    with pytest.raises(Refused, match="signature"):
        opened(body, KEY, now=NOW + age)
    assert opened(body, KEY, now=NOW + age * 0.9)


def test_store_and_forward_has_no_age():
    assert opened(sealed(envelope(sent_at=NOW - timedelta(days=3)), KEY).wire(), KEY, now=None).seq == 2


def test_two_equal_keys_are_refused_since_parsers_disagree_about_them():
    body = sealed(envelope(), KEY).wire()
    doubled = body.replace(b'"seq":2', b'"seq":2,"seq":2')
    with pytest.raises(BadInput, match="envelope"):
        opened(doubled, KEY, now=NOW)


def signed_by_hand(content):
    """The court's side of the signature, written out to hold ours against it."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return json.dumps(content | {"signature": hmac.new(KEY, text.encode(), "sha256").hexdigest()}).encode()


def test_a_signed_field_we_do_not_know_is_refused():
    content = json.loads(envelope().wire())
    del content["signature"]
    assert opened(signed_by_hand(content), KEY, now=NOW).seq == 2
    with pytest.raises(BadInput, match="envelope"):
        opened(signed_by_hand(content | {"extra": 1}), KEY, now=NOW)


def test_a_body_over_the_limit_is_not_even_parsed():
    with pytest.raises(TooLarge):
        opened(b" " * (MAX_BYTES + 1), KEY, now=NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"[" * 100_000, b'{"a":NaN}', b'"\\ud800"', b"\xff", b"{}"]
)
def test_what_is_no_envelope_is_refused_and_nothing_worse(body):
    with pytest.raises((BadInput, Refused)):
        opened(body, KEY, now=NOW)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(body):
    with pytest.raises((BadInput, Refused)):
        opened(body, KEY, now=NOW)


@given(st.dictionaries(st.text(max_size=5), st.integers(-(2**53), 2**53) | st.text(max_size=5), max_size=4))
def test_equal_payloads_have_equal_hashes_whatever_their_order(payload):
    turned = dict(reversed(payload.items()))
    assert payload_sha256(turned) == payload_sha256(payload)
