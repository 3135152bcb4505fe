"""The row classes of what surrounds a sitting: what people were told, what they asked for, what they wrote."""

from __future__ import annotations

from sqlalchemy import Index, Integer, Table

from mediation_server.domain.people import Side
from mediation_server.domain.sitting import NoticeAbout, RequestKind
from mediation_server.domain.writing import WritingAudience, WritingKind
from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["exit_holds", "sitting_notices", "sitting_requests", "writings"]

exit_holds = Table(
    "exit_holds",
    metadata,
    must("session_id"),
    must("matter_id"),
    must("side", EnumText(Side)),
    must("since", UTCDateTime),
    must("until", UTCDateTime),
    key("exit_holds", "session_id", "side"),
    refers("exit_holds_session", "session_id", "sessions"),
    refers("exit_holds_matter", "matter_id", "matters"),
    Index("ix_exit_holds_matter", "matter_id", "until"),
)

sitting_notices = Table(
    "sitting_notices",
    metadata,
    must("session_id"),
    must("participant_id"),
    must("about", EnumText(NoticeAbout)),
    must("revision", Integer),
    must("sent_at", UTCDateTime),
    key("sitting_notices", "session_id", "participant_id", "about", "revision"),
    refers("sitting_notices_session", "session_id", "sessions"),
    refers("sitting_notices_participant", "participant_id", "participants"),
)

sitting_requests = Table(
    "sitting_requests",
    metadata,
    must("id"),
    must("session_id"),
    must("participant_id"),
    must("kind", EnumText(RequestKind)),
    must("text"),
    must("asked_at", UTCDateTime),
    may("settled_at", UTCDateTime),
    key("sitting_requests", "id"),
    refers("sitting_requests_session", "session_id", "sessions"),
    refers("sitting_requests_participant", "participant_id", "participants"),
    Index("ix_sitting_requests_session", "session_id"),
    Index("ix_sitting_requests_open", "kind", "settled_at", "asked_at"),
)

writings = Table(
    "writings",
    metadata,
    must("id"),
    must("session_id"),
    must("participant_id"),
    must("kind", EnumText(WritingKind)),
    must("audience", EnumText(WritingAudience)),
    may("addressee_id"),
    may("answers"),
    must("text"),
    must("sha256"),
    must("written_at", UTCDateTime),
    may("relayed_at", UTCDateTime),
    key("writings", "id"),
    refers("writings_session", "session_id", "sessions"),
    refers("writings_participant", "participant_id", "participants"),
    refers("writings_addressee", "addressee_id", "participants"),
    refers("writings_answers", "answers", "writings"),
    Index("ix_writings_session", "session_id", "written_at"),
)
