"""Loss, disorder, poison and a disk that refuses: what arrived is what is stored, and whatever is missing is said."""

import asyncio
import errno
import random
import threading

import pytest

from mediation_server.domain.recording import GapReason
from mediation_server.media.engine import Source
from recordings import segment
from recordings.journal import read_journal
from tests.recordings.kit import a_publication, decoded, h264_stream, opus_stream, read_file, vp8_stream

POISON = [b"", b"\x10", b"\x90", b"\x90\x80", b"\xff" * 3, b"\x10\x00", b"\x7c\x85", b"\x78\xff\xff", b"\x00" * 1400]


def over_a_bad_line(stream, seed, *, lost=0.1, retransmitted=0.5):
    """[(arrival ms, packet)]: some packets lost for good, some late by a round trip, some twice, all jittered."""
    rng, out = random.Random(seed), []
    for index, (ms, packet) in enumerate(stream):
        fate = rng.random()
        delay = rng.uniform(0, 30)
        if index and fate < lost:
            if rng.random() >= retransmitted:
                continue
            delay += rng.uniform(80, 400)
        out.append((ms + delay, packet))
        if rng.random() < 0.02:
            out.append((ms + delay + 15, packet))
    return sorted(out)


async def test_every_packet_that_arrived_is_in_the_file_in_its_place(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    arrived = over_a_bad_line(opus_stream(), seed=5)
    for ms, packet in arrived:
        sitting.send(voice, packet, round(ms))
    await sitting.taken()
    sitting.at(12_000)
    manifest = await sitting.sealed()
    (only,) = manifest.segments
    there = {packet for _, packet in arrived}
    expected = [packet[12:] for _, packet in opus_stream() if packet in there]
    stored = [data for _, _, data in read_file(sitting.directory / only.file)[0]]
    assert [data for data in stored if len(data) > 1] == expected
    assert sum(each["lost"] for each in manifest.losses.values()) == 500 - len(there)


async def test_lost_sound_leaves_its_time_behind(sitting):
    """A browser counts samples: the file must hold as many as time has passed."""
    voice = a_publication()
    sitting.recorder.started(voice)
    whole = opus_stream(500)
    for ms, packet in whole[:100] + whole[150:300] + whole[320:]:
        sitting.send(voice, packet, ms + 20)
    await sitting.taken()
    sitting.at(10_020)
    manifest = await sitting.sealed()
    (only,) = manifest.segments
    assert decoded(sitting.directory / only.file) == 500
    assert only.to_ms - only.from_ms == pytest.approx(10_000, abs=20)


@pytest.mark.parametrize(("codec", "stream"), [("vp8", vp8_stream), ("h264", h264_stream)])
async def test_pictures_over_a_bad_line_are_whole_and_decode(sitting, codec, stream):
    face = a_publication(source=Source.CAMERA, codec=codec)
    sitting.recorder.started(face)
    for ms, packet in over_a_bad_line(stream(300), seed=8, lost=0.05):
        sitting.send(face, packet, round(ms))
    await sitting.taken()
    sitting.at(13_000)
    manifest = await sitting.sealed()
    (only,) = manifest.segments
    frames, _ = read_file(sitting.directory / only.file)
    assert frames[0][1]
    assert len(frames) > 150
    assert decoded(sitting.directory / only.file) > 150
    assert [ms for ms, _, _ in frames] == sorted({ms for ms, _, _ in frames})


@pytest.mark.parametrize(
    ("codec", "source", "stream"),
    [
        ("opus", Source.MICROPHONE, opus_stream),
        ("vp8", Source.CAMERA, vp8_stream),
        ("h264", Source.CAMERA, h264_stream),
    ],
)
async def test_poison_from_a_legal_sender_costs_no_more_than_itself(sitting, codec, source, stream):
    track, rng = a_publication(source=source, codec=codec), random.Random(4)
    sitting.recorder.started(track)
    sequence = 0
    for ms, packet in stream(150):
        for payload in rng.sample(POISON, rng.randrange(3)) if rng.random() < 0.2 else []:
            head = packet[:2] + sequence.to_bytes(2, "big") + packet[4:12]
            sitting.send(track, head + payload, ms + 20)
            sequence += 1
        sitting.send(track, packet[:2] + sequence.to_bytes(2, "big") + packet[4:], ms + 20)
        sequence += 1
        sitting.send(track, rng.randbytes(rng.randrange(40)), ms + 20)  # no RTP at all
    await sitting.taken()
    manifest = await sitting.sealed()
    stored = [each for part in manifest.segments for each in read_file(sitting.directory / part.file)[0]]
    assert max(ms for ms, _, _ in stored) + manifest.segments[-1].from_ms >= stream(150)[-1][0] - 500
    assert len(stored) > len({ms for ms, _ in stream(150)}) * 0.5
    assert sum(decoded(sitting.directory / part.file) for part in manifest.segments) > 0
    assert sum(each["bad"] for each in manifest.losses.values()) > 0


async def test_a_disk_that_refuses_leaves_a_gap_and_writing_goes_on_after_it(sitting, monkeypatch):
    voice = a_publication()
    sitting.recorder.started(voice)
    whole, write = opus_stream(600), segment.write_all
    await sitting.play(0, [(voice, whole[:200])])
    await sitting.taken()

    def refused(fd, data):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(segment, "write_all", refused)
    await sitting.play(0, [(voice, whole[200:300])])
    await sitting.taken()
    monkeypatch.setattr(segment, "write_all", write)
    async with asyncio.timeout(20):
        while sitting.books.named("gap")[-1].to_ms is None:
            sitting.at(sitting.clock.ms - sitting.clock.origin_ms + 5)
            await asyncio.sleep(0.01)
    later = (sitting.clock.ms - sitting.clock.origin_ms) // 20
    await sitting.play(0, [(voice, whole[later:])])
    manifest = await sitting.sealed()
    (gap,) = manifest.gaps
    assert gap.reason is GapReason.DISK
    assert gap.from_ms == pytest.approx(4000, abs=250)
    assert len(manifest.segments) == 2
    assert all(decoded(sitting.directory / part.file) > 100 for part in manifest.segments)


async def test_a_disk_too_slow_drops_to_a_gap_instead_of_filling_the_memory(sitting, monkeypatch):
    face, write, free = a_publication(source=Source.CAMERA, codec="vp8"), segment.write_all, threading.Event()
    sitting.recorder.started(face)
    await sitting.play(0, [(face, vp8_stream(60))])

    def stuck(fd, data):
        free.wait(60)
        return write(fd, data)

    monkeypatch.setattr(segment, "write_all", stuck)
    packet = vp8_stream(60)[-1][1]
    for number in range(20_000):
        head = packet[:2] + (1000 + number).to_bytes(2, "big") + (5000 + 180_000 + 22 * number).to_bytes(4, "big")
        sitting.send(face, head + packet[8:], 2000 + number // 4)
    assert sitting.recorder.backlog <= 17_000
    load = sitting.recordings.load()
    assert (load.writing, load.queued, load.dropped) == (1, sitting.recorder.backlog, sitting.recorder.overflowed)
    assert load.queued_bytes > 100_000
    assert load.dropped > 2000
    free.set()
    await sitting.taken()
    monkeypatch.setattr(segment, "write_all", write)
    later = vp8_stream(90, sequence=30_000, timestamp=5000 + 720_000)
    await sitting.play(8000, [(face, [each for each in later if each[0] >= 500])])  # the next key frame is at 1000
    manifest = await sitting.sealed()
    (gap,) = manifest.gaps
    assert gap.reason is GapReason.DISK
    assert gap.from_ms > 5000
    assert gap.to_ms == pytest.approx(8520, abs=50)
    load = sitting.recordings.load()
    assert (load.writing, load.queued, load.queued_bytes) == (0, 0, 0)
    assert load.dropped == sitting.recorder.overflowed > 2000
    last = manifest.segments[-1]
    frames, _ = read_file(sitting.directory / last.file)
    resumed = [(ms + last.from_ms, key) for ms, key, _ in frames if ms + last.from_ms >= gap.to_ms - 60]
    assert resumed[0] == (pytest.approx(9020, abs=60), True)


async def test_the_journal_tells_where_packets_were_lost(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    whole = opus_stream(300)
    for ms, packet in whole[:100] + whole[110:]:
        sitting.send(voice, packet, ms + 20)
    await sitting.taken()
    await sitting.sealed()
    (entry,) = (await asyncio.to_thread(read_journal, sitting.directory)).files
    assert entry.lost == 10
