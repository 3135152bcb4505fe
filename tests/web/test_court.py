"""The court's door: only what is signed with the shared key gets in, once, whatever a browser could send."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from mediation_server.caseflow.envelope import MAX_BYTES, sealed
from mediation_server.services import demo_data
from mediation_server.store import inbox, matters
from tests.court_letters import letter
from tests.court_world import KEY

DOOR = "/api/court/envelopes"


@pytest.fixture
async def ref(site):
    async with site.ctx.db.reading() as tx:
        return (await matters.matter(tx, demo_data.MATTER_1)).ref


async def brought(site, body, **headers):
    async with (
        aiohttp.ClientSession() as session,
        session.post(site.url.with_path(DOOR), data=body, headers=headers) as it,
    ):
        return it.status, json.loads(await it.read())


async def kept(site, ref):
    async with site.ctx.db.reading() as tx:
        return await inbox.last_seq(tx, ref)


async def test_a_signed_letter_gets_in_and_is_answered_the_same_each_time(site, ref):
    one = letter(ref, site.clock.now())
    first = await brought(site, one.wire())
    assert (first[0], first[1]["answer"], first[1]["message_id"]) == (200, "ack", one.message_id)
    assert await brought(site, one.wire()) == first
    assert await kept(site, ref) == 1


async def test_without_the_key_nothing_gets_in(site, ref):
    one = letter(ref, site.clock.now())
    forged = {
        "unsigned": replace(one, signature=""),
        "another key": sealed(one, b"another key"),
        "altered": replace(one, payload=dict(one.payload) | {"case_no": "别的案号"}),
        "ours, sent back": sealed(replace(one, source="mediation-server"), KEY),
        "old": letter(ref, site.clock.now() - timedelta(minutes=6)),
    }
    for name, envelope in forged.items():
        status, said = await brought(site, envelope.wire())
        assert (status, said["error"]) == (403, "signature"), name
    assert await kept(site, ref) == 0


@pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b"x" * (MAX_BYTES + 1), 413)])
async def test_what_is_no_envelope_is_refused_in_the_one_shape(site, body, status):
    found, said = await brought(site, body)
    assert (found, said["error"]) == (status, "envelope")
    assert set(said) == {"error", "message", "request"}


async def test_a_staff_login_opens_nothing_here(browser, site, ref):
    await browser.become("judge")
    answer = await browser.post(DOOR, {"matter_ref": ref})
    assert answer.status == 400
    assert await kept(site, ref) == 0
