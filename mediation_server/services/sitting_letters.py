"""What people read of a sitting in text messages and mails (annex B): texts and calendar files; sends nothing.

No claim, no other party's name, phone or address is in any of them; where somebody is to come is told to them alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mediation_server.domain.calendar import SHANGHAI
from mediation_server.domain.icalendar import Appointment, Method, calendar_file
from mediation_server.domain.ids import new_id
from mediation_server.domain.matter import Matter
from mediation_server.domain.notice import Channel, Notice
from mediation_server.domain.session import Attendance, Participant, Session, SessionKind
from mediation_server.domain.sitting import NoticeAbout

__all__ = ["Announcement", "Reader", "calendar_text", "letters", "where_of"]

_ORGANIZER = "noreply@mediation.invalid"
_WITH_FILE = (NoticeAbout.SCHEDULED, NoticeAbout.CHANGED, NoticeAbout.CANCELLED)
_WHAT = {
    SessionKind.MEDIATION: "调解",
    SessionKind.PREP: "单方准备",
    SessionKind.CONFIRMATION_CHECK: "司法确认核实",
    SessionKind.JUDGMENT_CHECK: "调解书核实",
    SessionKind.ASYNC: "书面调解",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: a participant, and how to reach them; an empty address is not written to."""

    participant: Participant
    phone: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be told of which sitting; `why` is the presider's reason for a change, told to everybody."""

    matter: Matter
    session: Session
    about: NoticeAbout
    why: str = ""


def letters(what: Announcement, reader: Reader, now: datetime, link: str = "") -> list[Notice]:
    """The messages to one person: a text message, and a mail with the calendar file where there is an address.

    `link` is their own, when one was issued just now.
    """
    matter, session, about = what.matter, what.session, what.about
    text = _text(what, reader.participant, link)
    found = []
    if reader.phone:
        found.append(Notice(new_id(), Channel.SMS, reader.phone, "", text, now))
    if reader.email:
        subject = f"{_name(matter)} {_WHAT[session.kind]}"
        mail = Notice(new_id(), Channel.MAIL, reader.email, subject, _mail(session, text), now)
        if about in _WITH_FILE:
            file = calendar_text(matter, session, reader, now, cancelled=about is NoticeAbout.CANCELLED)
            mail = replace(mail, attachment_name="invite.ics", attachment=file)
        found.append(mail)
    return found


def _text(told: Announcement, who: Participant, link: str) -> str:
    matter, session = told.matter, told.session
    name, what, when = _name(matter), _WHAT[session.kind], _when(session, who)
    reason = f"原因：{told.why.rstrip('。')}。" if told.why else ""
    texts = {
        NoticeAbout.SCHEDULED: _invitation(session, who, f"{name}定于{when}", link),
        NoticeAbout.TOLD: f"{name}的调解员将于{when}与一方单独沟通，作调解准备。您无需参加，您的权利不受影响。",
        NoticeAbout.CHANGED: f"{name}的{what}改到{when}。{reason}已收到的链接继续有效。",
        NoticeAbout.CANCELLED: f"{name}原定{when}的{what}已取消，链接失效。{reason}",
        NoticeAbout.DAY_BEFORE: f"提醒：{name}的{what}定于{when}。{_come(session, who)}",
        NoticeAbout.SOON: f"提醒：{name}的{what}{_clock(session, who)}开始。{_come(session, who)}",
    }
    return f"【{matter.court}】{texts[told.about]}"


def _invitation(session: Session, who: Participant, begin: str, link: str) -> str:
    """Annex B, template 4: the link alone admits nobody."""
    what = _WHAT[session.kind]
    if who.attendance is Attendance.ON_SITE:
        return f"{begin}现场{what}，地点：{session.place}。请带身份证件。"
    if session.kind is SessionKind.ASYNC:
        return f"{begin}书面{what.removeprefix('书面')}，链接{link}（仅限本人，需核验身份）。"
    room = f"请到{who.attends_where}，由工作人员协助入会，" if who.attendance is Attendance.COURT_ROOM else ""
    return f"{begin}视频{what}，{room}链接{link}（仅限本人，需核验身份）。"


def _come(session: Session, who: Participant) -> str:
    if who.attendance is Attendance.ON_SITE:
        return f"地点：{session.place}。请带身份证件。"
    if who.attendance is Attendance.COURT_ROOM:
        return f"请到{who.attends_where}。"
    return "请提前十分钟用已收到的链接入会。"


def _mail(session: Session, text: str) -> str:
    """The mail says the same, and what the presider wrote for everybody."""
    return f"{text}\n\n{session.note}" if session.note else text


def calendar_text(matter: Matter, session: Session, reader: Reader, now: datetime, *, cancelled: bool = False) -> str:
    """The sitting as a calendar file for one person; the same appointment over all its changes."""
    who = reader.participant
    starts_at = who.attends_at or session.starts_at
    appointment = Appointment(
        uid=f"{who.id}@mediation.invalid",
        sequence=session.revision + cancelled,
        stamp=now,
        starts_at=starts_at,
        ends_at=starts_at + (session.ends_at - session.starts_at),
        summary=f"{_name(matter)} {_WHAT[session.kind]}",
        # A calendar is often read by others: neither the link nor anybody's name is in it.
        description="请用短信或邮件里的个人链接入会。" if who.attendance.is_seen_online else "",
        location=where_of(session, who),
        organizer=_ORGANIZER,
        attendee=reader.email,
    )
    return calendar_file(appointment, Method.CANCEL if cancelled else Method.REQUEST)


def where_of(session: Session, who: Participant) -> str:
    """Where one person goes; nothing for whoever comes by video from anywhere."""
    if who.attendance is Attendance.ON_SITE:
        return session.place
    return who.attends_where if who.attendance is Attendance.COURT_ROOM else ""


def _name(matter: Matter) -> str:
    return matter.case_no or matter.ref


def _when(session: Session, who: Participant) -> str:
    starts = (who.attends_at or session.starts_at).astimezone(SHANGHAI)
    when = starts.strftime("%m月%d日 %H:%M")
    if session.kind is not SessionKind.ASYNC:
        return when
    return f"{when}至{session.ends_at.astimezone(SHANGHAI).strftime('%m月%d日 %H:%M')}"


def _clock(session: Session, who: Participant) -> str:
    return (who.attends_at or session.starts_at).astimezone(SHANGHAI).strftime("%H:%M")
