"""A matter of one house taken in by another: checked whole, once, for one account; cockpit and materials are usable."""

import asyncio
import base64
import hashlib
import json
import shutil
import zipfile

import pytest

from mediation_server.at_rest.matter_keys import Purpose, keys_of
from mediation_server.at_rest.stored import is_stored
from mediation_server.bundles import SIGNED
from mediation_server.config import Settings
from mediation_server.domain.application import Draft
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.log import canonical
from mediation_server.domain.people import Role
from mediation_server.errors import BadInput, Conflict, Gone, NotFound, Refused
from mediation_server.keyring import KeyRing
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from mediation_server.store import applications, audit
from mediation_server.store.applications import ApplicationRecord
from recordings.imported import ImportWish, imported_from
from tests.web.browser import Browser
from tests.web.recorded import recorded_site
from tests.web.test_bundles import taken
from tests.web.test_materials import come, raw
from web.app_keys import IMPORTED

DESK = f"/matters/{demo_data.MATTER_4}/bundle"
JUDGE = ImportWish(cast.CONFIRMING_JUDGE.login, "上级法院调卷")


@pytest.fixture(scope="module")
def house(first_day, tmp_path_factory):
    """The first house, whose judge took the matter along: made once, since every test wants the very same file."""
    directory = tmp_path_factory.mktemp("first-house")
    asyncio.run(_taken_along(first_day, directory))
    return directory


async def _taken_along(first_day, directory):
    async with recorded_site(first_day, directory / "data") as first, Browser(first.url) as browser:
        at, owner = first.ctx.clock.now(), cast.PARTY_ACCOUNTS[0].id
        applied = ApplicationRecord(new_id(), owner, None, "x", Draft(), at, at, demo_data.MATTER_4, at)
        async with first.ctx.db.transaction() as tx:
            await applications.add(tx, applied)
        await browser.become("judge")
        bundle = await taken(first, browser, DESK)
    await asyncio.to_thread((directory / "matter.zip").write_bytes, bundle)


@pytest.fixture
def bundle(house, tmp_path):
    """A copy of what the judge took along."""
    return shutil.copy(house / "matter.zip", tmp_path / "matter.zip")


@pytest.fixture
async def site(first_day, tmp_path):
    """Another house, which never heard of the matter."""
    async with recorded_site(first_day, tmp_path / "second") as second:
        async with second.ctx.db.transaction() as tx:
            await tx.exec_driver_sql("UPDATE matters SET ref = 'X-' || ref")
        yield second


async def refused(site, path, wish=JUDGE, kind=BadInput):
    with pytest.raises(kind) as refusal:
        await imported_from(site.ctx, path, wish)
    async with site.ctx.db.reading() as tx:
        assert (await tx.exec_driver_sql("SELECT count(*) FROM imported_matters")).scalar_one() == 0
    assert list((site.ctx.settings.data_dir / "imported").glob("*")) == []
    return refusal.value.code


def plain_in(directory):
    """What is not encrypted of an imported matter, but for the papers of its recordings."""
    files = [each for each in directory.rglob("*") if each.is_file() and not is_stored(each.parent, each.name)]
    return [each for each in files if each.parent.parent.name != "recordings" or each.suffix == ".mkv"]


async def test_it_is_read_by_whoever_took_it_in_with_cockpit_and_seal(site, browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    assert f"/imported/{made.id}" in (await browser.get("/imported")).text
    assert await asyncio.to_thread(plain_in, site.ctx.settings.data_dir / "imported" / made.id) == []
    page = await browser.get(f"/imported/{made.id}")
    assert "移入时逐一核对" in page.text
    assert "没有与对方公布的核对过" in page.text
    assert made.key in page.text
    receipt = f"/imported/{made.id}/files/documents/01-application_receipt.pdf"
    assert receipt in page.text
    status, headers, paper = await raw(browser, "GET", receipt)
    assert (status, headers["Content-Disposition"][:10], paper[:5]) == (200, "attachment", b"%PDF-")
    assert (await raw(browser, "GET", receipt.replace("01-", "02-")))[0] == 404
    viewing = (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": "核对笔录"})).location
    assert (await browser.get(viewing)).status == 200
    _, _, drawn = await raw(browser, "GET", f"{viewing}/review.json")
    review = json.loads(drawn)
    assert "caucus" in {each["reason"] for each in review["gaps"]}
    for clip in review["clips"]:
        status, headers, data = await raw(
            browser, "GET", f"{viewing}/tracks/{clip['index']}", headers={"Range": "bytes=0-99"}
        )
        assert (status, len(data), headers["Cache-Control"]) == (206, 100, "no-store, private")
    _, _, found = await raw(browser, "GET", f"{viewing}/integrity.json")
    assert json.loads(found) == {"findings": []}


async def test_previews_are_made_when_somebody_looks_and_go_with_the_matter(site, browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    viewing = (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": "核对笔录"})).location
    assert json.loads((await raw(browser, "GET", f"{viewing}/previews.json"))[2])["state"] == "pending"
    await site.app[IMPORTED]._previews.settled()
    told = json.loads((await raw(browser, "GET", f"{viewing}/previews.json"))[2])
    review = json.loads((await raw(browser, "GET", f"{viewing}/review.json"))[2])
    spoke = {each["participant"] for each in review["lanes"] if each["speaking"]}
    assert told["state"] == "ready"
    assert {who for who, levels in told["waves"].items() if max(levels) > 20} == spoke
    who = next(iter(told["sheets"]))
    status, headers, picture = await raw(browser, "GET", f"{viewing}/sheets/{who}.jpg")
    assert (status, picture[:2], headers["Cache-Control"]) == (200, b"\xff\xd8", "no-store, private")
    kept = site.ctx.settings.data_dir / "previews" / made.id
    assert await asyncio.to_thread(plain_in, kept) == []
    await browser.post(f"{viewing}/end")
    assert (await raw(browser, "GET", f"{viewing}/sheets/{who}.jpg"))[0] == 410
    await browser.post(f"/imported/{made.id}/remove")
    assert not kept.exists()


async def test_bookmarks_are_kept_for_whoever_looks_and_go_with_the_matter(site, browser, other_browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    at = f"/imported/{made.id}/recordings/1/viewings"
    viewing = (await browser.post(at, {"reason": "核对笔录"})).location
    for at_ms, text, status in ((61_500, " 方案 ", 201), (12_000, "", 201), (90_001, "", 400), (5, "长" * 501, 400)):
        assert (await browser.post(f"{viewing}/notes", {"at_ms": str(at_ms), "text": text})).status == status
    again = (await browser.post(at, {"reason": "再次核对"})).location
    kept = json.loads((await raw(browser, "GET", f"{again}/notes.json"))[2])["notes"]
    assert [(each["offset_ms"], each["text"]) for each in kept] == [(12_000, ""), (61_500, "方案")]
    gone = f"{again}/notes/{kept[0]['id']}"
    same = {"Sec-Fetch-Site": "same-origin"}
    assert [(await raw(browser, "DELETE", gone, headers=same))[0] for _ in range(2)] == [204, 404]
    await other_browser.become("trial_judge")
    assert (await other_browser.get(f"{again}/notes.json")).status == 404
    await browser.post(f"{again}/end")
    assert (await browser.post(f"{again}/notes", {"at_ms": "1", "text": ""})).status == 410
    assert (await browser.post(f"/imported/{made.id}/remove")).status == 303
    async with site.ctx.db.reading() as tx:
        assert (await tx.exec_driver_sql("SELECT count(*) FROM imported_notes")).scalar_one() == 0


async def test_what_was_done_with_it_is_written_down_and_it_can_be_removed(site, browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    viewing = (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": "核对笔录"})).location
    assert (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": " "})).status == 400
    await browser.post(f"{viewing}/end")
    assert (await raw(browser, "GET", f"{viewing}/tracks/0"))[0] == 410
    keys = keys_of(site.ctx.settings)
    (key,) = await asyncio.to_thread(keys.ids, made.id, Purpose.RECORD)
    assert (await browser.post(f"/imported/{made.id}/remove")).status == 303
    with pytest.raises(Gone):  # nor does a backup show it any more
        await asyncio.to_thread(keys.scope_key, key, "recording/01")
    assert (await browser.get(f"/imported/{made.id}")).status == 404
    assert not (site.ctx.settings.data_dir / "imported" / made.id).exists()
    async with site.ctx.db.reading() as tx:
        entries = await audit.entries_about(tx, f"import:{made.id}")
    assert [(each.action, each.purpose) for each in entries] == [
        (AuditAction.BUNDLE_IMPORTED, JUDGE.reason),
        (AuditAction.IMPORT_WATCHED, "核对笔录"),
        (AuditAction.IMPORT_REMOVED, ""),
    ]


async def test_nobody_else_finds_it(site, browser, other_browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    viewing = (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": "核对笔录"})).location
    roles = (Role.MEDIATOR, Role.FILING, Role.CLERK, Role.ADMIN, Role.AUDITOR)
    others = [next(each for each in cast.USERS if each.role is role) for role in roles]
    for other in (cast.TRIAL_JUDGE, *others):
        await come(other_browser, other)
        for path in (f"/imported/{made.id}", viewing, f"{viewing}/review.json", f"{viewing}/tracks/0"):
            assert (await other_browser.get(path)).status == 404, (other.login, path)
        assert (await other_browser.post(f"/imported/{made.id}/remove")).status == 404
        assert made.ref not in (await other_browser.get("/imported")).text


async def test_the_same_is_not_taken_in_twice_and_nothing_of_it_is_lost(site, browser, bundle):
    made = await imported_from(site.ctx, bundle, JUDGE)
    with pytest.raises(Conflict, match="import_known"):
        await imported_from(site.ctx, bundle, JUDGE)
    await browser.become("judge")
    viewing = (await browser.post(f"/imported/{made.id}/recordings/1/viewings", {"reason": "核对笔录"})).location
    assert (await raw(browser, "GET", f"{viewing}/integrity.json"))[2] == b'{"findings": []}'


async def test_two_imports_of_the_same_at_once_leave_one(site, bundle):
    results = await asyncio.gather(*(imported_from(site.ctx, bundle, JUDGE) for _ in range(2)), return_exceptions=True)
    assert sum(not isinstance(each, Exception) for each in results) == 1


async def test_a_matter_of_this_house_needs_no_import(site, bundle):
    async with site.ctx.db.transaction() as tx:
        await tx.exec_driver_sql("UPDATE matters SET ref = substr(ref, 3)")
    assert await refused(site, bundle, kind=Conflict) == "import_own"


@pytest.mark.parametrize(("login", "kind"), [("nobody.here", NotFound), ("admin", Refused), ("auditor", Refused)])
async def test_it_is_taken_in_for_nobody_who_may_not_read_it(site, bundle, login, kind):
    await refused(site, bundle, ImportWish(login, "上级法院调卷"), kind)


async def test_another_key_than_the_one_that_was_named_is_refused(site, bundle, house):
    assert await refused(site, bundle, ImportWish(JUDGE.login, JUDGE.reason, "ab" * 8)) == "bundle_other_key"
    key = KeyRing(Settings(data_dir=house / "data").keys_dir).public_keys()[-1].id
    assert (await imported_from(site.ctx, bundle, ImportWish(JUDGE.login, JUDGE.reason, key))).key_known


async def test_a_bit_anywhere_in_it_is_found(site, bundle):
    data = bundle.read_bytes()
    for place in range(1000, len(data) - 1000, len(data) // 12):
        harmed = bytearray(data)
        harmed[place] ^= 4
        bundle.write_bytes(harmed)
        assert await refused(site, bundle) in ("bundle_changed", "bundle_unreadable", "bundle_unsigned")


async def test_a_recording_that_does_not_hold_is_refused_whoever_signed_the_list(site, bundle, tmp_path):
    """Somebody with a key of their own changes a picture and makes the list anew."""
    await asyncio.to_thread(resigned, bundle, KeyRing(tmp_path / "thief").signer(site.clock.now()), changed_media)
    assert await refused(site, bundle) == "bundle_evidence"


async def test_a_list_of_another_shape_is_refused(site, bundle, tmp_path):
    signer = KeyRing(tmp_path / "thief").signer(site.clock.now())

    def bent(_files, said):
        said["parts"][0]["lines"] = [{"kind": "<script>"}]

    await asyncio.to_thread(resigned, bundle, signer, bent)
    assert await refused(site, bundle) == "bundle_unreadable"


def changed_media(files, _said):
    name = next(name for name in files if name.endswith(".mkv"))
    data = bytearray(files[name])
    data[len(data) // 2] ^= 1
    files[name] = bytes(data)


def resigned(path, signer, change):
    """The bundle with a change, its list made anew and signed."""
    with zipfile.ZipFile(path) as source:
        files = {name: source.read(name) for name in source.namelist()}
    said = json.loads(files.pop("bundle.json"))
    change(files, said)
    said["files"] = {name: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for name, d in files.items()}
    said |= {"key": signer.id, "public": base64.b64encode(signer.public).decode()}
    del said["signature"]
    said["signature"] = base64.b64encode(signer.sign(SIGNED + canonical(said))).decode()
    with zipfile.ZipFile(path, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
        target.writestr("bundle.json", canonical(said))
