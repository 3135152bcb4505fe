"""The row classes of what belongs to viewings: notes and films, parties' applications, exceptions of the wall."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, Table

from mediation_server.domain.film import FilmLayout
from mediation_server.domain.making import MakingState
from mediation_server.domain.viewing_approval import ApprovalState, ExceptionGround, Interest
from mediation_server.domain.viewing_request import RequestState
from mediation_server.store.columns import key, may, metadata, must, refers
from mediation_server.store.types import DateText, EnumText, UTCDateTime

__all__ = ["films", "review_notes", "viewing_approvals", "viewing_requests"]

review_notes = Table(
    "review_notes",
    metadata,
    must("id"),
    must("recording_id"),
    must("user_id"),
    must("at_ms", Integer),
    must("text"),
    must("written_at", UTCDateTime),
    key("review_notes", "id"),
    refers("review_notes_recording", "recording_id", "recordings"),
    refers("review_notes_user", "user_id", "users"),
    Index("ix_review_notes_reader", "recording_id", "user_id", "at_ms"),
)

viewing_requests = Table(
    "viewing_requests",
    metadata,
    must("id"),
    must("recording_id"),
    must("party_id"),
    must("user_id"),
    must("reason"),
    must("state", EnumText(RequestState)),
    must("asked_at", UTCDateTime),
    may("answered_by"),
    may("answered_at", UTCDateTime),
    must("answer"),
    key("viewing_requests", "id"),
    refers("viewing_requests_recording", "recording_id", "recordings"),
    refers("viewing_requests_party", "party_id", "matter_parties"),
    refers("viewing_requests_user", "user_id", "users"),
    refers("viewing_requests_answered", "answered_by", "users"),
    Index("ix_viewing_requests_party", "party_id", "asked_at"),
    Index("ix_viewing_requests_state", "state", "asked_at"),
)

viewing_approvals = Table(
    "viewing_approvals",
    metadata,
    must("id"),
    must("recording_id"),
    must("asked_by"),
    must("asked_at", UTCDateTime),
    must("ground", EnumText(ExceptionGround)),
    must("reason"),
    must("until", DateText),
    may("interest", EnumText(Interest)),
    must("number"),
    must("authority"),
    must("state", EnumText(ApprovalState)),
    may("answered_by"),
    may("answered_at", UTCDateTime),
    must("answer"),
    key("viewing_approvals", "id"),
    refers("viewing_approvals_recording", "recording_id", "recordings"),
    refers("viewing_approvals_asked", "asked_by", "users"),
    refers("viewing_approvals_answered", "answered_by", "users"),
    Index("ix_viewing_approvals_asked", "recording_id", "asked_by"),
    Index("ix_viewing_approvals_state", "state", "asked_at"),
)

films = Table(
    "films",
    metadata,
    must("id"),
    must("recording_id"),
    must("viewing_id"),
    must("user_id"),
    must("layout", EnumText(FilmLayout)),
    must("language"),
    must("mark"),
    must("state", EnumText(MakingState)),
    must("asked_at", UTCDateTime),
    must("done", Integer),
    must("total", Integer),
    may("bytes", BigInteger),
    may("sha256"),
    may("fault"),
    may("expires_at", UTCDateTime),
    key("films", "id"),
    refers("films_recording", "recording_id", "recordings"),
    refers("films_viewing", "viewing_id", "viewings"),
    refers("films_user", "user_id", "users"),
    Index("ix_films_reader", "recording_id", "user_id", "asked_at"),
    Index("ix_films_state", "state", "asked_at"),
)
