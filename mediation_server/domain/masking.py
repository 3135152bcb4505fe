"""Personal data as everybody may see them (脱敏): enough to recognise one's own, too little to use; knows no reader.

Source: 个保法 arts. 6, 51. Names of organisations are public and stay; whoever has the right asks for the whole value
and says why (`domain.revealing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["Datum", "masked"]

_STAR = "*"
_HAN = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_UP_TO_DISTRICT = re.compile(r"^.{1,20}?(?:自治州|地区|盟|市)?.{0,12}?(?:(?<![小社])区|县|旗)|^.{1,12}?(?:市|州)")
_MOST_STARS = 3
_SHORT = 4


class Datum(StrEnum):
    """What is shown masked unless somebody with the right asks for it."""

    NAME = "name"  # 姓名
    IDENTITY = "identity"  # 身份证件号码
    PHONE = "phone"  # 电话
    EMAIL = "email"  # 邮箱
    ADDRESS = "address"  # 地址
    CREDIT_CODE = "credit_code"  # 统一社会信用代码
    ACCOUNT = "account"  # 收款账号


def masked(datum: Datum, value: str) -> str:
    """The value as everybody may see it: `周**`, `349901********0011`, `161****0001`; nothing for nothing."""
    return _MASKS[datum](value.strip()) if value.strip() else ""


def _cut(before: int, after: int, least_hidden: int) -> Callable[[str], str]:
    """Keep both ends where enough is left to hide; of a shorter value only the first place, of a tiny one nothing."""

    def cut(value: str) -> str:
        hidden = len(value) - before - after
        if hidden >= least_hidden:
            return value[:before] + _STAR * hidden + value[len(value) - after :]
        return (value[:1] if len(value) > least_hidden else "") + _STAR * _MOST_STARS

    return cut


def _name(value: str) -> str:
    if _HAN.match(value):
        return value[:1] + _STAR * min(max(1, len(value) - 1), _MOST_STARS)
    return " ".join(part[:1] + _STAR * 2 for part in value.split())


def _phone(value: str) -> str:
    area, dash, number = value.partition("-")
    if dash and area.startswith("0"):
        return f"{area}-{_STAR * 4}" + (number[-2:] if len(number) > _SHORT else "")
    return _cut(3, 4, 4)(value)


def _email(value: str) -> str:
    name, _, domain = value.rpartition("@")
    return f"{name[:1] if len(name) > 1 else ''}{_STAR * 3}@{domain}" if domain and name else _STAR * 3


def _address(value: str) -> str:
    """Down to the district; an address in Latin letters keeps what stands after its last comma, half of it at most."""
    if not _HAN.search(value):
        last = value.rpartition(",")[2].strip()
        return f"{_STAR * 4}, {last}" if "," in value and len(last) * 2 <= len(value) else _STAR * 4
    district = _UP_TO_DISTRICT.match(value)
    kept = district.group() if district and district.end() < len(value) else ""
    return kept + _STAR * 4


_MASKS: Mapping[Datum, Callable[[str], str]] = MappingProxyType(
    {
        Datum.NAME: _name,
        Datum.IDENTITY: _cut(6, 4, 6),
        Datum.PHONE: _phone,
        Datum.EMAIL: _email,
        Datum.ADDRESS: _address,
        Datum.CREDIT_CODE: _cut(2, 4, 6),
        Datum.ACCOUNT: _cut(0, 4, 4),
    }
)
