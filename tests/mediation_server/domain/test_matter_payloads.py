import pytest

from mediation_server.domain.matter_log import MatterEventKind
from mediation_server.domain.matter_payloads import PAYLOADS, checked
from mediation_server.errors import BadInput

K = MatterEventKind
SIGNED = {"agreement": "v", "party": "zhou", "sha256": "11", "method": "sms_otp"}


def test_every_kind_of_event_has_its_shape():
    assert set(PAYLOADS) == set(K)


def test_what_is_none_is_left_out_and_what_may_be_missing_may():
    assert checked(K.SIGNED, {**SIGNED}) == SIGNED
    assert checked(K.REFUSED, {"party": "zhou", "reason": None}) == {"party": "zhou"}


@pytest.mark.parametrize("missing", SIGNED)
def test_what_must_be_there_is_asked_for_by_name(missing):
    for empty in (None, ""):
        with pytest.raises(BadInput, match="required") as refusal:
            checked(K.SIGNED, {**SIGNED, missing: empty})
        assert refusal.value.field == missing


@pytest.mark.parametrize(
    ("kind", "payload", "field"),
    [
        (K.EXTENDED, {"days": 0, "consents": ["a"]}, "days"),
        (K.EXTENDED, {"days": 3_661, "consents": ["a"]}, "days"),
        (K.EXTENDED, {"days": True, "consents": ["a"]}, "days"),
        (K.EXTENDED, {"days": 7, "consents": "a"}, "consents"),
        (K.EXTENDED, {"days": 7, "consents": ["a"] * 201}, "consents"),
        (K.FEE_NOTICED, {"fen": -1}, "fen"),
        (K.PRESERVED, {"measure_on": "2026-02-30"}, "measure_on"),
        (K.CONCLUDED, {"outcome": "won", "ground": "g1"}, "outcome"),
        (K.CONCLUDED, {"outcome": "agreed", "ground": "g1", "effective_at": "2026-11-23T06:00:00"}, "effective_at"),
        (K.PERFORMING, {"instalments": [{"due": "2026-12-01", "fen": 1.5}]}, "instalments"),
        (K.PERFORMING, {"instalments": [{"due": "2026-12-01", "fen": 1, "x": 1}]}, "instalments"),
        (K.CREATED, {"parties": {"a": "judge"}}, "parties"),
        (K.ACCEPTED, {"mediator": "m", "days": 7, "procedure": "特别"}, "procedure"),
        (K.REJECTED, {"reason": "x" * 20_001, "alternative": "诉讼"}, "reason"),
    ],
)
def test_a_value_of_another_kind_is_refused_at_its_place(kind, payload, field):
    with pytest.raises(BadInput, match="payload_shape") as refusal:
        checked(kind, payload)
    assert refusal.value.field == field


@pytest.mark.parametrize("kind", [K.RESUMED, K.CLOSED, K.SIGNED])
def test_what_has_no_place_is_refused(kind):
    with pytest.raises(BadInput, match="payload_unknown") as refusal:
        checked(kind, {**(SIGNED if kind is K.SIGNED else {}), "note": "二万元即可"})
    assert refusal.value.field == "note"
