"""The row classes of the roster: bodies, mediators, votes for them, and who has which part in which case."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Integer, PrimaryKeyConstraint, Table

from mediation_server.domain.conflicts import CaseRole, RelationKind
from mediation_server.domain.roster import OrganisationKind, RosterStatus, Speciality, Tongue
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import DateText, EnumText, UTCDateTime, WordsText

__all__ = ["ballots", "co_mediators", "involvements", "matter_organisations", "mediators", "organisations", "relations"]

organisations = Table(
    "organisations",
    metadata,
    must("id"),
    must("name"),
    must("name_en"),
    must("kind", EnumText(OrganisationKind)),
    must("scope", WordsText(Speciality)),
    must("courts", WordsText()),
    must("charges"),
    must("charges_en"),
    may("credit_code"),
    must("phone"),
    must("active", Boolean),
    key("organisations", "id"),
    unique("organisations_name", "name"),
)

mediators = Table(
    "mediators",
    metadata,
    must("user_id"),
    must("certificate_no"),
    must("specialities", WordsText(Speciality)),
    must("courts", WordsText()),
    must("tongues", WordsText(Tongue)),
    must("valid_from", DateText),
    may("valid_to", DateText),
    must("status", EnumText(RosterStatus)),
    may("organisation_id"),
    must("charges"),
    must("charges_en"),
    must("bio"),
    must("bio_en"),
    must("most_matters", Integer),
    must("refusals", Integer),
    key("mediators", "user_id"),
    unique("mediators_certificate", "certificate_no"),
    refers("mediators_user", "user_id", "users"),
    refers("mediators_organisation", "organisation_id", "organisations"),
    Index("ix_mediators_organisation", "organisation_id"),
)

matter_organisations = Table(
    "matter_organisations",
    metadata,
    must("matter_id"),
    must("organisation_id"),
    must("since", UTCDateTime),
    key("matter_organisations", "matter_id"),
    refers("matter_organisations_matter", "matter_id", "matters"),
    refers("matter_organisations_organisation", "organisation_id", "organisations"),
    Index("ix_matter_organisations_organisation", "organisation_id"),
)

co_mediators = Table(
    "co_mediators",
    metadata,
    must("matter_id"),
    must("user_id"),
    key("co_mediators", "matter_id", "user_id"),
    refers("co_mediators_matter", "matter_id", "matters"),
    refers("co_mediators_user", "user_id", "users"),
    Index("ix_co_mediators_user", "user_id"),
)

ballots = Table(
    "ballots",
    metadata,
    must("matter_id"),
    must("round", Integer),
    must("party_id"),
    must("choices", WordsText()),
    must("at", UTCDateTime),
    must("by"),
    PrimaryKeyConstraint("matter_id", "round", "party_id", name="pk_ballots"),
    refers("ballots_matter", "matter_id", "matters"),
    refers("ballots_party", "party_id", "matter_parties"),
    refers("ballots_by", "by", "users"),
)

involvements = Table(
    "involvements",
    metadata,
    must("id"),
    must("matter_id"),
    must("role", EnumText(CaseRole)),
    must("name"),
    must("at", UTCDateTime),
    must("by"),
    may("user_id"),
    must("phone"),
    key("involvements", "id"),
    refers("involvements_matter", "matter_id", "matters"),
    refers("involvements_by", "by", "users"),
    refers("involvements_user", "user_id", "users"),
    Index("ix_involvements_matter", "matter_id"),
)

relations = Table(
    "relations",
    metadata,
    must("id"),
    must("matter_id"),
    must("mediator_id"),
    must("party_id"),
    must("kind", EnumText(RelationKind)),
    must("at", UTCDateTime),
    key("relations", "id"),
    refers("relations_matter", "matter_id", "matters"),
    refers("relations_mediator", "mediator_id", "users"),
    refers("relations_party", "party_id", "matter_parties"),
    Index("ix_relations_mediator", "mediator_id"),
)
