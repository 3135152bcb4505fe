"""Materials (材料): what parties hand in, the files of it, files on their way, and what the others say of it."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision: str | None = "0007"

_STATEMENTS = (
    """CREATE TABLE materials (
    id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    proves TEXT NOT NULL,
    kept BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number INTEGER,
    submitted_at TIMESTAMP WITH TIME ZONE,
    returned_at TIMESTAMP WITH TIME ZONE,
    return_reason TEXT NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    released_at TIMESTAMP WITH TIME ZONE,
    relayed_at TIMESTAMP WITH TIME ZONE,
    relayed_by TEXT,
    relayed_to TEXT NOT NULL,
    CONSTRAINT pk_materials PRIMARY KEY (id),
    CONSTRAINT uq_materials_number UNIQUE (matter_id, side, number),
    CONSTRAINT fk_materials_matter FOREIGN KEY (matter_id) REFERENCES matters (id),
    CONSTRAINT fk_materials_party FOREIGN KEY (party_id) REFERENCES matter_parties (id),
    CONSTRAINT fk_materials_maker FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT fk_materials_relayer FOREIGN KEY (relayed_by) REFERENCES users (id)
)""",
    """CREATE TABLE material_files (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    pages INTEGER NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    fault TEXT,
    CONSTRAINT pk_material_files PRIMARY KEY (id),
    CONSTRAINT fk_material_files_material FOREIGN KEY (material_id) REFERENCES materials (id)
)""",
    "CREATE INDEX ix_material_files_material ON material_files (material_id)",
    "CREATE INDEX ix_material_files_sha256 ON material_files (sha256)",
    "CREATE INDEX ix_material_files_state ON material_files (state)",
    """CREATE TABLE material_uploads (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_material_uploads PRIMARY KEY (id),
    CONSTRAINT fk_material_uploads_material FOREIGN KEY (material_id) REFERENCES materials (id),
    CONSTRAINT fk_material_uploads_user FOREIGN KEY (user_id) REFERENCES users (id)
)""",
    "CREATE INDEX ix_material_uploads_material ON material_uploads (material_id)",
    """CREATE TABLE material_opinions (
    id TEXT NOT NULL,
    material_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    authentic BOOLEAN NOT NULL,
    lawful BOOLEAN NOT NULL,
    relevant BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_material_opinions PRIMARY KEY (id),
    CONSTRAINT uq_material_opinions_party UNIQUE (material_id, party_id),
    CONSTRAINT fk_material_opinions_material FOREIGN KEY (material_id) REFERENCES materials (id),
    CONSTRAINT fk_material_opinions_party FOREIGN KEY (party_id) REFERENCES matter_parties (id)
)""",
)


def upgrade() -> None:
    """Run the statements."""
    for statement in _STATEMENTS:
        op.execute(statement)
