"""Contrast of the design tokens: text 4.5:1 on every ground it may stand on, edges and rings 3:1, in both themes."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "web/static/css"
TOKENS = (CSS / "tokens.css").read_text("utf-8")
_RULE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\b")

GROUNDS = ("paper", "surface", "sunken", "stage")
TEXTS = ("ink", "ink-2", "ink-3")
MEANINGS = ("brand-ink", "seal", "jade", "amber", "plum")
SIDES = ("side-a", "side-b", "side-c", "side-n")


def block(opening: str) -> dict[str, str]:
    start = TOKENS.index(opening)
    depth, end = 0, start
    for end in range(TOKENS.index("{", start), len(TOKENS)):
        depth += {"{": 1, "}": -1}.get(TOKENS[end], 0)
        if depth == 0:
            break
    return dict(_RULE.findall(TOKENS[start:end]))


THEMES = {"light": block(":root {"), "dark": block(":root {") | block('[data-theme="dark"] {')}


def luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[n : n + 2]) for n in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_knows_black_and_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("theme", "text", "ground"), list(product(THEMES, (*TEXTS, *MEANINGS), GROUNDS)))
def test_texts_can_be_read_on_every_ground(theme, text, ground):
    assert contrast(THEMES[theme][text], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize(("theme", "text"), list(product(THEMES, ("on-strip", "on-strip-2"))))
def test_captions_can_be_read_on_their_strip(theme, text):
    assert contrast(THEMES[theme][text], THEMES[theme]["strip"]) >= 7


@pytest.mark.parametrize(("theme", "meaning"), list(product(THEMES, ("seal", "jade", "amber", "plum", *SIDES))))
def test_a_meaning_can_be_read_on_its_own_soft_ground(theme, meaning):
    assert contrast(THEMES[theme][meaning], THEMES[theme][f"{meaning}-soft"]) >= 4.5


@pytest.mark.parametrize(("theme", "text"), list(product(THEMES, ("ink", "ink-2"))))
def test_notices_can_be_read(theme, text):
    softs = ("brand-soft", "seal-soft", "jade-soft", "amber-soft", "plum-soft")
    assert min(contrast(THEMES[theme][text], THEMES[theme][soft]) for soft in softs) >= 4.5


@pytest.mark.parametrize(("theme", "ground"), list(product(THEMES, ("brand", "brand-hover"))))
def test_words_on_the_primary_button_can_be_read(theme, ground):
    assert contrast(THEMES[theme]["on-brand"], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize(("theme", "side"), list(product(THEMES, SIDES)))
def test_the_side_character_can_be_read(theme, side):
    assert contrast(THEMES[theme]["surface"], THEMES[theme][side]) >= 4.5


@pytest.mark.parametrize(("theme", "ground"), list(product(THEMES, GROUNDS)))
def test_edges_of_controls_show(theme, ground):
    assert contrast(THEMES[theme]["line-strong"], THEMES[theme][ground]) >= 3


@pytest.mark.parametrize(("theme", "ground"), list(product(THEMES, (*GROUNDS, "brand", "seal", "plum", "ink"))))
def test_the_focus_shows_on_every_ground(theme, ground):
    rings = ("focus-ring", "focus-halo")
    assert max(contrast(THEMES[theme][ring], THEMES[theme][ground]) for ring in rings) >= 3


def test_the_systems_dark_theme_has_the_same_values_as_the_chosen_one():
    assert block(":root:not([data-theme]) {") == block('[data-theme="dark"] {')


def test_no_style_sheet_but_the_tokens_names_a_size_in_pixels_for_text():
    sizes = re.compile(r"font(?:-size)?:[^;]*\b\d+px")
    found = [
        path.name for path in CSS.rglob("*.css") if path.name != "tokens.css" and sizes.search(path.read_text("utf-8"))
    ]
    assert found == []
