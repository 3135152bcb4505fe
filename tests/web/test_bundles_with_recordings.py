"""What goes along of a recording: everything a verifier needs for whoever may watch, a receipt for its parties."""

import asyncio
import json
import zipfile

import pytest

from mediation_server.bundles import unpacked
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from mediation_server.store import matters
from recordings.verify_bundle import recording_findings, verify_bundle
from tests.recording_row import recording_of
from tests.web.recorded import recorded_site
from tests.web.test_bundles import opened, taken
from tests.web.test_materials import come

DESK, MY = f"/matters/{demo_data.MATTER_4}/bundle", f"/my/{demo_data.MATTER_4}/bundle"
PAPERS = ("evidence.jsonl", "keys.json", "log.json", "manifest.json", "receipt.json", "stamps.json")


@pytest.fixture
async def site(first_day, tmp_path):
    async with recorded_site(first_day, tmp_path / "var") as running:
        yield running


@pytest.fixture
async def judges(site, browser, tmp_path):
    """The bundle of the judge who examines the agreement."""
    await browser.become("judge")
    path = tmp_path / "judge.zip"
    path.write_bytes(await taken(site, browser, DESK))
    return path


def in_it(path, name):
    with zipfile.ZipFile(path) as source:
        return source.read(name)


async def test_whoever_may_watch_gets_what_a_verifier_needs_and_it_holds(site, judges):
    names = [name.removeprefix("recordings/01/") for name in opened(judges.read_bytes()) if "recordings/" in name]
    assert [name for name in names if not name.endswith(".mkv")] == list(PAPERS)
    assert len(names) > len(PAPERS)
    assert await asyncio.to_thread(verify_bundle, judges) == []
    recording = await recording_of(site.ctx, demo_data.SESSION_4)
    assert recording.manifest_sha256 in opened(judges.read_bytes())["index.html"].decode()


async def test_of_a_caucus_its_limits_go_along(judges):
    told = json.loads(in_it(judges, "recordings/01/log.json"))["events"]
    assert {"caucus_opened", "caucus_closed"} <= {each.get("kind") for each in told}
    time_line = json.loads(in_it(judges, "reviews/01.json"))
    assert "caucus" in {each["reason"] for each in time_line["gaps"]}


async def test_a_party_gets_the_receipt_and_nothing_of_the_recording(site, browser):
    async with site.ctx.db.reading() as tx:
        theirs = [each.user_id for each in await matters.parties_of(tx, demo_data.MATTER_4) if each.user_id]
    await come(browser, next(each for each in cast.PARTY_ACCOUNTS if each.id == theirs[0]))
    files = opened(await taken(site, browser, MY))
    assert [name for name in files if name.startswith(("recordings/", "reviews/"))] == ["recordings/01/receipt.json"]
    assert [name for name in files if name.startswith("documents/")] == ["documents/01-recording_receipt.pdf"]
    del files["verify.html"]
    assert not [name for name, data in files.items() if b"caucus" in data or "背对背".encode() in data]


async def test_a_changed_picture_in_a_bundle_is_found(judges, tmp_path):
    out = tmp_path / "out"
    listing = await asyncio.to_thread(unpacked, judges, out)
    assert listing.signed
    data = bytearray(judges.read_bytes())
    first = next(name for name in listing.said["files"] if name.endswith(".mkv"))
    place = data.index((out / first).read_bytes()) + 5000
    data[place] ^= 1
    judges.write_bytes(data)
    assert await asyncio.to_thread(verify_bundle, judges) == [f"changed: {first}"]


async def test_a_log_that_withholds_more_than_it_may_does_not_verify(judges, tmp_path):
    """Whoever makes a list anew with a key of their own still cannot leave out a gap."""
    data = json.loads(in_it(judges, "recordings/01/log.json"))
    for each in data["events"]:
        if each.get("kind") == "recording_gap":
            kept = {name: each[name] for name in ("seq", "previous", "hash")}
            each.clear()
            each.update(kept)
    out = tmp_path / "out"
    await asyncio.to_thread(unpacked, judges, out)
    log = out / "recordings/01/log.json"
    log.chmod(0o600)
    log.write_text(json.dumps(data))
    found = await asyncio.to_thread(recording_findings, out)
    assert found
    assert all(each.startswith("recordings/01 gap_not_logged") for each in found)
