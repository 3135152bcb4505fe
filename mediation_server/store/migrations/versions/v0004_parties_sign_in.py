"""Parties sign in with their phone: accounts know phone, court and body; parties their account and papers."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"

_USERS = "id, login, name, name_en, role, password_hash, active, created_at"
_PARTIES = "id, matter_id, ordinal, side, role, name, name_en, kind, phone, attends_as, attends_as_en"

# SQLite writes an added column behind the constraints; made anew, the tables read like schema.sql.
_ANEW = (
    "CREATE TABLE users_before AS SELECT * FROM users",
    "DROP TABLE users",
    """CREATE TABLE users (
    id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    phone TEXT,
    court TEXT,
    organisation_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_login UNIQUE (login)
)""",
    f"INSERT INTO users ({_USERS}) SELECT {_USERS} FROM users_before",  # noqa: S608 - constants
    "DROP TABLE users_before",
    "CREATE TABLE matter_parties_before AS SELECT * FROM matter_parties",
    "DROP TABLE matter_parties",
    """CREATE TABLE matter_parties (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    side TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    phone TEXT NOT NULL,
    attends_as TEXT,
    attends_as_en TEXT,
    user_id TEXT,
    id_kind TEXT,
    id_number TEXT,
    address TEXT,
    postcode TEXT,
    email TEXT,
    legal_rep TEXT,
    legal_rep_en TEXT,
    CONSTRAINT pk_matter_parties PRIMARY KEY (id),
    CONSTRAINT fk_matter_parties_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_matter_parties_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    f"INSERT INTO matter_parties ({_PARTIES}) SELECT {_PARTIES} FROM matter_parties_before",  # noqa: S608
    "DROP TABLE matter_parties_before",
    "CREATE INDEX ix_matter_parties_matter ON matter_parties (matter_id)",
)
_IN_PLACE = (
    *(f"ALTER TABLE users ADD COLUMN {each} TEXT" for each in ("phone", "court", "organisation_id")),
    *(
        f"ALTER TABLE matter_parties ADD COLUMN {each} TEXT"
        for each in ("user_id", "id_kind", "id_number", "address", "postcode", "email", "legal_rep", "legal_rep_en")
    ),
    """ALTER TABLE matter_parties ADD CONSTRAINT fk_matter_parties_user
    FOREIGN KEY (user_id) REFERENCES users (id)""",
)
_BOTH = (
    """CREATE TABLE login_codes (
    token_hash TEXT NOT NULL,
    phone TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_login_codes PRIMARY KEY (token_hash)
)""",
    "CREATE INDEX ix_login_codes_phone ON login_codes (phone)",
    "CREATE INDEX ix_matter_parties_phone ON matter_parties (phone)",
    "CREATE INDEX ix_matter_parties_user ON matter_parties (user_id)",
)


def upgrade() -> None:
    """Run the statements."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*(_ANEW if is_sqlite else _IN_PLACE), *_BOTH):
        op.execute(statement)
