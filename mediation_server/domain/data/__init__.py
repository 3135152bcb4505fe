"""Rules and texts that are data: JSON files beside this module, read once when the module that needs them is loaded."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

__all__ = ["read_data"]


def read_data(name: str) -> Any:
    """The content of `<name>.json`. Call it while importing, never while somebody waits: it reads a file."""
    return json.loads(resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
