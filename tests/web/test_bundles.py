"""A matter as one file: what each recipient gets and does not; the same twice; and every change is found."""

import asyncio
import hashlib
import io
import json
import zipfile
from dataclasses import replace

import pytest

from mediation_server.bundles import bundle_findings
from mediation_server.config import Settings
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.bundle import BUNDLE_KEPT
from mediation_server.domain.material import MaterialState
from mediation_server.errors import BadInput
from mediation_server.services import demo_cast as cast
from mediation_server.services.bundling import making_bundles
from mediation_server.services.demo_data import MATTER_1, MATTER_4
from mediation_server.store import audit, materials, matters
from mediation_server.store.made import BUNDLES
from tests import papers
from tests.court_world import eventually
from tests.web.test_materials import LIN, ZHOU, come, handed_in, raw, relayed
from web.app_keys import BINDER, RECORDING_FILES

ASKED, TAKEN = AuditAction.BUNDLE_ASKED, AuditAction.BUNDLE_TAKEN
MY, DESK, WHY = f"/my/{MATTER_1}/bundle", f"/matters/{MATTER_1}/bundle", {"reason": "归档核对"}


@pytest.fixture
def settings(tmp_path):
    return Settings(demo=True, data_dir=tmp_path / "data")


async def taken(site, browser, path=MY):
    """Ask for one, wait until it is made, fetch it."""
    assert (await browser.post(path, WHY)).status == 303
    order = (await made(browser, path))[0]
    async with making_bundles(site.ctx, site.app[RECORDING_FILES], site.app[BINDER]):
        await eventually(lambda: is_made(browser, path, order["id"]), "the bundle", within_s=60)
    status, headers, data = await raw(browser, "GET", f"{path}/{order['id']}/matter.zip")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "application/zip", "no-store, private")
    return data


async def made(browser, path=MY):
    _, _, told = await raw(browser, "GET", f"{path}/made.json")
    return json.loads(told)["made"]


async def is_made(browser, path, order):
    (state,) = [each["state"] for each in await made(browser, path) if each["id"] == order]
    assert state != "failed"  # nothing comes of it, however long one waits
    return state == "ready"


def opened(data):
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        assert source.testzip() is None
        return {name: source.read(name) for name in source.namelist()}


async def test_a_party_gets_its_own_file_whole_and_what_was_passed_on_as_it_was_shown(site, browser, other_browser):
    await relayed(site)
    await come(browser, ZHOU)
    own = opened(await taken(site, browser))
    assert [name for name in own if name.startswith("materials/")] == ["materials/001-01.jpg"]
    assert [name for name in own if name.startswith("documents/")] == ["documents/01-material_receipt.pdf"]
    await come(other_browser, LIN)
    passed_on = opened(await taken(site, other_browser))
    (page,) = [name for name in passed_on if name.startswith(("materials/", "documents/"))]
    assert page == "materials/001-01-0001.jpg"
    assert passed_on[page] != own["materials/001-01.jpg"]  # without what a camera writes beside the picture
    assert "index.html" in own
    assert b"bundle.css" in own["index.html"]


async def test_in_safety_mode_a_side_takes_no_name_of_the_other_along(site, browser):
    await come(browser, LIN)
    assert any("周承安".encode() in each for each in opened(await taken(site, browser)).values())  # it is there without
    async with site.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), safety=True))
    along = opened(await taken(site, browser))
    assert not [name for name, data in along.items() if "周承安".encode() in data or b"Zhou Cheng" in data]
    assert "对方当事人" in along["index.html"].decode()


async def test_what_was_not_passed_on_or_is_kept_reaches_nobody_else(site, browser, other_browser):
    await handed_in(site)
    await handed_in(site, kept=True, data=papers.photo() + b"another")
    await come(browser, LIN)
    assert not [name for name in opened(await taken(site, browser)) if name.startswith("materials/")]
    await other_browser.become("mediator")
    mediator = opened(await taken(site, other_browser, DESK))
    assert [name for name in mediator if name.startswith("materials/")] == ["materials/001-01.jpg"]  # not the kept one


async def test_no_contact_data_and_no_word_of_a_caucus_is_in_any_bundle(site, browser):
    await browser.become("filing")
    for matter in (MATTER_1, MATTER_4):
        files = opened(await taken(site, browser, f"/matters/{matter}/bundle"))
        del files["verify.html"]  # the same for everybody, and knows the word
        said = b"".join(files.values()).decode("utf-8", "replace")
        async with site.ctx.db.reading() as tx:
            rows = (await tx.exec_driver_sql("SELECT phone FROM matter_parties WHERE matter_id = ?", (matter,))).all()
        assert not any(phone in said for (phone,) in rows)
        assert "caucus" not in said
        assert "背对背" not in said


async def test_the_same_bundle_is_the_same_bytes_and_every_change_is_found(site, browser, tmp_path):
    await handed_in(site)
    await come(browser, ZHOU)
    data = await taken(site, browser)
    assert data == await taken(site, browser)
    file = tmp_path / "b.zip"
    file.write_bytes(data)
    assert await asyncio.to_thread(bundle_findings, file) == []
    for name, content in opened(data).items():
        begin = data.index(content)
        for place in (begin, begin + len(content) // 2, begin + len(content) - 1):
            harmed = bytearray(data)
            harmed[place] ^= 0x10
            file.write_bytes(bytes(harmed))
            try:
                assert await asyncio.to_thread(bundle_findings, file) == [f"changed: {name}"]
            except BadInput:
                assert name == "bundle.json"  # the list itself
    file.write_bytes(data[:-100])
    with pytest.raises(BadInput, match="bundle_unreadable"):
        await asyncio.to_thread(bundle_findings, file)


async def test_a_file_that_stands_in_no_list_is_named(site, browser, tmp_path):
    await come(browser, ZHOU)
    file = tmp_path / "b.zip"
    file.write_bytes(await taken(site, browser))
    with zipfile.ZipFile(file, "a") as more:
        more.writestr("evil.html", "x")
    assert await asyncio.to_thread(bundle_findings, file) == ["unknown: evil.html"]


async def test_it_is_taken_for_a_reason_and_written_down_first(site, browser):
    await come(browser, ZHOU)
    page = await browser.post(MY, {"reason": " "})
    assert page.status == 400
    await taken(site, browser)
    async with site.ctx.db.reading() as tx:
        found = [each for each in await audit.latest(tx, 50) if each.action in (ASKED, TAKEN)]
    assert [(each.action, each.actor, each.purpose) for each in found] == [
        (TAKEN, ZHOU.id, ""),
        (ASKED, ZHOU.id, WHY["reason"]),
    ]
    assert found[0].details["bundle"] == found[1].details["bundle"]


@pytest.mark.parametrize("role", ["trial_judge", "admin", "auditor"])
async def test_whoever_may_not_take_a_matter_along_gets_nothing(browser, role):
    await browser.post(f"/demo/people/{_named(role).id}")
    assert (await browser.get(DESK)).status in (403, 404)
    assert (await browser.post(DESK, WHY)).status in (403, 404)


def _named(role):
    if role == "trial_judge":
        return cast.TRIAL_JUDGE
    return next(each for each in cast.USERS if each.role == role)


async def test_a_party_of_another_matter_finds_none(browser):
    await come(browser, cast.PARTY_ACCOUNTS[3])
    assert (await browser.get(MY)).status == 404


async def test_the_page_says_what_is_in_it_and_what_never_is(site, browser):
    await handed_in(site)
    await come(browser, ZHOU)
    page = await browser.get(MY)
    assert "1个文件" in page.text
    assert "不包含：背对背沟通" in page.text


async def test_the_list_names_every_file_by_its_hash(site, browser):
    await come(browser, ZHOU)
    files = opened(await taken(site, browser))
    said = json.loads(files["bundle.json"])
    assert said["for"] == "party"
    assert set(said["files"]) == set(files) - {"bundle.json"}


# --- the making ---------------------------------------------------------------------------------------------


async def asked(browser, path=MY):
    assert (await browser.post(path, WHY)).status == 303
    return f"{path}/{(await made(browser, path))[0]['id']}"


async def fetched(browser, order, **headers):
    return await raw(browser, "GET", f"{order}/matter.zip", headers=headers)


async def test_it_is_fetched_in_ranges_and_forgotten_after_a_few_days(site, browser):
    await come(browser, ZHOU)
    data = await taken(site, browser)
    order = f"{MY}/{(await made(browser))[0]['id']}"
    status, headers, part = await fetched(browser, order, Range="bytes=10-19")
    assert (status, headers["Content-Range"], part) == (206, f"bytes 10-19/{len(data)}", data[10:20])
    assert hashlib.sha256(data).hexdigest() in (await browser.get(MY)).text
    site.clock.advance(seconds=BUNDLE_KEPT.total_seconds())
    async with making_bundles(site.ctx, site.app[RECORDING_FILES], site.app[BINDER]):
        site.ctx.bundles_asked.set()
        await eventually(lambda: is_gone(site), "the end of its time")
    assert list((site.ctx.settings.data_dir / "bundles").iterdir()) == []


async def is_gone(site):
    async with site.ctx.db.reading() as tx:
        return not await BUNDLES.of(tx, MATTER_1, ZHOU.id)


async def test_nobody_waits_for_more_than_a_few_and_one_let_go_leaves_nothing(site, browser):
    await come(browser, ZHOU)
    order = await asked(browser)
    await asked(browser)
    refused = await browser.post(MY, WHY)
    assert (refused.status, "请等其中一份完成" in refused.text) == (409, True)
    assert (await browser.post(f"{order}/cancel")).status == 303
    await asked(browser)
    assert (await fetched(browser, order))[0] == 404


async def test_what_is_not_theirs_any_more_is_not_fetched(site, browser, other_browser):
    material = await relayed(site)
    await come(browser, LIN)
    await taken(site, browser)
    order = f"{MY}/{(await made(browser))[0]['id']}"
    async with site.ctx.db.transaction() as tx:
        row = await materials.material(tx, material.id)
        await materials.save(tx, replace(row, state=MaterialState.SUBMITTED, relayed_to=()))
    assert (await fetched(browser, order))[0] == 410
    await come(other_browser, ZHOU)
    assert (await fetched(other_browser, order))[0] == 404  # and never somebody else's


async def test_a_side_that_may_know_no_names_any_more_does_not_get_what_holds_them(site, browser):
    await come(browser, LIN)
    await taken(site, browser)
    order = f"{MY}/{(await made(browser))[0]['id']}"
    async with site.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), safety=True))
    assert (await fetched(browser, order))[0] == 410


async def test_a_full_disk_is_left_to_recordings(site, browser):
    site.app[BINDER]._reserve = 1 << 60
    await come(browser, ZHOU)
    await asked(browser)
    async with making_bundles(site.ctx, site.app[RECORDING_FILES], site.app[BINDER]):
        await eventually(lambda: has_failed(browser), "the refusal")
    assert "服务器空间不足" in (await browser.get(MY)).text
    assert not (site.ctx.settings.data_dir / "bundles").exists()


async def has_failed(browser):
    return [each["state"] for each in await made(browser)] == ["failed"]
