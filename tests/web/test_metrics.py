"""What Prometheus reads: well formed, by its conventions, bounded, and about nobody."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from mediation_server.at_rest.matter_keys import keys_of
from mediation_server.loop_lag import BOUNDS, LoopLag
from mediation_server.media.engine import Load
from mediation_server.rooms.captions_port import CaptionsLoad
from mediation_server.rooms.recording_port import RecorderLoad
from mediation_server.services.operating import CanaryFigures, Figures, LineFigures, MachineFigures, RoomFigures
from mediation_server.services.operating import figures as figures_of
from mediation_server.store.outbox import Waiting
from web.app_keys import VITALS
from web.i18n import LANGUAGES, load_catalogue
from web.metrics import exposition
from web.metrics_port import metrics_app

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BASE_UNITS = ("_seconds", "_bytes", "_ratio_within", "_total", "_messages", "_items")
COUNTS = {  # gauges of things that are counted have the thing as their unit
    "mediation_rooms",
    "mediation_people",
    "mediation_lines",
    "mediation_media_rooms",
    "mediation_media_transports",
    "mediation_media_layers",
    "mediation_media_canary_up",
    "mediation_master_key_up",
    "mediation_captions_processes",
    "mediation_recorders_writing",
    "mediation_recorders_sealing",
}


def figures(*, dropped=None, canary=None):
    lag = LoopLag()
    for late in (0.0004, 0.0015, 0.2, 7.0):
        lag.note(late)
    return Figures(
        at=NOW,
        rooms=(
            RoomFigures("live", 3, NOW, recording=True, lines={"good": 2, "unknown": 1}),
            RoomFigures("lobby", 1, None, recording=False, lines={"lost": 1}),
        ),
        lines=LineFigures({"good": 2, "lost": 1, "unknown": 1}, (0.0, 0.03, 0.9), (0.0, 0.0, 0.4)),
        load=Load(2, 6, 1000, 3000, dropped or {"srtp_refused": 4}, {"high": 2, "off": 1}),
        lag=lag.figures(),
        recorders=RecorderLoad(1, 2, 30, 4096, 5),
        captions=CaptionsLoad(2, 3, 40),
        outbox=Waiting(2, NOW - timedelta(seconds=90), 1),
        machine=MachineFigures(7 * 2**30, 9 * 2**30, 5 * 2**30, 2**27),
        canary=canary or CanaryFigures(failing=False, passed=8, failed=1, took_s=0.1),
    )


def samples(now):
    found = {}
    for family in text_string_to_metric_families(exposition(now).decode()):
        for sample in family.samples:
            key = sample.name, *sorted(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    return found


def test_each_figure_is_there_once_under_its_name():
    found = samples(figures())
    wanted = {
        ("mediation_rooms", ("phase", "live")): 1,
        ("mediation_rooms", ("phase", "suspended")): 0,
        ("mediation_people",): 4,
        ("mediation_lines", ("level", "lost")): 1,
        ("mediation_lines_uplink_loss_ratio_within", ("bound", "0")): 1,
        ("mediation_lines_uplink_loss_ratio_within", ("bound", "0.05")): 2,
        ("mediation_lines_downlink_loss_ratio_within", ("bound", "1")): 3,
        ("mediation_media_transports",): 6,
        ("mediation_media_packets_total", ("direction", "out")): 3000,
        ("mediation_media_dropped_total", ("reason", "srtp_refused")): 4,
        ("mediation_media_layers", ("layer", "high")): 2,
        ("mediation_event_loop_lag_seconds_bucket", ("le", "0.0005")): 1,
        ("mediation_event_loop_lag_seconds_bucket", ("le", "0.25")): 3,
        ("mediation_event_loop_lag_seconds_bucket", ("le", "+Inf")): 4,
        ("mediation_event_loop_lag_seconds_count",): 4,
        ("mediation_recorders_writing",): 1,
        ("mediation_captions_processes",): 2,
        ("mediation_recorder_queue_bytes",): 4096,
        ("mediation_recorder_dropped_packets_total",): 5,
        ("mediation_outbox_waiting_messages",): 2,
        ("mediation_outbox_oldest_seconds",): 90,
        ("mediation_outbox_dead_messages",): 1,
        ("mediation_disk_free_bytes",): 7 * 2**30,
        ("mediation_media_canary_up",): 1,
        ("mediation_media_canary_rounds_total", ("result", "failed")): 1,
        ("mediation_media_canary_round_seconds",): 0.1,
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert found["process_resident_memory_bytes",] > 10_000_000


def test_a_silent_canary_is_down_and_no_canary_says_nothing():
    silent = CanaryFigures(failing=True, passed=0, failed=2, took_s=None)
    found = samples(figures(canary=silent))
    assert found["mediation_media_canary_up",] == 0
    assert ("mediation_media_canary_round_seconds",) not in found


def test_names_carry_base_units_and_counters_end_in_total():
    for family in text_string_to_metric_families(exposition(figures()).decode()):
        if family.name.startswith("process_"):
            continue
        assert family.documentation
        full = family.name + ("_total" if family.type == "counter" else "")
        assert full in COUNTS or full.endswith(BASE_UNITS), full
        assert re.fullmatch(r"mediation_[a-z_]+", full)


def test_the_number_of_series_has_a_bound_whatever_is_dropped():
    many = {f"reason_{number}": 1 for number in range(500)}
    found = samples(figures(dropped=many))
    reasons = {key: value for key, value in found.items() if key[0] == "mediation_media_dropped_total"}
    assert (len(reasons), sum(reasons.values())) == (101, 500)
    assert len(found) < 101 + 80 + len(BOUNDS)


@pytest.fixture
async def port(site):
    async with TestClient(TestServer(metrics_app(site.ctx, site.app[VITALS]))) as client:
        yield client


async def test_the_port_serves_the_figures_and_nothing_else(port):
    async with port.get("/metrics") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'mediation_rooms{phase="live"} 0.0' in await answer.text()
    for path in ("/", "/healthz", "/statistics", "/static/x/y"):
        async with port.get(path) as answer:
            assert answer.status == 404
    async with port.post("/metrics") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("role", ["", "mediator", "admin"])
async def test_the_pages_have_no_metrics_for_anybody(browser, role):
    if role:
        await browser.become(role)
    assert (await browser.get("/metrics")).status == 404


async def test_a_master_key_that_is_away_is_told_with_what_to_do_until_it_is_back(site, browser):
    keys, watch = keys_of(site.ctx.settings), site.app[VITALS].keys
    await asyncio.to_thread(keys.prepare)
    (path,), aside = keys.master.directory.glob("master-*.key"), site.ctx.settings.data_dir / "aside"
    path.rename(aside)
    await watch.look()
    told = await browser.get("/readyz")
    assert (told.status, json.loads(told.text)["warnings"]) == (200, ["master_key_missing"])
    await browser.become("admin")
    page = (await browser.get("/statistics")).text
    assert "主密钥文件不在原处" in page
    assert "不要另建新密钥" in page
    now = await figures_of(site.ctx, site.app[VITALS])
    assert "mediation_master_key_up 0.0" in (await asyncio.to_thread(exposition, now)).decode()
    aside.rename(path)
    await watch.look()
    assert json.loads((await browser.get("/readyz")).text)["warnings"] == []
    assert json.loads((await browser.get("/api/statistics")).text)["advice"] == ""


@pytest.mark.parametrize("code", ["missing", "wrong", "unreadable"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trouble_with_the_master_key_has_its_words(language, code):
    texts = load_catalogue(language)
    for key in ("statistics.word", "statistics.advice", "error"):
        assert texts[f"{key}{'.' if key == 'error' else '_'}master_key_{code}"]


async def test_a_wall_clock_that_jumps_is_a_figure_and_a_warning_for_an_hour(site, browser):
    site.clock.jump(seconds=-90)
    watch = site.app[VITALS].clock
    await watch.look()
    now = await figures_of(site.ctx, site.app[VITALS])
    page = (await asyncio.to_thread(exposition, now)).decode()
    assert "mediation_clock_jumps_total 1.0" in page
    assert "mediation_clock_last_jump_seconds -90.0" in page
    assert json.loads((await browser.get("/readyz")).text)["warnings"] == ["clock_jumped"]
    site.clock.advance(hours=1)
    assert json.loads((await browser.get("/readyz")).text)["warnings"] == []
