"""Articles of law as their short names stand in rules and tables, in the reader's language; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["law_words"]

_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "审理劳动争议案件解释(一)": "Labour Disputes Interpretation (I)",
        "劳动争议调解仲裁法": "Labour Dispute Mediation and Arbitration Law",
        "在线诉讼规则": "Online Litigation Rules",
        "在线调解规则": "Online Mediation Rules",
        "录音录像规定": "Recording Provisions",
        "人民调解法": "People’s Mediation Law",
        "电子签名法": "Electronic Signature Law",
        "鉴定规程": "Appraisal Rules",
        "特邀规定": "Rostered Mediation Provisions",
        "民诉解释": "Civil Procedure Interpretation",
        "民诉法": "Civil Procedure Law",
        "个保法": "Personal Information Protection Law",
    }
)
_NAME = re.compile("|".join(map(re.escape, _ENGLISH)))


def law_words(law: str, language: str) -> str:
    """`民诉法 125; 在线调解规则 3` as it is, or with the English names of the laws; Chinese is what counts."""
    return law if language == "zh" else _NAME.sub(lambda found: _ENGLISH[found.group()], law)
