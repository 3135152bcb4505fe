"""A disk that fills up is told before recordings have gaps."""

import shutil

import aiohttp
from structlog.testing import capture_logs

from mediation_server import doctor
from mediation_server.app import start
from mediation_server.clock import SystemClock
from mediation_server.config import Settings
from mediation_server.disk import MIB, DiskWatch
from mediation_server.doctor import examine
from tests.court_world import eventually

ALWAYS_LOW = 2**31  # MiB: more than any disk has


def settings_at(tmp_path, mib):
    return Settings(data_dir=tmp_path / "var" / "deeper", disk_warning_mib=mib)


def about_the_disk(sentences):
    return [each for each in sentences if "MiB free under" in each]


def test_doctor_warns_below_the_threshold_only(tmp_path):
    (warning,) = about_the_disk(examine(settings_at(tmp_path, ALWAYS_LOW)))
    assert warning.startswith(f"Less than {ALWAYS_LOW} MiB free under {tmp_path}: make room")
    assert about_the_disk(examine(settings_at(tmp_path, 1))) == []
    assert not (tmp_path / "var").exists()


async def test_the_threshold_is_what_the_settings_say(tmp_path):
    free = shutil.disk_usage(tmp_path).free // MIB
    for mib, low in ((free // 2, False), (free * 2, True)):
        watch = DiskWatch(settings_at(tmp_path, mib))
        await watch.look()
        assert watch.is_low is low


async def test_the_log_says_when_it_begins_and_once_an_hour_and_when_it_ends(tmp_path):
    watch = DiskWatch(settings_at(tmp_path, ALWAYS_LOW))
    with capture_logs() as log:
        for _ in range(61):
            await watch.look()
        watch._least = 1
        await watch.look()
        await watch.look()
    assert [each["event"] for each in log] == ["disk_space_low", "disk_space_low", "disk_space_back"]
    assert not watch.is_low


async def test_it_looks_again_by_itself(tmp_path):
    watch = DiskWatch(settings_at(tmp_path, 1), period_s=0.01)
    async with watch.running():
        assert not watch.is_low
        watch._least = ALWAYS_LOW * MIB
        await eventually(lambda: watch.is_low, "a second look")


async def test_readiness_warns_and_goes_on_serving(tmp_path):
    settings = Settings(port=0, data_dir=tmp_path / "var", disk_warning_mib=ALWAYS_LOW)
    running = await start(settings, SystemClock())
    try:
        async with aiohttp.ClientSession() as session, session.get(running.url + "/readyz") as answer:
            assert answer.status == 200
            assert await answer.json() == {"status": "warning", "warnings": ["disk_space_low"]}
    finally:
        await running.close()


def test_doctor_names_the_layer_without_which_files_of_parties_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LAYERS", ("moat",))
    (sentence,) = [each for each in examine(settings_at(tmp_path, 1)) if "read without" in each]
    assert sentence.startswith("Files of parties are read without moat: ")
