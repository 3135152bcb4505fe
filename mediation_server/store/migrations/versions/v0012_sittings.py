"""Sittings of every kind: how each person attends, what they are told, what they ask for and write; safety mode."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection

revision = "0012"
down_revision: str | None = "0011"

# What is added to which table, with what the rows that are there get; schema.sql knows no default.
_ADDED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "matters": (("safety", "BOOLEAN NOT NULL", "FALSE"),),
    "sessions": (
        ("place", "TEXT NOT NULL", "''"),
        ("note", "TEXT NOT NULL", "''"),
        ("revision", "INTEGER NOT NULL", "0"),
        ("held_until", "TIMESTAMP WITH TIME ZONE", "NULL"),
    ),
    "participants": (
        ("attendance", "TEXT NOT NULL", "'video'"),
        ("attends_at", "TIMESTAMP WITH TIME ZONE", "NULL"),
        ("attends_where", "TEXT NOT NULL", "''"),
    ),
    "notices": (("attachment_name", "TEXT NOT NULL", "''"), ("attachment", "TEXT NOT NULL", "''")),
    "notice_queue": (("attachment_name", "TEXT NOT NULL", "''"), ("attachment", "TEXT NOT NULL", "''")),
}
_INDEXES = (
    "DROP INDEX ix_sessions_state",
    "CREATE INDEX ix_sessions_state ON sessions (state, starts_at)",
    "CREATE INDEX ix_sessions_presider ON sessions (presider_id, starts_at)",
)
_MADE = (
    """CREATE TABLE sitting_notices (
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    about TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sitting_notices PRIMARY KEY (session_id, participant_id, about, revision),
    CONSTRAINT fk_sitting_notices_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_sitting_notices_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
)""",
    """CREATE TABLE sitting_requests (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sitting_requests PRIMARY KEY (id),
    CONSTRAINT fk_sitting_requests_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_sitting_requests_participant FOREIGN KEY (participant_id) REFERENCES participants (id)
)""",
    "CREATE INDEX ix_sitting_requests_session ON sitting_requests (session_id)",
    """CREATE TABLE writings (
    id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL,
    addressee_id TEXT,
    answers TEXT,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    relayed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_writings PRIMARY KEY (id),
    CONSTRAINT fk_writings_session FOREIGN KEY (session_id) REFERENCES sessions (id),
    CONSTRAINT fk_writings_participant FOREIGN KEY (participant_id) REFERENCES participants (id),
    CONSTRAINT fk_writings_addressee FOREIGN KEY (addressee_id) REFERENCES participants (id),
    CONSTRAINT fk_writings_answers FOREIGN KEY (answers) REFERENCES writings (id)
)""",
    "CREATE INDEX ix_writings_session ON writings (session_id, written_at)",
)


def upgrade() -> None:
    """Run the statements."""
    connection = op.get_bind()
    for table, columns in _ADDED.items():
        if connection.dialect.name == "sqlite":
            _make_anew(connection, table, columns)
        else:
            _add_in_place(table, columns)
    for statement in (*_INDEXES, *_MADE):
        op.execute(statement)


def _add_in_place(table: str, columns: tuple[tuple[str, str, str], ...]) -> None:
    for name, kind, value in columns:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} DEFAULT {value}")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT")


def _make_anew(connection: Connection, table: str, columns: tuple[tuple[str, str, str], ...]) -> None:
    """SQLite writes an added column behind the constraints; made anew, the table reads like schema.sql."""
    known = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", (table,)
    )
    made, *indexes = [row.sql for row in known]
    kept = ", ".join(row.name for row in connection.exec_driver_sql(f"PRAGMA table_info({table})"))
    lines = "".join(f"    {name} {kind},\n" for name, kind, _ in columns)
    added, values = ", ".join(each[0] for each in columns), ", ".join(each[2] for each in columns)
    for statement in (
        f"CREATE TABLE {table}_before AS SELECT * FROM {table}",  # noqa: S608 - names of this module
        f"DROP TABLE {table}",
        made.replace(f"    CONSTRAINT pk_{table} ", f"{lines}    CONSTRAINT pk_{table} "),
        f"INSERT INTO {table} ({kept}, {added}) SELECT {kept}, {values} FROM {table}_before",  # noqa: S608
        f"DROP TABLE {table}_before",
        *indexes,
    ):
        op.execute(statement)
