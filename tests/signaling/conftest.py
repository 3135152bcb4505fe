"""The signalling server on a free port, and browsers that speak Socket.IO to it."""

from __future__ import annotations

import pytest

from tests.signaling.browsers import served


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path) as made:
        yield made
