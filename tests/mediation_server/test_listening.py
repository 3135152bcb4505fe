"""The web server's port before anybody takes from it."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from mediation_server.config import Settings
from mediation_server.listening import listening_socket


def test_every_page_of_a_house_finds_a_place_before_the_product_is_ready(tmp_path):
    with ExitStack() as stack:
        bound = stack.enter_context(listening_socket(Settings(data_dir=tmp_path, port=0, host="127.0.0.1")))
        for _ in range(400):
            stack.enter_context(socket.create_connection(bound.getsockname(), timeout=0.5))
