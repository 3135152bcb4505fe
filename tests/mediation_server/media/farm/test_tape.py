import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_server.media.engine import Kind as TrackKind
from mediation_server.media.engine import Publication, Source
from mediation_server.media.farm.order import FarmLimits
from mediation_server.media.farm.tape import HEAD, Kind, Lost, Started, lost_body, record, records, started_body
from mediation_server.media.farm.tape_reader import Seats, TapeReader
from mediation_server.media.farm.tape_writer import TapeWriter
from tests.media.peer import Sink, until

VOICE = Publication("p", "room", "a", TrackKind.AUDIO, Source.MICROPHONE, "opus", 48_000)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=50))), st.data())
def test_records_come_out_as_they_went_in_however_they_are_cut(wanted, data):
    whole = b"".join(record(kind, track, 7, body) for kind, track, body in wanted)
    buffer, found = bytearray(), []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        buffer += whole[:size]
        whole = whole[size:]
        found += list(records(buffer))
    assert [(kind, track, body) for kind, track, _, body in found] == wanted
    assert not buffer


def test_a_record_without_measure_is_refused():
    with pytest.raises(ValueError, match="record_too_large"):
        list(records(bytearray(HEAD.pack(Kind.PACKET, 1, 1, 1 << 30))))


@settings(deadline=None)
@given(st.binary(max_size=200))
async def test_rubbish_is_refused_or_waited_for_and_hurts_nobody(rubbish):
    broken = []
    reader = TapeReader(Seats(), lambda: broken.append(True))
    reader.data_received(rubbish)
    assert broken or reader.read * HEAD.size <= len(rubbish)


async def test_a_recorder_that_has_left_hears_nothing():
    seats, sink = Seats(), Sink()
    number = seats.take(sink)
    reader = TapeReader(seats, pytest.fail)
    reader.data_received(record(Kind.STARTED, 1, 0, started_body(Started(number, VOICE))))
    seats.leave(number)
    reader.data_received(record(Kind.PACKET, 1, 5, b"late"))
    assert (sink.calls, sink.packets) == ([("started", "p", "")], {})


async def test_at_the_end_of_a_worker_its_recorders_are_told_and_nobody_waits_for_it():
    seats, sink = Seats(), Sink()
    reader = TapeReader(seats, pytest.fail)
    reader.data_received(record(Kind.STARTED, 1, 0, started_body(Started(seats.take(sink), VOICE))))
    waiting = reader.reached(10)
    assert not waiting.done()
    reader.connection_lost(None)
    assert waiting.done()
    assert sink.calls[-1] == ("stopped", "p", "ended")


async def test_losses_reach_their_recorder():
    seats, sink = Seats(), Sink()
    reader = TapeReader(seats, pytest.fail)
    reader.data_received(record(Kind.LOST, 0, 9, lost_body(Lost(seats.take(sink), 3, 9, 12))))
    assert sink.losses == [(3, 9, 12)]


async def test_a_writer_nobody_reads_keeps_to_its_bound_and_tells_what_it_lost(loop_socket):
    ours, theirs = loop_socket
    writer = TapeWriter(ours, FarmLimits(tape=100_000))
    ear = writer.sink(1)
    ear.started(VOICE)
    for _ in range(2_000):
        ear.packet(VOICE, bytes(1_000), 5)
    assert writer.lost > 0
    assert writer._bytes < 110_000
    seats, sink = Seats(), Sink()
    seats.take(sink)
    reader = TapeReader(seats, pytest.fail)

    def drained():
        writer.flush()
        reader.data_received(theirs.recv(1 << 20))
        return sink.losses

    await until(drained)
    assert sink.losses == [(5, 5, writer.lost)]
    assert len(sink.packets["p"]) + writer.lost == 2_000
    assert reader.read == writer.written
    writer.close()
