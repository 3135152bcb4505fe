import asyncio

from bench import report, room


def test_the_figure_is_what_was_sent_against_everything():
    made = room.build_report(2.0, (1_000, 990), (350, 350))
    assert made.figures == {"packets_ratio": 0.35}
    assert made.ok
    assert made.details["packets_per_second_everything"] == 500
    assert not room.build_report(2.0, (1_000, 990), (500, 500)).ok
    assert not room.build_report(2.0, (0, 0), (0, 0)).ok


def test_six_people_are_sent_less_than_everything():
    with report.progress(8) as steps:
        made = asyncio.run(room.measure(1.0, steps))
    assert 0.2 < made.figures["packets_ratio"] < 0.7
    assert made.details["received_share"] > 0.9
