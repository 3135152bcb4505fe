"""The row classes: schema.sql as SQLAlchemy sees it (a test compares the two); nothing outside `store` may see them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from mediation_server.domain.access import Purpose
from mediation_server.domain.audit import AuditAction
from mediation_server.domain.consent import ConsentChannel, ConsentItem, GivenBy
from mediation_server.domain.log import EventKind
from mediation_server.domain.matter import Ground, MatterOutcome, MatterState, Outcome, Track
from mediation_server.domain.people import Role, Side
from mediation_server.domain.recording import RecordingState
from mediation_server.domain.session import Attendance, SessionKind, SessionState
from mediation_server.store.account_tables import login_codes, logins, users
from mediation_server.store.application_tables import applications, counters, party_agents
from mediation_server.store.bundle_tables import bundle_orders, imported_matters, imported_viewings
from mediation_server.store.clock_tables import calendar_feeds, clock_looks, notice_queue
from mediation_server.store.columns import key as _key
from mediation_server.store.columns import may as _may
from mediation_server.store.columns import metadata
from mediation_server.store.columns import must as _must
from mediation_server.store.columns import refers as _refers
from mediation_server.store.columns import unique as _unique
from mediation_server.store.desk_tables import contacts, defects, letters, triages
from mediation_server.store.disposal_tables import disposals, recording_copies
from mediation_server.store.evidence_tables import time_stamps
from mediation_server.store.house_tables import attempts, courts, holiday_notices
from mediation_server.store.material_tables import material_files, material_opinions, material_uploads, materials
from mediation_server.store.message_tables import inbox, notices, outbox
from mediation_server.store.procedure_tables import matter_events
from mediation_server.store.roster_tables import mediators, organisations
from mediation_server.store.search_tables import matter_words
from mediation_server.store.sitting_tables import exit_holds, sitting_notices, sitting_requests, writings
from mediation_server.store.task_tables import tasks
from mediation_server.store.types import DateText, EnumText, UTCDateTime
from mediation_server.store.viewing_tables import films, review_notes, viewing_requests

__all__ = [
    "APPEND_ONLY",
    "VERSION_TABLE",
    "applications",
    "attempts",
    "bundle_orders",
    "calendar_feeds",
    "clock_looks",
    "contacts",
    "counters",
    "courts",
    "defects",
    "disposals",
    "exit_holds",
    "films",
    "holiday_notices",
    "imported_matters",
    "imported_viewings",
    "inbox",
    "letters",
    "login_codes",
    "logins",
    "material_files",
    "material_opinions",
    "material_uploads",
    "materials",
    "matter_events",
    "matter_words",
    "mediators",
    "metadata",
    "notice_queue",
    "notices",
    "organisations",
    "outbox",
    "party_agents",
    "recording_copies",
    "review_notes",
    "sitting_notices",
    "sitting_requests",
    "tasks",
    "time_stamps",
    "triages",
    "users",
    "viewing_requests",
    "writings",
]

VERSION_TABLE = "schema_version"

schema_version = Table(
    VERSION_TABLE,
    metadata,
    _must("version_num", String(32)),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)

matters = Table(
    "matters",
    metadata,
    _must("id"),
    _must("ref"),
    _must("track", EnumText(Track)),
    _must("state", EnumText(MatterState)),
    _must("court"),
    _must("court_en"),
    _must("cause"),
    _must("cause_en"),
    _may("mediator_id"),
    _may("case_no"),
    _may("procedure"),
    _may("period_end", DateText),
    _may("judge_id"),
    _may("judge_capacity"),
    _may("confirming_judge_id"),
    _must("claim"),
    _must("claim_en"),
    _may("claim_fen", BigInteger),
    _may("outcome", EnumText(MatterOutcome)),
    _must("consent_pending", Boolean),
    _must("confirmable", Boolean),
    _may("submitted_at", UTCDateTime),
    _may("next_clock"),
    _may("next_due", DateText),
    _must("version", Integer),
    _must("created_at", UTCDateTime),
    _must("safety", Boolean),
    _must("held", Boolean),
    _key("matters", "id"),
    _unique("matters_ref", "ref"),
    _refers("matters_mediator", "mediator_id", "users"),
    _refers("matters_judge", "judge_id", "users"),
    _refers("matters_confirming_judge", "confirming_judge_id", "users"),
    Index("ix_matters_mediator", "mediator_id", "next_due", "id", "state"),
    Index("ix_matters_judge", "judge_id", "next_due", "id"),
    Index("ix_matters_confirming_judge", "confirming_judge_id", "next_due", "id"),
    Index("ix_matters_state", "state", "id"),
    Index("ix_matters_desk", "court", "state", "submitted_at"),
    Index("ix_matters_case_no", "case_no"),
    Index("ix_matters_pending", "court", "consent_pending"),
    Index("ix_matters_next_due", "next_due"),
    Index("ix_matters_court_due", "court", "next_due", "id"),
    Index("ix_matters_court_state", "court", "state", "next_due", "id"),
    Index("ix_matters_court_track", "court", "track", "next_due", "id"),
    Index("ix_matters_asked", "court", "state", "created_at", "id"),
    Index("ix_matters_judge_state", "judge_id", "state", "created_at", "id"),
    Index("ix_matters_confirming_state", "confirming_judge_id", "state"),
    Index("ix_matters_mediator_state", "mediator_id", "state", "created_at", "id"),
    Index("ix_matters_held", "held", "court", "id"),
)

matter_parties = Table(
    "matter_parties",
    metadata,
    _must("id"),
    _must("matter_id"),
    _must("ordinal", Integer),
    _must("side", EnumText(Side)),
    _must("role", EnumText(Role)),
    _must("name"),
    _must("name_en"),
    _must("kind"),
    _must("phone"),
    _may("attends_as"),
    _may("attends_as_en"),
    _may("user_id"),
    _may("id_kind"),
    _may("id_number"),
    _may("address"),
    _may("postcode"),
    _may("email"),
    _may("legal_rep"),
    _may("legal_rep_en"),
    _key("matter_parties", "id"),
    _refers("matter_parties_matter", "matter_id", "matters"),
    _refers("matter_parties_user", "user_id", "users"),
    Index("ix_matter_parties_matter", "matter_id"),
    Index("ix_matter_parties_phone", "phone"),
    Index("ix_matter_parties_user", "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    _must("id"),
    _must("matter_id"),
    _must("kind", EnumText(SessionKind)),
    _must("state", EnumText(SessionState)),
    _must("starts_at", UTCDateTime),
    _must("minutes", Integer),
    _must("presider_id"),
    _may("started_at", UTCDateTime),
    _may("ended_at", UTCDateTime),
    _must("place"),
    _must("note"),
    _must("revision", Integer),
    _may("held_until", UTCDateTime),
    _key("sessions", "id"),
    _refers("sessions_matter", "matter_id", "matters"),
    _refers("sessions_presider", "presider_id", "users"),
    Index("ix_sessions_matter", "matter_id"),
    Index("ix_sessions_state", "state", "starts_at"),
    Index("ix_sessions_presider", "presider_id", "starts_at"),
)

participants = Table(
    "participants",
    metadata,
    _must("id"),
    _must("session_id"),
    _must("ordinal", Integer),
    _must("role", EnumText(Role)),
    _must("side", EnumText(Side)),
    _must("name"),
    _must("name_en"),
    _may("party_id"),
    _may("user_id"),
    _must("attendance", EnumText(Attendance)),
    _may("attends_at", UTCDateTime),
    _must("attends_where"),
    _must("stands_in", Boolean),
    _key("participants", "id"),
    _refers("participants_session", "session_id", "sessions"),
    _refers("participants_party", "party_id", "matter_parties"),
    _refers("participants_user", "user_id", "users"),
    Index("ix_participants_session", "session_id"),
)

invitations = Table(
    "invitations",
    metadata,
    _must("id"),
    _must("session_id"),
    _must("participant_id"),
    _must("token_hash"),
    _must("created_at", UTCDateTime),
    _must("expires_at", UTCDateTime),
    _may("revoked_at", UTCDateTime),
    _may("first_used_at", UTCDateTime),
    _key("invitations", "id"),
    _unique("invitations_token", "token_hash"),
    _refers("invitations_session", "session_id", "sessions"),
    _refers("invitations_participant", "participant_id", "participants"),
    Index("ix_invitations_participant", "participant_id"),
    Index("ix_invitations_session", "session_id"),
)

seat_keys = Table(
    "seat_keys",
    metadata,
    _must("token_hash"),
    _must("participant_id"),
    _must("created_at", UTCDateTime),
    _must("expires_at", UTCDateTime),
    _may("revoked_at", UTCDateTime),
    _key("seat_keys", "token_hash"),
    _refers("seat_keys_participant", "participant_id", "participants"),
    Index("ix_seat_keys_participant", "participant_id"),
)

consents = Table(
    "consents",
    metadata,
    _must("id"),
    _must("matter_id"),
    _may("session_id"),
    _may("participant_id"),
    _may("party_id"),
    _must("item", EnumText(ConsentItem)),
    _must("text_version"),
    _must("answer", Boolean),
    _must("at", UTCDateTime),
    _must("given_by", EnumText(GivenBy)),
    _must("authority"),
    _must("channel", EnumText(ConsentChannel)),
    _may("operator_id"),
    _must("note"),
    _must("evidence"),
    _may("withdraws"),
    _key("consents", "id"),
    _unique("consents_withdraws", "withdraws"),
    _refers("consents_matter", "matter_id", "matters"),
    _refers("consents_session", "session_id", "sessions"),
    _refers("consents_participant", "participant_id", "participants"),
    _refers("consents_party", "party_id", "matter_parties"),
    _refers("consents_operator", "operator_id", "users"),
    _refers("consents_withdraws", "withdraws", "consents"),
    Index("ix_consents_participant", "participant_id"),
    Index("ix_consents_matter", "matter_id", "party_id"),
    Index("ix_consents_party", "party_id"),
)

session_events = Table(
    "session_events",
    metadata,
    _must("session_id"),
    _must("seq", Integer),
    _must("at", UTCDateTime),
    _must("offset_ms", BigInteger),
    _must("actor"),
    _must("kind", EnumText(EventKind)),
    _must("payload", JSON),
    _must("previous"),
    _must("hash"),
    _key("session_events", "session_id", "seq"),
    _refers("session_events_session", "session_id", "sessions"),
)

recordings = Table(
    "recordings",
    metadata,
    _must("id"),
    _must("session_id"),
    _must("state", EnumText(RecordingState)),
    _must("started_at", UTCDateTime),
    _may("duration_ms", BigInteger),
    _may("recorded_ms", BigInteger),
    _may("manifest_sha256"),
    _may("sealed_at", UTCDateTime),
    _may("root"),
    _key("recordings", "id"),
    _refers("recordings_session", "session_id", "sessions"),
    Index("ix_recordings_session", "session_id"),
)

viewings = Table(
    "viewings",
    metadata,
    _must("id"),
    _must("recording_id"),
    _must("user_id"),
    _must("purpose", EnumText(Purpose)),
    _must("basis"),
    _must("watermark"),
    _must("opened_at", UTCDateTime),
    _must("expires_at", UTCDateTime),
    _may("request_id"),
    _may("approval_id"),
    _key("viewings", "id"),
    _refers("viewings_recording", "recording_id", "recordings"),
    _refers("viewings_user", "user_id", "users"),
    Index("ix_viewings_recording", "recording_id"),
)

conclusions = Table(
    "conclusions",
    metadata,
    _must("id"),
    _must("session_id"),
    _must("matter_id"),
    _must("outcome", EnumText(Outcome)),
    _may("ground", EnumText(Ground)),
    _must("terms"),
    _must("reasons"),
    _must("concluded_at", UTCDateTime),
    _must("concluded_by"),
    _key("conclusions", "id"),
    _unique("conclusions_session", "session_id"),
    _refers("conclusions_session", "session_id", "sessions"),
    _refers("conclusions_matter", "matter_id", "matters"),
    _refers("conclusions_user", "concluded_by", "users"),
    Index("ix_conclusions_matter", "matter_id"),
)

audit = Table(
    "audit",
    metadata,
    _must("id"),
    _must("seq", BigInteger),
    _must("at", UTCDateTime),
    _must("actor"),
    _must("action", EnumText(AuditAction)),
    _must("object"),
    _must("allowed", Boolean),
    _must("purpose"),
    _must("basis"),
    _must("details", JSON),
    _must("hash"),
    _key("audit", "id"),
    _unique("audit_seq", "seq"),
    Index("ix_audit_object", "object"),
    Index("ix_audit_actor", "actor", "seq"),
    Index("ix_audit_at", "at"),
)

# What nobody may change once it is written, not even a bug of ours.
APPEND_ONLY = ("session_events", "audit", "consents", "matter_events")
