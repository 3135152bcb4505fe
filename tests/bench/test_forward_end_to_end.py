import pytest

from bench._embedded import Embedded
from bench._pace import Pace
from bench._peer import AES_GCM
from bench._server import ServerError
from bench.forward import OURS, Plan, measure
from bench.report import progress

PLAN = Plan(rounds=1, seconds=0.4, warm_up_s=0.1, subscribers=3, pace=Pace(packets_per_second=400, burst=8))


@pytest.fixture
async def report():
    with progress(2) as steps:
        return await measure(PLAN, {OURS: lambda: Embedded.start("127.0.0.1")}, "127.0.0.1", steps)


async def test_the_real_engine_delivers_every_packet_to_every_subscriber(report):
    assert report.reasons == ()
    assert report.figures["loss"] == 0.0
    assert report.figures["ours_us"] > 0
    assert report.figures["p99_ms"] > 0
    assert report.details["srtp"] == {OURS: AES_GCM}


async def test_a_server_that_does_not_start_is_a_reason_and_not_a_crash():
    async def broken():
        raise ServerError("no such program")

    with progress(1) as steps:
        report = await measure(PLAN, {OURS: broken}, "127.0.0.1", steps)

    assert report.reasons == ("ours: no such program",)
    assert report.figures["ours_us"] is None
    assert not report.ok
