"""What was chosen or typed when a login ended, in Chromium: there again in the page's words, sent by one press."""

import json
import re

import pytest
from playwright.async_api import expect

from mediation_server.domain.ids import fixed_id
from mediation_server.services import demo_cast as cast
from mediation_server.services import unsent
from mediation_server.services.appointing import appoint
from mediation_server.services.demo_data import MATTER_1, SESSION_1
from mediation_server.store import matter_events
from tests.filing_desk import FilingDesk
from tests.roster_world import ZHENG, Looking
from tests.web.unbroken import PHONE, unbroken

ZHOU = cast.PARTY_ACCOUNTS[0]
PERIOD, ASK = f"/my/{MATTER_1}/period", f"/my/sittings/{SESSION_1}/ask"
CONSENTS = f"/my/{MATTER_1}/consents"
WORDS = {
    "zh": {
        "send": "继续送出",
        "drop": "知道了，回到首页",
        "chosen": "刚才选的还没有送出",
        "written": "刚才写的还没有送出",
        "pressed": "刚才的操作没有生效",
    },
    "en": {
        "send": "Send it now",
        "drop": "Understood, go to my home page",
        "chosen": "What you chose has not been sent yet",
        "written": "What you wrote has not been sent yet",
        "pressed": "What you just did has not taken effect",
    },
}


class Person:
    """Somebody at a window of their own, in their language, whose login can end."""

    def __init__(self, site, page, words):
        self.site, self.page, self.words = site, page, words
        self._origin = {"Origin": str(site.url).rstrip("/")}

    async def come(self, person, path):
        """Sign in and open a page."""
        await self.page.request.post(f"/demo/people/{person.id}", headers=self._origin)
        await self.page.goto(path)

    async def speak(self, language):
        """Read all pages in this language."""
        await self.page.request.post("/preferences", form={"language": language, "back": "/"}, headers=self._origin)

    def late(self):
        """The login ends while the page lies open."""
        self.site.clock.advance(hours=self.site.ctx.settings.login_hours + 1)

    async def back(self, person):
        """Sign in again and look at what is kept."""
        await self.page.wait_for_url("**/*next=/unsent*")
        await self.come(person, "/unsent")

    async def kept(self):
        """Each label on the page with what stands under it."""
        labels, said = [await self.page.locator(f".unsent {tag}").all_inner_texts() for tag in ("dt", "dd")]
        return dict(zip(labels, said, strict=True))

    def button(self, name):
        """One of the buttons of the page about what is kept."""
        return self.page.get_by_role("button", name=self.words[name])


@pytest.fixture(params=["zh", "en"])
async def person(request, site):
    async with unbroken(site, PHONE) as page:
        one = Person(site, page, WORDS[request.param])
        await one.speak(request.param)
        yield one


async def test_a_number_alone_is_shown_with_its_label_and_sent_by_one_press(site, person):
    await person.come(ZHOU, PERIOD)
    label = await person.page.locator("label[for=days]").inner_text()
    await person.page.fill("#days", "5")
    person.late()
    await person.page.locator("form:has(#days) button[type=submit]").click()
    await person.back(ZHOU)
    await expect(person.page.get_by_role("heading", name=person.words["written"])).to_be_visible()
    assert (await person.kept())[label] == "5"
    assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await person.button("send").click()
    await person.page.wait_for_url(f"**{PERIOD}")
    async with site.ctx.db.reading() as tx:
        last = (await matter_events.events_of(tx, MATTER_1))[-1]
    assert "5" in json.dumps(dict(last.payload), default=str)
    assert await unsent.mine(site.ctx, ZHOU) is None


async def test_a_long_label_is_cut_between_two_characters(person):
    await person.come(ZHOU, PERIOD)
    label = "长" * 98 + "𠂤" * 5  # two code units each
    await person.page.locator("label[for=days]").evaluate("(label, text) => (label.textContent = text)", label)
    await person.page.fill("#days", "5")
    person.late()
    await person.page.locator("form:has(#days) button[type=submit]").click()
    await person.back(ZHOU)
    assert (await person.kept())[f"{label[:99]}…"] == "5"


async def test_one_lower_case_word_is_an_answer_with_the_choice_it_belongs_to(site, person):
    await person.come(ZHOU, ASK)
    await person.page.locator("input[name=kind][value=another_time]").check()
    chosen = await person.page.locator(".choice__item:has([value=another_time]) .choice__label").inner_text()
    await person.page.fill("#text", "saturday")
    person.late()
    await person.page.locator("form:has(#text) button[type=submit]").click()
    await person.back(ZHOU)
    said = (await person.kept()).values()
    assert {chosen, "saturday"} <= set(said)
    await person.button("send").click()
    await person.page.wait_for_url(f"**{ASK}")
    await expect(person.page.locator("#text")).to_have_count(0)  # it was taken
    assert await unsent.mine(site.ctx, ZHOU) is None


async def test_a_mere_choice_is_there_again_in_its_own_words_and_sent_by_one_press(site, person):
    offered = fixed_id("a matter a mediator is asked to take")
    looking = await Looking(site.ctx, offered).appointing()
    looking.later(days=5)
    await appoint(site.ctx, cast.FILING, offered, ZHENG.id)
    await person.come(ZHENG, f"/inbox/{offered}")
    await person.page.locator("input[name=disclose][value=nothing]").check()
    chosen = await person.page.locator(".choice__item:has([value=nothing]) .choice__label").inner_text()
    person.late()
    await person.page.locator("form:has([name=disclose]) button[type=submit]").last.click()
    await person.back(ZHENG)
    await expect(person.page.get_by_role("heading", name=person.words["chosen"])).to_be_visible()
    assert chosen in (await person.kept()).values()
    await person.button("send").click()
    await person.page.wait_for_url(f"**/matters/{offered}")
    assert await unsent.mine(site.ctx, ZHENG) is None


async def test_a_mere_press_is_told_of_by_its_name_and_never_repeated(site, person):
    await person.come(ZHENG, f"/sessions/{SESSION_1}")
    button = person.page.locator("form[action$='/issue'] button, form[action$='/hold'] button").first
    pressed = " ".join((await button.inner_text()).split())
    person.late()
    await button.click()
    await person.back(ZHENG)
    await expect(person.page.get_by_role("heading", name=person.words["pressed"])).to_be_visible()
    assert list((await person.kept()).values()) == [pressed]
    await expect(person.button("send")).to_have_count(0)
    await person.button("drop").click()
    await person.page.wait_for_url("**/home")
    assert await unsent.mine(site.ctx, ZHENG) is None


async def test_what_was_chosen_is_there_after_a_reload(person):
    await person.come(ZHENG, f"/matters/{MATTER_1}/period")
    cause = person.page.locator("input[name=cause]").last
    await cause.check()
    await person.page.reload()
    await expect(cause).to_be_checked()
    await person.come(cast.ADMINISTRATOR, "/admin/courts/9901")
    tick = person.page.locator("input[type=checkbox][name^=track_]").first
    for wanted in (not await tick.is_checked(), await tick.is_checked()):
        await tick.set_checked(wanted)
        await person.page.reload()
        await expect(tick).to_be_checked(checked=wanted)
    await person.page.goto("/admin/users/new")
    role = person.page.locator("select[name=role]")
    wanted = await role.locator("option").last.get_attribute("value")
    await role.select_option(wanted)
    await person.page.reload()
    await expect(role).to_have_value(wanted)
    await person.page.goto("/admin/users/new")  # opened anew: nothing old stands there unasked
    await expect(role).not_to_have_value(wanted)


async def test_what_was_chosen_about_one_person_is_not_chosen_about_another(site, person):
    matter = await FilingDesk(site.ctx, made=700).submitted()
    await person.come(cast.FILING, f"/intake/{matter.id}")
    first, second = [person.page.locator(f"form[action$='/reveal'] >> nth={n}") for n in (0, 1)]
    await first.locator("xpath=..").evaluate("details => (details.open = true)")
    why = first.locator("select[name=purpose]")
    wanted = await why.locator("option").last.get_attribute("value")
    await why.select_option(wanted)
    await person.page.reload()
    await expect(why).to_have_value(wanted)
    await expect(second.locator("select[name=purpose]")).not_to_have_value(wanted)
    await person.page.reload()
    await expect(why).to_have_value(wanted)


async def test_an_answer_to_other_words_is_not_given_back(person):
    await person.come(ZHOU, CONSENTS)
    answer = person.page.locator("input[name=answer][value=yes]")
    await answer.check()
    await person.page.reload()
    await expect(answer).to_be_checked()
    await person.page.route(f"**{CONSENTS}", _with_another_version)
    await person.page.reload()
    assert "another" in await person.page.locator("input[name=text_version]").input_value()
    await expect(answer).not_to_be_checked()


async def _with_another_version(route):
    answer = await route.fetch()
    body = (await answer.text()).replace('name="text_version" value="', 'name="text_version" value="another ')
    await route.fulfill(response=answer, body=body)


async def test_what_was_typed_waits_at_the_door_for_whoever_typed_it(site, person):
    agents, lin = f"/my/{MATTER_1}/agents", cast.PARTY_ACCOUNTS[1]
    name = person.page.locator("#name")

    async def typed_and_put_out():
        await person.come(ZHOU, agents)
        await name.fill("何屿")
        person.late()
        await person.page.reload()
        await person.page.wait_for_url(re.compile(r"/enter\?next="))

    await typed_and_put_out()
    await person.page.fill("input[name=phone]", "12")  # refused once: the door is still the same
    await person.page.locator("main form button[type=submit]").first.click()
    await expect(person.page.locator(".field__error")).to_be_visible()
    await person.come(ZHOU, agents)
    await expect(name).to_have_value("何屿")
    await typed_and_put_out()
    await person.come(lin, agents)
    await expect(name).to_have_value("")
    await person.come(ZHOU, agents)
    await expect(name).to_have_value("")
    await typed_and_put_out()
    await person.come(ZHOU, "/my")  # somewhere else: it is not wanted any more
    await person.page.goto(agents)
    await expect(name).to_have_value("")
    await name.fill("何屿")
    await person.page.locator("form[action='/logout'] button").click()
    await person.page.wait_for_url("**/")
    assert "何屿" not in await person.page.evaluate("JSON.stringify({...sessionStorage})")
