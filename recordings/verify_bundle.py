"""Is a bundle of a matter what was made, and does every recording in it hold? Wherever it lies, without a database."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path

from mediation_server.bundles import bundle_findings, unpacked
from recordings.verify import Outside
from recordings.verify_export import log_notices, verify_export

__all__ = ["bundle_notices", "recording_findings", "verify_bundle"]

_LOG = re.compile(r"(recordings/\d{2,3})/log\.json")
_MOST_LOG = 256 << 20


def verify_bundle(path: Path, outside: Outside | None = None) -> list[str]:
    """One line for each place where it does not hold; what is changed already is not unpacked. Blocks.

    Raises `BadInput("bundle_unreadable")` for what is no bundle, `OSError` without room to unpack it.
    """
    found = bundle_findings(path)
    if any(not each.startswith("signature") for each in found):
        return found
    with tempfile.TemporaryDirectory(prefix="bundle-") as directory:
        unpacked(path, Path(directory) / "b")
        return [*found, *recording_findings(Path(directory) / "b", outside)]


def bundle_notices(path: Path) -> list[str]:
    """One line for each thing to know besides, of the recordings in a bundle that holds. Blocks."""
    notices = []
    with zipfile.ZipFile(path) as source:
        for name in sorted(source.namelist()):
            found = _LOG.fullmatch(name)
            if found:
                with source.open(name) as log:
                    notices += [f"{found[1]} {each}" for each in log_notices(log.read(_MOST_LOG))]
    return notices


def recording_findings(directory: Path, outside: Outside | None = None) -> list[str]:
    """The same of the recordings in an unpacked bundle; those that came as a receipt alone have nothing to check."""
    found = []
    for each in sorted((directory / "recordings").glob("*/manifest.json")):
        findings = verify_export(each.parent, outside)
        found += [f"{each.parent.relative_to(directory)} {finding}" for finding in findings]
    return found
