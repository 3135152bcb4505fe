"""After a sitting: each side finds its receipt and who could receive it; a stranger to the sitting finds nothing."""

import json
import re
from dataclasses import replace

import pytest
from yarl import URL

from mediation_server import app, offline
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.domain.ids import new_id
from mediation_server.domain.recording import RecordingState
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_data import MATTER_1, MATTER_4, SESSION_4
from mediation_server.store import recordings
from recordings.verify import Outside
from recordings.verify_export import verify_export
from tests.recording_row import recording_of
from tests.web.browser import Browser

BY_NAME = {each.name: each.id for each in cast.PARTY_ACCOUNTS}
PAGE = f"/my/{MATTER_4}/sealed"


@pytest.fixture
async def product(tmp_path):
    settings = Settings(demo=True, data_dir=tmp_path / "var", port=0, media_tcp_port=-1, canary_seconds=0)
    running = await app.start(settings, SystemClock())
    try:
        yield settings, URL(running.url)
    finally:
        await running.close()


async def pages_of(url, name):
    async with Browser(url) as browser:
        assert (await browser.post(f"/demo/people/{BY_NAME[name]}")).status == 303
        page = (await browser.get(PAGE)).text
        receipt = re.search(rf'href="({PAGE}/[a-z0-9]+/receipt)\.pdf"', page)[1]
        async with browser._http.get(f"{receipt}.pdf") as pdf:
            assert (await pdf.read()).startswith(b"%PDF")
        return page, json.loads((await browser.get(f"{receipt}.json")).text)


async def begun_beside(settings, state):
    """One more row of that sitting's recordings, without any file."""
    async with offline._reading_room(settings, SystemClock()) as (context, _):
        first = await recording_of(context, SESSION_4)
        async with context.db.transaction() as tx:
            await recordings.save(tx, replace(first, id=new_id(), state=state, root=None, manifest_sha256=None))


def rows(page):
    return [re.sub(r"<[^>]+>|\s", "", each) for each in re.findall(r'<li class="ledger__row.*?</li>', page, re.DOTALL)]


async def test_receipts_ledger_verifier_and_keys(product):
    settings, url = product
    own, receipt = await pages_of(url, "孙巧云")
    caucus = [each for each in rows(own) if "背对背" in each]
    assert len(caucus) == 1
    assert "何秀兰能听到、看到您" in caucus[0]
    assert "没有其他人，没有录制" in caucus[0]
    assert "钱慧敏" not in caucus[0]

    other, same = await pages_of(url, "钱慧敏")
    assert same == receipt
    assert not [each for each in rows(other) if "背对背" in each]
    assert [each for each in rows(other) if "没有人能听到" in each]

    async with Browser(url) as stranger:
        check = f"/integrity/{receipt['recording']}"
        assert "一致：" in (await stranger.get(f"{check}?value={receipt['manifest_sha256']}")).text
        assert "一致：" in (await stranger.get(f"{check}?value={receipt['root'].upper()}")).text
        assert "不一致：" in (await stranger.get(f"{check}?value={'ab' * 32}")).text
        assert (await stranger.get("/integrity/" + "0" * 26)).status == 404
        keys = json.loads((await stranger.get("/.well-known/mediation-keys.json")).text)["keys"]
        assert [each["public"] for each in keys] == [receipt["public"]]
        verifier = await stranger.get("/verify.html")
        assert verifier.headers["Content-Disposition"].startswith("attachment")
        assert (await stranger.get(PAGE)).status in {303, 401}
        assert (await stranger.post(f"/demo/people/{BY_NAME['周承安']}")).status == 303
        assert (await stranger.get(PAGE)).status == 404
        theirs = f"/my/{MATTER_1}/sealed/{receipt['recording']}/receipt.pdf"
        assert (await stranger.get(theirs)).status == 404

    assert await offline.verify_session(settings, SystemClock(), SESSION_4, receipt["root"]) == []
    (found,) = await offline.verify_session(settings, SystemClock(), SESSION_4, "ab" * 32)
    assert found.startswith("receipt_shown_differs: ")
    target = settings.data_dir / "export"
    await offline.export_evidence(settings, SystemClock(), SESSION_4, target)
    assert verify_export(target, Outside(receipt=receipt["manifest_sha256"])) == []

    await begun_beside(settings, RecordingState.FAILED)
    for value in ("root", "manifest_sha256"):
        assert await offline.verify_session(settings, SystemClock(), SESSION_4, receipt[value]) == []
    await begun_beside(settings, RecordingState.SEALED)  # and its files are gone
    assert await offline.verify_session(settings, SystemClock(), SESSION_4, receipt["root"]) != []
