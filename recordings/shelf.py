"""What the muxer thread keeps: lanes, files, notebook, gaps of one recording; what to do when the disk refuses."""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import av
import structlog

from mediation_server.domain.log import instant
from mediation_server.domain.recording import Gap, GapReason
from mediation_server.media.engine import Publication
from recordings.books import LogHead
from recordings.captions import CAPTIONS, TEXT, Caption, CaptionLanes
from recordings.depacketise import Setup
from recordings.gaps import GapLedger, GapListener
from recordings.journal import JournalState
from recordings.lane import DEPACKETISERS, Lane, Tally
from recordings.notebook import Notebook
from recordings.segment import SegmentWriter
from recordings.syncer import Syncer
from recordings.timing import SenderClock

__all__ = ["Shelf"]

_log = structlog.get_logger(__name__)

_MAX_LANES = 64  # open publications of one sitting
_ENOUGH_BYTES = 4 << 20  # free space at which writing is tried again
_DISK_ERRORS = (OSError, av.FFmpegError)
_HELD_MS = 400  # what a container may hold back of a file (a cluster of 200 ms): not captured yet


class Shelf:
    """Used by one thread. Methods may raise `OSError`; the caller then calls `disk_failed`, which does not."""

    def __init__(self, directory: Path, notebook: Notebook, known: JournalState, gap_changed: GapListener) -> None:
        self._directory = directory
        self._notebook = notebook
        self._syncer = Syncer()
        self._gap_changed = gap_changed
        self._gaps = GapLedger(self._gap)
        self._lanes: dict[str, Lane] = {}
        self._senders: defaultdict[str, SenderClock] = defaultdict(SenderClock)
        self._tracks = _Tracks(known)
        self._captions = CaptionLanes(self, self._caption_track)
        self._paused = False
        self._failing = False
        self._ticked: dict[str, int] = {}

    # --- publications ------------------------------------------------------------------------------------

    def let_in(self, publication: Publication, at_ms: int) -> None:
        """A publication may be written from `at_ms` on."""
        if publication.codec not in DEPACKETISERS or len(self._lanes) >= _MAX_LANES:
            _log.warning("publication_not_recorded", codec=publication.codec, open=len(self._lanes))
            return
        self.let_out(publication.id)
        track = self._tracks.named(publication.member, publication.source.value, publication.codec, self._notebook)
        lane = Lane(
            track,
            publication.codec,
            publication.clock_rate,
            self._senders[publication.member],
            floor_ms=at_ms,
            files=self,
        )
        lane.enabled = not self._failing
        self._lanes[publication.id] = lane

    def let_out(self, publication: str) -> None:
        """A publication ends: what is held is written, its file closed."""
        lane = self._lanes.pop(publication, None)
        if lane is not None:
            lane.cut()

    def packet(self, publication: str, data: bytes, arrival_ms: int) -> None:
        """One RTP packet; nothing is written in a pause, whoever sends it."""
        lane = self._lanes.get(publication)
        if lane is not None and not self._paused:
            lane.packet(data, arrival_ms)

    def report(self, publication: str, ntp: int, rtp_timestamp: int, arrival_ms: int) -> None:
        """One sender report."""
        lane = self._lanes.get(publication)
        if lane is not None:
            lane.report(ntp, rtp_timestamp, arrival_ms)

    def expire(self, now_ms: int) -> None:
        """Stop waiting for packets that will not come."""
        if not self._paused:
            for lane in self._lanes.values():
                lane.expire(now_ms)

    # --- gaps --------------------------------------------------------------------------------------------

    def pause(self, reason: GapReason, at_ms: int, by: str, cause: str) -> None:
        """Close every file and begin a gap; who brought it about and why is noted with it."""
        self._gaps.begin(reason, at_ms, by=by, cause=cause)
        if not self._paused:
            self._paused = True
            self._cut_all()
        self._captions.cut()
        self._note()

    def resume(self, at_ms: int) -> None:
        """End the gap; nothing captured before now enters a file."""
        self._paused = False
        for lane in self._lanes.values():
            lane.reopen(at_ms)
        self._captions.cut()
        self._gaps.end(at_ms)
        if self._failing:
            self._gaps.begin(GapReason.DISK, at_ms)
        self._note()

    def overflowed(self, from_ms: int, to_ms: int, packets: int, reason: GapReason = GapReason.DISK) -> None:
        """Packets were dropped before they came here: on at the next key frame, and a gap is noted."""
        _log.warning("recording_overflow", packets=packets, ms=to_ms - from_ms)
        for lane in self._lanes.values():
            lane.skip_to_key()
        if self._gaps.open is None:
            self._gaps.begin(reason, from_ms)
            self._gaps.end(to_ms)

    def disk_failed(self, error: Exception, at_ms: int) -> None:
        """The disk refused: files stay as they are, a gap begins, `sync` tries again. Never raises."""
        if self._failing:
            return
        _log.error("recording_disk", error=type(error).__name__, code=getattr(error, "errno", None))
        self._failing = True
        for lane in self._lanes.values():
            lane.abandon()
        self._captions.abandon()
        if self._gaps.open is None:
            self._gaps.begin(GapReason.DISK, at_ms)

    # --- the rhythm --------------------------------------------------------------------------------------

    def sync(self, at_ms: int) -> None:
        """Bring everything to the disk and leave a sign of life; when the disk had refused, try again."""
        if self._failing:
            self._try_again(at_ms)
            return
        error = self._syncer.take_error()
        if error is not None:
            raise error
        self._collect()
        self._notebook.journal.line("tick", at_ms=at_ms, lost=self._lost())
        self._notebook.flush()
        if not self._syncer.is_idle:
            return  # the disk is slow: once it is through with the last round, the next one covers this one too
        for segment in self._segments():
            segment.sync(self._syncer)
        self._notebook.sync(self._syncer)

    def witness(self, at_ms: int) -> None:
        """Sign what was captured so far when it is time to."""
        if self._notebook.witness.is_due(at_ms):
            self._collect()
            self._notebook.witness.checkpoint(at_ms)

    def heard_by(self, from_ms: int, at_ms: int, receivers: Mapping[str, Sequence[str]]) -> None:
        """The forwarder was told at `from_ms` who may receive whom, and has kept to it from `at_ms` on."""
        self._notebook.witness.leaf("audience", from_ms=from_ms, at_ms=at_ms, receivers=receivers)

    def captioned(self, caption: Caption) -> None:
        """A machine's words for what was captured, perhaps just before a gap that has begun meanwhile."""
        if self._failing:
            return
        try:
            self._captions.write(caption)
        except _DISK_ERRORS as error:  # an aid: whatever it is, it makes no gap in what was recorded
            _log.error("captions_disk", error=type(error).__name__)
            self._captions.abandon()

    def logged(self, head: LogHead) -> None:
        """The session log has reached this entry."""
        self._notebook.witness.logged(head)

    def _collect(self) -> None:
        """Note the slices that surely stand in their files."""
        for segment in self._segments():
            self._notebook.captured(segment.slicer.take(segment.last_ms - _HELD_MS))

    def _segments(self) -> Iterator[SegmentWriter]:
        """Every file being written."""
        yield from (lane.segment for lane in self._lanes.values() if lane.segment is not None)
        yield from self._captions.segments

    def end(self, at_ms: int, now: datetime) -> None:
        """Close everything; a gap stays open, since whoever goes on or seals knows how long it lasted."""
        try:
            self._cut_all()
            self._captions.close()
        except _DISK_ERRORS as error:
            self.disk_failed(error, at_ms)
        self._notebook.journal.line("stopped", at_ms=at_ms, wall=instant(now))
        self._notebook.witness.checkpoint(at_ms)
        try:
            self._notebook.sync(self._syncer)
        finally:
            self._syncer.close()
            self._notebook.close()

    def _note(self) -> None:
        """Bring the journal on its way to the disk."""
        self._notebook.sync(self._syncer)

    def _sync_directory(self) -> None:
        fd = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._syncer.sync(fd)
        finally:
            os.close(fd)

    def _try_again(self, at_ms: int) -> None:
        if shutil.disk_usage(self._directory).free < _ENOUGH_BYTES:
            return
        self._notebook.flush()
        self._failing = False
        for lane in self._lanes.values():
            lane.enabled = True
        if self._gaps.open is not None and self._gaps.open.reason is GapReason.DISK:
            self._gaps.end(at_ms)

    def _lost(self) -> dict[str, int]:
        """Packets lost per track since the last tick."""
        lost = {lane.track: lane.tally.lost for lane in self._lanes.values()}
        fresh = {track: count - self._ticked.get(track, 0) for track, count in lost.items()}
        self._ticked = lost
        return {track: count for track, count in fresh.items() if count > 0}

    def _cut_all(self) -> None:
        for lane in self._lanes.values():
            lane.cut()

    def _caption_track(self, participant: str) -> str:
        return self._tracks.named(participant, CAPTIONS, TEXT, self._notebook)

    def _gap(self, gap: Gap) -> None:
        self._notebook.gap(gap)
        self._gap_changed(gap)

    # --- files (the lanes ask) ---------------------------------------------------------------------------

    def open(self, track: str, setup: Setup, from_ms: int) -> SegmentWriter:
        """A new file; the journal knows of it before its first byte of media."""
        name, book = self._tracks.next_file(track), self._notebook
        segment = SegmentWriter(self._directory, name, setup, from_ms, key=book.key, sm3=book.sm3)
        try:
            self._notebook.journal.line("file", file=segment.file, track=track, from_ms=from_ms)
            self._note()
            self._sync_directory()
        except OSError:
            segment.abandon()
            raise
        return segment

    def close(self, segment: SegmentWriter, tally: Tally) -> None:
        """Close a file and note how far it reached."""
        segment.close(self._syncer)
        self._notebook.captured(segment.slicer.take())
        counted = {"lost": tally.lost, "bad": tally.bad, "broken": tally.broken}
        self._notebook.closed(segment.file, segment.to_ms, counted)


class _Tracks:
    """Names of tracks (t001, ...) and of their files; the lane of a person's source and codec keeps its name."""

    def __init__(self, known: JournalState) -> None:
        self._names = {_key(about): track for track, about in known.tracks.items()}
        self._files: Counter[str] = Counter(each.track for each in known.files)

    def named(self, participant: str, source: str, codec: str, notebook: Notebook) -> str:
        """The track of a person's source, noted when it is new."""
        about = {"participant": participant, "source": source, "codec": codec}
        track = self._names.get(_key(about))
        if track is None:
            track = self._names[_key(about)] = f"t{len(self._names) + 1:03d}"
            notebook.track(track, about)
        return track

    def next_file(self, track: str) -> str:
        """The name of the next file of a track, without its ending."""
        self._files[track] += 1
        return f"{track}-{self._files[track]:04d}"


def _key(about: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(about[name] for name in ("participant", "source", "codec"))
