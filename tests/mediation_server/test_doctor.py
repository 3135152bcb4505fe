from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore, Purpose, keys_of
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


def about_keys(found):
    return [line for line in found if "keys" in line]


def test_it_says_where_keys_should_lie_and_what_is_wrong_with_them(tmp_path):
    beside, alone = about_keys(examine(Settings(data_dir=tmp_path)))
    assert "MEDIATION_MASTER_KEYS" in beside
    assert "MEDIATION_MATTER_KEYS_COPY" in alone
    apart = Settings(data_dir=tmp_path / "d", master_keys=tmp_path / "m", matter_keys_copy=tmp_path / "c")
    keys = keys_of(apart)
    keys.prepare()
    keys.bring_copy()
    keys.writing("0" * 26, Purpose.RECORD, "x")
    assert about_keys(examine(apart)) == []
    (tmp_path / "c").rename(tmp_path / "unmounted")
    (away,) = about_keys(examine(apart))
    assert str(tmp_path / "c") in away


def test_it_says_that_a_master_key_is_lost_or_open_to_others(tmp_path):
    apart = Settings(data_dir=tmp_path / "d", master_keys=tmp_path / "m", matter_keys_copy=tmp_path / "c")
    keys = KeyStore(apart.matter_keys_dir, MasterKeys(tmp_path / "m"), tmp_path / "c")
    keys.prepare()
    keys.bring_copy()
    keys.writing("0" * 26, Purpose.RECORD, "x")
    (key,) = (tmp_path / "m").glob("master-*.key")
    key.chmod(0o644)
    (others,) = about_keys(examine(apart))
    assert "chmod 600" in others
    key.unlink()
    (lost,) = about_keys(examine(apart))
    assert "master_key_missing" in lost
