from mediation_server.config import Settings
from mediation_server.doctor import examine


def about_the_database(found):
    return [line for line in found if "database" in line.lower() or "PostgreSQL" in line]


def test_sqlite_lacks_nothing(tmp_path):
    assert about_the_database(examine(Settings(data_dir=tmp_path))) == []


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    url = f"postgresql+asyncpg://mediation:secret@/mediation?host={tmp_path}"
    (line,) = about_the_database(examine(Settings(data_dir=tmp_path, database_url=url)))
    assert "MEDIATION_DATABASE_URL" in line
    assert "secret" not in line


def test_a_missing_driver_is_said_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    url = "postgresql+asyncpg://mediation@db.example/mediation"
    (line,) = about_the_database(examine(Settings(data_dir=tmp_path, database_url=url)))
    assert "mediation-server[postgres]" in line


def about_captions(found):
    return [line for line in found if "aptions" in line]


def test_captions_lack_nothing_with_the_model_that_comes_along(tmp_path):
    assert about_captions(examine(Settings(data_dir=tmp_path))) == []
    assert about_captions(examine(Settings(data_dir=tmp_path, captions="sphinx"))) == []


def test_a_model_that_is_none_is_said_with_what_to_do(tmp_path):
    (line,) = about_captions(examine(Settings(data_dir=tmp_path, captions="sphinx", captions_model=tmp_path)))
    assert "MEDIATION_CAPTIONS_MODEL" in line
