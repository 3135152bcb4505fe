"""What others wrote and we ship: each file named with version, licence and hash, and unchanged."""

import hashlib
import json

from web.assets import STATIC_DIR

VENDOR = STATIC_DIR / "vendor"
ENTRIES = json.loads((VENDOR / "VENDOR.json").read_text("utf-8"))


def test_every_vendored_script_is_listed_and_every_entry_is_there():
    scripts = {path.name for path in VENDOR.rglob("*.js")}
    assert scripts == {entry["file"] for entry in ENTRIES} != set()


def test_no_vendored_file_has_been_changed():
    for entry in ENTRIES:
        body = (VENDOR / entry["file"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == entry["sha256"], entry["file"]
        assert entry["version"] in body[:200].decode(), f"{entry['file']} is not version {entry['version']}"


def test_every_licence_lies_beside_its_file():
    for entry in ENTRIES:
        text = (VENDOR / entry["licence_file"]).read_text("utf-8")
        assert entry["licence"] in text, entry["file"]
