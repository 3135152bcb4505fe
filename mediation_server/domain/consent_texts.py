"""The texts of the consent ledger, every version that was ever shown: data, named by the hash of what they say.

A change of wording is a new entry at the end of an item's list in `data/consent_texts.json`, with the version that
`version_of` gives; the ones before stay, for somebody has answered them. Knows no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mediation_server.domain.consent import ConsentItem
from mediation_server.domain.data import read_data
from mediation_server.domain.log import canonical

__all__ = ["TEXTS", "TEXT_VERSIONS", "ConsentText", "catalogue", "text_of", "version_of"]

_VERSION_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of one text in both languages, by part: title, lead, 1-3, question, yes, yes_then, no, no_then.

    `formerly` is the name it had before versions were hashes.
    """

    item: ConsentItem
    version: str
    zh: Mapping[str, str]
    en: Mapping[str, str]
    formerly: str | None = None


def version_of(item: ConsentItem, zh: Mapping[str, str], en: Mapping[str, str]) -> str:
    """The name of a text: the first twelve places of the SHA-256 of item and words, in hex."""
    return hashlib.sha256(canonical([item.value, dict(zh), dict(en)])).hexdigest()[:_VERSION_CHARACTERS]


TEXTS: Mapping[ConsentItem, tuple[ConsentText, ...]] = MappingProxyType(
    {
        ConsentItem(item): tuple(
            ConsentText(
                ConsentItem(item),
                each["version"],
                MappingProxyType(each["zh"]),
                MappingProxyType(each["en"]),
                each.get("formerly"),
            )
            for each in versions
        )
        for item, versions in read_data("consent_texts").items()
    }
)

# The version of each text as it is shown now.
TEXT_VERSIONS: Mapping[ConsentItem, str] = MappingProxyType({item: each[-1].version for item, each in TEXTS.items()})


def text_of(item: ConsentItem, version: str) -> ConsentText | None:
    """What somebody read when they answered this version; None for a version that never was."""
    return next((each for each in TEXTS[item] if version in (each.version, each.formerly)), None)


def catalogue(language: str) -> dict[str, str]:
    """The texts shown now as entries of a catalogue, `consent.<item>.<part>`; `language` is `zh` or `en`."""
    return {
        f"consent.{item.value}.{part}": text
        for item, versions in TEXTS.items()
        for part, text in (versions[-1].zh if language == "zh" else versions[-1].en).items()
    }
