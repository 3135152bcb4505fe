from datetime import UTC, datetime, timedelta

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.safety import exits, shown_to

ZHOU = MatterParty(
    "zhou",
    "m",
    Side.APPLICANT,
    Role.APPLICANT,
    "周承安",
    "Zhou Cheng'an",
    "natural",
    "16100000011",
    "周代表",
    "Rep Zhou",
    user_id="u",
    id_number="349901198503120011",
    address="江岚市云溪区一号",
    email="zhou@demo.invalid",
)
LIN = MatterParty("lin", "m", Side.RESPONDENT, Role.RESPONDENT, "林若溪", "Lin", "natural", "16100000012")
ENDED = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_the_other_side_is_neither_named_nor_reachable():
    other, own = shown_to([ZHOU, LIN], Side.RESPONDENT, safety=True)
    assert own is LIN
    assert (other.id, other.side, other.name, other.name_en) == (
        "zhou",
        Side.APPLICANT,
        "对方当事人",
        "the other party",
    )
    told = repr(other)
    assert not [each for each in ("周", "Zhou", "16100000011", "349901", "江岚", "demo.invalid") if each in told]


def test_without_it_and_to_whoever_mediates_all_are_shown():
    assert shown_to([ZHOU, LIN], Side.RESPONDENT, safety=False) == (ZHOU, LIN)
    assert shown_to([ZHOU, LIN], Side.NEUTRAL, safety=True) == (ZHOU, LIN)


def test_the_protected_side_leaves_first_and_the_others_one_after_the_other():
    leaving = exits([Side.NEUTRAL, Side.APPLICANT, Side.RESPONDENT, Side.THIRD], Side.RESPONDENT, ENDED)
    assert leaving == {
        Side.RESPONDENT: ENDED,
        Side.APPLICANT: ENDED + timedelta(minutes=15),
        Side.THIRD: ENDED + timedelta(minutes=30),
    }
