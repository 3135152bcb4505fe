import pytest

from tests.court_world import court_world


@pytest.fixture
async def world(tmp_path):
    async with court_world(tmp_path) as made:
        yield made
