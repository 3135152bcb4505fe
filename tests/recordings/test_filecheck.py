"""Files are checked the same in this process and in processes of their own."""

from recordings import filecheck
from recordings.filecheck import Captured, FileCheck, checked
from recordings.witness import read_evidence


def orders_of(demo):
    slices = read_evidence(demo.directory).slices
    return [
        FileCheck(
            str(demo.directory),
            segment.file,
            track.codec,
            tuple(Captured(each.frames, each.sha256) for each in slices[segment.file]),
        )
        for track in demo.manifest.tracks
        for segment in track.segments
    ]


def test_two_processes_find_what_one_finds(demo, monkeypatch):
    orders = [*orders_of(demo), FileCheck(str(demo.directory), "t999-0001.mkv", "opus", ())]
    bent = orders[0].slices[2]
    changed = (
        *orders[0].slices[:2],
        Captured(bent.frames, "0" * 64),
        *orders[0].slices[3:],
    )
    orders[0] = FileCheck(orders[0].directory, orders[0].file, orders[0].codec, changed)
    sizes = [segment.bytes for segment in demo.manifest.segments] + [0]
    alone = checked(orders, sizes)
    monkeypatch.setattr(filecheck, "_WORTH_A_PROCESS", 1)
    assert checked(orders, sizes) == alone
    assert alone[0].broken == (2,)
    assert not alone[-1].sha256
    assert [each.sha256 for each in alone[:-1]] == [segment.sha256 for segment in demo.manifest.segments]
