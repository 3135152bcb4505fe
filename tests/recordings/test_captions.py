"""What a machine understood, sealed beside the sound: read again, checked like the sound, and never in its way."""

import io

import av
import pytest

from mediation_server.domain.recording import GapReason
from mediation_server.media.engine import Kind, Publication, Source
from recordings import demo_script as script
from recordings.captions import captions_of
from recordings.demo_captions import ScriptedCaptioner
from recordings.desk import Desk
from recordings.evidence import slice_of
from recordings.matroska import frames
from recordings.playback import review_of
from recordings.segment import SegmentWriter
from recordings.verify import verify_recording
from tests.recordings.kit import a_publication, keys_in, opus_stream
from tests.recordings.sitting import Sitting

WHO = "anna"
SECRET = "我最多付三万"


async def talk(sitting, seconds=4):
    voice = a_publication(member=WHO)
    sitting.recorder.started(voice)
    await sitting.play(0, [(voice, opus_stream(seconds * 50))])


def lanes_of(manifest):
    return [track for track in manifest.tracks if track.source == "captions"]


def read(sitting, track):
    found = []
    for segment in track.segments:
        with (sitting.directory / segment.file).open("rb") as stream:
            found += [(segment.from_ms + ms, data.decode()) for ms, data in frames(stream)]
    return found


async def test_captions_are_a_lane_of_text_for_each_person_beside_their_voice(sitting):
    await talk(sitting)
    for who, since, until, text in (
        *((WHO, 500, 900, "我同意"), ("bo", 700, 800, "好"), (WHO, 1600, 2400, "分三期")),
        (WHO, 400, 700, "比上一句早"),
    ):
        sitting.recorder.captioned(who, since, until, text)
    manifest = await sitting.sealed()
    anna, bo = lanes_of(manifest)
    assert (anna.participant, bo.participant, anna.codec) == (WHO, "bo", "text")
    assert read(sitting, anna) == [(500, "我同意"), (1600, "分三期")]
    assert read(sitting, bo) == [(700, "好")]


async def test_strangers_programs_play_them_as_subtitles_as_long_as_they_were_spoken(sitting):
    await talk(sitting)
    sitting.recorder.captioned(WHO, 500, 1300, "我同意")
    [track] = lanes_of(await sitting.sealed())
    data = (sitting.directory / track.segments[0].file).read_bytes()
    with av.open(io.BytesIO(data)) as file:
        [packet] = [each for each in file.demux() if each.size]
        assert file.streams[0].type == "subtitle"
        assert packet.duration == 800


async def test_what_comes_late_stands_before_the_gap_it_was_said_before(sitting):
    await talk(sitting)
    sitting.recorder.captioned(WHO, 500, 900, "一")
    await sitting.recorder.pause(GapReason.CAUCUS, by="m1")
    sitting.recorder.captioned(WHO, 3000, 3800, "二")
    sitting.at(9000)
    await sitting.recorder.resume()
    sitting.recorder.captioned(WHO, 9500, 9900, "三")
    sitting.at(12_000)
    manifest = await sitting.sealed()
    [track] = lanes_of(manifest)
    assert read(sitting, track) == [(500, "一"), (3000, "二"), (9500, "三")]
    slices = [(each.from_ms, each.last_ms) for each in evidence(sitting, track)]
    [gap] = manifest.gaps
    assert not [each for each in slices if gap.from_ms < each[1] and each[0] < gap.to_ms]


def evidence(sitting, track):
    for segment in track.segments:
        with (sitting.directory / segment.file).open("rb") as stream:
            for one in frames(stream):
                yield slice_of(segment.file, segment.from_ms, [one], sm3=False)


async def test_a_kill_leaves_captions_that_can_be_read(sitting):
    await talk(sitting)
    for n in range(1, 6):
        sitting.recorder.captioned(WHO, n * 500, n * 500 + 300, f"第{n}句")
    await sitting.taken()
    sitting.recorder._scribe._shelf._captions.abandon()  # what was not on its way to the disk is gone, as after a kill
    manifest = await sitting.sealed()
    [track] = lanes_of(manifest)
    assert read(sitting, track) == [(n * 500, f"第{n}句") for n in range(1, 5)]


async def test_captions_the_disk_refuses_cost_no_sound(sitting, monkeypatch):
    real = SegmentWriter.write

    def refuse(self, frame, at_ms):
        if self.setup.codec == "text":
            raise OSError
        real(self, frame, at_ms)

    monkeypatch.setattr(SegmentWriter, "write", refuse)
    voice = a_publication(member=WHO)
    sitting.recorder.started(voice)
    stream = opus_stream(200)
    await sitting.play(0, [(voice, stream[:100])])
    sitting.recorder.captioned(WHO, 500, 900, "一")
    await sitting.play(0, [(voice, stream[100:])])
    manifest = await sitting.sealed()
    assert manifest.gaps == ()
    [voices] = [track for track in manifest.tracks if track.source == Source.MICROPHONE]
    assert len(voices.segments) == 1


def test_the_demo_is_verified_with_its_captions(demo):
    assert lanes_of(demo.manifest)
    assert verify_recording(demo.directory, demo.log, demo.recording) == []


@pytest.mark.parametrize(
    ("caption", "code"),
    [((20_000, "背对背里的话"), "slice_in_gap"), ((500, "不该录的人"), "slice_not_granted")],
)
async def test_words_of_a_caucus_or_of_who_was_not_granted_would_be_found(caption, code, sitting):
    """Written past every fence on purpose: the check that holds for sound holds for words."""
    recorder, (at_ms, text) = sitting.recorder, caption
    recorder.fenced({"bo": ["recorder"]} if code == "slice_not_granted" else {WHO: ["recorder"]})
    await talk(sitting)
    await recorder.pause(GapReason.CAUCUS, by="m1")
    sitting.at(30_000)
    await recorder.resume()
    recorder.captioned(WHO, at_ms, at_ms + 400, text)
    recorder.captioned(WHO, at_ms + 600, at_ms + 900, text)
    sitting.at(32_000)
    await sitting.sealed()
    (recording,) = sitting.books.named("sealed")
    found = verify_recording(sitting.directory, [], recording)
    tracks = {segment.file for track in lanes_of((await sitting.manifest())[0]) for segment in track.segments}
    assert any(each.code == code and any(name in each.where for name in tracks) for each in found)


async def test_a_reviewer_is_given_them_in_order_and_no_clip_of_them(demo):
    desk = Desk(demo.recordings.vault, None)
    spoken = await desk.captions(demo.recording)
    assert [each.offset_ms for each in spoken] == sorted(each.offset_ms for each in spoken)
    assert {each.participant for each in spoken} <= {each.id for each in demo.people}
    said = sorted(phrase for turn in script.TURNS for phrase in turn.phrases)
    assert [(each.offset_ms, each.text) for each in spoken] == [(from_ms, text) for from_ms, _, text in said]
    review = review_of(demo.manifest, demo.log)
    files = [demo.manifest.segments[clip.index].file for clip in review.clips]
    wanted = [s.file for track in demo.manifest.tracks if track.codec != "text" for s in track.segments]
    assert files == wanted


async def test_words_are_encrypted_on_the_disk_as_the_sound_is(tmp_path):
    sitting = await Sitting(tmp_path, keys_in(tmp_path)).begin()
    await talk(sitting)
    sitting.recorder.captioned(WHO, 500, 900, SECRET)
    sitting.recorder.captioned(WHO, 1500, 1900, SECRET)
    await sitting.taken()
    live = _holders(tmp_path)
    await sitting.sealed()
    (recording,) = sitting.books.named("sealed")
    spoken = captions_of(sitting.recordings.vault, recording)
    await sitting.recordings.close()
    assert live == _holders(tmp_path) == []
    assert [each.text for each in spoken] == [SECRET, SECRET]


def _holders(directory):
    return [each.name for each in directory.rglob("*") if each.is_file() and SECRET.encode() in each.read_bytes()]


async def test_the_script_writes_nothing_of_what_it_has_not_heard_whole():
    """The demo's captioner goes by the packets, as a machine does: withheld is not understood."""
    told = []

    async def take(caption):
        told.append(caption.text)

    captioner = ScriptedCaptioner(take, {script.MEDIATOR: "m"})
    voice = Publication("p", "room", "m", Kind.AUDIO, Source.MICROPHONE, "opus", 48_000)
    first, second, third = script.TURNS[0].phrases
    for at_ms in range(0, second[0] + 500, 20):  # withheld in the middle of the second phrase
        captioner.packet(voice, b"", at_ms * 1_000_000)
    captioner.stopped(voice, "withheld")
    for at_ms in range(second[0] + 1500, third[1] + 40, 20):
        captioner.packet(voice, b"", at_ms * 1_000_000)
    await captioner.flush()
    assert told == [first[2], third[2]]
