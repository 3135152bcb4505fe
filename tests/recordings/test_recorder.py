"""The recorder as a room sees it: packets in, files, journal and gaps out."""

import asyncio

import pytest

from mediation_server.domain.recording import Gap, GapReason, RecordingState
from mediation_server.errors import Conflict
from mediation_server.media.engine import Source
from recordings.journal import read_journal
from recordings.matroska import reach
from tests.recordings.kit import (
    MS,
    a_publication,
    a_timeline,
    decoded,
    h264_stream,
    opus_stream,
    read_file,
    vp8_stream,
)


async def test_what_arrived_is_in_the_sealed_files_byte_for_byte(sitting):
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    sitting.recorder.started(voice)
    sitting.recorder.started(face)
    await sitting.play(0, [(voice, opus_stream()), (face, vp8_stream())])
    manifest = await sitting.sealed()
    files = {track.codec: sitting.directory / track.segments[0].file for track in manifest.tracks}
    heard, codec = read_file(files["opus"])
    assert codec in {"opus", "libopus"}
    assert [data for _, _, data in heard] == [packet[12:] for _, packet in opus_stream()]
    assert decoded(files["opus"]) == 500
    seen, codec = read_file(files["vp8"])
    assert codec in {"vp8", "libvpx"}
    assert len(seen) == decoded(files["vp8"]) == 150
    assert seen[0][1]


async def test_h264_is_stored_with_its_parameter_sets_and_plays(sitting):
    face = a_publication(source=Source.CAMERA, codec="h264")
    sitting.recorder.started(face)
    await sitting.play(0, [(face, h264_stream())])
    manifest = await sitting.sealed()
    path = sitting.directory / manifest.tracks[0].segments[0].file
    frames, codec = read_file(path)
    assert codec == "h264"
    assert len(frames) == decoded(path) == 150


async def test_a_caucus_leaves_no_packet_in_any_file_and_a_gap_with_its_reason(sitting):
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    whole = opus_stream(600)
    for pub in (voice, face):
        sitting.recorder.started(pub)
    await sitting.play(0, [(voice, whole[:200]), (face, vp8_stream(120))])
    await sitting.recorder.pause(GapReason.CAUCUS)
    for pub in (voice, face):
        sitting.recorder.stopped(pub, "withheld")
    await sitting.play(0, [(voice, whole[200:400])])  # the fence failed: packets come all the same
    sitting.at(8000)
    await sitting.recorder.resume()
    sitting.recorder.started(voice)
    sitting.recorder.packet(voice, whole[399][1], (sitting.clock.ms - 5) * MS)  # it arrived within the caucus
    await sitting.play(0, [(voice, whole[400:])])
    manifest = await sitting.sealed()
    told = [data for track in manifest.tracks if track.codec == "opus" for segment in track.segments
            for _, _, data in read_file(sitting.directory / segment.file)[0]]  # fmt: skip
    assert told == [packet[12:] for _, packet in whole[:200] + whole[400:]]
    assert sitting.recorder.withheld == 201
    assert [(gap.to_ms, gap.reason) for gap in manifest.gaps] == [(8000, GapReason.CAUCUS)]
    assert all(not (segment.from_ms < 8000 and segment.to_ms > manifest.gaps[0].from_ms + 60)
               for segment in manifest.segments)  # fmt: skip
    assert manifest.recorded_ms + 8000 - manifest.gaps[0].from_ms == manifest.total_ms


async def test_the_books_are_told_in_order(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(50))])
    await sitting.recorder.pause(GapReason.SUSPENDED)
    sitting.at(5000)
    await sitting.recorder.resume()
    sitting.at(6000)
    await sitting.sealed()
    assert [each[0] for each in sitting.books.told] == ["started", "gap", "gap", "sealed"]
    assert sitting.books.named("gap")[1] == Gap(1000, 5000, GapReason.SUSPENDED)
    sealed = sitting.books.named("sealed")[0]
    assert (sealed.state, sealed.duration_ms, sealed.recorded_ms) == (RecordingState.SEALED, 6000, 2000)


async def test_after_a_gap_writing_begins_at_once_and_what_was_withheld_is_no_loss(sitting):
    voice, words = a_publication(), opus_stream(400)
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, words[:50])])
    await sitting.recorder.pause(GapReason.CAUCUS)
    await sitting.play(0, [(voice, words[50:200])])  # the forwarder did not close the lane: they come all the same
    sitting.at(4100)
    await sitting.recorder.resume()
    await sitting.play(200, [(voice, words[200:220])])
    await sitting.taken()
    files = read_journal(sitting.directory).files
    assert len(files) == 2
    with (sitting.directory / files[1].file).open("rb") as stream:
        assert reach(stream).last_ms >= 100
    manifest = await sitting.sealed()
    assert {each["lost"] for each in manifest.losses.values()} == {0}


async def test_a_rejoined_person_stays_in_the_same_lane(sitting):
    first, second = a_publication(), a_publication()
    sitting.recorder.started(first)
    await sitting.play(0, [(first, opus_stream(100))])
    sitting.recorder.stopped(first, "ended")
    sitting.at(3000)
    sitting.recorder.started(second)
    await sitting.play(3000, [(second, opus_stream(100, ssrc=99, sequence=65_500, timestamp=0xFFFFFF00))])
    manifest = await sitting.sealed()
    assert len(manifest.tracks) == 1
    (before, after) = manifest.tracks[0].segments
    assert before.from_ms == pytest.approx(20, abs=5)
    assert after.from_ms == pytest.approx(3020, abs=5)
    assert after.to_ms == pytest.approx(5020, abs=25)


async def test_a_changed_stream_in_one_publication_goes_on_in_the_same_file(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    await sitting.play(2000, [(voice, opus_stream(100, ssrc=99, sequence=3, timestamp=7))])
    manifest = await sitting.sealed()
    (segment,) = manifest.segments
    times = [ms for ms, _, _ in read_file(sitting.directory / segment.file)[0]]
    assert len(times) == 200
    assert times[100] - times[99] == pytest.approx(20, abs=3)


async def test_a_new_picture_size_in_h264_begins_a_new_file_in_the_same_lane(sitting):
    face = a_publication(source=Source.CAMERA, codec="h264")
    sitting.recorder.started(face)
    await sitting.play(0, [(face, h264_stream(90))])
    await sitting.play(
        3000, [(face, h264_stream(90, width=320, height=192, sequence=30_000, timestamp=9000 + 270_000))]
    )
    manifest = await sitting.sealed()
    (small, large) = manifest.tracks[0].segments
    assert large.from_ms == pytest.approx(3020, abs=40)
    assert decoded(sitting.directory / small.file) == 90
    assert decoded(sitting.directory / large.file) == 90


async def test_a_sealed_recording_is_not_begun_again(sitting):
    await sitting.sealed()
    await sitting.recorder.finish()
    with pytest.raises(Conflict, match="recording_sealed"):
        await sitting.recordings(sitting.session, a_timeline(sitting.clock))


async def test_sealed_files_are_read_only_and_no_live_file_remains(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(50))])
    await sitting.sealed()
    names = sorted(each.name for each in sitting.directory.iterdir())
    assert names == ["evidence.jsonl", "journal.jsonl", "manifest.json", "receipt.json", "t001-0001.mkv"]
    assert all(each.stat().st_mode & 0o222 == 0 for each in sitting.directory.iterdir())


async def test_a_recording_closed_before_the_end_of_the_sitting_goes_on_after_a_restart(sitting):
    voice = a_publication()
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(100))])
    await sitting.recordings.close()
    assert (await asyncio.to_thread(read_journal, sitting.directory)).stopped
    before = sitting.recorder.recording_id
    await sitting.restarted(4000)
    assert sitting.recorder.recording_id == before
    sitting.recorder.started(voice)
    await sitting.play(4000, [(voice, opus_stream(100))])
    manifest = await sitting.sealed()
    assert len(manifest.segments) == 2
    assert manifest.gaps == (Gap(2000, 4000, GapReason.FAULT, "system", "restart"),)
    assert sitting.books.named("repaired") == [2000]


async def test_the_index_of_a_sealed_file_stands_before_its_media(sitting):
    """So that a browser jumps without fetching the end first (RFC 9559: Cues 1C53BB6B, Cluster 1F43B675)."""
    face = a_publication(source=Source.CAMERA, codec="vp8")
    sitting.recorder.started(face)
    await sitting.play(0, [(face, vp8_stream(90))])
    manifest = await sitting.sealed()
    data = (sitting.directory / manifest.segments[0].file).read_bytes()
    assert 0 < data.find(bytes.fromhex("1c53bb6b"), 200) < data.find(bytes.fromhex("1f43b675"))


async def test_sound_and_picture_of_one_person_align_in_the_files(sitting):
    """The picture is sent 150 ms later than the sound of the same moment; sender reports put it back."""
    voice, face = a_publication(), a_publication(source=Source.CAMERA, codec="vp8")
    for pub in (voice, face):
        sitting.recorder.started(pub)
    sent = [(ms + 20, voice, packet) for ms, packet in opus_stream()]
    sent += [(ms + 170, face, packet) for ms, packet in vp8_stream(300)]
    reported = -1
    for at, pub, packet in sorted(sent, key=lambda each: each[0]):
        sitting.send(pub, packet, at)
        if at // 1000 > reported:
            reported = at // 1000
            for other, base, rate in ((voice, 1000, 48), (face, 5000, 90)):
                ntp = round((3_900_000_000 + at / 1000) * (1 << 32))
                sitting.recorder.sender_report(other, ntp, base + (at - 20) * rate, sitting.clock.ms * MS)
    await sitting.taken()
    manifest = await sitting.sealed()
    times = {
        track.codec: [segment.from_ms + ms for segment in track.segments
                      for ms, _, _ in read_file(sitting.directory / segment.file)[0]]
        for track in manifest.tracks
    }  # fmt: skip
    for second in range(3, 9):
        assert abs(times["opus"][second * 50] - times["vp8"][second * 30]) <= 40
