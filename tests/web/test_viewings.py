"""The reviewer's cockpit on a real server over a recording that was really made: no byte without a right."""

import asyncio
import json
import sqlite3
from dataclasses import replace

import pytest

from mediation_server.demo import DATABASE
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import MatterState
from mediation_server.domain.recording import RecordingState
from mediation_server.services import demo_cast as cast
from mediation_server.services import demo_data
from mediation_server.store import audit, matters, recordings, sessions, viewings
from recordings.playback import media_type
from tests.court_world import eventually
from tests.recording_row import recording_of
from tests.web.recorded import CONTINUED, OPENED, entries, recorded_site
from web.app_keys import SHELF
from web.routes import viewings as viewing_routes

JSON = {"Accept": "application/json"}
SUBS = ("", "/review.json", "/integrity.json", "/standing.json", "/notes.json", "/previews.json", "/tracks/0")
SHEET = f"/sheets/{'0' * 26}.jpg"


@pytest.fixture
async def site(first_day, tmp_path):
    async with recorded_site(first_day, tmp_path / "var") as running:
        yield running


@pytest.fixture
async def recording(site):
    return await recording_of(site.ctx, demo_data.SESSION_4)


@pytest.fixture
async def viewing(site, browser, recording):
    """The address of a viewing that the confirming judge has just opened."""
    await browser.become("judge")
    form = {"purpose": "confirmation", "reason": "核对调解是否自愿"}
    answer = await browser.post(f"/recordings/{recording.id}/viewings", form)
    assert answer.status == 303, answer.text
    return answer.location


@pytest.fixture
def sealed_file(site, recording):
    """`sealed_file(index)`: the bytes of a file as they were recorded."""
    vault = site.app[SHELF]._vault

    def bytes_of(index):
        manifest, _ = vault.manifest(recording.session_id, recording.id)
        with vault.chest(recording.session_id, recording.id).opened(manifest.segments[index].file) as stream:
            return stream.read()

    return bytes_of


async def track(browser, viewing, index=0, method="GET", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with browser._http.request(method, f"{viewing}/tracks/{index}", headers=JSON | named) as answer:
        return answer.status, answer.headers, await answer.read()


async def put_matter(site, **changes):
    async with site.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, demo_data.MATTER_4), **changes))


async def test_the_page_shows_the_frame_and_the_watermark(browser, viewing):
    page = await browser.get(viewing)
    assert page.status == 200
    assert "方静" in page.text
    assert f"{viewing[-6:].upper()}</text>" in page.text


async def test_the_time_line_names_files_that_can_be_opened(browser, viewing, sealed_file):
    review = await browser._http.get(f"{viewing}/review.json", headers=JSON)
    clips = (await review.json())["clips"]
    assert len(clips) > 6
    for clip in clips:
        status, headers, body = await track(browser, viewing, clip["index"])
        assert (status, headers["Content-Type"]) == (200, media_type(clip["codec"]))
        assert body == sealed_file(clip["index"])


async def test_whoever_asks_for_all_that_follows_gets_it_a_piece_at_a_time(browser, viewing, sealed_file, monkeypatch):
    whole = sealed_file(2)
    monkeypatch.setattr(viewing_routes, "PLAYED", len(whole) // 3 + 1)
    parts = []
    for _ in range(3):
        at = sum(map(len, parts))
        status, headers, body = await track(browser, viewing, 2, Range=f"bytes={at}-")
        assert (status, headers["Content-Range"]) == (206, f"bytes {at}-{at + len(body) - 1}/{len(whole)}")
        parts.append(body)
    assert b"".join(parts) == whole
    assert len(parts[0]) == len(whole) // 3 + 1


async def test_a_range_is_that_part_of_the_file_and_kept_by_nobody(browser, viewing, sealed_file):
    whole = sealed_file(2)
    status, headers, body = await track(browser, viewing, 2, Range="bytes=100-299")
    assert (status, body) == (206, whole[100:300])
    assert headers["Content-Range"] == f"bytes 100-299/{len(whole)}"
    assert headers["Cache-Control"] == "no-store, private"
    status, _, body = await track(browser, viewing, 2, Range="bytes=-10")
    assert (status, body) == (206, whole[-10:])


async def test_several_ranges_are_answered_with_the_whole_file(browser, viewing, sealed_file):
    status, headers, body = await track(browser, viewing, Range="bytes=0-1,5-6")
    assert (status, body) == (200, sealed_file(0))
    assert "Content-Range" not in headers


async def test_a_range_behind_the_end_is_416(browser, viewing, sealed_file):
    status, headers, body = await track(browser, viewing, Range="bytes=999999999-")
    assert (status, body) == (416, b"")
    assert headers["Content-Range"] == f"bytes */{len(sealed_file(0))}"
    assert headers["Cache-Control"] == "no-store, private"


async def test_head_tells_the_length_and_sends_nothing(browser, viewing, sealed_file):
    status, headers, body = await track(browser, viewing, method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(sealed_file(0))), b"")


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=999999999-"}])
async def test_every_file_is_closed_again(site, browser, viewing, asked):
    await track(browser, viewing, **asked)
    (stream,) = site.app[SHELF].streams
    await eventually(lambda: stream.closed, "the end of the reading")  # after the last byte has gone


@pytest.mark.parametrize("index", ["999", "999999", "-1", "1x", "1234567", "..%2f..%2fmediation.db"])
async def test_a_number_that_is_no_file_is_404(browser, viewing, index):
    assert (await track(browser, viewing, index))[0] == 404


async def test_a_file_is_not_opened_as_a_page_of_its_own(site, browser, viewing):
    assert (await track(browser, viewing, Sec_Fetch_Dest="document"))[0] == 404
    assert site.app[SHELF].streams == []
    assert (await track(browser, viewing, Sec_Fetch_Dest="video"))[0] == 200


# --- the rights --------------------------------------------------------------------------------------------


async def test_the_audit_log_knows_before_the_first_byte(site, browser, viewing):
    granted = (OPENED, cast.CONFIRMING_JUDGE.id, True, "confirmation")
    assert await entries(site.ctx) == [granted]
    assert (await track(browser, viewing))[0] == 200
    assert site.app[SHELF].known == [[granted]]


async def test_whoever_is_not_signed_in_gets_nothing(site, viewing, other_browser):
    for path in (*SUBS, SHEET):
        assert (await other_browser.get(viewing + path, JSON)).status == 401
    assert site.app[SHELF].streams == []


@pytest.mark.parametrize("role", ["trial_judge", "mediator"])
async def test_somebody_elses_viewing_is_not_there(site, viewing, other_browser, role):
    await other_browser.become(role)
    for path in (*SUBS, SHEET):
        theirs = await other_browser.get(viewing + path, JSON)
        nobodys = await other_browser.get(f"/viewings/{'0' * 26}{path}", JSON)
        assert theirs.status == nobodys.status == 404
    assert site.app[SHELF].streams == []


async def test_a_right_lost_during_playback_ends_it_at_the_next_range(site, browser, viewing):
    assert (await track(browser, viewing, Range="bytes=0-9"))[0] == 206
    await put_matter(site, state=MatterState.CONFIRMED)
    status, _, body = await track(browser, viewing, Range="bytes=10-19")
    assert status == 403
    assert b"not_in_review" in body
    assert len(site.app[SHELF].streams) == 1
    assert (await entries(site.ctx))[-1] == (CONTINUED, cast.CONFIRMING_JUDGE.id, False, "not_in_review")
    await put_matter(site, state=MatterState.CONFIRMING)
    assert (await track(browser, viewing, Range="bytes=10-19"))[0] == 410  # that viewing stays ended


@pytest.mark.parametrize("path", SUBS)
async def test_everything_of_a_viewing_asks_for_the_right(site, browser, viewing, path):
    assert (await browser.get(viewing + path, JSON | {"Range": "bytes=0-0"})).status in (200, 206)
    await put_matter(site, state=MatterState.CONFIRMED)
    assert (await browser.get(viewing + path, JSON)).status == 403


async def test_a_viewing_expires(site, browser, viewing):
    async with site.ctx.db.reading() as tx:
        lasts = (await viewings.viewing(tx, viewing.rsplit("/", 1)[1])).expires_at - site.ctx.clock.now()
    site.clock.advance(seconds=lasts.total_seconds() - 1)
    assert (await track(browser, viewing))[0] == 200
    site.clock.advance(seconds=1)
    assert (await track(browser, viewing))[0] == 410


async def test_whoever_has_no_right_opens_no_viewing_and_that_is_written_down(site, other_browser, recording):
    await other_browser.become("trial_judge")
    form = {"purpose": "trial", "reason": "了解案情"}
    answer = await other_browser.post(f"/recordings/{recording.id}/viewings", form)
    assert answer.status == 404  # not even that there is a recording
    ((action, _, allowed, basis),) = await entries(site.ctx)
    assert (action, allowed, basis) == (OPENED, False, "not_assigned")


async def test_the_page_can_ask_whether_it_may_go_on(site, browser, viewing):
    assert (await browser.get(f"{viewing}/standing.json", JSON)).status == 200
    await put_matter(site, state=MatterState.CONFIRMED)
    answer = await browser.get(f"{viewing}/standing.json", JSON)
    assert answer.status == 403
    assert "事项不在审查期间" in json.loads(answer.text)["message"]  # in plain words, for the page to show
    assert len([each for each in await entries(site.ctx) if each[0] == CONTINUED]) == 1


async def test_whoever_has_seen_enough_ends_it_and_that_is_written_down(site, browser, viewing, recording):
    answer = await browser.post(f"{viewing}/end")
    assert (answer.status, answer.location) == (303, f"/recordings/{recording.id}")
    assert (await track(browser, viewing))[0] == 410
    assert (await browser.post(f"{viewing}/end")).status == 303  # twice does no harm, and is told once
    async with site.ctx.db.reading() as tx:
        found = await audit.latest(tx, 10)
    assert [each.actor for each in found if each.action is AuditAction.VIEWING_ENDED] == [cast.CONFIRMING_JUDGE.id]


async def test_a_link_to_a_second_leads_there_after_the_purpose_was_stated(browser, recording):
    await browser.become("judge")
    page = await browser.get(f"/recordings/{recording.id}?t=61.5")
    assert '<input type="hidden" name="t" value="61.5">' in page.text
    form = {"purpose": "confirmation", "reason": "核对调解是否自愿"}
    answer = await browser.post(f"/recordings/{recording.id}/viewings", form | {"t": "61.5"})
    assert answer.location.endswith("#t=61.5")
    answer = await browser.post(f"/recordings/{recording.id}/viewings", form | {"t": "1#//evil"})
    assert "#" not in answer.location


# --- one's own notes ---------------------------------------------------------------------------------------


async def note(browser, viewing, at_ms, text=""):
    return await browser.post(
        f"{viewing}/notes", {"at_ms": str(at_ms), "text": text}, JSON | {"Sec-Fetch-Site": "same-origin"}
    )


async def notes(browser, viewing):
    return json.loads((await browser.get(f"{viewing}/notes.json", JSON)).text)["notes"]


async def unnote(browser, viewing, note_id):
    path, headers = f"{viewing}/notes/{note_id}", JSON | {"Sec-Fetch-Site": "same-origin"}
    async with browser._http.delete(path, headers=headers) as answer:
        return answer.status


async def test_notes_are_kept_in_the_order_of_the_recording_and_can_be_taken_away(browser, viewing):
    assert (await note(browser, viewing, 61_500, "  方案由调解员提出 ")).status == 201
    assert (await note(browser, viewing, 12_000)).status == 201
    kept = await notes(browser, viewing)
    assert [(each["offset_ms"], each["text"]) for each in kept] == [(12_000, ""), (61_500, "方案由调解员提出")]
    assert await unnote(browser, viewing, kept[0]["id"]) == 204
    assert await unnote(browser, viewing, kept[0]["id"]) == 404
    assert await notes(browser, viewing) == kept[1:]


async def test_notes_are_there_again_at_the_next_viewing(browser, viewing, recording):
    await note(browser, viewing, 5_000, "再听一遍")
    form = {"purpose": "confirmation", "reason": "再次核对"}
    again = (await browser.post(f"/recordings/{recording.id}/viewings", form)).location
    assert [each["text"] for each in await notes(browser, again)] == ["再听一遍"]


async def test_nobody_elses_viewing_of_the_same_recording_shows_them(site, browser, other_browser, viewing, recording):
    await note(browser, viewing, 5_000, "我的想法")
    (mine,) = await notes(browser, viewing)
    await other_browser.become("trial_judge")
    await put_matter(site, confirming_judge_id=cast.TRIAL_JUDGE.id)
    form = {"purpose": "confirmation", "reason": "接手审查"}
    theirs = (await other_browser.post(f"/recordings/{recording.id}/viewings", form)).location
    assert await notes(other_browser, theirs) == []
    assert await unnote(other_browser, theirs, mine["id"]) == 404


async def test_notes_are_behind_the_wall_like_everything_they_tell_of(site, browser, viewing):
    await note(browser, viewing, 5_000, "让步")
    await put_matter(site, state=MatterState.CONFIRMED)
    assert (await browser.get(f"{viewing}/notes.json", JSON)).status == 403
    assert (await note(browser, viewing, 6_000)).status in (403, 410)


@pytest.mark.parametrize(
    ("at_ms", "text"), [(90_001, ""), (-1, ""), ("x", ""), (5, "长" * 501)], ids=["late", "early", "none", "long"]
)
async def test_a_note_outside_its_bounds_is_refused(browser, viewing, at_ms, text):
    assert (await note(browser, viewing, at_ms, text)).status == 400
    assert await notes(browser, viewing) == []


async def test_there_are_not_more_notes_than_anybody_reads(monkeypatch, browser, viewing):
    monkeypatch.setattr("mediation_server.services.noting.NOTES_MOST", 2)
    assert [(await note(browser, viewing, at)).status for at in (1, 2, 3)] == [201, 201, 409]


# --- the check of the seal ---------------------------------------------------------------------------------


async def test_a_flipped_byte_is_found_and_the_file_named(site, browser, viewing, recording):
    async def findings():
        answer = await browser._http.get(f"{viewing}/integrity.json", headers=JSON)
        return (await answer.json())["findings"]

    assert await findings() == []
    vault = site.app[SHELF]._vault
    manifest, _ = vault.manifest(recording.session_id, recording.id)
    victim = vault.directory(recording.session_id, recording.id) / manifest.segments[0].file
    flip_a_byte(victim)
    (found,) = await findings()
    assert manifest.segments[0].file in found["where"]


async def test_a_changed_log_is_found(site, browser, viewing):
    path = site.ctx.settings.data_dir / DATABASE
    await asyncio.to_thread(change_the_log, path)
    answer = await browser._http.get(f"{viewing}/integrity.json", headers=JSON)
    assert "chain_broken" in [each["code"] for each in (await answer.json())["findings"]]


def flip_a_byte(path):
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change_the_log(path):
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'session_events'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "UPDATE session_events SET offset_ms = offset_ms + 1 WHERE session_id = ? AND seq = 9",
            [demo_data.SESSION_4],
        )


async def test_the_judge_finds_every_recording_of_a_sitting(site, browser, recording):
    second = replace(recording, id=new_id(), state=RecordingState.FAILED, manifest_sha256=None, sealed_at=None)
    async with site.ctx.db.transaction() as tx:
        await recordings.save(tx, second)
        matter_id = (await sessions.session(tx, recording.session_id)).matter_id
    await browser.become("judge")
    for page in ("/home", f"/matters/{matter_id}"):
        shown = (await browser.get(page)).text
        assert [f'href="/recordings/{each.id}"' in shown for each in (recording, second)] == [True, True], page
    assert (await browser.get(f"/recordings/{second.id}")).status == 200
