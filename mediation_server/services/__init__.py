"""Use cases: one function, one transaction, its events; access.py is the only way to an object."""
