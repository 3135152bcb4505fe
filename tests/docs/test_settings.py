from mediation_server.config import Settings
from tests.docs.pages import SETTINGS, settings_page


def test_the_settings_page_is_what_the_settings_say():
    assert SETTINGS.read_text(encoding="utf-8") == settings_page(), "`make docs` writes it anew"


def test_every_setting_has_a_row_and_a_sentence():
    page = settings_page()
    for name, field in Settings.model_fields.items():
        assert f"`MEDIATION_{name.upper()}`" in page
        assert field.description.endswith("."), name
