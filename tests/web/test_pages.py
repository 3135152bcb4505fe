"""Every page in both languages: nothing inline, nothing missing, one heading, labels, and words of its own language."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.web.pages import all_pages

_FROM_DATA = re.compile(
    r"<textarea\b.*?</textarea>|<(?:pre|input|title)\b.*?>|<svg.*?</svg>|<dd class=\"prose\">.*?</dd>", re.DOTALL
)


class Page(HTMLParser):
    """What is looked for in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.named: set[str] = set()
        self.fields: list[str] = []
        self.labelled: set[str] = set()
        self.headings = 0
        self.language = ""
        self.outside: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_script = tag in ("script", "style")
        self.inline += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.inline.append(f"<{tag}>")
        self.headings += tag == "h1"
        self.language = given.get("lang") or "" if tag == "html" else self.language
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self._note_links(given)
        self._note_field(tag, given)

    def _note_links(self, given: dict[str, str | None]) -> None:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.named |= set((given.get(name) or "").split())
        for name in ("href", "src", "action"):
            target = given.get(name) or "/"
            if not target.startswith(("/", "#", "tel:")):
                self.outside.append(target)

    def _note_field(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        is_field = tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "radio", "checkbox")
        if is_field and not given.get("aria-label"):
            self.fields.append(given.get("id") or "(none)")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data.strip()[:40])

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


@pytest.fixture(params=["zh", "en"])
async def pages(request, browser):
    await browser.prefer(language=request.param)
    answers = await all_pages(browser)
    assert {name for name, answer in answers.items() if answer.status >= 500} == {"/broken"}
    return request.param, {name: (Page(answer.text), answer.text) for name, answer in answers.items()}


async def test_every_page_keeps_the_rules(pages):
    language, found = pages
    assert len(found) > 25
    for name, (page, _) in found.items():
        assert page.inline == [], name
        assert page.outside == [], name
        assert page.language == ("zh-CN" if language == "zh" else "en"), name
        assert [each for each in page.ids if page.ids.count(each) > 1] == [], name
        assert page.named <= set(page.ids), name
        assert [each for each in page.fields if each not in page.labelled] == [], name
        assert page.headings >= 1, name


async def test_pages_speak_their_language(pages):
    language, found = pages
    if language == "zh":
        assert all("在线调解室" in text for _, text in found.values())
        return
    for name, (_, text) in found.items():
        assert "Online mediation room" in text, name
        words = re.sub(r"<[^>]+>", " ", _FROM_DATA.sub(" ", text))
        words = words.replace("中文", "")
        han = set(re.findall("[\N{CJK UNIFIED IDEOGRAPH-4E00}-\N{CJK UNIFIED IDEOGRAPH-9FFF}]+", words))
        data = {
            "皖",
            "民初",
            "号",
            "民特",
            "民诉前调",
            "皖调",
            "江岚市云溪区",
        }  # case numbers; an address as it was typed
        messages = "/demo/outbox" in name  # what was sent was written in Chinese
        assert messages or han <= data, name


async def test_a_theme_and_a_size_are_in_the_first_byte(browser):
    await browser.prefer(theme="dark", size="largest", language="en")
    text = (await browser.get("/")).text
    assert '<html lang="en" data-theme="dark" data-size="largest">' in text
    await browser.prefer(theme="", size="")
    assert '<html lang="en">' in (await browser.get("/")).text


async def test_the_browsers_language_counts_until_one_is_chosen(browser):
    assert 'lang="en"' in (await browser.get("/", {"Accept": "text/html", "Accept-Language": "en-GB,zh;q=0.5"})).text
    assert 'lang="zh-CN"' in (await browser.get("/", {"Accept": "text/html", "Accept-Language": "fr,de"})).text
    await browser.prefer(language="zh")
    assert 'lang="zh-CN"' in (await browser.get("/", {"Accept": "text/html", "Accept-Language": "en"})).text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:0", "/a\r\nb"]
)
async def test_nobody_is_sent_elsewhere_after_a_form(browser, back):
    assert (await browser.post("/preferences", {"back": back, "size": "large"})).location == "/"
