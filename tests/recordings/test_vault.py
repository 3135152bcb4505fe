"""Recordings are reached by ids alone; whatever else comes from a client opens nothing."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.ids import is_id, new_id
from mediation_server.errors import NotFound
from recordings.vault import Vault


@given(st.text(), st.text())
def test_no_name_but_an_id_of_ours_becomes_a_path(tmp_path_factory, session, recording):
    vault = Vault(tmp_path_factory.getbasetemp())
    if not (is_id(session) and is_id(recording)):
        with pytest.raises(NotFound):
            vault.directory(session, recording)


@pytest.mark.parametrize("name", ["../../../etc", "..", "", "a" * 26 + "/x", "A" * 26, "\x00" * 26, "0" * 25 + "."])
def test_well_known_tricks_open_nothing(tmp_path, name):
    for pair in ((name, new_id()), (new_id(), name)):
        with pytest.raises(NotFound):
            Vault(tmp_path).directory(*pair)


def test_a_segment_is_opened_by_its_number_in_the_manifest(demo):
    for index, segment in enumerate(demo.manifest.segments):
        stream, size = demo.recordings.vault.open_segment(demo.recording.session_id, demo.recording.id, index)
        with stream:
            assert len(stream.read()) == size == segment.bytes


@pytest.mark.parametrize("index", [-1, 999])
def test_a_number_that_is_not_in_the_manifest_opens_nothing(demo, index):
    with pytest.raises(NotFound, match="recording_not_found"):
        demo.recordings.vault.open_segment(demo.recording.session_id, demo.recording.id, index)


def test_an_unknown_recording_answers_in_the_same_words(demo):
    with pytest.raises(NotFound, match="recording_not_found"):
        demo.recordings.vault.open_segment(demo.recording.session_id, new_id(), 0)


@pytest.mark.parametrize("lay", [lambda path, secret: path.symlink_to(secret), lambda path, _: os.mkfifo(path)])
def test_a_link_or_a_pipe_in_place_of_a_file_is_not_followed(demo, tmp_path, lay):
    vault = Vault(tmp_path)
    directory = vault.directory(demo.recording.session_id, demo.recording.id)
    directory.parent.mkdir(parents=True)
    demo.copied(directory)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    victim = directory / demo.manifest.segments[0].file
    victim.unlink()
    lay(victim, secret)
    with pytest.raises(NotFound):
        vault.open_segment(demo.recording.session_id, demo.recording.id, 0)
