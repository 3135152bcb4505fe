import re

import pytest

from tests.docs.pages import ROOT

PAGES = sorted((ROOT / "docs/adr").glob("*.md"))
SECTIONS = ["Status", "Context", "Decision", "Consequences"]
ONE_PAGE = 60
STATUS = re.compile(r"(Accepted|Proposed|Superseded by \d{4})\.")


def test_decisions_are_numbered_without_a_hole():
    assert [page.name[:5] for page in PAGES] == [f"{number:04}-" for number in range(1, len(PAGES) + 1)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_one_page_and_the_four_parts(page):
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert len(text.splitlines()) <= ONE_PAGE
    assert STATUS.fullmatch(re.search(r"## Status\n\n(.+)\n", text).group(1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_decision_points_at_exists(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+/[\w.]+\.(?:py|md|js|sql))`|`((?:tests|docs)/[\w./]+)`", text)
    roots = [ROOT, ROOT / "mediation_server"]
    for name in (first or second for first, second in named):
        assert any((root / name).exists() for root in roots), name
    for other in re.findall(r"\bsee (\d{4})\b", text):
        assert any(each.name.startswith(other) for each in PAGES), other
