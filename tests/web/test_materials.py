import asyncio
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from mediation_server.config import Settings
from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.people import Role, Side
from mediation_server.materials.rendering import Renderer
from mediation_server.services import demo_cast as cast
from mediation_server.services import forwarding, handing_in, uploading
from mediation_server.services.demo_data import MATTER_1, MATTER_4
from mediation_server.services.handing_in import Words
from mediation_server.services.preparing import prepare_all
from mediation_server.store import matters
from tests import papers
from tests.mediation_server.services.test_writing import agreed_apart
from tests.web.forms_on_pages import forms_of
from web.forms import MAX_BODY

ZHOU, LIN = cast.PARTY_ACCOUNTS[:2]
MY, STAFF = f"/my/{MATTER_1}/materials", f"/matters/{MATTER_1}/materials"
OURS = {"Sec-Fetch-Site": "same-origin"}
WORDS = {"kind": "evidence", "title": "银行流水", "proves": "转账", "kept": "no"}


@pytest.fixture
def settings(tmp_path):
    return Settings(demo=True, data_dir=tmp_path / "data")


async def come(browser, user):
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303


async def raw(browser, method, path, **given):
    """Any request, as a script of ours makes it; status, headers and bytes."""
    asked = browser._http.request(method, path, headers=OURS | given.pop("headers", {}), allow_redirects=False, **given)
    async with asked as response:
        return response.status, response.headers, await response.read()


async def begun(browser):
    answer = await browser.post(MY)
    assert answer.status == 303, answer.text
    return answer.location


async def send(browser, here, data, *, name="a.jpg", kind="image/jpeg"):
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename=name, content_type=kind)
    return await raw(browser, "POST", f"{here}/files", data=form)


async def sent_in_pieces(browser, here, data, size=100):
    _, _, told = await raw(browser, "POST", f"{here}/uploads", data={"name": "a.jpg", "bytes": str(len(data))})
    upload, offset = json.loads(told)["upload"], 0
    while offset < len(data):
        path = f"{MY}/uploads/{upload}?offset={offset}"
        status, _, told = await raw(browser, "PUT", path, data=data[offset : offset + size])
        assert status == 200, told
        offset = json.loads(told)["offset"]
    return json.loads(told)


async def handed_in(site, *, user=ZHOU, kept=False, data=None):
    """An item handed in, with its copies made."""
    material = await handing_in.begin(site.ctx, user, MATTER_1)
    await uploading.receive_whole(site.ctx, user, MATTER_1, material.id, "私事.jpg", once(data or papers.photo()))
    words = Words(title="银行流水", proves="转账九万元", kept=kept)
    material = await handing_in.submit(site.ctx, user, MATTER_1, material.id, words)
    await prepare_all(site.ctx, Renderer())
    return material


async def once(data):
    yield data


async def relayed(site):
    material = await handed_in(site)
    return await forwarding.relay(site.ctx, cast.MEDIATOR_1, MATTER_1, material.id, [Side.RESPONDENT])


async def test_a_party_hands_in_a_photo_without_any_script(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    assert (await send(browser, here, papers.photo()))[0] == 303
    done = await browser.post(f"{here}/submit", WORDS)
    assert done.location == f"{here}/receipt"
    receipt = await browser.get(done.location)
    assert "材料接收回执" in receipt.text
    assert re.search(r"[0-9a-f]{64}", receipt.text)
    listed = await browser.get(MY)
    assert "银行流水" in listed.text
    assert "已提交" in listed.text


async def test_a_file_in_pieces_becomes_a_page(site, browser):
    await come(browser, ZHOU)
    here, data = await begun(browser), papers.photo()
    told = await sent_in_pieces(browser, here, data)
    assert told["done"] is True
    status, _, answer = await raw(browser, "GET", f"{here}/files.json")
    assert (status, json.loads(answer)["files"][0]["state"]) == (200, "preparing")
    await prepare_all(site.ctx, Renderer())
    for path in ("pages/1", "thumbs/1"):
        status, headers, shown = await raw(browser, "GET", f"{here}/{path}")
        assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")
        assert headers["Cache-Control"] == "no-store, private"
        assert b"at home" not in shown


async def test_a_field_beside_the_files_of_a_plain_form_is_no_evidence(browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    form = aiohttp.FormData()
    form.add_field("filled", '[["", "", "发送"]]')
    form.add_field("file", io.BytesIO(papers.photo()), filename="a.jpg", content_type="image/jpeg")
    form.add_field("filled", '[["", "", "发送"]]')
    assert (await raw(browser, "POST", f"{here}/files", data=form))[0] == 303
    _, _, answer = await raw(browser, "GET", f"{here}/files.json")
    assert len(json.loads(answer)["files"]) == 1


async def test_a_field_beside_the_files_may_be_as_long_as_in_any_form_and_no_longer(browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    for length, status in ((MAX_BODY, 303), (MAX_BODY + 1, 413)):
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(papers.photo(str(length))), filename="a.jpg", content_type="image/jpeg")
        form.add_field("filled", "x" * length)
        assert (await raw(browser, "POST", f"{here}/files", data=form))[0] == status


async def test_a_file_that_is_no_photo_is_refused_in_words_and_what_was_there_stays(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    await send(browser, here, papers.photo())
    status, _, answer = await send(browser, here, papers.HTML, name="photo.jpg")
    assert status == 400
    assert "这种文件收不了" in answer.decode()
    assert answer.decode().count('class="order__item"') == 1
    status, _, answer = await send(browser, here, papers.HEIC, name="IMG.HEIC")
    assert "兼容性最佳" in answer.decode()


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    await send(browser, here, papers.photo())
    answer = await browser.post(f"{here}/submit", {"title": "", "proves": "转账九万元"})
    assert (answer.status, "转账九万元" in answer.text) == (400, True)
    named = await browser.post(f"{here}/submit", {"title": "", "proves": "转账九万元", "kept": "no"})
    assert 'id="title-error"' in named.text
    assert re.search(r'value="no" checked', named.text)


async def test_words_outlive_a_change_of_order(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    for word in "ab":
        await send(browser, here, papers.photo(word))
    page = await browser.get(here)
    down = re.search(rf'formaction="({here}/files/\w+/down)"', page.text)[1]
    answer = await browser.post(down, WORDS | {"title": "半截名称"})
    again = await browser.get(answer.location)
    assert "半截名称" in again.text
    assert re.search(r'value="no" checked', again.text)


@pytest.mark.parametrize("wrong", [{"title": "长" * 61}, {"proves": "长" * 501}, {"kind": "secret"}, {"title": "a\0b"}])
async def test_no_field_takes_more_than_it_should(site, browser, wrong):
    await come(browser, ZHOU)
    here = await begun(browser)
    await send(browser, here, papers.photo())
    assert (await browser.post(f"{here}/submit", WORDS | wrong)).status == 400


PATHS = ("", "/receipt", "/files.json", "/pages/1", "/thumbs/1", "/files/{file}/original")
DEEDS = ("save", "submit", "withdraw", "release", "hold", "relay", "return", "opinion", "discard", "files/{file}/up")


@pytest.mark.parametrize("who", ["lin", "stranger", "mediator of another matter"])
async def test_before_it_is_relayed_every_way_to_an_item_is_a_404(site, browser, other_browser, who):
    material = await handed_in(site)
    await come(other_browser, ZHOU)
    file = re.search(r"files/(\w{26})/original", (await other_browser.get(f"{MY}/{material.id}")).text)[1]
    people = {"lin": LIN, "stranger": cast.PARTY_ACCOUNTS[6], "mediator of another matter": cast.MEDIATOR_4}
    await come(browser, people[who])
    for base in (MY, STAFF):
        here = f"{base}/{material.id}"
        for path in PATHS:
            status, _, answer = await raw(browser, "GET", here + path.format(file=file))
            assert (status, "银行流水" in answer.decode(errors="ignore")) == (404, False), path
        for deed in DEEDS:
            answer = await browser.post(f"{here}/{deed.format(file=file)}", WORDS)
            assert (answer.status, "银行流水" in answer.text) == (404, False), deed
    if who == "lin":
        for path in (MY, f"{MY}/catalogue"):
            assert "银行流水" not in (await browser.get(path)).text


async def test_the_mediator_passes_it_on_and_only_then_the_other_side_sees_it(site, browser, other_browser):
    material = await handed_in(site)
    await come(browser, cast.MEDIATOR_1)
    assert "银行流水" in (await browser.get(STAFF)).text
    page = await browser.get(f"{STAFF}/{material.id}")
    assert "转对方" in page.text
    answer = await browser.post(f"{STAFF}/{material.id}/relay", {"to_respondent": "yes"})
    assert answer.status == 303
    await come(other_browser, LIN)
    assert "请说意见" in (await other_browser.get(MY)).text
    seen = await other_browser.get(f"{MY}/{material.id}")
    assert "银行流水" in seen.text
    assert "私事.jpg" not in seen.text
    assert "original" not in seen.text
    assert (await raw(other_browser, "GET", f"{MY}/{material.id}/pages/1"))[0] == 200
    assert "银行流水" in (await other_browser.get(f"{MY}/catalogue")).text
    assert (await other_browser.get(f"{MY}/{material.id}/receipt")).status == 404


async def test_what_is_for_the_mediator_alone_cannot_be_passed_on_and_says_why(site, browser):
    material = await handed_in(site, kept=True)
    await come(browser, cast.MEDIATOR_1)
    page = await browser.get(f"{STAFF}/{material.id}")
    assert "没有交材料的人同意" in page.text
    assert "/relay" not in page.text
    answer = await browser.post(f"{STAFF}/{material.id}/relay", {"to_respondent": "yes"})
    assert (answer.status, "还没有同意" in answer.text) == (403, True)


async def test_the_other_side_says_what_it_thinks_and_an_objection_needs_a_reason(site, browser, other_browser):
    material = await relayed(site)
    await come(browser, LIN)
    here, said = f"{MY}/{material.id}", {"authentic": "yes", "lawful": "yes", "relevant": "no", "reason": ""}
    undecided = await browser.post(f"{here}/opinion", {"reason": "长" * 501})
    (form,) = [each for each in forms_of(undecided.text) if each.action == f"{here}/opinion"]
    assert {each.name for each in form.fields.values() if each.linked} == set(said)
    refused = await browser.post(f"{here}/opinion", said)
    assert (refused.status, 'id="reason-error"' in refused.text) == (400, True)
    assert (await browser.post(f"{here}/opinion", said | {"reason": "时间对不上"})).status == 303
    await come(other_browser, ZHOU)
    assert "时间对不上" in (await other_browser.get(here)).text


async def test_a_file_as_it_came_is_handed_out_and_never_shown(site, browser):
    material = await handed_in(site)
    await come(browser, ZHOU)
    path = re.search(r'href="(\S+/original)"', (await browser.get(f"{MY}/{material.id}")).text)[1]
    status, headers, data = await raw(browser, "GET", path)
    assert (status, headers["Content-Type"]) == (200, "application/octet-stream")
    assert re.fullmatch(r'attachment; filename="\w{26}\.jpg"', headers["Content-Disposition"])
    assert b"at home" in data


async def test_sound_is_played_in_ranges(site, browser):
    await handed_in(site, data=papers.sound())
    await come(browser, ZHOU)
    item = re.search(rf"{MY}/(\w{{26}})", (await browser.get(MY)).text)[1]
    status, headers, data = await raw(browser, "GET", f"{MY}/{item}/pages/1", headers={"Range": "bytes=0-3"})
    assert (status, headers["Content-Type"], data) == (206, "audio/wav", b"RIFF")


async def test_names_that_are_markup_stay_words(site, browser):
    material = await handing_in.begin(site.ctx, ZHOU, MATTER_1)
    name = "<img src=x onerror=alert(1)>.jpg"
    await uploading.receive_whole(site.ctx, ZHOU, MATTER_1, material.id, name, once(papers.photo()))
    await handing_in.write(site.ctx, ZHOU, MATTER_1, material.id, Words(title="<script>", proves="</textarea>"))
    await come(browser, ZHOU)
    page = await browser.get(f"{MY}/{material.id}")
    assert "<img src=x" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_a_foreign_page_can_send_nothing(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)
    for method, path in (("POST", f"{here}/uploads"), ("POST", f"{here}/files"), ("PUT", f"{MY}/uploads/{'0' * 26}")):
        foreign = {"Sec-Fetch-Site": "cross-site"}
        asked = browser._http.request(method, path, headers=foreign, data=b"x")
        async with asked as response:
            assert response.status == 403


async def test_staff_and_parties_keep_to_their_own_addresses(site, browser):
    await come(browser, ZHOU)
    assert (await browser.get(STAFF)).status == 404
    await come(browser, cast.MEDIATOR_1)
    assert (await browser.get(MY)).status == 404
    assert (await browser.get(f"/matters/{MATTER_4}/materials")).status == 404


async def test_whoever_is_not_signed_in_is_shown_the_door_of_parties(site, browser):
    answer = await browser.get(MY)
    assert (answer.status, answer.location) == (303, f"/enter?next={MY}")


async def test_a_line_that_breaks_in_a_plain_form_leaves_nothing(site, browser):
    await come(browser, ZHOU)
    here = await begun(browser)

    async def breaking():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + papers.photo()[:900]
        await asyncio.sleep(0)
        raise ConnectionResetError

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await raw(browser, "POST", f"{here}/files", data=breaking(), headers=headers)
    page = await browser.get(here)
    assert 'class="order__item"' not in page.text


async def test_in_safety_mode_neither_side_reads_the_others_name(site, browser, other_browser):
    material = await relayed(site)
    async with site.ctx.db.transaction() as tx:
        await matters.save(tx, replace(await matters.matter(tx, MATTER_1), safety=True))
    await come(browser, LIN)
    for path in (MY, f"{MY}/{material.id}", f"{MY}/catalogue"):
        page = await browser.get(path)
        assert ("周承安" in page.text, "银行流水" in page.text) == (False, True), path
    fresh = await handed_in(site, data=papers.photo("another"))
    await come(other_browser, cast.MEDIATOR_1)
    assert "这个事项是安全模式" in (await other_browser.get(f"{STAFF}/{fresh.id}")).text


async def test_a_clerk_of_the_court_hands_in_nothing_and_reads_nothing(site, browser):
    material = await handed_in(site)
    clerk = next(each for each in cast.USERS if each.role is Role.CLERK)
    await come(browser, clerk)
    assert (await browser.get(f"{STAFF}/{material.id}")).status == 404
    assert (await browser.post(STAFF, {"party": material.party_id})).status == 404


async def test_the_receipt_is_a_document_for_whoever_handed_it_in_and_nobody_else(site, browser, other_browser):
    material = await handed_in(site)
    await come(browser, ZHOU)
    here = f"{MY}/{material.id}/receipt"
    page = (await browser.get(here)).text
    assert f"{here}.pdf" in page
    assert "未查毒" in (await browser.get(f"{MY}/{material.id}")).text
    status, headers, body = await raw(browser, "GET", f"{here}.pdf")
    assert (status, headers["Content-Type"], body[:5]) == (200, "application/pdf", b"%PDF-")
    assert re.search(r'filename="receipt-TJ-9901-\d{4}-\d{6}-A\d\d.pdf"', headers["Content-Disposition"])
    await come(other_browser, LIN)
    assert (await other_browser.get(f"{here}.pdf")).status == 404


async def test_the_mediator_attaches_to_a_word_for_one_side_and_the_page_says_who_will_see_it(
    site, browser, other_browser
):
    mediator, lin = browser, other_browser
    await mediator.become("mediator")
    await agreed_apart(site)
    day = (site.clock.now() + timedelta(days=4)).astimezone(SHANGHAI).strftime("%Y-%m-%d")
    plan = {"kind": "async", "day": day, "time": "09:30", "minutes": "60", "days": "7"}
    answer = await mediator.post(f"/matters/{MATTER_1}/sessions", plan)
    page = f"/sessions/{answer.location.split('/')[2]}/writing"
    site.clock.advance(seconds=4 * 24 * 3600 + 3600)
    choice = r'value="(\w{26})"[^>]*><span class="choice__label">只给林若溪'
    await mediator.become("mediator")
    (to_lin,) = re.findall(choice, (await mediator.get(page)).text)
    await mediator.post(page, {"kind": "question", "audience": to_lin, "text": "请核对附件"})
    (attach,) = re.findall(rf'action="({page}/\w+/attach)"', (await mediator.get(page)).text)
    item = (await mediator.post(attach)).location
    assert re.fullmatch(rf"/matters/{MATTER_1}/materials/\w+", item)
    begun = (await mediator.get(item)).text
    assert "附在您给林若溪的话后面" in begun
    assert (await send(mediator, item, "分两期付清".encode(), name="方案.txt", kind="text/plain"))[0] == 303
    handed_in = await mediator.post(f"{item}/submit", {"kind": "other", "title": "方案", "kept": "no"})
    assert handed_in.location.split("?")[0] == item
    theirs = item.replace("/matters/", "/my/")
    await come(lin, LIN)
    assert theirs in (await lin.get(page.replace("/sessions/", "/my/sittings/"))).text
    assert "调解员的材料" in (await lin.get(f"/my/{MATTER_1}/materials")).text
    seen = (await lin.get(theirs)).text
    assert "只给一方" in seen
    assert "已转对方" not in seen
    assert "您对这份材料的意见" not in seen
    await come(lin, ZHOU)
    assert (await lin.get(theirs)).status == 404
    assert "调解员的材料" not in (await lin.get(f"/my/{MATTER_1}/materials")).text
