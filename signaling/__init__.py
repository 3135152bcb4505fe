"""Signalling over Socket.IO: the trust boundary between room pages and rooms; knows no page and no file."""
