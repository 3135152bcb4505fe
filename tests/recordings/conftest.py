import asyncio

import pytest

from tests.recordings.demo import a_demo
from tests.recordings.sitting import Sitting


@pytest.fixture
async def sitting(tmp_path):
    sitting = await Sitting(tmp_path).begin()
    yield sitting
    await sitting.recordings.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo recording, made once; nobody may change it."""
    return asyncio.run(a_demo(tmp_path_factory.mktemp("demo")))
