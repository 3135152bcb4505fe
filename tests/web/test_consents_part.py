"""The ledger's part of a party's page: what was answered, in whose words, and the way back, without a script."""

from datetime import UTC, datetime, timedelta

import pytest

from mediation_server.domain.consent import Consent, ConsentChannel, ConsentItem, GivenBy
from mediation_server.domain.consent_ledger import Standing
from mediation_server.domain.consent_texts import TEXTS
from mediation_server.services.consenting import LedgerLine
from web.assets import Assets
from web.i18n import translators
from web.render import make_environment

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
PART = """{% import "_consents.html" as consents with context %}
{{ consents.mine(lines, "/my/matters/m/consents") }}
{% for line in asked %}{{ consents.ask(line, "/here", 1, 2) }}{% endfor %}
"""


def line(item, *, answer=True, withdrawn_at=None, withdrawable=False, kept=None, **said):
    text = TEXTS[item][-1]
    given = Consent(f"{item}", "m", item, text.version, answer, AT, "page:1", party_id="zhou", **said)
    return LedgerLine(item, text, text, Standing(item, given, withdrawn_at), withdrawable, kept)


def unasked(item):
    return LedgerLine(item, TEXTS[item][-1], TEXTS[item][-1], Standing(item), withdrawable=False)


@pytest.fixture(scope="module")
def environment():
    return make_environment(Assets())


def shown(environment, language, lines, asked=()):
    tr = translators()[language]
    known = {"tr": tr, "t": tr.t, "rich": tr.rich, "now": AT + timedelta(days=1), "dot": " "}
    return environment.from_string(PART).render(lines=lines, asked=asked, **known)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("item", ConsentItem)
def test_every_item_can_be_shown_withdrawn_and_asked(environment, language, item):
    page = shown(environment, language, [line(item, withdrawable=True)], [unasked(item)])
    words = TEXTS[item][-1].zh if language == "zh" else TEXTS[item][-1].en
    assert f'action="/my/matters/m/consents/{item}/withdraw"' in page
    assert f'action="/here/{item}"' in page
    assert f'value="{TEXTS[item][-1].version}"' in page
    for part in ("title", "question", "yes", "no_then"):
        assert words[part] in page
    assert "**" not in page
    assert "checked" not in page


def test_what_nobody_asked_is_not_listed(environment):
    page = shown(environment, "zh", [unasked(each) for each in ConsentItem])
    assert "还没有征询过您" in page
    assert "<li" not in page


def test_a_no_a_withdrawal_and_a_spent_yes_offer_no_way_back(environment):
    lines = [
        line(ConsentItem.OBSERVERS, answer=False),
        line(ConsentItem.ONLINE, withdrawn_at=AT + timedelta(hours=2)),
        line(ConsentItem.EXTENSION, kept="consent_spent"),
    ]
    page = shown(environment, "zh", lines)
    assert "<form" not in page
    when = translators()["zh"].when(AT + timedelta(hours=2), AT + timedelta(days=1))
    for words in ("不同意", "已撤回", f"{when}撤回", "不能再撤回"):
        assert words in page


def test_it_says_who_answered_and_how(environment):
    said = {
        "given_by": GivenBy.AGENT,
        "channel": ConsentChannel.PHONE,
        "operator_id": "clerk",
        "note": "本人接听",
    }
    page = shown(environment, "en", [line(ConsentItem.ONLINE, **said)])
    assert "By phone" in page
    assert "By an agent" in page
    assert "本人接听" not in page  # the clerk's note is for the file
