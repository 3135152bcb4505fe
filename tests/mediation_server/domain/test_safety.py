from datetime import UTC, datetime, timedelta

from mediation_server.domain.matter import MatterParty
from mediation_server.domain.people import Role, Side
from mediation_server.domain.safety import exits, seats_shown_to, shown_to
from mediation_server.domain.session import Participant

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


def test_a_seat_of_the_other_side_bears_no_name():
    zhou = Participant("z", "s", Role.APPLICANT, Side.APPLICANT, "周承安", "Zhou Cheng'an")
    lin = Participant("l", "s", Role.RESPONDENT, Side.RESPONDENT, "林若溪", "Lin")
    zheng = Participant("m", "s", Role.MEDIATOR, Side.NEUTRAL, "郑思远", "Zheng")
    told = seats_shown_to([zheng, zhou, lin], Side.RESPONDENT, safety=True)
    assert [each.name for each in told] == ["郑思远", "对方当事人", "林若溪"]
    assert "Zhou" not in repr(told)
    assert seats_shown_to([zhou, lin], Side.RESPONDENT, safety=False) == (zhou, lin)
    assert seats_shown_to([zhou, lin], Side.NEUTRAL, safety=True) == (zhou, lin)


def test_the_protected_side_leaves_first_and_the_others_one_after_the_other():
    leaving = exits([Side.NEUTRAL, Side.APPLICANT, Side.RESPONDENT, Side.THIRD], Side.RESPONDENT, ENDED)
    assert leaving == {
        Side.RESPONDENT: ENDED,
        Side.APPLICANT: ENDED + timedelta(minutes=15),
        Side.THIRD: ENDED + timedelta(minutes=30),
    }
