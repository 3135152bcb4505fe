"""Files are checked the same in this process and in processes of their own."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("gently", [False, True])
def test_two_processes_find_what_one_finds(demo, monkeypatch, gently):
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
    assert checked(orders, sizes, gently=gently) == alone
    assert alone[0].broken == (2,)
    assert not alone[-1].sha256
    assert [each.sha256 for each in alone[:-1]] == [segment.sha256 for segment in demo.manifest.segments]


def test_beside_live_rooms_this_process_reads_no_large_recording(demo, monkeypatch):
    orders, read_here = orders_of(demo), []
    monkeypatch.setattr(filecheck, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(filecheck, "check", read_here.append)
    found = checked(orders, [segment.bytes for segment in demo.manifest.segments], gently=True)
    assert ([each.sha256 for each in found], read_here) == ([each.sha256 for each in demo.manifest.segments], [])


def test_what_a_process_that_died_would_have_found_is_not_made_up(demo, monkeypatch):
    monkeypatch.setattr(filecheck, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(subprocess.CalledProcessError):
        checked(orders_of(demo), [segment.bytes for segment in demo.manifest.segments])


def test_a_process_that_checks_plain_files_holds_no_ciphers():
    asked = "import sys, recordings.filecheck; print([each for each in sys.modules if 'cryptography' in each])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
