import socket

import pytest


@pytest.fixture
def loop_socket():
    """Two ends of one channel; the first does not block."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()
