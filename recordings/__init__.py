"""The recorder and everything after it: stored, sealed, verified, shown; knows no web, no sockets, no SQL."""
