"""The steps from an older schema to schema.sql, run by Alembic at start; each is written once and never changed."""
