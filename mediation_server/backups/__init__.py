"""Backups: a database and everything that lies beside it, as of one moment, each file by its hash; and back again."""
