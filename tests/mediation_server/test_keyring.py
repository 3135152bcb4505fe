"""The keys that sign recordings: made once, readable by their owner alone, followed by others that they endorse."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mediation_server.keyring import KeyRing, first_unendorsed, signed_by

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "keys")


def test_the_first_key_is_made_at_its_first_use_and_only_its_owner_can_read_it(ring):
    signer = ring.signer(NOW)
    (private,) = ring.directory.glob("*.pem")
    assert (private.stat().st_mode & 0o777, ring.directory.stat().st_mode & 0o777) == (0o600, 0o700)
    assert KeyRing(ring.directory).signer(NOW).id == signer.id
    assert [each.id for each in ring.public_keys()] == [signer.id]


def test_what_it_signs_is_found_right_by_the_public_key_and_nothing_else_is(ring):
    signer = ring.signer(NOW)
    (key,) = ring.public_keys()
    signature = base64.b64encode(signer.sign(b"said")).decode()
    assert signed_by(key.public, b"said", signature)
    assert not signed_by(key.public, b"sand", signature)
    assert not signed_by(key.public, b"said", "no base64")


def test_a_new_key_is_endorsed_by_the_former_one_whose_private_half_is_gone(ring):
    former = ring.signer(NOW)
    entry = ring.rotate(NOW)
    first, second = ring.public_keys()
    assert (first.id, second, entry.endorsed_by) == (former.id, entry, former.id)
    assert first.until == entry.since
    assert ring.signer(NOW).id == entry.id
    assert [each.name for each in ring.directory.glob("*.pem")] == [f"evidence-{entry.id}.pem"]
    assert first_unendorsed(ring.public_keys()) is None


def test_a_key_that_nobody_endorsed_is_found(ring):
    ring.signer(NOW)
    ring.rotate(NOW)
    first, second = ring.public_keys()
    assert first_unendorsed((first, replace(second, since="2020-01-01T00:00:00.000Z"))).id == second.id
    assert first_unendorsed((first, replace(second, endorsed_by="another"))).id == second.id


def test_a_public_key_under_the_name_of_another_is_refused(ring):
    ring.signer(NOW)
    file = ring.directory / "evidence.json"
    raw = json.loads(file.read_bytes())
    raw["keys"][0]["id"] = "0" * 16
    file.write_text(json.dumps(raw))
    with pytest.raises(ValueError, match="0000"):
        ring.signer(NOW)
