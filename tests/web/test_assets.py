"""Static files: one version for all, links that lead somewhere, sheets in one piece, vendored files as they were."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from web.assets import STATIC_DIR, Assets

VENDORED = STATIC_DIR / "vendor"


def made(root: Path, **files: str) -> Assets:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Assets(root)


def test_another_content_has_another_address(tmp_path):
    first = made(tmp_path, a_css="a{}").url("a.css")
    assert made(tmp_path, a_css="a{}").url("a.css") == first
    assert made(tmp_path, a_css="b{}").url("a.css") != first


def test_a_style_sheet_is_sent_in_one_piece(tmp_path):
    assets = made(tmp_path, parts__b_css="b{}", a_css='@import "parts/b.css";\na{}')
    assert assets.files["a.css"].body == b"b{}\na{}"


def test_no_sheet_of_ours_sends_the_browser_for_another():
    assert [name for name, asset in Assets().files.items() if name.endswith(".css") and b"@import" in asset.body] == []


def test_the_modules_a_page_will_need_are_known_beforehand(tmp_path):
    assets = made(
        tmp_path,
        js__a_js='import { b } from "./lib/b.js";\nimport {\n  c,\n} from "./c.js";\n',
        js__lib__b_js='export { c } from "../c.js";\n',
        js__c_js='/** import("./a.js") */\n',
    )
    names = [url.split("/", 3)[3] for url in assets.modules("js/a.js")]
    assert names == ["js/a.js", "js/lib/b.js", "js/c.js"]


def test_a_page_cannot_link_to_what_is_not_there():
    with pytest.raises(KeyError):
        Assets().url("js/nothing.js")


def test_texts_are_compressed_once_and_the_same():
    asset = Assets().files["css/site.css"]
    assert asset.gzipped is not None
    assert asset.gzipped is asset.gzipped
    assert gzip.decompress(asset.gzipped) == asset.body
    assert len(asset.gzipped) < len(asset.body) / 3


def test_every_import_of_our_modules_leads_to_a_module():
    for path in (STATIC_DIR / "js").rglob("*.js"):
        for target in re.findall(r'(?:import|export)\b[^"\'();]*?"(\.[^"]+\.js)"', path.read_text("utf-8")):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"


def test_every_icon_in_use_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="i-([\w-]+)"', (STATIC_DIR / "icons.svg").read_text("utf-8")))
    used = set()
    for path in (STATIC_DIR.parent / "templates").rglob("*.html"):
        used |= set(re.findall(r'\bicon\("([\w-]+)"', path.read_text("utf-8")))
    for path in (STATIC_DIR / "js").rglob("*.js"):
        used |= set(re.findall(r'(?:\bicon\(|\bsetIcon\(\w+, )"([\w-]+)"', path.read_text("utf-8")))
    assert len(used) > 20
    assert used <= known


def test_vendored_files_are_what_they_were_when_they_were_read():
    listed = {entry["file"]: entry for entry in json.loads((VENDORED / "VENDOR.json").read_text("utf-8"))}
    assert {path.name for path in VENDORED.glob("*.js")} == set(listed)
    for name, entry in listed.items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["version"] in (VENDORED / name).read_text("utf-8")[:400], name
        assert entry["licence"], name
        assert (VENDORED / entry["licence_file"]).is_file(), name


def test_browser_modules_stay_within_their_budget():
    long = {
        path.name: n for path in (STATIC_DIR / "js").rglob("*.js") if (n := path.read_text("utf-8").count("\n")) > 250
    }
    assert long == {}
