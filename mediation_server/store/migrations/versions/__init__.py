"""One module for each step, by its number; plain SQL, in the subset SQLite and PostgreSQL share."""
