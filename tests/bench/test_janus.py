import pytest

from bench._janus import config_files


@pytest.fixture
def files(tmp_path):
    return config_files(tmp_path, 4321, "bench0", 1)


def test_nothing_of_janus_is_public(files):
    assert 'ws_ip = "127.0.0.1"' in files["janus.transport.websockets.jcfg"]
    assert "ws_port = 4321" in files["janus.transport.websockets.jcfg"]
    assert "admin_ws = false" in files["janus.transport.websockets.jcfg"]
    assert 'ice_enforce_list = "bench0"' in files["janus.jcfg"]


def test_every_folder_is_the_benchmarks_own(files, tmp_path):
    for kind in ("plugins", "transports", "events", "loggers"):
        assert f'{kind}_folder = "{tmp_path / kind}"' in files["janus.jcfg"]


def test_one_event_loop_is_set_and_the_default_is_left_alone(files, tmp_path):
    assert "event_loops = 1" in files["janus.jcfg"]
    assert "event_loops" not in config_files(tmp_path, 4321, "bench0", None)["janus.jcfg"]


def test_the_room_caps_no_bitrate(files):
    assert "bitrate = 0" in files["janus.plugin.videoroom.jcfg"]
