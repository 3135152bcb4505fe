"""The row classes of accounts: who they are, their logins, codes on their way to a phone, forms that came too late."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Index, Table

from mediation_server.domain.people import Role
from mediation_server.store.columns import key, may, metadata, must, refers, unique
from mediation_server.store.types import EnumText, UTCDateTime

__all__ = ["login_codes", "logins", "unsent_forms", "users"]

users = Table(
    "users",
    metadata,
    must("id"),
    must("login"),
    must("name"),
    must("name_en"),
    must("role", EnumText(Role)),
    must("password_hash"),
    must("active", Boolean),
    may("phone"),
    may("court"),
    may("organisation_id"),
    must("created_at", UTCDateTime),
    must("heads_division", Boolean),
    key("users", "id"),
    unique("users_login", "login"),
)

logins = Table(
    "logins",
    metadata,
    must("token_hash"),
    must("user_id"),
    must("created_at", UTCDateTime),
    must("expires_at", UTCDateTime),
    key("logins", "token_hash"),
    refers("logins_user", "user_id", "users"),
    Index("ix_logins_user", "user_id"),
)

unsent_forms = Table(
    "unsent_forms",
    metadata,
    must("user_id"),
    must("path"),
    must("fields", JSON),
    must("kept_at", UTCDateTime),
    key("unsent_forms", "user_id"),
    refers("unsent_forms_user", "user_id", "users"),
)

login_codes = Table(
    "login_codes",
    metadata,
    must("token_hash"),
    must("phone"),
    must("code_hash"),
    must("expires_at", UTCDateTime),
    key("login_codes", "token_hash"),
    Index("ix_login_codes_phone", "phone"),
)
