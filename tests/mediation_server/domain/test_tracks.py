from datetime import date

import pytest

from mediation_server.domain.matter import Track
from mediation_server.domain.tracks import TrackRule, tracks_open

BEFORE_FILING = Track.PREFILING_DELEGATED
YUNXI, SHIQIAO = "江岚市云溪区人民法院", "石桥县人民法院"


@pytest.mark.parametrize(
    ("court", "on", "offered"),
    [
        (YUNXI, date(2024, 12, 31), True),
        (YUNXI, date(2025, 1, 1), False),
        (SHIQIAO, date(2026, 11, 23), True),
    ],
)
def test_complaints_from_2025_on_are_filed_first_unless_a_court_keeps_the_older_way(court, on, offered):
    assert (BEFORE_FILING in tracks_open(court, on)) is offered
    assert set(Track) - {BEFORE_FILING} <= tracks_open(court, on)


def test_a_rule_holds_from_its_first_day_to_its_last():
    rule = TrackRule(Track.COURT_LED, YUNXI, date(2026, 1, 1), date(2026, 6, 30))
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    assert [bool(tracks_open(YUNXI, on, [rule])) for on in days] == [False, True, True, False]
    assert tracks_open(SHIQIAO, date(2026, 2, 1), [rule]) == frozenset()
