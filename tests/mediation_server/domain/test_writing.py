from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.people import Role, Side
from mediation_server.domain.session import Participant
from mediation_server.domain.writing import Writing, WritingAudience, WritingKind, may_read, sha256_of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PEOPLE = {
    "mediator": Participant("mediator", "s", Role.MEDIATOR, Side.NEUTRAL, "郑", "Zheng"),
    "agent": Participant("agent", "s", Role.AGENT, Side.RESPONDENT, "段", "Duan", party_id="lin's"),
    "zhou": Participant("zhou", "s", Role.APPLICANT, Side.APPLICANT, "周", "Zhou"),
    "lin": Participant("lin", "s", Role.RESPONDENT, Side.RESPONDENT, "林", "Lin", party_id="lin's"),
}


def entry(author, audience, *, to=None, relayed=False):
    return Writing(
        "w",
        "s",
        author,
        WritingKind.STATEMENT,
        audience,
        "文",
        sha256_of("文"),
        NOW,
        to,
        None,
        NOW if relayed else None,
    )


def readers(written):
    return {name for name, person in PEOPLE.items() if may_read(written, PEOPLE, person)}


def test_the_presider_reads_all_its_author_too_and_the_other_side_what_was_relayed():
    assert readers(entry("zhou", WritingAudience.ALL)) == {"mediator", "zhou"}
    assert readers(entry("zhou", WritingAudience.ALL, relayed=True)) == set(PEOPLE)


def test_what_is_for_one_party_alone_is_read_by_that_party_and_its_agent():
    assert readers(entry("mediator", WritingAudience.ONE, to="lin")) == {"mediator", "lin", "agent"}
    assert readers(entry("mediator", WritingAudience.ONE, to="agent")) == {"mediator", "lin", "agent"}
    assert readers(entry("mediator", WritingAudience.ONE, to="zhou")) == {"mediator", "zhou"}
    assert readers(entry("mediator", WritingAudience.ONE, to="gone")) == {"mediator"}


@given(st.sampled_from(["zhou", "lin"]), st.booleans(), st.sampled_from([None, "zhou", "lin"]))
def test_what_is_for_the_presider_alone_reaches_nobody_else_whatever_else_it_says(author, relayed, to):
    assert readers(entry(author, WritingAudience.PRESIDER, to=to, relayed=relayed)) == {
        "mediator",
        author,
        *(["agent"] if author == "lin" else []),
    }


def test_the_log_holds_the_hash_of_the_text():
    assert sha256_of("文") != sha256_of("文 ")
