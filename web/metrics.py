"""The figures of the process as Prometheus reads them: names, units and closed sets of labels; nothing of any person.

Names follow the conventions of Prometheus: base units (seconds, bytes, ratio), `_total` for what only grows. A label is
a word of the code (a phase, a level, a layer, a reason), never of a request, so the number of series has a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from mediation_server.loop_lag import BOUNDS, LagFigures
from mediation_server.rooms.captions_port import CaptionsLoad
from mediation_server.services.operating import LEVELS, PHASES, CanaryFigures, Figures, LineFigures, RoomFigures

__all__ = ["CONTENT_TYPE", "exposition"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LOSS_BOUNDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
_MOST_REASONS = 100


def exposition(figures: Figures) -> bytes:
    """The page Prometheus reads. Blocks: the process's own figures come from /proc."""
    return generate_latest(_Families(figures))


class _Families(Collector):
    """One moment's figures as metric families."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every family, those of the process itself last."""
        now = self._figures
        yield from _rooms(now.rooms)
        yield from _lines(now.lines)
        yield from _media(now)
        yield _lag(now.lag)
        yield from _captions(now.captions)
        yield from _keeping(now)
        if now.canary:
            yield from _canary(now.canary)
        yield from ProcessCollector(registry=None).collect()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"mediation_{name}", text, value=value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"mediation_{name}", text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"mediation_{name}", text, value=value)


def _counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"mediation_{name}", text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _rooms(rooms: tuple[RoomFigures, ...]) -> Iterator[Metric]:
    phases = {phase: sum(room.phase == phase for room in rooms) for phase in PHASES}
    yield _gauges("rooms", "Sittings that live in this process.", "phase", phases)
    yield _gauge("people", "People connected to a room.", sum(room.people for room in rooms))


def _lines(lines: LineFigures) -> Iterator[Metric]:
    levels = {level: lines.levels.get(level, 0) for level in LEVELS}
    yield _gauges("lines", "People by the quality of their line.", "level", levels)
    yield _spread("uplink_loss_ratio", "Loss on the way from each person, now.", lines.uplink_loss)
    yield _spread("downlink_loss_ratio", "Loss on the way to each person, now.", lines.downlink_loss)


def _spread(name: str, text: str, values: Iterable[float]) -> Metric:
    """How values lie now; a gauge by upper bound, for what is counted here goes down again."""
    held = list(values)
    within: dict[str, float] = {f"{bound:g}": sum(value <= bound for value in held) for bound in _LOSS_BOUNDS}
    within["1"] = len(held)
    return _gauges(f"lines_{name}_within", text + " Lines at or under the bound.", "bound", within)


def _media(now: Figures) -> Iterator[Metric]:
    load = now.load
    yield _gauge("media_rooms", "Rooms of the media engine, without the canary's.", load.rooms)
    yield _gauge("media_transports", "ICE, DTLS and SRTP associations, without the canary's.", load.transports)
    packets = {"in": load.packets_in, "out": load.packets_out}
    yield _counters("media_packets", "RTP packets taken in and sent out.", "direction", packets)
    yield _counters("media_dropped", "Datagrams and packets dropped, by reason.", "reason", _reasons(load.dropped))
    yield _counter("media_workers_lost", "Media processes that died with their rooms.", load.workers_lost)
    yield _gauges("media_layers", "Pictures as receivers get them, by layer.", "layer", load.layers)


def _reasons(dropped: Mapping[str, int]) -> Mapping[str, int]:
    """Each reason by itself, those beyond the bound together: a reason keeps its place once it has one."""
    names = list(dropped)
    rest = sum(dropped[name] for name in names[_MOST_REASONS:])
    return {name: dropped[name] for name in names[:_MOST_REASONS]} | ({"other": rest} if rest else {})


def _lag(lag: LagFigures) -> Metric:
    bounds = [*(f"{bound:g}" for bound in BOUNDS), "+Inf"]
    buckets = list(zip(bounds, accumulate(lag.counts), strict=True))
    text = "How late a timer of the event loop was."
    return HistogramMetricFamily("mediation_event_loop_lag_seconds", text, buckets=buckets, sum_value=lag.total)


def _captions(load: CaptionsLoad) -> Iterator[Metric]:
    yield _gauge("captions_processes", "Processes that listen for captions.", load.running)
    yield _counter("captions_lost", "Such processes that died, hung or talked nonsense.", load.lost)
    yield _counter("captions_dropped_frames", "Packets none of them listened to.", load.dropped)


def _keeping(now: Figures) -> Iterator[Metric]:
    recorders, outbox, machine = now.recorders, now.outbox, now.machine
    yield _gauge("recorders_writing", "Recordings being written.", recorders.writing)
    yield _gauge("recorders_sealing", "Recordings being sealed.", recorders.sealing)
    yield _gauge("recorder_queue_items", "Packets and commands the recorders have not taken yet.", recorders.queued)
    yield _gauge("recorder_queue_bytes", "Bytes the recorders have not taken yet.", recorders.queued_bytes)
    yield _counter("recorder_dropped_packets", "Packets the disk was too slow for; gaps by now.", recorders.dropped)
    yield _gauge("outbox_waiting_messages", "Messages the court has not answered.", outbox.messages)
    age = (now.at - outbox.since).total_seconds() if outbox.since else 0.0
    yield _gauge("outbox_oldest_seconds", "Age of the oldest message that waits.", max(0.0, age))
    yield _gauge("outbox_dead_messages", "Messages given up; somebody has to send them anew.", outbox.dead)
    yield _gauge(
        "time_stamps_waiting_items", "Trusted time stamps the authority has not given yet.", now.stamps_waiting
    )
    yield _counter("clock_jumps", "Jumps of the wall clock by a second or more.", now.clock_jumps)
    yield _gauge(
        "clock_last_jump_seconds", "How far the last of them went, negative for back.", now.clock_last_ms / 1000
    )
    yield _gauge(
        "master_key_up", "0 while the master key is missing, wrong or unreadable, else 1.", not now.key_trouble
    )
    yield _gauge("disk_free_bytes", "Free where the recordings lie.", machine.disk_free)
    yield _gauge("disk_wanted_bytes", "Free space below which the product warns.", machine.disk_wanted)


def _canary(canary: CanaryFigures) -> Iterator[Metric]:
    yield _gauge("media_canary_up", "0 once two rounds in a row have failed, else 1.", not canary.failing)
    rounds = {"passed": canary.passed, "failed": canary.failed}
    yield _counters("media_canary_rounds", "Rounds of the media canary.", "result", rounds)
    if canary.took_s is not None:
        yield _gauge("media_canary_round_seconds", "How long the last round took that passed.", canary.took_s)
