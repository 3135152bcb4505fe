"""What stands on the disk of a file that is still being written."""

from recordings.depacketise import Frame, Setup
from recordings.matroska import reach
from recordings.segment import SegmentWriter
from tests.recordings.kit import vp8_frames

HELD_MS = 75  # what a kill takes, beside what is on its way


def test_a_live_file_never_lacks_a_tenth_of_a_second(tmp_path):
    segment = SegmentWriter(tmp_path, "t001-0001", Setup("vp8", b"", 160, 96), 0)
    for at_ms, (data, key) in zip(range(0, 1500, 25), vp8_frames(60), strict=True):
        segment.write(Frame(data, 0, key, None, 0), at_ms)
        with (tmp_path / segment.file).open("rb") as stream:
            there = reach(stream).last_ms
        assert at_ms - (there or 0) <= HELD_MS
    segment.abandon()
