"""Who asks for a bundle, and what every kind of `bundle_kinds` is given and gives; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from mediation_server.domain.bundle import BundleFile
from mediation_server.domain.log import SessionEvent
from mediation_server.domain.matter import Matter
from mediation_server.domain.recording import Recording, TimeStamp
from mediation_server.domain.rights import Claim
from mediation_server.domain.session import Session
from mediation_server.domain.users import User
from mediation_server.services.context import Context
from mediation_server.services.material_access import Looking
from mediation_server.services.review_sources import CaptionShelf
from mediation_server.store.database import Tx

__all__ = ["Asked", "Gathered", "RecordingFiles", "instant_of"]

Gathered = tuple[Sequence[dict[str, Any]], Sequence[BundleFile], Sequence[str]]  # lines, files, sources


class RecordingFiles(CaptionShelf, Protocol):
    """The port to the files of sealed recordings that may be taken along. All but `captions` blocks."""

    def along(self, recording: Recording) -> Sequence[tuple[str, int, str]]:
        """Name, bytes and media type of each as it lies there: media, manifest, evidence, receipt."""
        ...

    def papers(
        self, recording: Recording, events: Sequence[SessionEvent], stamps: Sequence[TimeStamp]
    ) -> Mapping[str, bytes]:
        """What a verifier needs beside them: the log as whoever watches may know it, time stamps, public keys."""
        ...

    def time_line(self, recording: Recording, events: Sequence[SessionEvent]) -> Mapping[str, object]:
        """What the reviewer's page draws, as plain JSON values. Raises `NotFound`."""
        ...

    def opened(self, recording: Recording, name: str) -> BinaryIO:
        """One of them, open. Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what; `sittings` are those this person may know of."""

    ctx: Context
    tx: Tx
    user: User
    found: Looking
    claim: Claim
    sittings: tuple[Session, ...]
    shelf: RecordingFiles

    @property
    def matter(self) -> Matter:
        """The matter the bundle is of."""
        return self.found.matter


def instant_of(at: datetime | None) -> str | None:
    """As it stands in the list of a bundle."""
    return at.isoformat() if at is not None else None
