"""Texts, dates and amounts in the reader's language; knows the catalogues and no request.

A catalogue is a directory `locale/<language>/` of JSON files, one per part of the product, each a flat object
`{"area.key": "text"}`. Texts hold three kinds of marks: `{name}` is replaced by a parameter, `{n|day|days}` by the
first word when the parameter `n` is 1 and else by the second, and `**words**` become strong in `rich` text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from babel import Locale
from babel.dates import format_date
from markupsafe import Markup, escape

from mediation_server.domain import consent_texts
from mediation_server.domain.calendar import SHANGHAI

__all__ = ["LANGUAGES", "LOCALE_DIR", "Language", "Translator", "load_catalogue", "translate", "translators"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LOCALE_DIR = Path(__file__).parent / "locale"

_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_BABEL: dict[Language, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}
_NO_BREAK = "\N{NO-BREAK SPACE}"
_GROUPS = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")
_MARK = re.compile(r"\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_NOON = 12
_DAY_MINUTES = 24 * 60


def load_catalogue(language: Language, root: Path = LOCALE_DIR) -> dict[str, str]:
    """All texts of one language, those of the consent ledger too, which are not ours to reword.

    Raises `ValueError` when two files hold the same key.
    """
    texts = consent_texts.catalogue(language)
    for path in sorted((root / language).glob("*.json")):
        for key, text in json.loads(path.read_text("utf-8")).items():
            if key in texts:
                raise ValueError(f"{path}: {key} stands in another file already")
            texts[key] = text
    return texts


def translators() -> dict[Language, Translator]:
    """A translator for each language we have."""
    return {language: Translator(language, load_catalogue(language)) for language in LANGUAGES}


@cache
def _translators() -> Mapping[Language, Translator]:
    return translators()


def translate(code: str, language: Language, details: Mapping[str, object]) -> str:
    """The sentence for a refusal, for adapters that have no page."""
    return _translators()[language].error(code, details)


class Translator:
    """The texts of one language and its way of writing days, clock times and money."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language: Language = language
        self.tag = _TAGS[language]
        self.texts = texts
        self._locale = Locale.parse(_BABEL[language])
        self.day(date(2000, 1, 1))  # Babel reads its files now, not while somebody waits

    def has(self, key: str) -> bool:
        """Whether there is a text under `key`."""
        return key in self.texts

    def t(self, key: str, **params: object) -> str:
        """The text under `key` with its parameters put in. Raises `KeyError` for an unknown key."""
        text = self.texts[key]
        return _MARK.sub(lambda mark: _put(mark, params), text) if "{" in text else text

    def rich(self, key: str, **params: object) -> Markup:
        """The same as markup: parameters are escaped, `**words**` become strong."""
        safe = {name: escape(value) for name, value in params.items()}
        return _strong(_MARK.sub(lambda mark: _put(mark, safe), str(escape(self.texts[key]))))

    def marked(self, text: str) -> Markup:
        """A text that stands in no catalogue, as markup: `**words**` become strong, the rest is escaped."""
        return _strong(str(escape(text)))

    def error(self, code: str, details: Mapping[str, object] = MappingProxyType({})) -> str:
        """What the person reads about a refusal; unknown codes get the general sentence."""
        key = f"error.{code}"
        return self.t(key if self.has(key) else "error.refused", **details)

    def pick(self, zh: str | None, en: str | None) -> str:
        """Of a name held in both languages the one to show; Chinese when there is no other."""
        return (en if self.language == "en" and en else zh) or ""

    def clock(self, at: datetime) -> str:
        """Clock time, 24 hours: `10:00`."""
        local = at.astimezone(SHANGHAI)
        return f"{local.hour}:{local.minute:02}"

    def half_of_day(self, at: datetime) -> str:
        """`上午`, `下午` before a big clock time; nothing in English, where 24 hours are plain."""
        return self.t("time.morning" if at.astimezone(SHANGHAI).hour < _NOON else "time.afternoon")

    def day(self, on: datetime | date) -> str:
        """`11月23日 星期一`, `Monday 23 November`."""
        pattern = "M月d日 EEEE" if self.language == "zh" else "EEEE d MMMM"
        return format_date(_day(on), pattern, locale=self._locale)

    def short_day(self, on: datetime | date) -> str:
        """`11月23日`, `23 Nov`."""
        return format_date(_day(on), "M月d日" if self.language == "zh" else "d MMM", locale=self._locale)

    def weekday(self, on: datetime | date) -> str:
        """`一`, `Mon`: the head of a column of the week."""
        return format_date(_day(on), "EEEEE" if self.language == "zh" else "EEE", locale=self._locale)

    def full_day(self, on: datetime | date) -> str:
        """`2026年11月23日`, `23 November 2026`."""
        pattern = "y年M月d日" if self.language == "zh" else "d MMMM y"
        return format_date(_day(on), pattern, locale=self._locale)

    def when(self, at: datetime, now: datetime) -> str:
        """Clock time first, then the day if it is another one: `10:00`, `10:00，11月23日`."""
        if self.is_today(at, now):
            return self.clock(at)
        return self.t("time.clock_and_day", clock=self.clock(at), day=self.short_day(at))

    def is_today(self, at: datetime, now: datetime) -> bool:
        """Whether two instants fall on one day at the court."""
        return _day(at) == _day(now)

    def distance(self, at: datetime, now: datetime) -> str:
        """How far off, in the largest unit that says enough: `还有 13 分钟`, `3 天前`."""
        seconds = round((at - now).total_seconds())
        ahead, minutes = seconds >= 0, abs(seconds) // 60
        if minutes == 0:
            return self.t("time.now")
        for unit, size in (("days", 1440), ("hours", 60), ("minutes", 1)):
            if minutes >= size:
                return self.t(f"time.{'in' if ahead else 'ago'}_{unit}", n=minutes // size)
        raise AssertionError("unreachable: a minute is a minute")

    def stretch(self, ms: int) -> str:
        """A stretch of time as on a recorder: `42:00`, `1:02:03`."""
        minutes, seconds = divmod(max(0, ms) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"

    def length(self, minutes: int) -> str:
        """A planned length: `1小时`, `45分钟`, `1 h 30 min`; from a day on in days."""
        if minutes >= _DAY_MINUTES:
            return self.t("time.length_days", n=minutes // _DAY_MINUTES)
        hours, rest = divmod(minutes, 60)
        if hours and rest:
            return self.t("time.length_hours_minutes", h=hours, m=rest)
        return self.t("time.length_hours", n=hours) if hours else self.t("time.length_minutes", n=rest)

    def amount(self, fen: int) -> str:
        """Money, grouped by no-break spaces, two decimals: `86 000.00 元` (amounts are kept in fen)."""
        yuan, rest = divmod(abs(fen), 100)
        grouped = f"{yuan:,}".replace(",", _NO_BREAK)
        return self.t("money.yuan", amount=f"{'-' if fen < 0 else ''}{grouped}.{rest:02}")

    def unbroken(self, text: str) -> str:
        """What somebody wrote, its amounts kept whole at the end of a line: `86 000元` with a no-break space."""
        return _GROUPS.sub(_NO_BREAK, text)


def _put(mark: re.Match[str], params: Mapping[str, object]) -> str:
    name, one, other = mark.group(1), mark.group(2), mark.group(3)
    value = params[name]
    if one is None:
        return str(value)
    return one if value in (1, "1") else other


def _strong(escaped: str) -> Markup:
    return Markup(_STRONG.sub(r"<strong>\1</strong>", escaped))  # noqa: S704 - escaped by whoever calls


def _day(on: datetime | date) -> date:
    if isinstance(on, datetime):
        return (on if on.tzinfo else on.replace(tzinfo=UTC)).astimezone(SHANGHAI).date()
    return on
