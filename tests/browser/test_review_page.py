"""The reviewer's cockpit in a real browser over the recording the demo makes: all in step, and the seal checked."""

import asyncio
import json
import sqlite3
import sys

import pytest
from playwright.async_api import expect

from mediation_server.services.demo_cast import CONFIRMING_JUDGE, TRIAL_JUDGE
from mediation_server.services.demo_data import MATTER_4, SESSION_4
from tests.browser import steps
from tests.browser.people import sitting_at_a_browser, until

pytestmark = pytest.mark.timeout(240)

PATIENCE_MS = steps.PATIENCE_MS
STEP_MS, OFF_MS, AT_S = 150, 300, 0.1  # from each other; from the clock while it plays, and while it stands
GAP_MS = (30_000, 50_000)  # the caucus of the demo's sitting

# Where each playing element stands in the sitting, in ms: the offset of its file and how far it has come in it.
WHERE = """() => [...document.querySelectorAll("#seats video, #seats audio")].map(element => {
  const index = Number(new URL(element.currentSrc || "x:/", location).pathname.split("/").pop());
  const clip = element.getAttribute("src") ? window.testedClips.find(each => each.index === index) : null;
  return {
    kind: element.localName,
    participant: element.closest("[data-participant]").dataset.participant,
    at: clip ? clip.offset_ms + element.currentTime * 1000 : null,
    shown: clip !== null && !element.seeking && element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA,
    frames: element.getVideoPlaybackQuality ? element.getVideoPlaybackQuality().totalVideoFrames : 0,
    muted: element.muted, paused: element.paused, rate: element.playbackRate,
    clock: Number(document.querySelector("#seek").value),
  };
})"""
NOW = "Number(document.querySelector('#seek').value)"
# How far the page's own clock goes in 100 ms at double speed; media that are twice as fast would hide that it lags.
IN_A_TENTH = """async () => {
  const page = document.querySelector('script[type="module"][src*="cockpit-page"]').src;
  const { ReviewClock } = await import(new URL("review/clock.js", page));
  const clock = new ReviewClock(60_000, () => true);
  clock.setRate(2);
  clock.advance(100);
  return clock.positionMs;
}"""


@pytest.fixture
async def judge(demo, tmp_path):
    async with sitting_at_a_browser(None, tmp_path) as page:
        page.set_default_timeout(PATIENCE_MS)
        await steps.sign_in(page, demo.roles["judge"])
        yield page


@pytest.fixture
async def cockpit(judge):
    """方静 has said what for, and the recording is open."""
    await open_cockpit(judge)
    return judge


async def open_cockpit(page):
    await page.click('a[href^="/recordings/"]')
    await page.click('label:has(input[value="confirmation"])')
    await page.fill("#reason", "核对调解是否自愿")
    await page.click('form[action$="/viewings"] button[type="submit"]')
    await is_ready(page)


async def is_ready(page):
    await page.wait_for_selector("#cockpit.is-ready")
    await page.evaluate(
        "async () => { const got = await fetch(location.pathname + '/review.json');"
        "window.testedClips = (await got.json()).clips; }"
    )


async def elements(page):
    return await page.evaluate(WHERE)


async def all_stand_at(page, second: float):
    """Every element that has something at that second shows it, and nothing else is shown."""
    clips = await page.evaluate("window.testedClips")
    due = [each for each in clips if each["offset_ms"] <= second * 1000 < each["offset_ms"] + each["duration_ms"]]
    assert len(due) == 6  # picture and voice of three people
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            found = [each for each in await elements(page) if each["shown"]]
            if len(found) == len(due) and all(abs(each["at"] - second * 1000) <= AT_S * 1000 for each in found):
                return
            await asyncio.sleep(0.05)


async def at_ms(page) -> int:
    return await page.evaluate(NOW)


async def test_the_judge_opens_it_from_her_list_and_it_is_intact(demo, cockpit):
    await expect(cockpit.locator("#integrity-pill")).to_contain_text("完整性一致")
    await expect(cockpit.locator("#integrity-pill")).to_have_class("pill pill--ok")
    await expect(cockpit.locator("#review-status")).to_contain_text("录像已打开")
    assert await cockpit.locator("#seats article").count() == 3
    assert await cockpit.locator("#seats .water").count() == 3
    for lane in await cockpit.locator("#lanes .lane[data-participant] > svg").all():
        assert await lane.locator("rect").count() > 1  # when that person spoke
    ((actor, allowed, purpose),) = audited(demo)
    assert (actor, allowed, purpose) == (CONFIRMING_JUDGE.id, 1, "confirmation")


async def test_everything_plays_in_step(cockpit):
    before = {each["participant"]: each["frames"] for each in await elements(cockpit) if each["kind"] == "video"}
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 3000")
    apart, off, frames = [], [], {}
    for _ in range(20):
        found = [each for each in await elements(cockpit) if each["shown"]]
        places = [each["at"] for each in found]
        apart.append(max(places) - min(places))
        off.append(max(abs(each["at"] - each["clock"]) for each in found))
        frames |= {each["participant"]: each["frames"] for each in found if each["kind"] == "video"}
        assert len(found) == 6
        await cockpit.wait_for_timeout(50)  # between two looks, not in hope
    assert sorted(apart)[len(apart) // 2] <= STEP_MS, apart
    assert sorted(off)[len(off) // 2] <= OFF_MS, off
    assert all(frames[who] > before[who] + 5 for who in before), (before, frames)
    await cockpit.click("#play")
    await until(cockpit, "[...document.querySelectorAll('#seats video, #seats audio')].every(each => each.paused)")


async def test_links_and_lines_lead_to_their_second(cockpit):
    await cockpit.goto(f"{cockpit.url}#t=60")
    await all_stand_at(cockpit, 60)
    await cockpit.reload()
    await is_ready(cockpit)
    await all_stand_at(cockpit, 60)
    await cockpit.click("#lines li:not([hidden]):has-text('卫生间渗漏') button")
    await all_stand_at(cockpit, 22)
    await expect(cockpit.locator("#now")).to_have_text("00:22")
    await expect(cockpit.locator("#lines .min--now")).to_contain_text("卫生间渗漏")


async def test_the_keys_do_what_they_say(cockpit):
    keys = cockpit.keyboard
    await keys.press("ArrowRight")
    assert await at_ms(cockpit) == 15_000
    await keys.press("l")
    assert await at_ms(cockpit) == 20_000
    await keys.press("ArrowLeft")
    assert await at_ms(cockpit) == 5_000
    await all_stand_at(cockpit, 5)

    await keys.press("Space")
    await until(cockpit, f"{NOW} > 5500")
    await keys.press("Space")
    await expect(cockpit.locator("#cockpit")).not_to_contain_class("is-playing")
    stopped = await at_ms(cockpit)
    await until(cockpit, "[...document.querySelectorAll('#seats video, #seats audio')].every(each => each.paused)")
    assert await at_ms(cockpit) == stopped

    await keys.press("1")
    voices = [each["muted"] for each in await elements(cockpit) if each["kind"] == "audio"]
    assert voices == [False, True, True]
    await keys.press("1")
    assert not any(each["muted"] for each in await elements(cockpit) if each["kind"] == "audio")
    await cockpit.focus("#q")
    await keys.type("1 l")  # typed, not obeyed
    assert not any(each["muted"] for each in await elements(cockpit) if each["kind"] == "audio")
    assert await at_ms(cockpit) == stopped


async def test_at_double_speed_everything_is_twice_as_fast(cockpit):
    await cockpit.click('#rates button[value="2"]')
    await expect(cockpit.locator('#rates button[value="2"]')).to_have_attribute("aria-pressed", "true")
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 4000")
    rates = [each["rate"] for each in await elements(cockpit) if each["shown"]]
    assert len(rates) == 6
    assert all(1.8 <= rate <= 2.2 for rate in rates), rates
    assert await cockpit.evaluate(IN_A_TENTH) == 200


async def test_a_judge_finds_their_way_marks_a_place_and_comes_back_to_it(cockpit):
    keys = cockpit.keyboard
    await expect(cockpit.locator("#lane-phases text")).to_have_text(["共同调解", "背对背·被申请人", "共同调解"])
    await keys.press("n")
    assert await at_ms(cockpit) == 1_000  # 何秀兰 begins
    await keys.press("e")
    assert await at_ms(cockpit) == GAP_MS[0]
    await keys.press("E")
    assert await at_ms(cockpit) == 0
    await cockpit.click('#rates button[value="3"]')
    await keys.press("]")
    await expect(cockpit.locator('#rates button[value="3"]')).to_have_attribute("aria-pressed", "true")
    await keys.press("[")
    await expect(cockpit.locator('#rates button[value="2"]')).to_have_attribute("aria-pressed", "true")
    assert await cockpit.evaluate("[...document.querySelectorAll('#seats audio')].every(each => each.preservesPitch)")

    await cockpit.goto(f"{cockpit.url}#t=61")
    await cockpit.fill("#note-text", "没有人逼迫")
    await cockpit.press("#note-text", "Enter")
    await expect(cockpit.locator("#note-said")).to_contain_text("01:01")
    await cockpit.focus("#play")
    await keys.press("ArrowLeft")
    await keys.press("b")
    await expect(cockpit.locator("#notes-count")).to_have_text("2")
    await cockpit.reload()
    await is_ready(cockpit)
    await cockpit.click('#review-tabs [value="notes"]')
    await expect(cockpit.locator("#notes .min__text")).to_have_text(["没有备注", "没有人逼迫"])
    await cockpit.click("#notes li:nth-child(2) .min__t")
    assert await at_ms(cockpit) == 61_000
    await cockpit.click("#notes li:nth-child(1) .iconbtn")
    await expect(cockpit.locator("#notes li")).to_have_count(1)

    await keys.press("?")
    await expect(cockpit.locator("#help")).to_be_visible()
    await keys.press("End")  # the cockpit obeys nothing while the list lies over it
    await cockpit.click("#close-help")
    assert await at_ms(cockpit) == 61_000


async def test_silence_is_left_out_when_asked_and_a_gap_is_not(cockpit):
    await cockpit.goto(f"{cockpit.url}#t=65.1")  # 孙巧云 has ended, 钱慧敏 begins at 66 s: too short to be skipped
    await cockpit.click("#skip-silence")
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 65400")
    await cockpit.evaluate("location.hash = '#t=29.7'")
    await until(cockpit, f"{NOW} >= 30000")
    await until(cockpit, f"{NOW} > 30500")
    assert await at_ms(cockpit) < GAP_MS[1]  # the card of the caucus is seen
    await cockpit.evaluate("location.hash = '#t=0'")
    await until(cockpit, f"{NOW} > 1000")
    await cockpit.click("#play")


async def test_voices_and_small_pictures_come_when_they_are_made(cockpit):
    await expect(cockpit.locator("#lanes .has-wave")).to_have_count(3, timeout=60_000)
    await cockpit.hover("#seek", position={"x": 30, "y": 60})
    await expect(cockpit.locator("#peek")).to_be_visible()
    for x in range(30, 60):  # the sheet is fetched at the first look
        await cockpit.hover("#seek", position={"x": x, "y": 60})
        if await cockpit.locator("#peek canvas").is_visible():
            break
    await expect(cockpit.locator("#peek canvas")).to_be_visible()
    await expect(cockpit.locator("#peek")).to_contain_text("何秀兰")


async def test_the_watermark_names_viewer_and_time_wanders_and_comes_back(cockpit):
    mark = await cockpit.locator("#wm text").first.text_content()
    assert mark.startswith("方静 20")
    for page in ({"width": 500, "height": 700}, {"width": 1280, "height": 800}):
        await cockpit.set_viewport_size(page)
        boxes = await cockpit.evaluate(
            "[...document.querySelectorAll('#seats .seat__pic')].map(each => {"
            " const [a, b] = [each, each.querySelector('.water')].map(one => one.getBoundingClientRect());"
            " return Math.abs(a.width - b.width) + Math.abs(a.height - b.height); })"
        )
        assert max(boxes) <= 6, boxes  # to the edge of the picture, however large that is
    await cockpit.evaluate("document.querySelectorAll('#seats .water').forEach(each => each.remove())")
    await until(cockpit, "document.querySelectorAll('#seats .water').length === 3")


async def test_a_right_that_is_lost_while_it_plays_stops_it_and_the_page_says_why(demo, cockpit):
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 1000")
    with sqlite3.connect(demo.directory / "var" / "mediation.db", timeout=10) as connection:
        connection.execute("UPDATE matters SET state = 'confirmed' WHERE id = ?", (MATTER_4,))
    await expect(cockpit.locator("#over")).to_be_visible(timeout=5_000)
    await expect(cockpit.locator("#over")).to_contain_text("事项不在审查期间")
    await expect(cockpit.locator("video, audio, #lines li")).to_have_count(0)
    assert await cockpit.evaluate("document.activeElement.closest('#over') !== null")


# How often each picture began to load since the page was opened, by whose it is.
COUNT_LOADS = """
  window.loads = {};
  document.addEventListener("loadstart", ({target}) => {
    if (!(target instanceof HTMLVideoElement) || !target.hasAttribute("src")) return;
    const { participant } = target.closest("[data-participant]").dataset;
    window.loads[participant] = (window.loads[participant] ?? 0) + 1;
  }, true);
"""


async def test_a_place_that_cannot_be_played_is_left_out_and_the_rest_goes_on(cockpit):
    await cockpit.evaluate("location.hash = '#t=2'")
    await all_stand_at(cockpit, 2)
    await cockpit.evaluate(COUNT_LOADS)
    who = (await elements(cockpit))[0]["participant"]
    picture = f'#seats [data-participant="{who}"] video'
    await cockpit.dispatch_event(picture, "error")
    await until(cockpit, f"window.loads['{who}'] === 1")  # it was fetched anew
    await until(cockpit, f"Math.abs(document.querySelector('{picture}').currentTime - 3) < 0.3")  # a second further on
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 4000")
    await cockpit.click("#play")
    await all_stand_at(cockpit, await at_ms(cockpit) / 1000)
    await expect(cockpit.locator(".lane__fault:visible")).to_have_count(0)
    assert await cockpit.evaluate("window.loads") == {who: 1}


async def test_a_file_that_cannot_be_played_at_all_is_said_on_its_lane(demo, cockpit):
    (folder,) = (demo.directory / "var" / "recordings" / SESSION_4).iterdir()
    track = next(
        each for each in json.loads((folder / "manifest.json").read_text())["tracks"] if each["codec"] == "vp8"
    )
    file = folder / track["segments"][0]["file"]
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(bytes(len(whole)))
    await cockpit.evaluate("location.hash = '#t=2'")  # the pictures begin a moment after the sitting
    await cockpit.context.add_init_script(COUNT_LOADS)
    await cockpit.reload()
    await is_ready(cockpit)
    lane = cockpit.locator(f'.lane[data-participant="{track["participant"]}"]')
    await expect(lane).to_contain_text("画面放不出")
    await expect(cockpit.locator(".lane__fault:visible")).to_have_count(1)
    assert await cockpit.evaluate(f"window.loads['{track['participant']}']") == 4  # once, and three times more
    await cockpit.click("#play")
    await until(cockpit, f"{NOW} > 3000")  # nobody waits for it
    await cockpit.click("#play")
    file.write_bytes(whole)
    await cockpit.evaluate("location.hash = '#t=9'")  # somewhere else it is tried again
    await expect(cockpit.locator(".lane__fault:visible")).to_have_count(0)
    await all_stand_at(cockpit, 9)


async def test_the_caucus_shows_nothing_but_that_it_was(cockpit):
    await cockpit.goto(f"{cockpit.url}#t=20")
    await all_stand_at(cockpit, 20)  # what is shown now has to go
    await cockpit.evaluate("location.hash = '#t=40'")
    card = cockpit.locator("#gap-card")
    await expect(card).to_be_visible()
    await expect(card).to_contain_text("未录制")
    assert [each["at"] for each in await elements(cockpit)] == [None] * 6
    assert await cockpit.locator("#seats .is-dark").count() == 3
    await cockpit.click("#skip-gap")
    assert await at_ms(cockpit) == GAP_MS[1]
    await expect(card).to_be_hidden()


async def test_the_search_finds_what_was_typed_in_the_chat(cockpit):
    lines = cockpit.locator("#lines li:visible")
    await cockpit.fill("#q", "违约金；渗漏十五日")
    await expect(lines).to_have_count(1)
    await expect(lines).to_contain_text("物业费按3 900.00元一次付清")
    await cockpit.press("#q", "Enter")
    await all_stand_at(cockpit, 55)
    await cockpit.fill("#q", "没有人说过这句话")
    await expect(lines).to_have_count(0)


async def test_one_flipped_byte_is_seen_on_the_page_and_by_verify(demo, cockpit):
    await expect(cockpit.locator("#integrity-pill")).to_contain_text("完整性一致")
    assert await verify(demo) == (0, f"完整性一致 intact: {SESSION_4}\n")
    victim = min((demo.directory / "var" / "recordings" / SESSION_4).glob("*/t*.mkv"))
    flip_a_byte(victim)
    await cockpit.reload()
    await expect(cockpit.locator("#integrity-pill")).to_contain_text("完整性不一致")
    await expect(cockpit.locator("#integrity-pill")).to_have_class("pill pill--bad")
    await cockpit.click('#review-tabs [value="integrity"]')
    await expect(cockpit.locator("#integrity-list li")).to_contain_text(victim.name)
    code, said = await verify(demo)
    assert code == 1
    assert victim.name in said


async def test_the_trial_judge_is_refused_and_that_is_written_down(demo, judge, tmp_path):
    recording = (await judge.get_attribute('a[href^="/recordings/"]', "href")).rsplit("/", 1)[1]
    async with sitting_at_a_browser(None, tmp_path) as page:
        page.set_default_timeout(PATIENCE_MS)
        await steps.sign_in(page, f"{demo.url}/demo/as/trial_judge")
        await expect(page.locator(f'a[href="/recordings/{recording}"]')).to_have_count(0)
        assert await asked_to_watch(page, recording) == 404  # not even that there is one
        let_try_matter_4(demo)
        assert await asked_to_watch(page, recording) == 403
    assert audited(demo) == [(TRIAL_JUDGE.id, 0, "trial")] * 2


async def asked_to_watch(page, recording) -> int:
    """The status of the answer to whoever asks for the trial, past what the page offers."""
    return await page.evaluate(
        "async address => (await fetch(address, {method: 'POST',"
        " body: new URLSearchParams({purpose: 'trial', reason: '了解案情'})})).status",
        f"/recordings/{recording}/viewings",
    )


def let_try_matter_4(demo):
    """As if its mediation had failed and the case had come to the trial judge."""
    with sqlite3.connect(demo.directory / "var" / "mediation.db", timeout=10) as connection:
        connection.execute(
            "UPDATE matters SET judge_id = ?, judge_capacity = 'trial' WHERE id = ?", (TRIAL_JUDGE.id, MATTER_4)
        )


def audited(demo):
    """Who asked to watch, the answer, and what for."""
    with sqlite3.connect(f"file:{demo.directory / 'var' / 'mediation.db'}?mode=ro", uri=True) as connection:
        return connection.execute(
            "SELECT actor, allowed, purpose FROM audit WHERE action = 'recording:viewing:open' ORDER BY seq"
        ).fetchall()


def flip_a_byte(path):
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


async def verify(demo):
    """Exit code and words of the command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mediation_server", "verify", SESSION_4),
        env={"MEDIATION_DATA_DIR": str(demo.directory / "var"), "PATH": "/usr/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode()
