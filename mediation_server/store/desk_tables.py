"""The row classes of the filing desk: answers about an application, what it lacks, who was called, letters."""

from __future__ import annotations

from sqlalchemy import JSON, Index, Integer, Table

from mediation_server.domain.diversion import ContactChannel, ContactResult
from mediation_server.domain.letter import LetterKind
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import DateText, EnumText, UTCDateTime

__all__ = ["contacts", "defects", "letters", "triages"]

triages = Table(
    "triages",
    metadata,
    must("matter_id"),
    must("answers", JSON),
    may("updated_at", UTCDateTime),
    may("updated_by"),
    key("triages", "matter_id"),
    refers("triages_matter", "matter_id", "matters"),
    refers("triages_user", "updated_by", "users"),
)

defects = Table(
    "defects",
    metadata,
    must("id"),
    must("matter_id"),
    must("round", Integer),
    must("ordinal", Integer),
    must("code"),
    must("note"),
    must("due", DateText),
    must("asked_at", UTCDateTime),
    key("defects", "id"),
    unique("defects_place", "matter_id", "round", "ordinal"),
    refers("defects_matter", "matter_id", "matters"),
)

contacts = Table(
    "contacts",
    metadata,
    must("id"),
    must("matter_id"),
    must("party_id"),
    must("at", UTCDateTime),
    must("operator_id"),
    must("channel", EnumText(ContactChannel)),
    must("result", EnumText(ContactResult)),
    must("note"),
    key("contacts", "id"),
    refers("contacts_matter", "matter_id", "matters"),
    refers("contacts_party", "party_id", "matter_parties"),
    refers("contacts_operator", "operator_id", "users"),
    Index("ix_contacts_matter", "matter_id"),
)

letters = Table(
    "letters",
    metadata,
    must("id"),
    must("matter_id"),
    must("party_id"),
    must("seq", Integer),
    must("kind", EnumText(LetterKind)),
    must("params", JSON),
    must("created_at", UTCDateTime),
    may("sent_at", UTCDateTime),
    key("letters", "id"),
    refers("letters_matter", "matter_id", "matters"),
    refers("letters_party", "party_id", "matter_parties"),
    Index("ix_letters_matter", "matter_id"),
    Index("ix_letters_waiting", "sent_at", "created_at"),
)
