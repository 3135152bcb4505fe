from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.icalendar import Appointment, Method, calendar_file

APPOINTMENT = Appointment(
    uid="seat@mediation.invalid",
    sequence=2,
    stamp=datetime(2026, 11, 23, 6, tzinfo=UTC),
    starts_at=datetime(2026, 11, 27, 1, 30, tzinfo=UTC),
    ends_at=datetime(2026, 11, 27, 2, 30, tzinfo=UTC),
    summary="(2026)皖9901民初2101号 调解",
    location="诉讼服务中心, 二楼; 203室",
    organizer="noreply@mediation.invalid",
    attendee="zhou@demo.invalid",
)


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_the_file_says_when_where_and_for_whom_in_the_words_of_rfc_5545():
    lines = unfolded(calendar_file(APPOINTMENT))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    for line in (
        "METHOD:REQUEST",
        "UID:seat@mediation.invalid",
        "SEQUENCE:2",
        "DTSTAMP:20261123T060000Z",
        "DTSTART:20261127T013000Z",
        "DTEND:20261127T023000Z",
        "LOCATION:诉讼服务中心\\, 二楼\\; 203室",
        "STATUS:CONFIRMED",
        "TRIGGER:-PT30M",
    ):
        assert line in lines


def test_a_cancellation_is_the_same_appointment_and_rings_no_more():
    lines = unfolded(calendar_file(replace(APPOINTMENT, sequence=3), Method.CANCEL))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3", "UID:seat@mediation.invalid"} <= set(lines)
    assert "BEGIN:VALARM" not in lines


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_written_no_line_is_too_long_and_none_is_smuggled_in(summary, place):
    text = calendar_file(replace(APPOINTMENT, summary=summary, location=place))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.replace("\r\n", "").count("\n") == 0
    lines = unfolded(text)
    assert sum(line.startswith("BEGIN:VEVENT") for line in lines) == 1
    assert sum(line.startswith("SUMMARY:") for line in lines) == 1
