"""What Alembic runs: the steps, on the connection and in the transaction it was given; opens nothing itself."""

from __future__ import annotations

from alembic import context

from mediation_server.store.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
