"""The database: takes and returns domain objects; rows and SQLAlchemy never leave this package."""
