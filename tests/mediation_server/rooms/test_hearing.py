"""Who missed whom: however lines, voices and places change, only what was missed counts, and stays where it was."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.log import EventKind as E
from mediation_server.rooms.fairness import MAX_CARDS, OWN_CARD_MS, Fairness
from mediation_server.rooms.hearing import LEAST_MS, Ears, Report, Sense, payload_of
from mediation_server.rooms.state import Place
from mediation_server.rooms.visibility import in_one_place
from tests.mediation_server.rooms.test_view import SIDES, Story

FINE = Report(dict.fromkeys(SIDES, 1.0), dict.fromkeys(SIDES, True))
DEAF = Report({}, {})
EVERYBODY = sorted(SIDES)


@dataclass
class Hall:
    """A room whose clock goes on by `last`, with everything the rule looks at."""

    story: Story = field(default_factory=lambda: Story().settle())
    fairness: Fairness = field(default_factory=Fairness)
    now_ms: int = 0
    speaking: frozenset = frozenset()
    cut_off: frozenset = frozenset()
    voices_only: frozenset = frozenset()

    def __post_init__(self):
        for each in EVERYBODY:
            on = {"participant": each, "microphone": True, "camera": True}
            self.story.tell(E.DEVICES_SWITCHED, on)

    @property
    def ears(self):
        return Ears(self.story.state, self.speaking, self.fairness.reports, self.cut_off, self.voices_only)

    def last(self, ms, *, speaking=None):
        if speaking is not None:
            self.speaking = frozenset(speaking)
        self.now_ms += ms
        self.fairness.follow(self.now_ms, self.ears)
        return self

    def change(self, act):
        self.fairness.follow(self.now_ms, self.ears)
        act()
        self.fairness.follow(self.now_ms, self.ears)

    def cards(self, viewer):
        return self.fairness.cards_of(viewer, self.story.state, self.now_ms)

    def logged(self):
        return [payload_of(each) for each in self.fairness.take()]


def test_more_than_three_seconds_of_speech_missed_are_told_while_they_are_missed():
    hall = Hall()
    hall.fairness.report("r1", DEAF)
    hall.last(3_000, speaking={"a1"})
    assert hall.cards("mediator") == []
    hall.last(1_000)
    [card] = hall.cards("mediator")
    assert (card.key.listener, card.key.speaker, card.missed_ms, card.over) == ("r1", "a1", 4_000, False)
    assert [each.id for each in hall.cards("r1")] == [card.id]
    assert hall.cards("a1") == hall.cards("a2") == hall.cards("t1") == []


def test_it_ends_when_they_hear_again_and_goes_into_the_log_once():
    hall = Hall().last(2_000)
    hall.fairness.report("r1", DEAF)
    hall.last(5_000, speaking={"a1"})
    hall.fairness.report("r1", FINE)
    hall.last(900)
    assert hall.logged() == []
    hall.last(200)
    assert hall.logged() == [
        {"participant": "r1", "whom": "a1", "sense": "sound", "from_ms": 2_000, "to_ms": 7_000, "missed_ms": 5_000}
    ]
    assert hall.logged() == []
    assert hall.cards("mediator")[0].over


def test_what_is_missed_adds_up_over_pauses_and_silence_is_not_missed():
    hall = Hall()
    hall.fairness.report("r1", DEAF)
    for _ in range(4):
        hall.last(1_000, speaking={"a1"}).last(4_000, speaking=())
    assert hall.cards("mediator")[0].missed_ms == 4_000
    silent = Hall()
    silent.fairness.report("r1", DEAF)
    silent.last(60_000, speaking=())
    assert silent.cards("mediator") == []


def test_a_lost_line_hears_nothing_and_one_that_never_said_anything_is_not_accused():
    hall = Hall()
    hall.last(10_000, speaking={"a1"})
    assert hall.cards("mediator") == []
    hall.change(lambda: hall.story.tell(E.DISCONNECTED, {"participant": "r1"}))
    hall.cut_off = frozenset({"r2"})
    hall.last(4_000)
    assert {each.key.listener for each in hall.cards("mediator")} == {"r1", "r2"}


def test_a_still_picture_counts_when_it_was_wanted_and_the_voice_came_through():
    hall = Hall()
    still = replace(FINE, moved={"a1": False})
    hall.fairness.report("r1", still)
    hall.fairness.report("r2", replace(FINE, moved={}))
    hall.voices_only = frozenset({"t1"})
    hall.fairness.report("t1", still)
    hall.last(4_000, speaking={"a1"})
    assert [(each.key.listener, each.key.sense) for each in hall.cards("mediator")] == [("r1", Sense.PICTURE)]
    hall.change(lambda: hall.story.tell(E.DEVICES_SWITCHED, {"participant": "a1", "camera": False}))
    hall.last(1_100)
    assert [each["sense"] for each in hall.logged()] == ["picture"]


def test_a_new_miss_of_the_same_voice_joins_the_card_that_is_not_answered():
    hall = Hall()
    for _ in range(2):
        hall.fairness.report("r1", DEAF)
        hall.last(4_000, speaking={"a1"})
        hall.fairness.report("r1", FINE)
        hall.last(1_500)
    [card] = hall.cards("mediator")
    assert (card.from_ms, card.missed_ms, card.over) == (0, 8_000, True)
    assert [each["missed_ms"] for each in hall.logged()] == [4_000, 4_000]


def test_who_has_read_it_is_not_told_again_and_ones_own_card_goes_by_itself():
    hall = Hall()
    hall.fairness.report("r1", DEAF)
    hall.last(4_000, speaking={"a1"})
    hall.fairness.note(hall.cards("mediator")[0], "mediator")
    assert hall.cards("mediator") == []
    assert hall.cards("r1")
    hall.fairness.report("r1", FINE)
    hall.last(2_000)
    assert hall.cards("r1")
    hall.last(OWN_CARD_MS)
    assert hall.cards("r1") == []


def test_cards_and_what_waits_for_the_log_are_bounded():
    hall = Hall()
    for each in EVERYBODY:
        hall.fairness.report(each, DEAF)
    hall.last(4_000, speaking=EVERYBODY)
    assert len(hall.cards("mediator")) == MAX_CARDS
    hall.fairness.hush()
    assert len(hall.logged()) == len(EVERYBODY) * (len(EVERYBODY) - 1)


def test_a_caucus_ends_what_was_missed_before_and_keeps_its_own():
    hall = Hall()
    hall.fairness.report("a1", DEAF)
    hall.last(4_000, speaking={"mediator"})
    hall.change(lambda: hall.story.open("applicant"))
    assert "caucus" not in hall.logged()[0]
    assert hall.cards("mediator") == []
    hall.change(lambda: hall.story.tell(E.DEVICES_SWITCHED, {"participant": "mediator", "microphone": True}))
    hall.last(4_000)
    assert [each.key.caucus for each in hall.cards("mediator")] == [hall.story.state.caucus_id]
    assert hall.cards("r1") == hall.cards("r2") == hall.cards("t1") == []
    caucus = hall.story.state.caucus_id
    hall.change(lambda: hall.story.tell(E.CAUCUS_CLOSED, {"caucus": caucus}))
    assert [each["caucus"] for each in hall.logged()] == [caucus]
    assert {each.key.caucus for each in (*hall.cards("mediator"), *hall.cards("a1"))} == {None}


steps = st.one_of(
    st.tuples(st.just("last"), st.integers(1, 6_000)),
    st.tuples(st.just("speak"), st.frozensets(st.sampled_from(EVERYBODY), max_size=3)),
    st.tuples(st.just("report"), st.tuples(st.sampled_from(EVERYBODY), st.sampled_from([FINE, DEAF]))),
    st.tuples(st.just("cut"), st.frozensets(st.sampled_from(EVERYBODY), max_size=2)),
    st.tuples(st.just("line"), st.tuples(st.sampled_from(EVERYBODY), st.booleans())),
    st.tuples(st.just("caucus"), st.sampled_from(["applicant", "respondent", None])),
)


def take(hall, step):
    name, value = step
    tell = hall.story.tell
    if name == "last":
        hall.last(value)
    elif name == "speak":
        hall.change(lambda: setattr(hall, "speaking", value))
    elif name == "report":
        hall.change(lambda: hall.fairness.report(*value))
    elif name == "cut":
        hall.change(lambda: setattr(hall, "cut_off", value))
    elif name == "line":
        back = {"participant": value[0]}
        hall.change(lambda: tell(E.CONNECTED if value[1] else E.DISCONNECTED, back))
        hall.change(lambda: tell(E.DEVICES_SWITCHED, {**back, "microphone": True}))
    elif hall.story.state.caucus_id:
        hall.change(lambda: tell(E.CAUCUS_CLOSED, {"caucus": hall.story.state.caucus_id}))
    elif value:
        hall.change(lambda: hall.story.open(value))


@given(st.lists(steps, max_size=30))
def test_however_it_goes_nothing_of_a_caucus_is_told_outside_and_no_time_is_invented(schedule):
    hall, spans = Hall(), []
    for step in schedule:
        before, began = hall.story.state, hall.now_ms
        take(hall, step)
        spans.append((began, hall.now_ms, before.caucus_id))
        state = hall.story.state
        for viewer in EVERYBODY:
            inside = state.seats[viewer].place is Place.CAUCUS
            for card in hall.cards(viewer):
                assert card.key.caucus == (state.caucus_id if inside else None)
                assert viewer in ("mediator", card.key.listener)
                assert card.key.caucus is None or in_one_place(state, card.key.speaker, card.key.listener)
    hall.fairness.hush()
    for each in hall.logged():
        assert LEAST_MS < each["missed_ms"] <= each["to_ms"] - each["from_ms"] <= hall.now_ms
        assert each["participant"] != each["whom"]
        own = [(a, b) for a, b, caucus in spans if caucus == each.get("caucus")]
        assert sum(max(0, min(b, each["to_ms"]) - max(a, each["from_ms"])) for a, b in own) >= each["missed_ms"]
        if "caucus" in each:  # begins and ends inside it
            assert all(caucus == each["caucus"] for a, b, caucus in spans if a < each["to_ms"] and b > each["from_ms"])
