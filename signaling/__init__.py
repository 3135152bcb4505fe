"""Socket.IO: the boundary between browsers and live rooms; PROTOCOL.md beside this file is its API."""
