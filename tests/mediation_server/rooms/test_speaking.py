from mediation_server.domain.log import EventKind as E
from mediation_server.rooms.speaking import MAX_PENDING, Speaking, Utterance
from mediation_server.rooms.visibility import audience_of
from tests.mediation_server.rooms.test_view import Story


def test_an_utterance_of_the_joint_room_is_kept_for_the_log():
    state, speaking = Story().settle().state, Speaking()
    speaking.heard(state, "a1", 1_000, speaking=True)
    speaking.heard(state, "a1", 1_500, speaking=True)
    speaking.heard(state, "a1", 4_000, speaking=False)
    assert speaking.take() == [Utterance("a1", 1_000, 4_000)]
    assert speaking.take() == []


def test_a_click_is_no_utterance():
    state, speaking = Story().settle().state, Speaking()
    speaking.heard(state, "a1", 1_000, speaking=True)
    speaking.heard(state, "a1", 1_199, speaking=False)
    assert speaking.take() == []


def test_what_is_said_in_a_caucus_is_never_kept():
    story, speaking = Story().settle(), Speaking()
    speaking.heard(story.state, "a1", 1_000, speaking=True)
    story.open("applicant")
    speaking.settle(story.state, 2_000)
    speaking.heard(story.state, "mediator", 2_500, speaking=True)
    speaking.heard(story.state, "mediator", 9_000, speaking=False)
    assert speaking.take() == [Utterance("a1", 1_000, 2_000)]
    story.tell(E.CAUCUS_CLOSED, {})
    story.tell(E.DEVICES_SWITCHED, {"participant": "a1", "microphone": True})
    speaking.settle(story.state, 10_000)
    speaking.heard(story.state, "a1", 11_000, speaking=False)
    assert speaking.take() == [Utterance("a1", 10_000, 11_000)]


def test_a_voice_is_shown_only_to_who_may_hear_it():
    story, speaking = Story().settle(), Speaking()
    story.open("applicant")
    speaking.heard(story.state, "a1", 1_000, speaking=True)
    audience = audience_of(story.state)
    heard = {who: speaking.audible_to(who, story.state, audience) for who in story.state.seats}
    assert heard == {"mediator": ["a1"], "a1": ["a1"], "a2": ["a1"], "r1": [], "r2": [], "t1": []}


def test_a_muted_microphone_has_no_voice():
    story, speaking = Story().settle(), Speaking()
    speaking.heard(story.state, "a1", 1_000, speaking=True)
    story.tell(E.MUTED, {"participant": "a1", "source": "microphone", "locked": False})
    speaking.settle(story.state, 2_000)
    assert speaking.audible_to("r1", story.state, audience_of(story.state)) == []
    assert speaking.take() == [Utterance("a1", 1_000, 2_000)]


def test_what_waits_for_the_log_is_bounded_and_can_be_given_back():
    state, speaking = Story().settle().state, Speaking()
    for number in range(MAX_PENDING + 10):
        speaking.heard(state, "a1", number * 1_000, speaking=True)
        speaking.heard(state, "a1", number * 1_000 + 500, speaking=False)
    taken = speaking.take()
    assert len(taken) == MAX_PENDING
    speaking.give_back(taken)
    assert speaking.take() == taken


def test_a_stranger_says_nothing():
    state, speaking = Story().settle().state, Speaking()
    speaking.heard(state, "nobody", 0, speaking=True)
    assert speaking.audible_to("nobody", state, {}) == []
