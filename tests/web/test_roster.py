"""The roster over HTTP: public pages, the ballot, the inbox, naming, keeping."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from mediation_server.domain.application import ApplicationStep
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import MatterState
from mediation_server.domain.wish import Wish
from mediation_server.services import demo_cast as cast
from mediation_server.services.demo_roster import ORGANISATIONS
from mediation_server.store import applications, roster
from mediation_server.store.applications import ApplicationRecord
from tests.applications import DISPUTE, complete_draft
from tests.roster_world import COURT_TEXT, LIN, LOAN, MANAGER, WEN, ZHENG, ZHOU, Looking
from tests.web.forms_on_pages import forms_of

PEOPLE, COMMERCIAL = ORGANISATIONS[0], ORGANISATIONS[2]
BALLOT = {"how": "joint", "first": ZHENG.id, "second": WEN.id, "third": ""}


@pytest.fixture
async def looking(site):
    return await Looking(site.ctx).appointing()


async def as_(browser, user):
    assert (await browser.post(f"/demo/people/{user.id}")).status == 303
    return browser


async def test_everybody_finds_the_roster_from_the_front_door_and_reads_who_charges(browser):
    assert 'href="/mediators"' in (await browser.get("/")).text
    found = await browser.get(f"/mediators?q={quote('交通')}")
    assert "邵文博" in found.text
    assert "温岚" not in found.text
    one = await browser.get(f"/mediators/{cast.MEDIATOR_2.id}")
    for said in ("不收费", "道路交通事故", PEOPLE.name, cast.YUNXI, "皖调2018-0042"):
        assert said in one.text
    charged = (await browser.get(f"/mediators/{WEN.id}")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert COMMERCIAL.charges in charged
    assert "温岚" in (await browser.get(f"/organisations/{COMMERCIAL.id}")).text


async def test_the_public_page_tells_nothing_of_load_phone_or_refusals(site, browser):
    async with site.ctx.db.transaction() as tx:
        await roster.count_refusal(tx, ZHENG.id)
    text = (await browser.get(f"/mediators/{ZHENG.id}")).text
    assert ZHENG.phone not in text
    assert "上限" not in text
    assert "不接收" not in text


@pytest.mark.parametrize(
    "query", ["?q=邵", "?speciality=nonsense&tongue=x&charges=y&after=z&court=w", "?q=" + "长" * 500]
)
async def test_odd_searches_are_answered(browser, query):
    assert (await browser.get("/mediators" + quote(query, safe="?=&"))).status in (200, 400)


@pytest.mark.parametrize("path", ["/mediators/x", f"/mediators/{cast.FILING.id}", "/organisations/x"])
async def test_nobody_elses_page_exists(browser, path):
    assert (await browser.get(path)).status == 404


async def test_two_parties_vote_for_the_same_mediator_who_discloses_and_accepts(site, looking, browser):
    page = f"/my/{LOAN}/mediator"
    for user in (ZHOU, LIN):
        await as_(browser, user)
        assert "您想请谁调解" in (await browser.get(page)).text
        assert (await browser.post(page, BALLOT)).status == 303
    await as_(browser, ZHENG)
    assert "民间借贷纠纷" in (await browser.get("/inbox")).text
    assert f"/inbox/{LOAN}" in (await browser.get("/home")).text
    accepted = await browser.post(f"/inbox/{LOAN}/accept", {"disclose": "nothing"})
    assert accepted.location == f"/matters/{LOAN}"
    assert (await looking.matter()).state is MatterState.MEDIATING
    await as_(browser, LIN)
    assert "没有近亲属、利害" in (await browser.get(page)).text
    asked = await browser.post(f"{page}/replace", {"reason": "认识原告"})
    assert asked.status == 303
    assert "您已申请更换" in (await browser.get(page)).text
    await as_(browser, cast.FILING)
    decided = await browser.post(f"/matters/{LOAN}/appoint/replacement", {"upheld": "no", "reason": "不影响"})
    assert decided.status == 303
    await as_(browser, LIN)
    assert "不影响" in (await browser.get(page)).text


async def test_in_english_too_the_ballot_says_that_it_is_the_court_that_may_appoint(looking, browser):
    await as_(browser, ZHOU)
    await browser.post("/preferences", {"language": "en", "back": "/"})
    ballot = (await browser.get(f"/my/{LOAN}/mediator")).text.split("</fieldset>")[0]
    labels = re.findall(r'choice__label">([^<]+)<', ballot)
    assert labels == ["I want to choose together", "I agree that the court may appoint the mediator"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "请先选"),
        ({"how": "joint"}, "请至少选一位调解员"),
        ({"how": "joint", "first": ZHENG.id, "second": ZHENG.id}, "同一位调解员选了两次"),
        ({"how": "joint", "first": cast.FILING.id}, "现在不能承办"),
        ({"how": "court", "text_version": "old"}, "说明"),
    ],
)
async def test_what_is_wrong_with_a_vote_is_said_and_what_was_chosen_stays(looking, browser, form, said):
    await as_(browser, ZHOU)
    answer = await browser.post(f"/my/{LOAN}/mediator", form)
    assert answer.status in (400, 409)
    if form.get("first") == ZHENG.id:
        assert f'value="{ZHENG.id}" selected' in answer.text
    assert await looking.matter()


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"first": ZHENG.id, "second": ZHENG.id}, "second"),
        ({"first": ZHENG.id, "second": WEN.id, "third": ZHENG.id}, "third"),
        ({"second": ""}, "first"),
    ],
)
async def test_who_was_chosen_twice_is_wrong_where_they_stand_the_second_time(looking, browser, form, place):
    await as_(browser, ZHOU)
    answer = await browser.post(f"/my/{LOAN}/mediator", {"how": "joint", **form})
    (again,) = [each for each in forms_of(answer.text) if each.action == f"/my/{LOAN}/mediator"]
    assert [each.name for each in again.fields.values() if each.wrong] == [place]


async def test_leaving_it_to_the_court_is_one_press_and_the_court_appoints(looking, browser):
    for user in (ZHOU, LIN):
        await as_(browser, user)
        assert (await browser.post(f"/my/{LOAN}/mediator", {"how": "court", "text_version": COURT_TEXT})).status == 303
    assert "由法院指定" in (await browser.get(f"/my/{LOAN}/mediator")).text
    await as_(browser, cast.FILING)
    assert (await browser.post(f"/matters/{LOAN}/appoint", {"mediator": WEN.id})).status == 303
    assert (await looking.matter()).mediator_id == WEN.id


async def test_the_next_thing_of_a_party_is_the_choice_until_it_has_chosen(looking, browser):
    await as_(browser, ZHOU)
    assert "请选调解员" in (await browser.get("/my")).text
    await browser.post(f"/my/{LOAN}/mediator", BALLOT)
    assert "请选调解员" not in (await browser.get("/my")).text


async def test_another_partys_page_names_nobody_that_was_voted_for_first(looking, browser, other_browser):
    await as_(browser, ZHOU)
    await browser.post(f"/my/{LOAN}/mediator", {"how": "joint", "first": WEN.id})
    await as_(other_browser, LIN)
    text = (await other_browser.get(f"/my/{LOAN}/mediator")).text
    assert "您的选择已收到" not in text
    assert f'value="{WEN.id}" selected' not in text


@pytest.mark.parametrize("user", [LIN, ZHENG, cast.FILING, cast.ADMINISTRATOR], ids=lambda each: each.login)
async def test_the_partys_page_is_the_partys(site, browser, user):
    await Looking(site.ctx).appointing()
    await as_(browser, user)
    path = f"/my/{LOAN if user is not LIN else cast.BODY_YUNXI}/mediator"
    assert (await browser.get(path)).status == 404
    assert (await browser.post(path, BALLOT)).status == 404


async def named(looking, browser, user=cast.FILING):
    looking.later(days=3)
    await as_(browser, user)
    return await browser.post(f"/matters/{LOAN}/appoint", {"mediator": WEN.id})


async def test_naming_too_early_says_why_and_changes_nothing(looking, browser):
    await as_(browser, cast.FILING)
    answer = await browser.post(f"/matters/{LOAN}/appoint", {"mediator": WEN.id})
    assert (answer.status, "还在共同选定" in answer.text) == (409, True)
    assert (await looking.matter()).state is MatterState.APPOINTING


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "请先选"),
        ({"disclose": "something"}, "请说明与哪一方有什么关系"),
        ({"disclose": "something", "relation": "x"}, "请说明与哪一方有什么关系"),
    ],
)
async def test_a_disclosure_that_says_nothing_takes_no_matter(looking, browser, form, said):
    await named(looking, browser)
    await as_(browser, WEN)
    answer = await browser.post(f"/inbox/{LOAN}/accept", form)
    assert answer.status == 400
    assert (await looking.matter()).state is MatterState.AWAITING_ACCEPT


async def test_a_disclosure_without_words_keeps_what_was_chosen(looking, browser):
    await named(looking, browser)
    await as_(browser, WEN)
    field = f"relation.{looking.parties[0].id}"
    answer = await browser.post(f"/inbox/{LOAN}/accept", {"disclose": "something", field: "other"})
    assert "请写明具体情况" in answer.text
    assert 'value="other" selected' in answer.text
    whole = {"disclose": "something", field: "other", "statement": "同乡"}
    assert (await browser.post(f"/inbox/{LOAN}/accept", whole)).status == 303


@pytest.mark.parametrize(
    ("form", "status"), [({"why": "x", "words": "w"}, 400), ({"why": "recusal", "words": ""}, 400), ({}, 400)]
)
async def test_declining_wants_a_reason_of_the_list_and_words(looking, browser, form, status):
    await named(looking, browser)
    await as_(browser, WEN)
    assert (await browser.post(f"/inbox/{LOAN}/decline", form)).status == status
    assert (await browser.post(f"/inbox/{LOAN}/decline", {"why": "recusal", "words": "亲属"})).location == "/inbox"
    assert (await browser.get(f"/inbox/{LOAN}")).status == 404


async def test_what_turns_up_later_is_disclosed_and_read_by_both(looking, browser):
    await named(looking, browser)
    await as_(browser, WEN)
    await browser.post(f"/inbox/{LOAN}/accept", {"disclose": "nothing"})
    path, field = f"/matters/{LOAN}/disclosure", f"relation.{looking.parties[1].id}"
    assert (await browser.get(path)).status == 200
    assert (await browser.post(path, {"statement": "没有写是谁"})).status == 400
    assert (
        await browser.post(path, {field: "interest", "statement": "持有被告公司股份"})
    ).location == f"/matters/{LOAN}"
    await as_(browser, ZHOU)
    page = f"/my/{LOAN}/mediator"
    text = (await browser.get(page)).text
    assert "与纠纷有利害关系" in text
    assert "持有被告公司股份" in text
    assert (await browser.post(f"{page}/accept")).status == 303
    assert "您已知悉披露" in (await browser.get(page)).text


async def test_filing_staff_see_on_their_day_what_waits_for_a_mediator(looking, browser):
    await as_(browser, cast.FILING)
    assert "当事人还在选" in (await browser.get("/home")).text
    looking.later(days=3)
    await as_(browser, cast.FILING)  # a login does not last that long
    text = (await browser.get("/home")).text
    assert "等法院指定" in text
    assert f"/matters/{LOAN}/appoint" in text


async def test_a_body_finds_in_its_list_what_it_was_given_and_nothing_else(looking, browser):
    await as_(browser, MANAGER)
    assert f"/matters/{LOAN}" not in (await browser.get("/matters")).text
    assert (await browser.get(f"/matters/{LOAN}")).status == 404
    await as_(browser, cast.FILING)
    given = await browser.post(f"/matters/{LOAN}/appoint/organisation", {"organisation": PEOPLE.id})
    assert given.status == 303
    await as_(browser, MANAGER)
    assert f"/matters/{LOAN}" in (await browser.get("/matters")).text
    assert (await browser.get(f"/matters/{LOAN}")).status == 200


async def test_the_register_refuses_a_mediator_another_part_over_http(looking, browser):
    await named(looking, browser)
    await as_(browser, WEN)
    await browser.post(f"/inbox/{LOAN}/accept", {"disclose": "nothing"})
    await as_(browser, cast.FILING)
    answer = await browser.post(f"/matters/{LOAN}/appoint/parts", {"role": "witness", "name": "温岚", "phone": ""})
    assert (answer.status, "不能再担任这一角色" in answer.text) == (403, True)


async def test_a_bodys_administrator_takes_names_and_hands_back(site, browser):
    looking = await Looking(site.ctx).submitted()
    async with site.ctx.db.transaction() as tx:
        await roster.give_matter(tx, LOAN, PEOPLE.id, site.clock.now())
    await as_(browser, MANAGER)
    assert "物业服务合同纠纷" in (await browser.get("/home")).text
    assert (await browser.post(f"/matters/{LOAN}/hand_back", {"reason": ""})).status == 400
    assert (await browser.post(f"/matters/{LOAN}/take")).location == "/home"
    assert (await looking.matter()).state is MatterState.CONSENTING


ENTRY = {
    "certificate_no": "皖调2018-0046",
    "status": "listed",
    "organisation": COMMERCIAL.id,
    "speciality.commercial": "yes",
    "tongue.mandarin": "yes",
    "courts": cast.YUNXI,
    "valid_from": "2019-01-01",
    "valid_to": "",
    "most_matters": "30",
    "bio": "新的简介",
}
ENTRY_PATH = f"/roster/mediators/{WEN.id}"


async def test_filing_staff_mend_an_entry_and_everybody_reads_it(browser):
    await as_(browser, cast.FILING)
    assert (await browser.get("/roster")).status == 200
    assert (await browser.post(ENTRY_PATH, ENTRY)).location == "/roster"
    assert "新的简介" in (await browser.get(f"/mediators/{WEN.id}")).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"certificate_no": ""}, "certificate_no"),
        ({"certificate_no": "皖调2018-0041"}, "certificate_no"),
        ({"status": "gone"}, "status"),
        ({"speciality.commercial": ""}, "speciality"),
        ({"tongue.mandarin": ""}, "tongue"),
        ({"courts": ""}, "courts"),
        ({"courts": "\x01"}, "courts"),
        ({"valid_from": "2019-02-30"}, "valid_from"),
        ({"valid_to": "2018-12-31"}, "valid_to"),
        ({"most_matters": "0"}, "most_matters"),
        ({"bio": "长" * 401}, "bio"),
        ({"charges": "长" * 301}, "charges"),
    ],
)
async def test_each_wrong_field_of_an_entry_says_so_beside_it_and_keeps_the_rest(browser, changed, field):
    await as_(browser, cast.FILING)
    answer = await browser.post(ENTRY_PATH, ENTRY | changed)
    assert answer.status == 400
    assert "field__error" in answer.text
    assert f'name="{field}' in answer.text.split("field__error", 1)[1].split("</div>", 1)[0]
    if field != "bio":
        assert "新的简介" in answer.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"credit_code": "52349901MA99B001XQ"}, "field__error"),
        ({"name": "短"}, "field__error"),
        ({"phone": "12368"}, "field__error"),
        ({"kind": "people", "charges": "100元"}, "人民调解不收费"),
    ],
)
async def test_each_wrong_field_of_a_body_says_so_too(browser, changed, said):
    body = {
        "name": "江岚商事调解中心",
        "name_en": "Centre",
        "kind": "commercial",
        "speciality.loan": "yes",
        "courts": cast.YUNXI,
        "active": "yes",
    }
    await as_(browser, cast.FILING)
    answer = await browser.post(f"/roster/organisations/{COMMERCIAL.id}", body | changed)
    assert (answer.status, said in answer.text) == (400, True)
    assert (await browser.post(f"/roster/organisations/{COMMERCIAL.id}", body)).location == "/roster"


@pytest.mark.parametrize("user", [ZHOU, ZHENG, cast.TRIAL_JUDGE], ids=lambda each: each.login)
async def test_who_does_not_keep_the_roster_finds_no_page(browser, user):
    await as_(browser, user)
    for path in ("/roster", ENTRY_PATH, f"/roster/organisations/{PEOPLE.id}"):
        assert (await browser.get(path)).status == 404
    assert (await browser.post(ENTRY_PATH, ENTRY)).status == 404


async def test_a_vote_after_the_last_day_says_so(site, looking, browser):
    site.clock.advance(seconds=timedelta(days=3).total_seconds())
    await as_(browser, ZHOU)
    answer = await browser.post(f"/my/{LOAN}/mediator", BALLOT)
    assert (answer.status, "期限已过" in answer.text) == (409, True)


async def test_a_co_mediator_is_ticked_beside_the_presider_and_finds_the_matter_on_their_own_page(site, browser):
    looking = await Looking(site.ctx).appointing()
    site.clock.advance(seconds=5 * 86_400)
    await browser.become("filing")
    page = await browser.get(f"/matters/{looking.id}/appoint")
    assert f'name="beside_{cast.MEDIATOR_2.id}"' in page.text
    chosen = {"mediator": cast.MEDIATOR_1.id, f"beside_{cast.MEDIATOR_2.id}": "yes"}
    assert (await browser.post(f"/matters/{looking.id}/appoint", chosen)).status == 303
    assert "辅助调解员" in (await browser.get(f"/matters/{looking.id}")).text
    await browser.post(f"/demo/people/{cast.MEDIATOR_2.id}", {})
    home = await browser.get("/home")
    assert "您辅助调解的事项" in home.text
    for path in ("", "/disclosure", "/materials"):
        assert (await browser.get(f"/matters/{looking.id}{path}")).status == 200, path
    assert (await browser.get(f"/matters/{looking.id}/sessions/new")).status in (403, 404)
    assert (await browser.get(f"/matters/{looking.id}/period")).status in (403, 404)


async def wishes(site, mediator):
    """The matter came from an application in which this mediator was wished for."""
    now, draft = site.ctx.clock.now(), complete_draft(phone=ZHOU.phone)
    draft = draft.saying(ApplicationStep.DISPUTE, {**DISPUTE, "wish": Wish(mediator_id=mediator.id).text()})
    record = ApplicationRecord(new_id(), ZHOU.id, None, "h", draft, now, now, matter_id=LOAN, submitted_at=now)
    async with site.ctx.db.transaction() as tx:
        await applications.add(tx, record)


def chosen_in(page, field):
    """The option of a select that is chosen."""
    found = re.search(rf'<select[^>]* name="{field}".*?</select>', page.text, re.DOTALL)
    return re.findall(r'value="([^"]*)" selected', found[0])


async def test_whom_an_applicant_wished_for_stands_first_on_its_own_ballot_and_nothing_is_decided(
    site, browser, looking
):
    await wishes(site, ZHENG)
    page = await (await as_(browser, ZHOU)).get(f"/my/{LOAN}/mediator")
    assert chosen_in(page, "first") == [ZHENG.id]
    assert " checked" not in page.text
    other = await (await as_(browser, LIN)).get(f"/my/{LOAN}/mediator")
    assert chosen_in(other, "first") == []
    assert "希望" not in other.text
    await as_(browser, ZHOU)
    await browser.post(f"/my/{LOAN}/mediator", {"how": "joint", "first": WEN.id})
    assert chosen_in(await browser.get(f"/my/{LOAN}/mediator"), "first") == [WEN.id]


async def test_whom_an_applicant_wished_for_is_chosen_already_where_the_court_names_somebody(site, browser, looking):
    await wishes(site, ZHENG)
    site.ctx.clock.advance(seconds=5 * 86_400)
    page = await (await as_(browser, cast.FILING)).get(f"/matters/{LOAN}/appoint")
    assert re.findall(r'name="mediator" value="([^"]+)" required checked', page.text) == [ZHENG.id]
