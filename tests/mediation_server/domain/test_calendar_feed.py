"""The feed as calendars read it: whole lines, nothing that breaks out of a text, ids that stay."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.calendar_feed import FeedEntry, feed_text

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TEXTS = st.text(max_size=200)


def entry(summary="调解期限到期", **changes):
    given_ = {"uid": "one@x", "sequence": 2, "stamp": NOW, "starts": NOW, "ends": NOW, "summary": summary}
    return FeedEntry(**(given_ | changes))


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_a_sitting_has_its_instants_and_a_last_day_is_a_whole_one_that_makes_nobody_busy():
    day = date(2026, 11, 30)
    lines = unfolded(feed_text("我的", [entry(), entry(starts=day, ends=day)], "-//X//ZH"))
    assert lines.count("DTSTART:20261123T060000Z") == 1
    at = lines.index("DTSTART;VALUE=DATE:20261130")
    assert lines[at + 1 : at + 3] == ["DTEND;VALUE=DATE:20261201", "TRANSP:TRANSPARENT"]
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_what_was_cancelled_says_so_under_its_id():
    lines = unfolded(feed_text("我的", [entry(cancelled=True)], "-//X//ZH"))
    assert {"UID:one@x", "SEQUENCE:2", "STATUS:CANCELLED"} <= set(lines)


@given(TEXTS, TEXTS)
def test_no_text_becomes_a_line_of_its_own_and_no_line_is_too_long(summary, description):
    text = feed_text(summary, [entry(summary, description=description)], "-//X//ZH")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    names = [line.split(":")[0].split(";")[0] for line in unfolded(text) if line]
    assert names.count("BEGIN") == names.count("END") == 2
    assert set(names) <= {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "REFRESH-INTERVAL",
        "X-PUBLISHED-TTL", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS",
        "CLASS",
    }  # fmt: skip
