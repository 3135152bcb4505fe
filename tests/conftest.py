import pytest
from hypothesis import settings
from playwright.async_api import expect

from tests.browser.steps import PATIENCE_MS
from tests.first_days import FirstDays

# How long one example takes on a shared machine says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
expect.set_options(timeout=PATIENCE_MS)  # nor does how long a page takes


@pytest.fixture(scope="session")
def first_days(tmp_path_factory):
    """Data of the demo, as its first start leaves them, in a second instead of ten."""
    return FirstDays(tmp_path_factory.mktemp("first-days"))
