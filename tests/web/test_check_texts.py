"""Refusals whose codes are put together from a value: every one has its sentence in both languages."""

import pytest

from mediation_server.domain.checks.agents import AgentPaper
from web.i18n import load_catalogue

MADE = [f"agent_paper_{paper}" for paper in AgentPaper]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_that_is_put_together_has_a_text(language):
    texts = load_catalogue(language)
    assert [code for code in MADE if f"error.{code}" not in texts] == []
