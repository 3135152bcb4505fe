"""Do the time stamps hold, and are they of this recording? Each over its checkpoint or manifest, in time, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mediation_server.keyring import unbase64
from mediation_server.timestamping.tokens import checked
from recordings.evidence import Checkpoint
from recordings.finding import Finding, second

__all__ = ["Claim", "Stamped", "stamp_findings", "subjects_of"]

_EARLY = timedelta(minutes=5)  # between our clock and the authority's
_LATE = timedelta(days=1)  # an authority may be away; longer than this wants an explanation


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a time stamp must be over: `digest`, which was there at `wall`; `where` says so to people."""

    digest: str
    wall: datetime | None
    where: str


class Claim(NamedTuple):
    """A time stamp as it is kept: over what, its digest, its token in base64; when, where that is kept beside it."""

    subject: str
    digest: str
    token: str
    at: datetime | None = None


def stamp_findings(
    stamps: Iterable[Claim], subjects: Mapping[str, Stamped], trusted: Sequence[bytes]
) -> Iterator[Finding]:
    """Every time stamp that is not what it claims to be."""
    for subject, digest, token, at in stamps:
        about = subjects.get(subject)
        if about is None or about.digest != digest:
            yield Finding("stamp_digest", subject)
            continue
        try:
            said = checked(unbase64(token), bytes.fromhex(about.digest), trusted)
        except ValueError:  # a `TokenError`, or no base64
            yield Finding("stamp_invalid", about.where)
            continue
        if at is not None and said.at != at:
            yield Finding("stamp_digest", f"{about.where}: the database row has another time")
        if about.wall is not None and not about.wall - _EARLY <= said.at <= about.wall + _LATE:
            yield Finding("stamp_late", f"{about.where}: {said.at:%Y-%m-%d %H:%M:%S} UTC")


def subjects_of(checkpoints: Sequence[Checkpoint], manifest_sha256: str) -> dict[str, Stamped]:
    """What may be stamped: every checkpoint, and the manifest, which comes after the last of them."""
    found, before_ms = dict[str, Stamped](), 0
    for each in checkpoints:
        where = f"checkpoint {each.n}, {second(before_ms, each.at_ms)}"
        found[f"checkpoint:{each.n}"] = Stamped(each.digest, _instant(each.wall), where)
        before_ms = each.at_ms
    last = _instant(checkpoints[-1].wall) if checkpoints else None
    found["manifest"] = Stamped(manifest_sha256, last, "manifest")
    return found


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
