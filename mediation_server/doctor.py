"""`doctor`: what this machine lacks for the product to do all it can; looks, changes nothing."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import socket
import subprocess
import sys

from mediation_server.at_rest.master import MasterKeys
from mediation_server.at_rest.matter_keys import KeyStore
from mediation_server.captions.process import captions_command
from mediation_server.config import Settings
from mediation_server.disk import MIB, free_bytes, nearest
from mediation_server.errors import Unavailable
from mediation_server.materials.confinement import LAYERS
from mediation_server.store.database import answers

__all__ = ["examine"]

_PATIENCE_S = 5.0
_UDP_SEGMENT = 103  # linux/udp.h; generic segmentation offload for UDP


def examine(settings: Settings) -> list[str]:
    """One sentence for each thing that is missing, with what to do; empty when all is well."""
    place = (_data_directory(settings), _database(settings), _disk(settings))
    checks = (*place, *_keys(settings), _fonts(), _segmentation(), _confinement(), _captions(settings))
    return [sentence for sentence in checks if sentence]


def _data_directory(settings: Settings) -> str | None:
    place = nearest(settings.data_dir)
    if os.access(place, os.W_OK):
        return None
    return f"{place} cannot be written: set MEDIATION_DATA_DIR to a directory of this user."


def _database(settings: Settings) -> str | None:
    if not settings.database.startswith("postgresql"):
        return None
    if importlib.util.find_spec("asyncpg") is None:
        return 'PostgreSQL is asked for without its driver: pip install "mediation-server[postgres]".'
    try:
        asyncio.run(_reached(settings.database))
    except (OSError, Unavailable, ValueError) as error:
        why = type(error).__name__
        return f"The database does not answer ({why}): see that PostgreSQL runs and MEDIATION_DATABASE_URL leads to it."
    return None


async def _reached(url: str) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        await answers(url)


def _disk(settings: Settings) -> str | None:
    if free_bytes(settings.data_dir) >= settings.disk_warning_mib * MIB:
        return None
    place = nearest(settings.data_dir)
    return f"Less than {settings.disk_warning_mib} MiB free under {place}: make room, or recordings will have gaps."


def _keys(settings: Settings) -> list[str]:
    """Where keys lie, who may read them, and whether they open what they should."""
    master = MasterKeys(settings.master_keys_dir)
    keys, found = KeyStore(settings.matter_keys_dir, master, settings.matter_keys_copy), []
    if settings.master_keys_dir.absolute().is_relative_to(settings.data_dir.absolute()):
        found.append(
            "The master keys lie in the data directory, and whoever takes its disk has both: "
            "set MEDIATION_MASTER_KEYS to a directory on another volume, and keep a copy of it apart."
        )
    if settings.matter_keys_copy is None:
        found.append(
            "The matters' keys lie in one place, and no backup holds them: "
            "set MEDIATION_MATTER_KEYS_COPY to a directory on another disk."
        )
    elif keys.directory.exists() and not keys.is_copied:
        found.append(
            f"The copy of the matters' keys is not in {keys.copy}: mount its disk and start anew, or, "
            f"to begin another, remove {keys.directory / 'copied'}. Until then no disposal is finished."
        )
    if master.exposed():
        found.append(f"Others may read the master keys in {settings.master_keys_dir}: chmod 600 them.")
    try:
        for each in keys.shape().wrapped:
            master.key(each)
    except Unavailable as lost:
        found.append(
            f"Matters' keys cannot be opened ({lost.code}): bring the master keys back to {settings.master_keys_dir}; "
            "meanwhile recordings are kept without encryption, and older ones cannot be read."
        )
    return found


def _fonts() -> str | None:
    listing = shutil.which("fc-list")
    if listing:
        found = subprocess.run([listing, ":lang=zh"], capture_output=True, check=False).stdout  # noqa: S603
        if found.strip():
            return None
    return "No Chinese font: apt-get install fonts-noto-cjk, or documents show empty boxes."


def _confinement() -> str | None:
    """Asked of a process that confines itself, for what is given up does not come back."""
    asked = [sys.executable, "-m", "mediation_server.materials.confinement"]
    held = subprocess.run(asked, capture_output=True, check=False, text=True).stdout.split()  # noqa: S603
    missing = [each for each in LAYERS if each not in held]
    if not missing:
        return None
    return (
        f"Files of parties are read without {', '.join(missing)}: use a newer kernel, or a container that permits them."
    )


def _captions(settings: Settings) -> str | None:
    """Asked of the process that would listen, within its limits: it loads its model and hears nothing."""
    command = captions_command(settings)
    if not command:
        return None
    if importlib.util.find_spec("pocketsphinx") is None:
        return 'Captions are asked for without their engine: pip install "mediation-server[captions]".'
    if subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0:  # noqa: S603
        return None
    return (
        "The model for captions cannot be loaded: see that MEDIATION_CAPTIONS_MODEL names a directory with *.lm.bin,"
        " *.dict and an acoustic model, and raise MEDIATION_CAPTIONS_MEMORY_MIB if it is large."
    )


def _segmentation() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, 1200)
        except OSError:
            return "This kernel does not segment UDP: media costs more processor time than it need."
    return None
