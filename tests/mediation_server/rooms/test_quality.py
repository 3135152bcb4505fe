import pytest

from mediation_server.media.engine import MemberQuality
from mediation_server.rooms.quality import level_of


@pytest.mark.parametrize(
    ("up", "down", "rtt", "level"),
    [
        (0.0, 0.0, 20.0, "good"),
        (0.049, 0.049, 399.0, "good"),
        (0.05, 0.0, 20.0, "weak"),
        (0.0, 0.05, 20.0, "weak"),
        (0.0, 0.0, 400.0, "weak"),
        (0.3, 0.0, 20.0, "lost"),
        (0.0, 0.0, 2000.0, "lost"),
    ],
)
def test_the_worse_direction_decides(up, down, rtt, level):
    assert level_of(MemberQuality(up, down, rtt, 0, 0)) == level


def test_an_unknown_line_has_no_level():
    assert level_of(None) is None
