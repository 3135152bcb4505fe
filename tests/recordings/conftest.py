import pytest

from tests.recordings.sitting import Sitting


@pytest.fixture
async def sitting(tmp_path):
    sitting = await Sitting(tmp_path).begin()
    yield sitting
    await sitting.recordings.close()
